#pragma once
/// @file The two borders of the cluster: where jobs come from, and where their results go.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "training/outcome.hpp"

namespace augsweep::cluster {

/// Makes an outcome's bytes as the sink wants them. Workers do it, each after its job: what costs time, such
/// as compression, is done many times in parallel there and not once more at the coordinator.
using Packer = std::function<std::vector<std::byte>(const training::Outcome& outcome)>;

/// The jobs to run, in the order of handing out, each once.
class JobSource {
 public:
  JobSource() = default;
  JobSource(const JobSource&) = delete;
  JobSource& operator=(const JobSource&) = delete;
  virtual ~JobSource() = default;

  /// The next job's index; none when all have been taken.
  virtual std::optional<std::uint64_t> next() = 0;

  /// How many next() will still give.
  virtual std::uint64_t remaining() const = 0;
};

/// Jobs from a bitmap of the whole sweep, by ascending index: one bit a job.
class PendingJobs final : public JobSource {
 public:
  /// `pending[i]` says whether job i is to be run.
  explicit PendingJobs(std::vector<bool> pending);

  std::optional<std::uint64_t> next() override;
  std::uint64_t remaining() const override { return remaining_; }

 private:
  std::vector<bool> pending_;
  std::uint64_t position_ = 0;
  std::uint64_t remaining_ = 0;
};

/// Where, when and how long a job ran: provenance, not science.
struct RunInfo {
  int rank = 0;
  std::string_view host;  ///< valid during the call that brings it
  std::uint32_t attempt = 1;
  double seconds = 0.0;  ///< wall time
  double started = 0.0;  ///< seconds since 1970, UTC
  double ended = 0.0;    ///< the same
};

struct Finished {
  std::uint64_t job = 0;
  training::Status status = training::Status::pending;  ///< the outcome's
  std::span<const std::byte> outcome;  ///< as the Packer made it; valid during the call that brings it
  RunInfo run;
};

/// Takes the results, on the coordinator. What it throws ends the sweep: workers are stopped and the error
/// goes on to the caller.
class ResultSink {
 public:
  ResultSink() = default;
  ResultSink(const ResultSink&) = delete;
  ResultSink& operator=(const ResultSink&) = delete;
  virtual ~ResultSink() = default;

  /// Called exactly once for every job that has ended.
  virtual void accept(const Finished& finished) = 0;

  /// Called often, also when nothing has come: the sink's time to make durable what it holds, if it thinks
  /// so.
  virtual void flush_if_due() = 0;

  /// Called at the end, however the sweep ended but by the sink's own error: everything accepted is to be
  /// made durable.
  virtual void flush() = 0;
};

}  // namespace augsweep::cluster
