// The same sweeps over whatever carries the messages: MPI between the ranks of mpirun, or threads of one
// process.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fleet.hpp"
#include "recording_sink.hpp"

namespace augsweep::cluster::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using training::Order;
using training::Status;

/// An outcome that can be nobody else's, of some floats.
training::Outcome outcome_of(std::uint64_t job, std::size_t floats) {
  training::Outcome outcome;
  outcome.status = job % 3 == 0 ? Status::not_converged : Status::converged;
  outcome.trials = static_cast<std::int64_t>(job) + 1;
  for (auto& curve : outcome.curves) {
    for (std::size_t i = 0; i < floats; ++i)
      curve.push_back(static_cast<float>(job) + static_cast<float>(i) / 1024.0F);
  }
  return outcome;
}

RunnerFactory always(JobRunner runner) {
  return [runner = std::move(runner)](const std::string&) { return runner; };
}

/// A job that goes on until it is told otherwise.
training::Outcome endless(const Ask& ask) {
  while (true) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const Order order = ask();
    if (order == Order::stop) throw training::Abandoned();
    if (order == Order::time_out) {
      training::Outcome outcome;
      outcome.status = Status::timeout;
      return outcome;
    }
  }
}

std::string message_of(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const std::exception& caught) {
    return caught.what();
  }
  return "";
}

class AcrossRanks : public ::testing::Test {
 protected:
  RecordingSink sink;
};

TEST_F(AcrossRanks, EveryOutcomeArrivesOnceAndUnchanged) {
  for (const std::size_t floats :
       {0U, 10U, 700U, 50'000U}) {  // below and above what MPI sends without asking
    RecordingSink fresh;
    PendingJobs source = all_jobs(floats > 1000 ? 40 : 1000);
    const std::uint64_t jobs = source.remaining();
    const Ended ended = run_sweep(
        source, fresh, always([&](std::uint64_t job, const Ask&) { return outcome_of(job, floats); }));
    EXPECT_EQ(message_of(ended.error), "");
    if (!ended.here()) continue;
    EXPECT_TRUE(fresh.holds_each_once(jobs));
    for (const auto& [job, row] : fresh.rows) {
      EXPECT_EQ(training::encode(row.outcome), training::encode(outcome_of(job, floats))) << "job " << job;
      EXPECT_EQ(row.host, host_name());
    }
    EXPECT_THAT(ended.stuck, IsEmpty());
  }
}

TEST_F(AcrossRanks, EveryWorkerGetsWork) {
  PendingJobs source = all_jobs(std::uint64_t{20} * static_cast<std::uint64_t>(worker_count()));
  const Ended ended = run_sweep(source, sink, always([](std::uint64_t job, const Ask&) {
                                  std::this_thread::sleep_for(std::chrono::milliseconds(5));
                                  return outcome_of(job, 1);
                                }));
  if (!ended.here()) return;
  std::set<int> ranks;
  for (const auto& [job, row] : sink.rows) ranks.insert(row.rank);
  EXPECT_EQ(ranks.size(), static_cast<std::size_t>(worker_count()));
}

TEST_F(AcrossRanks, NothingPendingEndsAtOnce) {
  PendingJobs source(std::vector<bool>(10, false));
  const Ended ended =
      run_sweep(source, sink, always([](std::uint64_t job, const Ask&) { return outcome_of(job, 1); }));
  EXPECT_EQ(message_of(ended.error), "");
  if (!ended.here()) return;
  EXPECT_EQ(ended.report->ending, Ending::complete);
  EXPECT_THAT(sink.rows, IsEmpty());
}

TEST_F(AcrossRanks, FewerJobsThanWorkers) {
  PendingJobs source = all_jobs(1);
  const Ended ended =
      run_sweep(source, sink, always([](std::uint64_t job, const Ask&) { return outcome_of(job, 1); }));
  if (ended.here()) {
    EXPECT_TRUE(sink.holds_each_once(1));
  }
}

TEST_F(AcrossRanks, WorkersLearnTheSetup) {
  PendingJobs source = all_jobs(20);
  CoordinatorOptions options;
  options.setup = std::string(100'000, 'x') + "the sweep file's text";
  const RunnerFactory factory = [](const std::string& setup) -> JobRunner {
    return [size = setup.size()](std::uint64_t job, const Ask&) { return outcome_of(job + size, 1); };
  };
  const Ended ended = run_sweep(source, sink, factory, options);
  if (!ended.here()) return;
  EXPECT_EQ(sink.rows.at(7).outcome.trials, static_cast<std::int64_t>(7 + options.setup.size() + 1));
}

TEST_F(AcrossRanks, AThrowingJobIsAFailedRowAndTheSweepGoesOn) {
  PendingJobs source = all_jobs(100);
  const Ended ended = run_sweep(source, sink, always([](std::uint64_t job, const Ask&) {
                                  if (job % 10 == 4)
                                    throw std::runtime_error("job " + std::to_string(job) + " is odd");
                                  return outcome_of(job, 1);
                                }));
  if (!ended.here()) return;
  EXPECT_EQ(ended.report->ending, Ending::complete);
  EXPECT_TRUE(sink.holds_each_once(100));
  EXPECT_EQ(ended.report->progress.failures(), 10U);
  EXPECT_EQ(sink.rows.at(44).status, Status::failed);
  EXPECT_EQ(sink.rows.at(44).outcome.message, "job 44 is odd");
}

TEST_F(AcrossRanks, AStopAbandonsRunningJobsAndKeepsFinishedOnes) {
  PendingJobs source = all_jobs(100);
  std::atomic<int> requests = 0;
  CoordinatorOptions options;
  options.grace = Seconds(0.01);
  options.stop_requests = [&] { return requests.load(); };
  sink.on_accept = [&](const Finished&) { requests = sink.rows.size() >= 5 ? 1 : 0; };
  const Ended ended = run_sweep(source, sink, always([](std::uint64_t job, const Ask& ask) {
                                  return job < 5 ? outcome_of(job, 1) : endless(ask);
                                }),
                                options);
  EXPECT_EQ(message_of(ended.error), "");
  if (!ended.here()) return;
  EXPECT_EQ(ended.report->ending, Ending::stop_request);
  EXPECT_TRUE(sink.holds_each_once(5));
  EXPECT_FALSE(sink.unflushed);
  EXPECT_THAT(ended.stuck, IsEmpty());
}

TEST_F(AcrossRanks, AnEndlessJobTimesOut) {
  PendingJobs source = all_jobs(20);
  CoordinatorOptions options;
  options.job_timeout = Seconds(0.05);
  const Ended ended = run_sweep(source, sink, always([](std::uint64_t job, const Ask& ask) {
                                  return job == 3 ? endless(ask) : outcome_of(job, 1);
                                }),
                                options);
  if (!ended.here()) return;
  EXPECT_TRUE(sink.holds_each_once(20));
  EXPECT_EQ(sink.rows.at(3).status, Status::timeout);
  EXPECT_EQ(ended.report->progress.failures(), 1U);
}

TEST_F(AcrossRanks, AFullDiskEndsTheSweepEverywhere) {
  PendingJobs source = all_jobs(1000);
  sink.full_after = 10;
  const Ended ended =
      run_sweep(source, sink, always([](std::uint64_t job, const Ask&) { return outcome_of(job, 700); }));
  EXPECT_EQ(message_of(ended.error), ended.here() ? "no space left on device" : "")
      << "workers are only sent home";
  if (!ended.here()) return;
  EXPECT_EQ(sink.rows.size(), 10U);
  EXPECT_THAT(ended.stuck, IsEmpty());
}

TEST_F(AcrossRanks, AWorkerThatCannotWorkEndsTheSweepWithItsReason) {
  PendingJobs source = all_jobs(1000);
  const RunnerFactory factory = [](const std::string&) -> JobRunner {
    throw std::runtime_error("trials.csv can't be read");
  };
  const Ended ended = run_sweep(source, sink, factory);
  EXPECT_TRUE(ended.error || !ended.here());
  if (!ended.here()) return;
  EXPECT_THAT(message_of(ended.error), HasSubstr("can't work: trials.csv can't be read"));
  EXPECT_THAT(ended.stuck, IsEmpty());
}

TEST_F(AcrossRanks, AnotherBuildIsRefused) {
  PendingJobs source = all_jobs(100);
  CoordinatorOptions options;
  options.program = "today's";
  const Ended ended =
      run_sweep(source, sink, always([](std::uint64_t job, const Ask&) { return outcome_of(job, 1); }),
                options, {.program = "yesterday's"});
  if (!ended.here()) return;
  EXPECT_THAT(message_of(ended.error), HasSubstr("another build"));
  EXPECT_THAT(sink.rows, IsEmpty());
}

}  // namespace
}  // namespace augsweep::cluster::testing
