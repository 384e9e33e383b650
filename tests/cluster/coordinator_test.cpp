#include "cluster/coordinator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "recording_sink.hpp"
#include "simulated_workers.hpp"

namespace augsweep::cluster::testing {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;
using training::Status;

CoordinatorOptions options() {
  CoordinatorOptions result;
  result.program = "this build";
  return result;
}

/// A sweep of `jobs` jobs over the given workers.
struct Trial {
  Trial(std::uint64_t jobs, std::vector<Behaviour> behaviours, CoordinatorOptions given = options())
      : source(std::vector<bool>(jobs, true)),
        workers(std::move(behaviours)),
        coordinator(workers, source, sink, std::move(given), &observer) {}

  Report run() { return coordinator.run(); }

  struct Observer final : CoordinatorObserver {
    void on_progress(const Progress& progress) override { all.push_back(progress); }
    void on_worker_joined(int rank, const Hello& hello) override { joined.emplace_back(rank, hello.host); }
    void on_worker_lost(int rank, std::string_view /*sentence*/) override { lost.push_back(rank); }
    void on_stopping(Ending why) override { stopping = why; }
    std::vector<Progress> all;
    std::vector<std::pair<int, std::string>> joined;
    std::vector<int> lost;
    std::optional<Ending> stopping;
  } observer;

  PendingJobs source;
  RecordingSink sink;
  SimulatedWorkers workers;
  Coordinator coordinator;
};

/// Runs a sweep that must end with this kind of error. Returns its message.
template <typename Error>
std::string error_of(Trial& trial) {
  try {
    trial.run();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "the sweep ended without an error";
  return "";
}

std::vector<Behaviour> good(int count) {
  return std::vector<Behaviour>(static_cast<std::size_t>(count));
}

std::vector<Behaviour> good_with(int count, std::function<double(std::uint64_t)> seconds) {
  Behaviour one;
  one.seconds = std::move(seconds);
  return std::vector<Behaviour>(static_cast<std::size_t>(count), one);
}

/// Times that differ from job to job by a factor of a thousand, in no order.
double scattered(std::uint64_t job) {
  return 1e-4 * static_cast<double>(1 + (job * 2654435761U) % 1000);
}

class EveryJobOnce : public ::testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(EveryJobOnce, WhateverTheNumbersOfJobsAndWorkers) {
  const auto [jobs, workers] = GetParam();
  Trial trial(static_cast<std::uint64_t>(jobs), good_with(workers, scattered));
  const Report report = trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(static_cast<std::uint64_t>(jobs)));
  EXPECT_EQ(report.ending, Ending::complete);
  EXPECT_EQ(report.progress.finished, static_cast<std::uint64_t>(jobs));
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
  EXPECT_FALSE(trial.sink.unflushed);
}

INSTANTIATE_TEST_SUITE_P(Coordinator, EveryJobOnce,
                         ::testing::Combine(::testing::Values(0, 1, 2, 3, 10, 1000, 5000),
                                            ::testing::Values(1, 2, 7, 60)));

TEST(Coordinator, RunsOnlyThePendingJobs) {
  std::vector<bool> pending(10, false);
  pending[3] = pending[8] = true;
  PendingJobs source(pending);
  RecordingSink sink;
  SimulatedWorkers workers(good(2));
  Coordinator(workers, source, sink, options()).run();
  EXPECT_EQ(sink.rows.size(), 2U);
  EXPECT_TRUE(sink.rows.contains(3) && sink.rows.contains(8));
}

TEST(Coordinator, WithNothingToDoSendsWorkersHome) {
  Trial trial(0, good(3));
  EXPECT_EQ(trial.run().ending, Ending::complete);
  for (int rank = 1; rank <= 3; ++rank)
    EXPECT_THAT(trial.workers.record(rank).in_order, ElementsAre(Tag::stop));
}

TEST(Coordinator, GivesFewJobsToAsManyWorkersAsPossible) {
  Trial trial(3, good(8));
  trial.run();
  std::set<int> ranks;
  for (const auto& [job, row] : trial.sink.rows) ranks.insert(row.rank);
  EXPECT_EQ(ranks.size(), 3U);
}

TEST(Coordinator, KeepsAJobInAdvanceSoThatNoWorkerWaits) {
  auto behaviours = good(3);
  for (Behaviour& behaviour : behaviours) behaviour.latency = 0.002;  // a slow network, a busy coordinator
  Trial trial(300, behaviours);
  trial.run();
  for (int rank = 1; rank <= 3; ++rank) {
    const auto& record = trial.workers.record(rank);
    // The last jobs are handed out on demand; each of them may cost one round trip.
    EXPECT_LT(record.idle, 2 * 0.006) << "rank " << rank;
    EXPECT_GE(record.most_held, 2U);
  }
}

TEST(Coordinator, SleepsLongWhileWorkersHaveLongJobs) {
  Trial trial(400, good_with(2, [](std::uint64_t) { return 0.020; }));
  trial.run();
  EXPECT_LT(trial.workers.waits(), 600 * trial.workers.time());
  for (const int rank : {1, 2}) EXPECT_LT(trial.workers.record(rank).idle, 0.001);
}

TEST(Coordinator, SleepsBrieflyWhereJobsAreTiny) {
  Trial trial(20'000, good_with(2, [](std::uint64_t) { return 0.0001; }));
  trial.run();
  for (const int rank : {1, 2}) EXPECT_LT(trial.workers.record(rank).idle, 0.01 * trial.workers.time());
}

TEST(Coordinator, HandsOutTinyJobsInBatches) {
  Trial trial(50'000, good_with(2, [](std::uint64_t) { return 1e-6; }));
  trial.run();
  for (int rank = 1; rank <= 2; ++rank) {
    const auto& record = trial.workers.record(rank);
    EXPECT_LT(record.batches.size(), record.begun.size() / 50) << "rank " << rank;
    EXPECT_THAT(record.batches, Each(Le(options().max_ahead)));
    EXPECT_LE(record.most_held, options().max_ahead);
  }
}

TEST(Coordinator, HandsOutLongJobsOneInAdvance) {
  Trial trial(50, good_with(2, [](std::uint64_t) { return 1.0; }));
  trial.run();
  for (int rank = 1; rank <= 2; ++rank) EXPECT_EQ(trial.workers.record(rank).most_held, 2U);
}

TEST(Coordinator, ShrinksTheLastBatchesSoThatWorkersEndTogether) {
  Trial trial(10'000, good_with(4, [](std::uint64_t) { return 200e-6; }));
  trial.run();
  std::vector<double> ends;
  for (int rank = 1; rank <= 4; ++rank) {
    const auto& batches = trial.workers.record(rank).batches;
    EXPECT_GT(*std::max_element(batches.begin(), batches.end()), 20U) << "rank " << rank;
    EXPECT_EQ(batches.back(), 1U) << "rank " << rank;
    ends.push_back(trial.workers.record(rank).last_end);
  }
  const auto [first, last] = std::minmax_element(ends.begin(), ends.end());
  EXPECT_LT(*last - *first, 0.003);  // simulated seconds: a few jobs, not a batch of a hundred
}

TEST(Coordinator, RecallsJobsThatWaitBehindALongOneForAnIdleWorker) {
  // Job 0 takes minutes. What was handed out behind it must not wait for that.
  Trial trial(200, good_with(2, [](std::uint64_t job) { return job == 0 ? 300.0 : 0.001; }));
  trial.run();
  const int slow = trial.sink.rows.at(0).rank;
  EXPECT_THAT(trial.workers.record(slow).begun, ElementsAre(0));
  EXPECT_EQ(trial.workers.record(slow).heard.at(Tag::recall), 1);
  EXPECT_TRUE(trial.sink.holds_each_once(200));
  EXPECT_EQ(trial.sink.rows.at(1).attempt, 1U) << "a job given back unbegun has not been attempted";
}

TEST(Coordinator, KeepsScatteredJobsAtNearlyTheIdealSpeed) {
  constexpr int workers = 8;
  constexpr std::uint64_t jobs = 4000;
  Trial trial(jobs, good_with(workers, scattered));
  trial.run();
  double work = 0.0;
  for (std::uint64_t job = 0; job < jobs; ++job) work += scattered(job);
  double end = 0.0;
  for (int rank = 1; rank <= workers; ++rank) end = std::max(end, trial.workers.record(rank).last_end);
  EXPECT_GT(work / workers / end, 0.99);
}

TEST(Coordinator, TakesAnswersInAnyOrder) {
  auto behaviours = good_with(3, scattered);
  behaviours[0].newest_first = behaviours[2].newest_first = true;
  Trial trial(500, behaviours);
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(500));
}

TEST(Coordinator, TakesAnswersHoweverLate) {
  auto behaviours = good(3);
  behaviours[1].latency = 5.0;
  Trial trial(100, behaviours);
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(100));
  EXPECT_THAT(trial.coordinator.stuck(), Not(Contains(1)));
}

TEST(Coordinator, LetsALateWorkerJoin) {
  auto behaviours = good(2);
  behaviours[1].joins_after = 1.0;
  Trial trial(1000, behaviours);
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(1000));
  EXPECT_GT(trial.workers.record(2).begun.size(), 400U);
}

TEST(Coordinator, PassesOnWhereAndHowOftenAJobWasRun) {
  auto given = options();
  given.attempt = 4;
  Trial trial(1, good(1), given);
  trial.run();
  const auto& row = trial.sink.rows.at(0);
  EXPECT_EQ(row.rank, 1);
  EXPECT_EQ(row.host, "node1");
  EXPECT_EQ(row.attempt, 4U);
}

TEST(Coordinator, TellsWorkersTheSetupBeforeTheirFirstJob) {
  auto given = options();
  given.setup = "[axes]\nseed = [1, 2]";
  given.job_timeout = Seconds(7.5);
  Trial trial(10, good(2), given);
  trial.run();
  for (int rank = 1; rank <= 2; ++rank) {
    const auto& record = trial.workers.record(rank);
    EXPECT_EQ(record.in_order.front(), Tag::setup);
    EXPECT_EQ(record.setup->text, given.setup);
    EXPECT_EQ(record.setup->job_timeout, 7.5);
  }
}

TEST(Coordinator, GoesOnAfterFailedJobsAndCountsThem) {
  Behaviour behaviour;
  behaviour.status = [](std::uint64_t job) { return job % 10 == 0 ? Status::failed : Status::not_converged; };
  Trial trial(100, {behaviour, behaviour});
  const Report report = trial.run();
  EXPECT_EQ(report.ending, Ending::complete);
  EXPECT_EQ(report.progress.failures(), 10U);
  EXPECT_EQ(report.progress.by_status[static_cast<std::size_t>(Status::not_converged)], 90U);
  EXPECT_EQ(trial.sink.rows.at(20).status, Status::failed);
}

TEST(Coordinator, GivesUpAfterTooManyFailures) {
  Behaviour behaviour;
  behaviour.status = [](std::uint64_t job) { return job % 2 == 0 ? Status::failed : Status::timeout; };
  auto given = options();
  given.max_failures = 6;
  Trial trial(1000, {behaviour, behaviour}, given);
  EXPECT_EQ(trial.run().ending, Ending::max_failures);
  EXPECT_GE(trial.sink.rows.size(), 6U);
  EXPECT_LT(trial.sink.rows.size(), 20U);
  EXPECT_EQ(trial.observer.stopping, Ending::max_failures);
}

TEST(Coordinator, StopsOnRequestAndKeepsWhatEndsWithinTheGrace) {
  int requests = 0;
  auto given = options();
  given.stop_requests = [&] { return requests; };
  given.grace = Seconds(0.5);
  auto behaviours = good(2);
  behaviours[0].seconds = [](std::uint64_t) { return 0.3; };
  behaviours[1].seconds = [](std::uint64_t) { return 100.0; };
  Trial trial(1000, behaviours, given);
  trial.workers.at(1.0, [&] { requests = 1; });
  const Report report = trial.run();
  EXPECT_EQ(report.ending, Ending::stop_request);
  EXPECT_EQ(trial.sink.rows.size(), 4U) << "three jobs before the stop, the fourth within the grace";
  EXPECT_LT(trial.workers.time(), 1.6);
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
  EXPECT_FALSE(trial.sink.unflushed);
  for (int rank = 1; rank <= 2; ++rank) {
    EXPECT_EQ(trial.workers.record(rank).in_order.back(), Tag::stop) << "nothing is handed out after a stop";
  }
}

TEST(Coordinator, IsCompleteIfTheLastJobEndsWithinTheGrace) {
  int requests = 0;
  auto given = options();
  given.stop_requests = [&] { return requests; };
  Trial trial(1, good(1), given);
  trial.workers.at(0.005, [&] { requests = 1; });
  EXPECT_EQ(trial.run().ending, Ending::complete);
}

TEST(Coordinator, ASecondRequestWaitsForNobody) {
  int requests = 0;
  auto given = options();
  given.stop_requests = [&] { return requests; };
  given.grace = Seconds(60.0);
  auto behaviours = good_with(2, [](std::uint64_t) { return 1000.0; });
  behaviours[0].hangs_in = 0;
  Trial trial(10, behaviours, given);
  trial.workers.at(1.0, [&] { requests = 1; });
  trial.workers.at(2.0, [&] { requests = 2; });
  EXPECT_EQ(trial.run().ending, Ending::stop_request);
  EXPECT_LT(trial.workers.time(), 2.5);
  EXPECT_THAT(trial.coordinator.stuck(), Contains(1));
  EXPECT_EQ(trial.sink.flushes, 1);
}

TEST(Coordinator, StopsAtTheTimeLimit) {
  auto given = options();
  given.time_limit = Seconds(1.0);
  Trial trial(10'000, good(2), given);
  EXPECT_EQ(trial.run().ending, Ending::time_limit);
  EXPECT_LT(trial.workers.time(), 1.5);
  EXPECT_GT(trial.sink.rows.size(), 150U);
  EXPECT_FALSE(trial.sink.unflushed);
}

TEST(Coordinator, SendsWorkersHomeWhenTheSinkFails) {
  Trial trial(1000, good(3));
  trial.sink.full_after = 7;
  const std::string error = error_of<std::runtime_error>(trial);
  EXPECT_EQ(error, "no space left on device");
  EXPECT_EQ(trial.sink.rows.size(), 7U);
  EXPECT_EQ(trial.sink.flushes, 0) << "a sink that has failed is left alone";
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
  for (int rank = 1; rank <= 3; ++rank) EXPECT_EQ(trial.workers.record(rank).heard.at(Tag::stop), 1);
}

TEST(Coordinator, TimesOutTheJobOfAHungWorkerAndGivesTheRestToOthers) {
  auto given = options();
  given.job_timeout = Seconds(1.0);
  auto behaviours = good(3);
  behaviours[1].hangs_in = 3;
  Trial trial(100, behaviours, given);
  const Report report = trial.run();
  EXPECT_EQ(report.ending, Ending::complete);
  EXPECT_TRUE(trial.sink.holds_each_once(100));
  EXPECT_EQ(trial.sink.rows.at(3).status, Status::timeout);
  EXPECT_EQ(trial.sink.rows.at(3).outcome.status, Status::timeout);
  EXPECT_THAT(trial.sink.rows.at(3).outcome.message, HasSubstr("longer than 1 s"));
  EXPECT_EQ(report.progress.failures(), 1U) << "what waited behind it was run elsewhere";
  EXPECT_THAT(trial.coordinator.stuck(), ElementsAre(2));
  EXPECT_THAT(trial.observer.lost, ElementsAre(2));
  EXPECT_THAT(report.losses, ElementsAre(HasSubstr("rank 2 on node2 was given up: job 3")));
}

TEST(Coordinator, GivesALostWorkerNothingMoreAndCountsItsLateAnswerOnce) {
  auto given = options();
  given.silence_limit = Seconds(2.0);
  auto behaviours = good_with(2, [](std::uint64_t) { return 0.1; });
  behaviours[0].hangs_in = 0;
  behaviours[0].recovers_after = 4.0;
  Trial trial(100, behaviours, given);
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(100));
  EXPECT_EQ(trial.sink.rows.at(0).rank, 2);
  EXPECT_EQ(trial.sink.rows.at(0).attempt, 2U);
  EXPECT_THAT(trial.workers.record(1).begun, ElementsAre(0, 1)) << "what it held when it was lost";
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty()) << "it left when it heard of the stop";
}

TEST(Coordinator, TakesTheLateAnswerOfAJobThatNobodyElseHasBegun) {
  auto given = options();
  given.silence_limit = Seconds(2.0);
  given.heartbeat = Seconds(0.5);
  auto behaviours = good(2);
  // Rank 1 hangs in job 0. Rank 2 is in a job so long that job 0 can't have been begun again, and keeps in
  // touch.
  behaviours[0].hangs_in = 0;
  behaviours[0].recovers_after = 3.0;
  behaviours[1].seconds = [](std::uint64_t) { return 10.0; };
  Trial trial(3, behaviours, given);
  for (int second = 1; second < 40; ++second) {
    trial.workers.at(second, [&] { trial.workers.deliver({.peer = 2, .tag = Tag::heartbeat, .bytes = {}}); });
  }
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(3));
  EXPECT_EQ(trial.sink.rows.at(0).rank, 1);
}

TEST(Coordinator, FailsAJobThatCostsWorkerAfterWorker) {
  auto given = options();
  given.silence_limit = Seconds(2.0);
  auto behaviours = good(4);
  for (Behaviour& behaviour : behaviours) behaviour.hangs_in = 5;  // it kills whoever runs it
  Trial trial(50, behaviours, given);
  const Report report = trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(50));
  EXPECT_EQ(trial.sink.rows.at(5).status, Status::failed);
  EXPECT_THAT(trial.sink.rows.at(5).outcome.message, HasSubstr("2 workers were lost while running it"));
  EXPECT_EQ(report.losses.size(), 2U);
}

TEST(Coordinator, SaysSoWhenNoWorkerIsLeft) {
  auto given = options();
  given.silence_limit = Seconds(2.0);
  auto behaviours = good(2);
  behaviours[0].hangs_in = 1;  // each after one job done: they start with jobs 0, 1 and 2, 3
  behaviours[1].hangs_in = 3;
  Trial trial(50, behaviours, given);
  const std::string error = error_of<ClusterError>(trial);
  EXPECT_THAT(error, HasSubstr("no worker is left"));
  EXPECT_THAT(error, HasSubstr("rank 1 on node1"));
  EXPECT_THAT(error, HasSubstr("resume"));
  EXPECT_FALSE(trial.sink.unflushed) << "what was accepted is kept";
  EXPECT_THAT(trial.coordinator.stuck(), ElementsAre(1, 2));
}

TEST(Coordinator, GivesUpAWorkerThatNeverJoins) {
  auto given = options();
  given.silence_limit = Seconds(2.0);
  auto behaviours = good(2);
  behaviours[1].joins_after.reset();
  Trial trial(1000, behaviours, given);
  trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(1000));
  EXPECT_THAT(trial.observer.lost, ElementsAre(2));
}

TEST(Coordinator, DoesNotTakeItsOwnSuspensionForTheWorkersSilence) {
  auto given = options();
  given.silence_limit = Seconds(60.0);
  given.job_timeout = Seconds(60.0);
  Trial trial(1000, good_with(2, [](std::uint64_t) { return 0.1; }), given);
  trial.workers.at(1.0, [&] { trial.workers.oversleep(3600.0); });
  trial.run();
  EXPECT_THAT(trial.observer.lost, IsEmpty());
  EXPECT_TRUE(trial.sink.holds_each_once(1000));
}

TEST(Coordinator, SendsHeartbeatsToWorkersInLongJobs) {
  Trial trial(1, good_with(1, [](std::uint64_t) { return 60.0; }));
  trial.run();
  EXPECT_GE(trial.workers.record(1).heard.at(Tag::heartbeat), 10);
}

TEST(Coordinator, RefusesAnotherBuild) {
  auto behaviours = good(3);
  behaviours[1].program = "yesterday's build";
  Trial trial(100, behaviours);
  const std::string error = error_of<ClusterError>(trial);
  EXPECT_THAT(error, HasSubstr("rank 2 on node2"));
  EXPECT_THAT(error, HasSubstr("yesterday's build"));
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
}

TEST(Coordinator, PassesOnWhyAWorkerCannotWork) {
  auto behaviours = good(2);
  behaviours[0].faults_at = 4;
  Trial trial(100, behaviours);
  const std::string error = error_of<ClusterError>(trial);
  EXPECT_EQ(error, "rank 1 on node1 can't work: the recorded trials can't be read");
  EXPECT_FALSE(trial.sink.unflushed);
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
}

TEST(Coordinator, GoesOnWithoutAWorkerThatLeaves) {
  auto behaviours = good(2);
  behaviours[0].leaves_at = 1;
  Trial trial(100, behaviours);
  const Report report = trial.run();
  EXPECT_TRUE(trial.sink.holds_each_once(100));
  EXPECT_EQ(trial.sink.rows.at(1).rank, 2);
  EXPECT_THAT(report.losses, ElementsAre(HasSubstr("rank 1 on node1 was given up: it left")));
  EXPECT_THAT(trial.coordinator.stuck(), IsEmpty());
}

struct Nonsense {
  const char* name;
  Message message;
};

class CoordinatorRefuses : public ::testing::TestWithParam<Nonsense> {};

TEST_P(CoordinatorRefuses, MessagesThatMakeNoSense) {
  auto behaviours = good(2);
  behaviours[1].instead = [](std::uint64_t) { return GetParam().message; };
  Trial trial(100, behaviours);
  EXPECT_THROW(trial.run(), ProtocolError);
  EXPECT_FALSE(trial.sink.unflushed);
  EXPECT_EQ(trial.workers.record(1).heard.at(Tag::stop), 1);
}

std::vector<std::byte> second_hello() {
  Hello hello;
  hello.program = "this build";
  return encode(hello);
}

std::vector<std::byte> result_of(std::uint64_t job) {
  training::Outcome outcome;
  outcome.status = Status::converged;
  const auto bytes = training::encode(outcome);
  return encode(Result{.assigned = {.job = job}, .status = Status::converged, .outcome = bytes});
}

INSTANTIATE_TEST_SUITE_P(
    Coordinator, CoordinatorRefuses,
    ::testing::Values(Nonsense{"ATruncatedResult", {.tag = Tag::result, .bytes = std::vector<std::byte>(10)}},
                      Nonsense{"TheResultOfAnotherJob", {.tag = Tag::result, .bytes = result_of(4711)}},
                      Nonsense{
                          "AJobReturnedThatItNeverHad",
                          {.tag = Tag::returned, .bytes = encode(std::vector<AssignedJob>{{.job = 4711}})}},
                      Nonsense{"ASecondHello", {.tag = Tag::hello, .bytes = second_hello()}},
                      Nonsense{"AnAssignment", {.tag = Tag::assignment, .bytes = {}}},
                      Nonsense{"AnUnknownKind", {.tag = static_cast<Tag>(99), .bytes = {}}}),
    [](const auto& one) { return one.param.name; });

TEST(Coordinator, ReportsProgressThatOnlyGrows) {
  Trial trial(500, good(2));
  trial.run();
  ASSERT_GE(trial.observer.all.size(), 3U);
  std::uint64_t before = 0;
  for (const Progress& progress : trial.observer.all) {
    EXPECT_GE(progress.finished, before);
    EXPECT_EQ(progress.jobs, 500U);
    EXPECT_LE(progress.busy, progress.workers);
    before = progress.finished;
  }
  EXPECT_EQ(before, 500U);
  EXPECT_THAT(trial.observer.joined, ElementsAre(std::pair(1, "node1"), std::pair(2, "node2")));
}

TEST(Coordinator, LooksAfterTheSinkWhileNothingComes) {
  Trial trial(1, good_with(1, [](std::uint64_t) { return 10.0; }));
  trial.run();
  EXPECT_GT(trial.sink.looks, 100);
}

TEST(Coordinator, AddsUpWhatWorkersSayAboutTheirTime) {
  Trial trial(10, good(3));
  const Report report = trial.run();
  EXPECT_EQ(report.busy_seconds, 3 * 2.0);
  EXPECT_EQ(report.idle_seconds, 3 * 1.0);
}

TEST(Coordinator, NeedsAWorker) {
  SimulatedWorkers nobody({});
  PendingJobs source = all_jobs(1);
  RecordingSink sink;
  EXPECT_THROW(Coordinator(nobody, source, sink, options()), ClusterError);
}

TEST(DismissWorkers, SendsEveryoneHomeAndNamesThoseWhoStay) {
  auto behaviours = good(3);
  SimulatedWorkers workers(behaviours);
  EXPECT_THAT(dismiss_workers(workers), IsEmpty());
  for (int rank = 1; rank <= 3; ++rank) EXPECT_THAT(workers.record(rank).in_order, ElementsAre(Tag::stop));

  behaviours[1].latency = 60.0;
  SimulatedWorkers slow(behaviours);
  EXPECT_THAT(dismiss_workers(slow), ElementsAre(2));
}

}  // namespace
}  // namespace augsweep::cluster::testing
