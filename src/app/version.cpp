#include "app/version.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <CLI/Version.hpp>
#include <Eigen/Core>

#include "cluster/launch.hpp"
#include "cluster/mpi_session.hpp"
#include "revision.hpp"
#include "store/h5.hpp"
#include "sweep/toml.hpp"

namespace augsweep::app {

std::string program_version() {
  return AUGSWEEP_VERSION;
}

std::string git_revision() {
  return AUGSWEEP_REVISION;
}

std::string compiler() {
#if defined(__clang__)
  return fmt::format("Clang {}, {}", __clang_version__, AUGSWEEP_BUILD_TYPE);
#elif defined(__GNUC__)
  return fmt::format("GNU {}, {}", __VERSION__, AUGSWEEP_BUILD_TYPE);
#else
  return fmt::format("unknown compiler, {}", AUGSWEEP_BUILD_TYPE);
#endif
}

std::string library_versions() {
  return fmt::format("{}; {}; Eigen {}.{}.{}; toml++ {}.{}.{}; CLI11 {}; spdlog {}.{}.{}; fmt {}.{}.{}; {}",
                     cluster::mpi_version(), store::hdf5_version(), EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                     EIGEN_MINOR_VERSION, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH, CLI11_VERSION,
                     SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, FMT_VERSION / 10000,
                     FMT_VERSION / 100 % 100, FMT_VERSION % 100, OpenSSL_version(OPENSSL_VERSION));
}

}  // namespace augsweep::app
