#pragma once
/// @file What a sweep will cost, from running a few of its jobs for a moment.

#include <cstdint>

#include "sweep/sweep.hpp"

namespace augsweep::app {

/// Core-seconds: of one core of this machine, without the coordinator.
struct CostEstimate {
  std::uint64_t sampled = 0;      ///< jobs that were tried
  std::uint64_t ended = 0;        ///< of those, that came to their end within their share of the budget
  double typical_seconds = 0.0;   ///< all jobs, if the others end as the sampled ones did or look like doing
  double most_seconds = 0.0;      ///< all jobs, if every one ran to its trial limit
  double steps_per_second = 0.0;  ///< network steps
};

/// Runs jobs spread evenly over the sweep, each for its share of `budget_seconds`.
CostEstimate estimate_cost(const sweep::Sweep& sweep, double budget_seconds = 2.0);

}  // namespace augsweep::app
