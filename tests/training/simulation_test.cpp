// One simulation, from its job to its outcome.
#include "training/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "tasks/registry.hpp"
#include "training/trials_file.hpp"

namespace augsweep::training {
namespace {

using testing::Each;
using testing::Ge;
using testing::Le;

Job twelve_ax() {
  Job job;
  job.task = "12ax";
  job.task_parameters = tasks::complete_parameters(*tasks::find_task("12ax"), {});
  job.leak = {0.7, 1.0};
  job.policy.kind = model::PolicyKind::greedy;
  job.max_trials = 500;
  job.test_trials = 100;
  return job;
}

/// AX is learned within a few thousand trials.
Job easy() {
  Job job = twelve_ax();
  job.task = "ax";
  job.task_parameters = tasks::complete_parameters(*tasks::find_task("ax"), {});
  job.memory_units = 10;
  job.lambda = 0.5;
  job.alpha = 0.55;
  job.max_trials = 20'000;
  return job;
}

const std::vector<float>& curve(const Outcome& outcome, Curve which) {
  return outcome.curves[static_cast<std::size_t>(which)];
}

TEST(Simulation, IsTheSameBitForBitEveryTime) {
  EXPECT_EQ(encode(run(twelve_ax())), encode(run(twelve_ax())));
}

TEST(Simulation, IsTheSameBitForBitWithEveryInstructionSet) {
  Job never_reset = twelve_ax();
  never_reset.reset = false;
  Job from_traces = twelve_ax();
  from_traces.memory_input = model::MemoryInput::trace;
  for (const Job& job : {twelve_ax(), easy(), never_reset, from_traces}) {
    const auto expected = encode(run(job, {}, nullptr, model::Isa::baseline));
    for (const model::Isa isa : model::supported_isas()) {
      EXPECT_EQ(encode(run(job, {}, nullptr, isa)), expected) << name_of(isa);
    }
  }
}

TEST(Simulation, DiffersBetweenSeeds) {
  Job other = twelve_ax();
  other.seed = 1;
  EXPECT_NE(encode(run(twelve_ax())), encode(run(other)));
}

TEST(Simulation, ReportsARunThatDidNotConverge) {
  const Outcome outcome = run(twelve_ax());
  EXPECT_EQ(outcome.status, Status::not_converged);
  EXPECT_TRUE(std::isnan(outcome.convergence_trial));
  EXPECT_EQ(outcome.trials, 500);
  EXPECT_GE(outcome.steps, 3 * 500) << "a trial has a digit and at least one pair";
  EXPECT_LE(outcome.steps, 9 * 500);
}

TEST(Simulation, StopsAtConvergenceAndPassesTheTest) {
  const Outcome outcome = run(easy());
  ASSERT_EQ(outcome.status, Status::converged);
  EXPECT_EQ(outcome.trials, static_cast<std::int64_t>(outcome.convergence_trial) + 1);
  EXPECT_LT(outcome.trials, 20'000);
  EXPECT_GT(outcome.tests[0][static_cast<std::size_t>(Readout::greedy)], 95.0);
}

TEST(Simulation, CanGoOnAfterConvergence) {
  Job job = easy();
  const Outcome stopped = run(job);
  job.stop_on_convergence = false;
  const Outcome whole = run(job);
  EXPECT_EQ(whole.status, Status::converged);
  EXPECT_EQ(whole.convergence_trial, stopped.convergence_trial);
  EXPECT_EQ(whole.trials, job.max_trials);
}

TEST(Simulation, IsTheBeginningOfALongerOne) {
  Job job = twelve_ax();
  const Outcome brief = run(job);
  job.max_trials = 1000;
  const Outcome longer = run(job);
  const auto& few = curve(brief, Curve::error);
  const auto& many = curve(longer, Curve::error);
  ASSERT_EQ(few.size(), 10U);
  ASSERT_EQ(many.size(), 20U);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(Curves, AreMeansPerBinWithAShorterLastOne) {
  Job job = twelve_ax();
  job.max_trials = 120;
  const Outcome outcome = run(job);
  for (const Curve which :
       {Curve::error, Curve::reward, Curve::loss, Curve::loss_target, Curve::loss_nontarget}) {
    EXPECT_EQ(curve(outcome, which).size(), 3U) << name_of(which);
  }
  EXPECT_TRUE(curve(outcome, Curve::fixation_error).empty()) << "only where there is a fixation";
  EXPECT_THAT(curve(outcome, Curve::error), Each(Ge(0.0F)));
  EXPECT_THAT(curve(outcome, Curve::error), Each(Le(1.0F)));
  EXPECT_THAT(curve(outcome, Curve::loss), Each(Ge(0.0F)));
}

TEST(Curves, AddUpToWhatHappened) {
  // Errors, rewards and loss counted a second time from outside, trial by trial.
  class Counter : public Observer {
   public:
    void on_trial(std::int64_t, bool) override { squares.clear(); }
    void on_learn(double rpe, bool) override { squares.push_back(rpe * rpe); }
    void on_consequence(const tasks::Consequence& consequence) override {
      reward += consequence.reward.value_or(0.0);
    }
    void on_trial_end(std::int64_t, const tasks::Score& score, const model::Network&) override {
      errors += score.error_free ? 0 : 1;
      double sum = 0.0;
      for (const double square : squares) {
        sum += square;
      }
      loss += 0.5 * sum / static_cast<double>(squares.size());
    }
    int errors = 0;
    double reward = 0.0;
    double loss = 0.0;
    std::vector<double> squares;
  };
  Job job = twelve_ax();
  job.max_trials = 50;
  Counter counter;
  const Outcome outcome = run(job, {}, &counter);
  EXPECT_FLOAT_EQ(curve(outcome, Curve::error)[0], static_cast<float>(counter.errors / 50.0));
  EXPECT_FLOAT_EQ(curve(outcome, Curve::reward)[0], static_cast<float>(counter.reward / 50.0));
  EXPECT_FLOAT_EQ(curve(outcome, Curve::loss)[0], static_cast<float>(counter.loss / 50.0));
}

TEST(Curves, AndWeightsAreLeftOutOnRequest) {
  Job job = twelve_ax();
  job.curves = false;
  job.weights = false;
  const Outcome outcome = run(job);
  EXPECT_TRUE(curve(outcome, Curve::error).empty());
  EXPECT_FALSE(outcome.weights.has_value());
}

TEST(Divergence, IsSeenWhereValuesGrowWithoutOverflow) {
  // Fixed random feedback at the usual learning rate: sigmoids saturate, and the weights stay finite for
  // ever.
  int diverged = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Job job = twelve_ax();
    job.policy.kind = model::PolicyKind::softmax;
    job.policy.weight_g = true;
    job.feedback = model::Feedback::fixed_random;
    job.max_trials = 300;
    job.seed = seed;
    const Outcome outcome = run(job);
    diverged += outcome.status == Status::diverged ? 1 : 0;
  }
  EXPECT_GE(diverged, 4) << "the published code blows up in 7 of 10 runs";
}

TEST(Divergence, EndsTheRunAndSaysWhen) {
  Job job = twelve_ax();
  job.input_weights = model::InputWeights::ones;  // known to blow up at this learning rate
  job.regular_units = 8;
  job.memory_units = 16;
  job.max_trials = 20'000;
  const Outcome outcome = run(job);
  EXPECT_EQ(outcome.status, Status::diverged);
  EXPECT_TRUE(std::isnan(outcome.convergence_trial));
  EXPECT_EQ(outcome.divergence_trial, static_cast<double>(outcome.trials - 1));
  EXPECT_LT(outcome.trials, 20'000);
  EXPECT_TRUE(std::isnan(outcome.tests[0][0]));
}

TEST(Learning, WithBetaZeroLeavesTheWeightsAsTheyWereDrawn) {
  Job job = twelve_ax();
  job.beta = 0.0;
  const auto task = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
  model::RandomStream stream(stream_key(job), model::Purpose::weights);
  const auto drawn = model::random_weights(network_parameters(job, task->info()), stream);
  const Outcome outcome = run(job);
  EXPECT_TRUE((outcome.weights->v_m == drawn.v_m).all());
  EXPECT_TRUE((outcome.weights->w_r_back == drawn.w_r_back).all());
}

TEST(Test, DoesNotLearn) {
  Job job = twelve_ax();
  const Outcome tested = run(job);
  job.test_trials = 0;
  const Outcome untested = run(job);
  EXPECT_TRUE(std::isnan(untested.tests[0][0]));
  EXPECT_FALSE(std::isnan(tested.tests[0][0]));
  EXPECT_TRUE((tested.weights->v_m == untested.weights->v_m).all());
}

TEST(Orders, AbandonTheJobOrEndItAsATimeout) {
  EXPECT_THROW(run(twelve_ax(), [] { return Order::stop; }), Abandoned);
  const Outcome outcome = run(twelve_ax(), [] { return Order::time_out; });
  EXPECT_EQ(outcome.status, Status::timeout);
  EXPECT_EQ(outcome.trials, 0) << "how far it came depends on the machine, so it is no result";
  EXPECT_FALSE(outcome.weights.has_value());
}

TEST(Recording, HoldsEveryStepOfTheChosenTrials) {
  Job job = twelve_ax();
  job.record_trials = {0, 499};
  const Outcome outcome = run(job);
  const Recording& recording = outcome.recording;
  ASSERT_FALSE(recording.trial.empty());
  EXPECT_EQ(recording.trial.front(), 0);
  EXPECT_EQ(recording.trial.back(), 499);
  const std::size_t steps = recording.trial.size();
  EXPECT_EQ(recording.rpe.size(), steps);
  EXPECT_EQ(recording.q.size(), 2 * steps);
  EXPECT_EQ(recording.memory.size(), 20 * steps);
  for (std::size_t step = 0; step < steps; ++step) {
    EXPECT_FALSE(std::isnan(recording.rpe[step])) << "every step of 12AX is learned from";
    EXPECT_EQ(recording.reward[step], recording.response[step] == recording.target[step] ? 0.1 : -1.0);
  }
}

TEST(Recording, DoesNotChangeTheRun) {
  Job job = twelve_ax();
  const Outcome plain = run(job);
  job.record_trials = {0, 1, 2, 100};
  const Outcome recorded = run(job);
  EXPECT_TRUE((plain.weights->v_m == recorded.weights->v_m).all());
}

TEST(RecordedTrials, AreRunInOrderAndBoundTheRun) {
  const auto file = std::filesystem::path(testing::TempDir()) / "augsweep_trials.csv";
  std::ofstream(file) << "trial,cue,target\na,1,L\na,A,L\na,X,R\nb,2,L\nb,B,L\nb,Y,L\n";
  Job job = twelve_ax();
  job.trials_file = file.string();
  job.trials_digest = file_digest(file);
  job.record_trials = {0, 1};
  const Outcome outcome = run(job);
  EXPECT_EQ(outcome.trials, 2);
  EXPECT_THAT(outcome.recording.target, testing::ElementsAre(0, 0, 1, 0, 0, 0))
      << "the file's targets, even where the task's own rule would ask for R";
  std::ofstream(file, std::ios::app) << "c,1,L\n";
  EXPECT_THROW(run(job), std::runtime_error) << "the file is not what it was";
}

TEST(Job, ThatCannotBeRunIsRefusedInASentence) {
  Job job = twelve_ax();
  job.leak = {0.1, 0.2, 0.3};
  EXPECT_THAT([&] { run(job); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("20 memory units")));
}

}  // namespace
}  // namespace augsweep::training
