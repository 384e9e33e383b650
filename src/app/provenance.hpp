#pragma once
/// @file Which program, built how and called how.

#include <string>
#include <vector>

#include "store/writer.hpp"

namespace augsweep::app {

/// The words of this process's command line behind the program's name.
std::vector<std::string> command_line_arguments();

/// Equal for two builds that give the same results: version and revision.
std::string program_identity();

/// What stands in the root attributes of a result file.
store::Provenance provenance();

}  // namespace augsweep::app
