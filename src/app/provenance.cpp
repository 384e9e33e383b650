#include "app/provenance.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <spdlog/version.h>
#include <CLI/Version.hpp>
#include <Eigen/Core>

#include <fstream>
#include <iterator>

#include "app/numerics.hpp"
#include "app/version.hpp"
#include "cluster/mpi_session.hpp"
#include "store/h5.hpp"
#include "sweep/toml.hpp"

namespace augsweep::app {

namespace {

/// "HDF5 1.10.8; Eigen 3.4.0; ..."
std::string library_versions() {
  return fmt::format("{}; {}; Eigen {}.{}.{}; toml++ {}.{}.{}; CLI11 {}; spdlog {}.{}.{}; fmt {}.{}.{}; {}",
                     cluster::mpi_version(), store::hdf5_version(), EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION,
                     EIGEN_MINOR_VERSION, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH, CLI11_VERSION,
                     SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH, FMT_VERSION / 10000,
                     FMT_VERSION / 100 % 100, FMT_VERSION % 100, OpenSSL_version(OPENSSL_VERSION));
}

}  // namespace

std::vector<std::string> command_line_arguments() {
  std::ifstream stream("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::vector<std::string> words;
  std::string word;
  for (const char character : text) {
    if (character == '\0') {
      words.push_back(std::move(word));
      word = {};
    } else {
      word += character;
    }
  }
  if (!words.empty()) {
    words.erase(words.begin());
  }
  return words;
}

std::string program_identity() {
  return fmt::format("{} {} {}", program_version(), git_revision(), compiler());
}

store::Provenance provenance() {
  return {program_version(),
          git_revision(),
          compiler(),
          library_versions(),
          fmt::format("augsweep {}", fmt::join(command_line_arguments(), " ")),
          numerics()};
}

}  // namespace augsweep::app
