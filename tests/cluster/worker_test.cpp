#include "cluster/worker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace augsweep::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using training::Order;
using training::Status;

/// The worker's line to a coordinator that follows a script, in simulated time.
class ScriptedLine final : public Transport {
 public:
  int rank() const override { return 1; }
  int size() const override { return 2; }
  void send(int to, Tag tag, std::vector<std::byte> bytes) override {
    EXPECT_EQ(to, coordinator_rank);
    sent.push_back({.peer = to, .tag = tag, .bytes = std::move(bytes)});
  }
  std::optional<Message> poll() override {
    const auto due = script_.begin();
    if (due == script_.end() || due->first > time_) return std::nullopt;
    Message message = std::move(due->second);
    script_.erase(due);
    return message;
  }
  Clock::time_point now() const override {
    return Clock::time_point() + std::chrono::duration_cast<Clock::duration>(Seconds(time_));
  }
  void wait(Clock::duration longest) override {
    pass(Seconds(longest).count());
    if (time_ > 1e5) throw std::logic_error("the worker waits for ever");
  }
  bool flush(Clock::duration /*longest*/) override { return coordinator_listens; }

  /// At this time the coordinator sends this.
  void at(double time, Tag tag, std::vector<std::byte> bytes = {}) {
    script_.emplace(time, Message{.peer = coordinator_rank, .tag = tag, .bytes = std::move(bytes)});
  }
  void pass(double seconds) { time_ += seconds; }
  double time() const { return time_; }

  std::vector<Tag> tags() const {
    std::vector<Tag> result;
    for (const Message& message : sent) result.push_back(message.tag);
    return result;
  }
  std::vector<Result> results() const {
    std::vector<Result> found;
    for (const Message& message : sent) {
      if (message.tag == Tag::result) found.push_back(decode_result(message.bytes));
    }
    return found;
  }

  std::vector<Message> sent;
  bool coordinator_listens = true;

 private:
  std::multimap<double, Message> script_;
  double time_ = 0.0;
};

std::vector<std::byte> jobs(std::initializer_list<std::uint64_t> indices) {
  std::vector<AssignedJob> assigned;
  for (const auto index : indices) assigned.push_back({.job = index, .attempt = 3});
  return encode(assigned);
}

std::vector<std::byte> setup(const Setup& given = {}) {
  return encode(given);
}

class WorkerTest : public ::testing::Test {
 protected:
  /// A job of some simulated seconds that asks every millisecond, as training does between trials.
  training::Outcome compute(double seconds, const Ask& ask) {
    training::Outcome outcome;
    outcome.status = Status::converged;
    for (const double end = line.time() + seconds; line.time() < end; line.pass(0.001)) {
      const Order order = ask();
      if (order == Order::stop) throw training::Abandoned();
      if (order == Order::time_out) {
        outcome.status = Status::timeout;
        break;
      }
    }
    return outcome;
  }

  Goodbye work(const JobRunner& runner) {
    return Worker(line, [&](const std::string&) { return runner; }, {.program = "this build"}).run();
  }
  Goodbye work(double seconds_per_job) {
    return work([this, seconds_per_job](std::uint64_t job, const Ask& ask) {
      begun.push_back(job);
      return compute(seconds_per_job, ask);
    });
  }

  ScriptedLine line;
  std::vector<std::uint64_t> begun;
};

TEST_F(WorkerTest, IntroducesItselfWorksInOrderAndTakesItsLeave) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({4, 2}));
  line.at(0.0, Tag::assignment, jobs({9}));
  line.at(1.0, Tag::stop, encode(Stop{}));
  work(0.01);
  EXPECT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::result, Tag::result, Tag::result, Tag::goodbye));
  EXPECT_THAT(begun, ElementsAre(4, 2, 9));
  const Hello hello = decode_hello(line.sent.front().bytes);
  EXPECT_EQ(hello.program, "this build");
  EXPECT_EQ(hello.host, host_name());
  EXPECT_GT(hello.process, 0);
  const auto results = line.results();
  EXPECT_EQ(results[1].assigned, (AssignedJob{.job = 2, .attempt = 3}));
  EXPECT_EQ(results[1].status, Status::converged);
  EXPECT_EQ(training::decode(results[1].outcome).status, Status::converged);
  EXPECT_NEAR(results[1].seconds, 0.01, 0.002);
  EXPECT_GT(results[1].started, 1.7e9);
  EXPECT_DOUBLE_EQ(results[1].ended, results[1].started + results[1].seconds);
}

TEST_F(WorkerTest, MakesItsRunnerFromTheSetupText) {
  line.at(0.0, Tag::setup, setup({.text = "seed = 7"}));
  line.at(0.1, Tag::stop, encode(Stop{}));
  std::string seen;
  Worker(line, [&](const std::string& text) { return seen = text, JobRunner(); }, {}).run();
  EXPECT_EQ(seen, "seed = 7");
}

TEST_F(WorkerTest, AnswersAThrowingJobWithItsMessageAndGoesOn) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0, 1, 2, 3}));
  line.at(1.0, Tag::stop, encode(Stop{}));
  work([](std::uint64_t job, const Ask&) -> training::Outcome {
    if (job == 0) throw std::invalid_argument("network.leak: 3 values do not divide 20 units");
    if (job == 1) throw training::Abandoned();
    if (job == 2) throw 42;  // NOLINT(hicpp-exception-baseclass)
    return {};
  });
  const auto results = line.results();
  ASSERT_EQ(results.size(), 4U);
  for (const Result& result : results) EXPECT_EQ(result.status, Status::failed);
  EXPECT_EQ(training::decode(results[0].outcome).message, "network.leak: 3 values do not divide 20 units");
  EXPECT_THAT(training::decode(results[1].outcome).message, HasSubstr("abandoned"));
  EXPECT_THAT(training::decode(results[2].outcome).message, HasSubstr("says nothing"));
  EXPECT_THAT(training::decode(results[3].outcome).message, HasSubstr("without a status"));
}

TEST_F(WorkerTest, AbandonsTheRunningJobAndDropsTheRestWhenStopped) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0, 1, 2}));
  line.at(1.5, Tag::stop, encode(Stop{}));
  work(1.0);
  EXPECT_THAT(begun, ElementsAre(0, 1));
  EXPECT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::result, Tag::goodbye));
  EXPECT_NEAR(line.time(), 1.5, 0.01);
}

TEST_F(WorkerTest, LetsTheRunningJobEndWithinTheGrace) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0, 1, 2}));
  line.at(1.5, Tag::stop, encode(Stop{.grace = 0.7}));
  work(1.0);
  EXPECT_THAT(begun, ElementsAre(0, 1));
  EXPECT_EQ(line.results().size(), 2U);
}

TEST_F(WorkerTest, AbandonsTheRunningJobWhenTheGraceIsOver) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0, 1, 2}));
  line.at(0.5, Tag::stop, encode(Stop{.grace = 0.3}));
  work(1.0);
  EXPECT_THAT(line.results(), IsEmpty());
  EXPECT_NEAR(line.time(), 0.8, 0.01);
}

TEST_F(WorkerTest, GivesBackWhatItHasNotBegun) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0, 1, 2}));
  line.at(0.5, Tag::recall);
  line.at(2.0, Tag::stop, encode(Stop{}));
  work(1.0);
  EXPECT_THAT(begun, ElementsAre(0));
  ASSERT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::returned, Tag::result, Tag::goodbye));
  EXPECT_THAT(decode_jobs(line.sent[1].bytes), ElementsAre(AssignedJob{1, 3}, AssignedJob{2, 3}));
}

TEST_F(WorkerTest, TellsAJobThatItsTimeIsOver) {
  line.at(0.0, Tag::setup, setup({.job_timeout = 0.25, .text = {}}));
  line.at(0.0, Tag::assignment, jobs({0}));
  line.at(2.0, Tag::stop, encode(Stop{}));
  work(1.0);
  ASSERT_EQ(line.results().size(), 1U);
  EXPECT_EQ(line.results()[0].status, Status::timeout);
  EXPECT_NEAR(line.results()[0].seconds, 0.25, 0.01);
}

TEST_F(WorkerTest, SendsHeartbeatsWhileItComputesAndWhileItWaits) {
  line.at(0.0, Tag::setup, setup({.heartbeat = 1.0, .text = {}}));
  line.at(0.0, Tag::assignment, jobs({0}));
  line.at(8.9, Tag::stop, encode(Stop{}));
  work(4.5);
  EXPECT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::heartbeat, Tag::heartbeat, Tag::heartbeat,
                                       Tag::heartbeat, Tag::result, Tag::heartbeat, Tag::heartbeat,
                                       Tag::heartbeat, Tag::heartbeat, Tag::goodbye));
}

TEST_F(WorkerTest, GivesUpWhenTheCoordinatorHasVanished) {
  line.at(0.0, Tag::setup, setup({.silence_limit = 5.0, .text = {}}));
  line.at(4.0, Tag::heartbeat);
  EXPECT_THROW(work(1.0), ClusterError);
  EXPECT_NEAR(line.time(), 9.0, 0.1);
}

TEST_F(WorkerTest, GivesUpInTheMiddleOfAJobWhenTheCoordinatorHasVanished) {
  line.at(0.0, Tag::setup, setup({.silence_limit = 5.0, .text = {}}));
  line.at(0.0, Tag::assignment, jobs({0, 1}));
  EXPECT_THROW(work(100.0), ClusterError);
  EXPECT_NEAR(line.time(), 5.0, 0.1);
  EXPECT_THAT(line.results(), IsEmpty());
}

TEST_F(WorkerTest, DoesNotBlameAJobForAMessageThatMakesNoSense) {
  line.at(0.0, Tag::setup, setup());
  line.at(0.0, Tag::assignment, jobs({0}));
  line.at(0.5, Tag::assignment, std::vector<std::byte>(5));
  EXPECT_THROW(work(1.0), ProtocolError);
  EXPECT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::fault));
}

TEST_F(WorkerTest, TellsTheCoordinatorWhyItCannotWork) {
  line.at(0.0, Tag::setup, setup());
  const auto fails = [](const std::string&) -> JobRunner {
    throw std::runtime_error("trials.csv can't be read");
  };
  EXPECT_THROW(Worker(line, fails, {}).run(), std::runtime_error);
  ASSERT_THAT(line.tags(), ElementsAre(Tag::hello, Tag::fault));
  EXPECT_EQ(decode_fault(line.sent[1].bytes), "trials.csv can't be read");
}

TEST_F(WorkerTest, RefusesJobsBeforeTheSetup) {
  line.at(0.0, Tag::assignment, jobs({0}));
  EXPECT_THROW(work(1.0), ProtocolError);
}

TEST_F(WorkerTest, RefusesWhatOnlyAWorkerSays) {
  line.at(0.0, Tag::goodbye, encode(Goodbye{}));
  EXPECT_THROW(work(1.0), ProtocolError);
}

TEST_F(WorkerTest, SaysSoWhenItsLastWordsDoNotGoOut) {
  line.at(0.0, Tag::stop, encode(Stop{}));
  line.coordinator_listens = false;
  EXPECT_THROW(work(1.0), ClusterError);
}

TEST_F(WorkerTest, CountsItsTimeBetweenJobsAsIdleButNotTheTwoEnds) {
  line.at(5.0, Tag::setup, setup());
  line.at(5.0, Tag::assignment, jobs({0}));
  line.at(8.0, Tag::assignment, jobs({1}));
  line.at(20.0, Tag::stop, encode(Stop{}));
  const Goodbye times = work(1.0);
  EXPECT_NEAR(times.busy_seconds, 2.0, 0.01);
  EXPECT_NEAR(times.idle_seconds, 2.0, 0.01);
}

}  // namespace
}  // namespace augsweep::cluster
