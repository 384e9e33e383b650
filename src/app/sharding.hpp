#pragma once
/// @file Shards of an augsweep that divided sweeps in another way.

#include <cstdint>
#include <string>
#include <vector>

#include "sweep/shard.hpp"
#include "training/outcome.hpp"

namespace augsweep::app {

/// A file says that it holds shard I/N, not which jobs these are: that is what `sweep::Shard` says now. Where
/// jobs have ended that are not of this shard, another program divided the sweep, and what is pending here is
/// not what that program would have run. A sentence on it; empty if all is well.
std::string divided_otherwise(const std::string& file, const sweep::Shard& shard,
                              const std::vector<training::Status>& statuses);

}  // namespace augsweep::app
