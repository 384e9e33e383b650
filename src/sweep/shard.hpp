#pragma once
/// @file Splitting a sweep into shards that run apart and are merged afterwards.

#include <cstdint>
#include <string_view>

namespace augsweep::sweep {

/// Shard I of N. Jobs are dealt like cards: job j belongs to shard j mod N + 1. Neighbours differ in the
/// fastest axis only, mostly the seed, so every shard gets the same mixture of cheap and expensive jobs and
/// shards take equal time.
struct Shard {
  std::uint64_t index = 1;  ///< I, in [1, count]
  std::uint64_t count = 1;  ///< N, in [1, max_count]

  static constexpr std::uint64_t max_count = 1'000'000;

  /// Reads "I/N". Throws std::invalid_argument in a whole sentence.
  static Shard parse(std::string_view text);

  bool contains(std::uint64_t job) const { return job % count == index - 1; }

  /// Number of its jobs in a sweep of `jobs` jobs.
  std::uint64_t size(std::uint64_t jobs) const { return jobs / count + (jobs % count >= index ? 1 : 0); }

  /// Its i-th job, i in [0, size(jobs)).
  std::uint64_t job(std::uint64_t i) const { return i * count + index - 1; }

  bool operator==(const Shard&) const = default;
};

}  // namespace augsweep::sweep
