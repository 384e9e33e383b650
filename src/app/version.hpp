#pragma once
/// @file What this program is, for --version and for the provenance in result files.

#include <string>

namespace augsweep::app {

std::string program_version();  ///< "0.1.0"
std::string
git_revision();  ///< "1a2b3c4d5e6f", with "-dirty" if the tree had changes; "unknown" outside a checkout
std::string compiler();  ///< "GNU 12.2.0, Release"

}  // namespace augsweep::app
