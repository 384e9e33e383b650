#pragma once
/// @file Whether two programs compute the same bits.

#include <string>

namespace augsweep::app {

/// A short hash over the outcomes of a few trials of every task with several networks: equal for two programs
/// if they give the same results, whatever their versions. Takes some milliseconds.
std::string numerics();

}  // namespace augsweep::app
