#pragma once
/// @file A sink that remembers what it was given, and can fail like a full disk.

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "cluster/jobs.hpp"

namespace augsweep::cluster::testing {

class RecordingSink final : public ResultSink {
 public:
  struct Row {
    training::Outcome outcome;
    training::Status status = training::Status::pending;
    int rank = 0;
    std::string host;
    std::uint32_t attempt = 0;
    int times = 0;  ///< accepted this often
  };

  void accept(const Finished& finished) override {
    if (rows.size() == full_after) throw std::runtime_error("no space left on device");
    Row& row = rows[finished.job];
    row = {.outcome = training::decode(finished.outcome),
           .status = finished.status,
           .rank = finished.run.rank,
           .host = std::string(finished.run.host),
           .attempt = finished.run.attempt,
           .times = row.times + 1};
    unflushed = true;
    if (on_accept) on_accept(finished);
  }
  void flush_if_due() override { ++looks; }
  void flush() override {
    unflushed = false;
    ++flushes;
  }

  /// Whether rows are exactly the jobs 0 … count - 1, each accepted once.
  bool holds_each_once(std::uint64_t count) const {
    std::uint64_t expected = 0;
    for (const auto& [job, row] : rows) {
      if (job != expected++ || row.times != 1) return false;
    }
    return expected == count;
  }

  std::map<std::uint64_t, Row> rows;
  std::size_t full_after = SIZE_MAX;  ///< rows
  std::function<void(const Finished&)> on_accept;
  bool unflushed = false;
  int flushes = 0;
  int looks = 0;
};

/// All jobs of a sweep of `count`.
inline PendingJobs all_jobs(std::uint64_t count) {
  return PendingJobs(std::vector<bool>(count, true));
}

}  // namespace augsweep::cluster::testing
