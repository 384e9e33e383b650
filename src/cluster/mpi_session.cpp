#include "cluster/mpi_session.hpp"

#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <array>
#include <boost/version.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>

namespace augsweep::cluster {
namespace {

/// Messages still on their way get this long before the session is given up.
constexpr std::chrono::seconds last_messages{10};

/// Checks before MPI_Init, which would only say that it failed.
bool abort_on_exception(const Environment& environment) {
  check_launcher(environment);
  return false;  // the session sees to that itself
}

}  // namespace

MpiSession::MpiSession(const Environment& environment)
    : environment_(boost::mpi::threading::single, abort_on_exception(environment)),
      transport_(std::make_unique<MpiTransport>(world_)),
      under_open_mpi_(environment("OMPI_COMM_WORLD_SIZE").has_value()),
      exceptions_(std::uncaught_exceptions()) {
  check_world(transport_->size(), environment);
}

MpiSession::~MpiSession() {
  try {
    if (std::uncaught_exceptions() > exceptions_ || !transport_->flush(last_messages)) abort(EXIT_FAILURE);
  } catch (const ClusterError&) {
    abort(EXIT_FAILURE);
  }
}

void MpiSession::abort(int exit_code) {
  std::fflush(nullptr);
  // mpirun takes a rank that ends with 0 before MPI is finalised for a mistake, and returns 1.
  if (under_open_mpi_ && exit_code != 0) std::_Exit(exit_code);
  boost::mpi::environment::abort(exit_code);
  std::_Exit(exit_code);  // never reached: MPI_Abort does not return
}

std::string mpi_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);  // allowed before MPI is initialised
  std::string version(text.data(), static_cast<std::size_t>(length));
  version.resize(std::min(version.size(), version.find(',')));
  return fmt::format("{}, Boost.MPI {}.{}", version, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000);
}

}  // namespace augsweep::cluster
