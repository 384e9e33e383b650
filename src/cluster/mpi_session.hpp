#pragma once
/// @file MPI for the length of an object's life, and the two ends that it can have.

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <memory>
#include <string>

#include "cluster/launch.hpp"
#include "cluster/mpi_transport.hpp"

namespace augsweep::cluster {

/// Initialises MPI for one thread, and finalises it at the end of life. If an exception is on its way then,
/// or messages can't be got rid of, aborts all ranks instead: finalising waits for every rank, and one that
/// has failed would keep the others waiting for ever. One at a time, and one in a process's life.
class MpiSession {
 public:
  /// Throws LaunchError if the launcher and MPI do not fit.
  explicit MpiSession(const Environment& environment = process_environment());
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  int rank() const { return transport_->rank(); }
  int size() const { return transport_->size(); }
  Transport& transport() { return *transport_; }

  /// Ends all ranks at once, with this exit code for the launcher to return. For ranks that do not leave.
  /// Under Open MPI's mpirun this process just ends: mpirun then ends the others too, and does not hang, as
  /// it may after MPI_Abort (docs/failures.md, "Open MPI").
  [[noreturn]] void abort(int exit_code);

 private:
  boost::mpi::environment environment_;
  boost::mpi::communicator world_;
  std::unique_ptr<MpiTransport> transport_;
  bool under_open_mpi_;
  int exceptions_;  ///< on their way at construction
};

/// The MPI library that the program runs with and Boost.MPI's version: "Open MPI v4.1.4, Boost.MPI 1.74".
std::string mpi_version();

}  // namespace augsweep::cluster
