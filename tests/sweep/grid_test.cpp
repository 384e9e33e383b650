// How a sweep file becomes jobs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "sweep/sweep.hpp"
#include "tasks/registry.hpp"
#include "training/trials_file.hpp"

namespace augsweep::sweep {
namespace {

using testing::ElementsAre;

const std::string task = "[task]\nname = \"12ax\"\n";

Sweep parse(const std::string& text) {
  return Sweep::parse(text, "grid.toml");
}

template <class Member>
auto values(const Sweep& sweep, Member training::Job::*member) {
  std::vector<Member> all;
  for (std::uint64_t i = 0; i < sweep.size(); ++i) {
    all.push_back(sweep.job(i).*member);
  }
  return all;
}

std::vector<std::string> labels(const Sweep& sweep) {
  std::vector<std::string> all;
  for (std::uint64_t i = 0; i < sweep.size(); ++i) {
    all.push_back(sweep.label(i));
  }
  return all;
}

TEST(Grid, WithoutAxesIsOneJobWithTheDefaultsOfItsTask) {
  const tasks::TaskEntry& entry = *tasks::find_task("12ax");
  const Sweep sweep = parse(task);
  ASSERT_EQ(sweep.size(), 1U);
  EXPECT_TRUE(sweep.axes().empty());
  EXPECT_TRUE(sweep.varying().empty());
  EXPECT_EQ(sweep.label(0), "seed=0");
  EXPECT_EQ(sweep.name(), "grid");

  const training::Job job = sweep.job(0);
  EXPECT_EQ(job.task, "12ax");
  EXPECT_EQ(job.task_parameters, tasks::complete_parameters(entry, {}));
  EXPECT_EQ(job.regular_units, entry.defaults.regular_units);
  EXPECT_EQ(job.memory_units, entry.defaults.memory_units);
  EXPECT_EQ(job.leak, std::vector<double>{1.0});
  EXPECT_EQ(job.beta, entry.defaults.beta);
  EXPECT_EQ(job.gamma, entry.defaults.gamma);
  EXPECT_EQ(job.lambda, entry.defaults.lambda);
  EXPECT_EQ(job.alpha, 1.0 - job.lambda * job.gamma);
  EXPECT_EQ(job.policy.epsilon, entry.defaults.epsilon);
  EXPECT_EQ(job.policy.weight_g, entry.defaults.weight_g);
  EXPECT_EQ(job.reward, entry.defaults.reward);
  EXPECT_EQ(name_of(job.policy.kind), entry.defaults.policy);
  EXPECT_EQ(name_of(job.policy.exploration), entry.defaults.exploration);
  EXPECT_EQ(job.max_trials, entry.defaults.max_trials);
  EXPECT_EQ(job.seed, 0U);
}

TEST(Grid, EveryKeyReachesTheJob) {
  const Sweep sweep = parse(R"(
[sweep]
name = "all keys"
description = "Every key away from its default"
seed = 17
common_random_numbers = true
job_timeout = 2.5
max_failures = 3
[task]
name = "12ax"
p_target = 0.25
[network]
regular_units = 7
memory_units = 6
leak = [0.5, 0.75, 1]
feedback = "symmetric"
input_weights = "fixed-random"
memory_input = "trace"
reset = "never"
[learning]
beta = 0.2
gamma = 0.8
alpha = 0.9
epsilon = 0.1
reward = "SRL"
policy = "eps-greedy"
exploration = "soft"
weight_g = true
weight_epsilon = true
m = 12
[training]
max_trials = 1e4
criterion = "lenient"
stop_on_convergence = false
test_trials = 20
[output]
bin_trials = 25
curves = false
weights = false
record_trials = [0, 5, 9_999]
)");
  EXPECT_EQ(sweep.name(), "all keys");
  EXPECT_EQ(sweep.description(), "Every key away from its default");
  EXPECT_EQ(sweep.job_timeout(), 2.5);
  EXPECT_EQ(sweep.max_failures(), 3U);

  training::Job expected;
  expected.task = "12ax";
  expected.task_parameters = tasks::complete_parameters(*tasks::find_task("12ax"), {{"p_target", 0.25}});
  expected.reward = tasks::RewardRule::srl;
  expected.regular_units = 7;
  expected.memory_units = 6;
  expected.leak = {0.5, 0.75, 1.0};
  expected.feedback = model::Feedback::symmetric;
  expected.input_weights = model::InputWeights::fixed_random;
  expected.memory_input = model::MemoryInput::trace;
  expected.reset = false;
  expected.beta = 0.2;
  expected.gamma = 0.8;
  expected.alpha = 0.9;
  expected.lambda = (1.0 - 0.9) / 0.8;
  expected.policy = {model::PolicyKind::eps_greedy, model::Exploration::softmax, 0.1, true, true, 12.0};
  expected.max_trials = 10'000;
  expected.criterion = training::CriterionName::lenient;
  expected.stop_on_convergence = false;
  expected.test_trials = 20;
  expected.bin_trials = 25;
  expected.curves = false;
  expected.weights = false;
  expected.record_trials = {0, 5, 9'999};
  expected.seed = 17;
  expected.common_random_numbers = true;
  EXPECT_EQ(training::canonical(sweep.job(0)), training::canonical(expected));
  EXPECT_EQ(sweep.job(0), expected);
}

TEST(Grid, LastAxisIsFastest) {
  const Sweep sweep = parse(task + "[axes]\nleak = [1.0, [0.7, 1.0]]\nseed = { first = 3, count = 2 }\n");
  EXPECT_THAT(labels(sweep),
              ElementsAre("leak=1 seed=3", "leak=1 seed=4", "leak=[0.7,1] seed=3", "leak=[0.7,1] seed=4"));
  EXPECT_EQ(sweep.job(2).leak, (std::vector<double>{0.7, 1.0}));
  EXPECT_EQ(sweep.job(2).seed, 3U);
  EXPECT_THAT(sweep.positions(3), ElementsAre(1, 1));
  EXPECT_THAT(sweep.varying(), ElementsAre("leak", "seed"));

  ASSERT_EQ(sweep.axes().size(), 2U);
  const Axis& leak = sweep.axes()[0];
  EXPECT_EQ(leak.name, "leak");
  EXPECT_THAT(leak.keys, ElementsAre("leak"));
  EXPECT_EQ(leak.size, 2U);
  EXPECT_THAT(std::vector<std::string>(leak.labels[0].begin(), leak.labels[0].end()),
              ElementsAre("1", "[0.7, 1]"));
  EXPECT_THAT(leak.names, ElementsAre());
}

TEST(Grid, AxesKeepTheOrderOfTheFile) {
  // toml++ sorts keys by name, so z to a would come out reversed.
  const Sweep sweep = parse(task + "[axes]\nseed = [1, 2]\nm = [1, 2]\nbeta = [0.1, 0.2]\n");
  EXPECT_THAT(sweep.varying(), ElementsAre("seed", "m", "beta"));
}

TEST(Grid, PlainRangesIncludeBothEndsAndAreRounded) {
  const Sweep sweep = parse(task + "[axes]\nbeta = { from = 0.05, to = 0.2, steps = 4 }\n");
  EXPECT_THAT(values(sweep, &training::Job::beta), ElementsAre(0.05, 0.1, 0.15, 0.2));
}

TEST(Grid, RangesMayFall) {
  const Sweep sweep = parse(task + "[axes]\nleak = { from = 1.0, to = 0.2, steps = 5 }\n");
  EXPECT_THAT(
      values(sweep, &training::Job::leak),
      ElementsAre(ElementsAre(1.0), ElementsAre(0.8), ElementsAre(0.6), ElementsAre(0.4), ElementsAre(0.2)));
}

TEST(Grid, LogarithmicRangesHaveExactEndsAndEqualRatios) {
  const Sweep decades = parse(task + "[axes]\nbeta = { from = 0.001, to = 1, steps = 4, scale = \"log\" }\n");
  EXPECT_THAT(values(decades, &training::Job::beta), ElementsAre(0.001, 0.01, 0.1, 1.0));

  const Sweep odd = parse(task + "[axes]\nbeta = { from = 0.003, to = 0.7, steps = 6, scale = \"log\" }\n");
  const std::vector<double> beta = values(odd, &training::Job::beta);
  EXPECT_EQ(beta.front(), 0.003);
  EXPECT_EQ(beta.back(), 0.7);
  for (std::size_t i = 2; i < beta.size(); ++i) {
    EXPECT_NEAR(beta[i] / beta[i - 1], beta[1] / beta[0], 1e-12);
  }
}

TEST(Grid, WholeNumberRanges) {
  const Sweep sweep = parse(task + "[axes]\nmemory_units = { from = 2, to = 10, steps = 5 }\n");
  EXPECT_THAT(values(sweep, &training::Job::memory_units), ElementsAre(2, 4, 6, 8, 10));
}

TEST(Grid, LabelledValuesKeepTheirNames) {
  const Sweep sweep = parse(
      task +
      "[axes]\nleak = { values = [1.0, 0.7, [0.7, 1.0]], labels = [\"standard\", \"leaky\", \"hybrid\"] }\n");
  EXPECT_THAT(labels(sweep), ElementsAre("leak=standard", "leak=leaky", "leak=hybrid"));
  EXPECT_THAT(sweep.axes()[0].names, ElementsAre("standard", "leaky", "hybrid"));
  EXPECT_EQ(sweep.axes()[0].labels[0][2], "[0.7, 1]");
}

TEST(Grid, KeysMoveTogether) {
  const Sweep sweep = parse(task + R"([axes]
memory = { together = ["leak", "beta"], values = [[1.0, 0.15], [[0.7, 1.0], 0.1]], labels = ["standard", "hybrid"] }
seed = [1, 2]
)");
  ASSERT_EQ(sweep.size(), 4U);
  EXPECT_EQ(sweep.job(0).leak, std::vector<double>{1.0});
  EXPECT_EQ(sweep.job(0).beta, 0.15);
  EXPECT_EQ(sweep.job(3).leak, (std::vector<double>{0.7, 1.0}));
  EXPECT_EQ(sweep.job(3).beta, 0.1);
  EXPECT_EQ(sweep.label(3), "memory=hybrid seed=2");
  EXPECT_EQ(sweep.axes()[0].name, "memory");
  EXPECT_THAT(sweep.axes()[0].keys, ElementsAre("leak", "beta"));
}

TEST(Grid, PointsAreTheFirstAxisAndMaySetDifferentKeys) {
  const Sweep sweep = parse(task + R"([axes]
seed = [5, 6]
[[points]]
policy = "greedy"
[[points]]
policy = "softmax"
m = 4
)");
  EXPECT_THAT(labels(sweep), ElementsAre("policy=greedy seed=5", "policy=greedy seed=6",
                                         "policy=softmax m=4 seed=5", "policy=softmax m=4 seed=6"));
  EXPECT_EQ(sweep.axes()[0].name, "points");
  EXPECT_EQ(sweep.axes()[0].labels[1][0], "");
  EXPECT_EQ(sweep.job(0).policy.kind, model::PolicyKind::greedy);
  EXPECT_EQ(sweep.job(0).policy.m, 10.0);
  EXPECT_EQ(sweep.job(2).policy.m, 4.0);
  EXPECT_THAT(sweep.varying(), ElementsAre("policy", "m", "seed"));
}

TEST(Grid, PointsMayHaveLabels) {
  const Sweep sweep =
      parse(task + "[[points]]\nlabel = \"slow\"\nbeta = 0.1\n[[points]]\nlabel = \"fast\"\nbeta = 0.2\n");
  EXPECT_THAT(labels(sweep), ElementsAre("points=slow", "points=fast"));
}

TEST(Grid, AKeyThatPointsRepeatDoesNotVary) {
  const Sweep sweep = parse(task + "[[points]]\nbeta = 0.1\nm = 3\n[[points]]\nbeta = 0.2\nm = 3\n");
  EXPECT_THAT(sweep.varying(), ElementsAre("beta"));
}

TEST(Grid, TasksOnAnAxisTakeTheirOwnDefaults) {
  const Sweep sweep = parse(
      "[learning]\nbeta = 0.12\n[task]\np_target = 0.3\n[axes]\ntask = [\"12ax\", \"ax\", \"sequence\"]\n");
  ASSERT_EQ(sweep.size(), 3U);
  for (std::uint64_t i = 0; i < sweep.size(); ++i) {
    const training::Job job = sweep.job(i);
    const tasks::TaskEntry& entry = *tasks::find_task(job.task);
    EXPECT_EQ(job.beta, 0.12);
    EXPECT_EQ(job.memory_units, entry.defaults.memory_units) << job.task;
    EXPECT_EQ(job.lambda, entry.defaults.lambda) << job.task;
    EXPECT_EQ(job.max_trials, entry.defaults.max_trials) << job.task;
    const auto p_target = job.task_parameters.find("p_target");
    if (job.task == "sequence") {
      EXPECT_EQ(p_target, job.task_parameters.end());
    } else {
      EXPECT_EQ(p_target->second, 0.3);
    }
  }
}

TEST(Grid, TaskParametersMayBeAxes) {
  const Sweep sweep = parse("[task]\nname = \"sequence\"\n[axes]\nd = { first = 0, count = 4 }\n");
  ASSERT_EQ(sweep.size(), 4U);
  EXPECT_EQ(sweep.job(3).task_parameters.at("d"), 3.0);
}

TEST(Grid, TestsAreLeftOutWhereTheTaskHasNone) {
  const Sweep sweep = parse("[task]\nname = \"sequence\"\n[axes]\nd = [1, 2]\n");
  EXPECT_EQ(sweep.job(0).test_trials, 0);
  EXPECT_GT(sweep.job(1).test_trials, 0);
}

TEST(Grid, AlphaAndLambdaFollowFromEachOther) {
  const Sweep lambda = parse(task + "[learning]\nlambda = 0.2\n[axes]\ngamma = [0.5, 1.0]\n");
  EXPECT_DOUBLE_EQ(lambda.job(0).alpha, 0.9);
  EXPECT_DOUBLE_EQ(lambda.job(1).alpha, 0.8);
  const Sweep alpha = parse(task + "[learning]\nalpha = 0.9\n[axes]\ngamma = [0.5, 1.0]\n");
  EXPECT_DOUBLE_EQ(alpha.job(0).lambda, 0.2);
  EXPECT_DOUBLE_EQ(alpha.job(1).lambda, 0.1);
  const Sweep mixed = parse(task + "[[points]]\nalpha = 0.9\n[[points]]\nlambda = 0.3\n");
  EXPECT_EQ(mixed.job(0).alpha, 0.9);
  EXPECT_EQ(mixed.job(1).lambda, 0.3);
}

TEST(Grid, UnlearnedInputWeightsBringTheirOwnUnitsUnlessGiven) {
  const Sweep sweep = parse(task + "[axes]\ninput_weights = [\"learned\", \"ones\", \"fixed-random\"]\n");
  EXPECT_EQ(sweep.job(0).memory_units, tasks::find_task("12ax")->defaults.memory_units);
  EXPECT_EQ(sweep.job(1).regular_units, 8);
  EXPECT_EQ(sweep.job(1).memory_units, 16);
  EXPECT_EQ(sweep.job(2).memory_units, 16);
  const Sweep given = parse(task + "[network]\nmemory_units = 4\ninput_weights = \"ones\"\n");
  EXPECT_EQ(given.job(0).regular_units, 8);
  EXPECT_EQ(given.job(0).memory_units, 4);
}

TEST(Grid, RecordedTrialsMayBeARun) {
  const Sweep sweep = parse(task + "[output]\nrecord = { first = 7, count = 3 }\n");
  EXPECT_THAT(sweep.job(0).record_trials, ElementsAre(7, 8, 9));
}

TEST(Grid, RecordedTrialsHaveTwoSpellings) {
  const std::string rest = " = [0, 5]\n";
  EXPECT_EQ(parse(task + "[output]\nrecord" + rest).canonical(),
            parse(task + "[output]\nrecord_trials" + rest).canonical());
}

TEST(Grid, TrialsFilesAreRelativeToTheSweepFile) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "trials_of_a_sweep";
  std::filesystem::create_directories(folder / "data");
  std::ofstream(folder / "data" / "few.csv") << "trial,cue\n0,1\n0,A\n0,X\n";
  std::ofstream(folder / "s.toml") << task << "trials = \"data/few.csv\"\n";
  const training::Job job = Sweep::read(folder / "s.toml").job(0);
  EXPECT_EQ(job.trials_file, (folder / "data" / "few.csv").lexically_normal().string());
  EXPECT_EQ(job.trials_digest, training::file_digest(folder / "data" / "few.csv"));
}

TEST(Grid, ATrialsFileThatDoesNotSuitTheTaskIsRefused) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "wrong_trials";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "few.csv") << "trial,cue\n0,nonsense\n";
  std::ofstream(folder / "s.toml") << task << "trials = \"few.csv\"\n";
  try {
    Sweep::read(folder / "s.toml");
    ADD_FAILURE() << "was accepted";
  } catch (const SweepError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("s.toml:3: key `trials` in [task]: "));
    EXPECT_THAT(error.what(), testing::HasSubstr("nonsense"));
  }
}

TEST(Grid, JobsBeyondTheEndAreRefused) {
  const Sweep sweep = parse(task + "[axes]\nseed = [1, 2]\n");
  EXPECT_THROW(sweep.job(2), std::out_of_range);
  EXPECT_THROW(sweep.label(2), std::out_of_range);
}

TEST(Grid, CopiesGiveTheSameJobs) {
  const Sweep sweep = parse(task + "[axes]\nbeta = [0.1, 0.2]\nseed = { first = 0, count = 3 }\n");
  const Sweep copy = sweep;
  EXPECT_EQ(copy.job(4), sweep.job(4));
  EXPECT_EQ(copy.axes()[1].labels[0][2], "2");
}

long resident_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

TEST(Grid, MillionsOfJobsTakeLittleMemory) {
  const long before = resident_megabytes();
  const Sweep sweep = parse(task + R"([axes]
leak = [1.0, [0.7, 1.0]]
beta = { from = 0.01, to = 0.5, steps = 50 }
seed = { first = 0, count = 1_000_000 }
)");
  EXPECT_EQ(sweep.size(), max_jobs);
  EXPECT_EQ(sweep.job(max_jobs - 1).seed, 999'999U);
  EXPECT_EQ(sweep.axes()[2].labels[0].size(), 1'000'000U);
  EXPECT_EQ(sweep.axes()[2].labels[0][999'999], "999999");
  // A list of the 10^8 jobs would take gigabytes. Sanitizers keep freed memory for a while.
  EXPECT_LT(resident_megabytes() - before, 64);
}

}  // namespace
}  // namespace augsweep::sweep
