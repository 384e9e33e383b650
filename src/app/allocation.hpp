#pragma once
/// @file How many nodes of a cluster a sweep should ask for, and for how long.

#include <cstdint>
#include <optional>
#include <string>

namespace augsweep::app {

/// Time of the coordinator that one result takes: receiving it, filling in its row, handing out the next job.
/// Source: docs/scaling.md measures 15 us, and 42 us on a busy machine and disk; rounded up, since the file
/// systems of clusters are no quicker, and a shard too many costs less than workers that wait.
inline constexpr double result_service_seconds = 50e-6;

/// Share of its time that a coordinator may be busy before another shard is better: above it workers begin to
/// wait for each other.
inline constexpr double full_coordinator = 0.5;

/// A coordinator that is busy for less than this altogether is never split: shards would save less time than
/// the job that merges them waits in the queue.
inline constexpr double short_service_seconds = 60.0;

/// Asked for, as a multiple of the estimate from the pilot run: seeds differ, and a cluster's cores may be
/// slower than those of the machine that the pilot ran on.
inline constexpr double time_margin = 1.5;

/// Seconds of every run that no job computes in: start of the ranks, layout of the file, the last flush.
inline constexpr double start_seconds = 120.0;

struct AllocationRequest {
  std::uint64_t jobs = 1;
  double typical_seconds = 0.0;  ///< of one core, all jobs together; of the pilot run
  double most_seconds = 0.0;     ///< the same if every job ran to its trial limit
  int tasks_per_node = 1;
  double wanted_seconds = 3600.0;  ///< the sweep should be complete in about this time
  int most_nodes = 16;
  double longest_seconds = 86'400.0;  ///< that the site lets a job run
  std::optional<int> nodes, shards;   ///< given by the user
};

struct Allocation {
  int nodes = 1;         ///< of each shard
  int shards = 1;        ///< 1: no job array
  double seconds = 0.0;  ///< limit of one run, margin included
  int runs = 1;          ///< runs of that length that the sweep takes; more than 1: stop, requeue, resume
  double coordinator_busy = 0.0;  ///< share of its time, in [0, 1]
};

/// Nodes for the wanted time, shards so that no coordinator is the bottleneck, and a limit with a margin.
/// Throws std::invalid_argument in a whole sentence if what is given can't be.
Allocation allocate(const AllocationRequest& request);

/// SLURM's form, in whole minutes: "00:35:00", "2-06:00:00".
std::string slurm_time(double seconds);

}  // namespace augsweep::app
