#include "app/version.hpp"

#include <fmt/format.h>

#include "revision.hpp"

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

}  // namespace augsweep::app
