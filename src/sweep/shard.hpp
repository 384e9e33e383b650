#pragma once
/// @file Splitting a sweep into shards that run apart and are merged afterwards.

#include <cstdint>
#include <string_view>
#include <vector>

namespace augsweep::sweep {

/// Jobs first, first + stride, ..., count of them.
struct JobRun {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  std::uint64_t stride = 1;

  bool operator==(const JobRun&) const = default;
};

/// Shard I of N. Jobs are dealt like cards, one to each shard in turn, so that neighbours, which mostly
/// differ in their seed alone, go to different shards. Dealing for ever in the same order would give all jobs
/// of one value to one shard where an axis of N values varies fastest; so the sweep is dealt in about 32
/// rounds, and each round begins with another shard. Every shard then has the same number of jobs, give or
/// take one, and the same mixture of cheap and expensive ones.
struct Shard {
  std::uint64_t index = 1;  ///< I, in [1, count]
  std::uint64_t count = 1;  ///< N, in [1, max_count]

  static constexpr std::uint64_t max_count = 1'000'000;

  /// Reads "I/N". Throws std::invalid_argument in a whole sentence.
  static Shard parse(std::string_view text);

  /// Whether a job of a sweep of `jobs` jobs is one of this shard's.
  bool contains(std::uint64_t job, std::uint64_t jobs) const;

  /// Its jobs in a sweep of `jobs` jobs, ascending: at most one run a round, and one more.
  std::vector<JobRun> runs(std::uint64_t jobs) const;

  bool operator==(const Shard&) const = default;
};

}  // namespace augsweep::sweep
