// --set KEY=VALUE replaces what the file says of one key.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sweep/sweep.hpp"

namespace augsweep::sweep {
namespace {

using testing::ElementsAre;

const std::string file = R"([task]
name = "12ax"
[learning]
lambda = 0.2
[axes]
leak = [1.0, 0.7, [0.7, 1.0]]
beta = [0.1, 0.2]
seed = { first = 0, count = 4 }
)";

Sweep with(const std::vector<std::string>& overrides) {
  return Sweep::parse(file, "o.toml", overrides);
}

TEST(Overrides, OfAFixedValue) {
  EXPECT_EQ(with({"learning.gamma=0.8"}).job(0).gamma, 0.8);
  EXPECT_EQ(with({"gamma = 0.8"}).job(0).gamma, 0.8);
  EXPECT_EQ(with({"lambda=0.3"}).job(0).lambda, 0.3);
}

TEST(Overrides, OfRecordedTrialsReplaceEitherSpelling) {
  for (const char* spelling : {"record", "record_trials"}) {
    const std::string recording = file + "[output]\n" + spelling + " = [1]\n";
    for (const char* option :
         {"record=[3, 4]", "record_trials=[3, 4]", "output.record=[3, 4]", "output.record_trials=[3, 4]"}) {
      EXPECT_THAT(Sweep::parse(recording, "o.toml", {option}).job(0).record_trials, ElementsAre(3, 4))
          << spelling << ", " << option;
    }
  }
}

TEST(Overrides, AreKeptAsTheyWereGiven) {
  EXPECT_THAT(with({"gamma=0.8", "m=3"}).overrides(), ElementsAre("gamma=0.8", "m=3"));
  EXPECT_EQ(with({"gamma=0.8"}).text(), file);
}

TEST(Overrides, WordsNeedNoQuotes) {
  EXPECT_EQ(with({"policy=greedy"}).job(0).policy.kind, model::PolicyKind::greedy);
  EXPECT_EQ(with({"policy=\"greedy\""}).job(0).policy.kind, model::PolicyKind::greedy);
  EXPECT_EQ(with({"task=12ax-triplets"}).job(0).task, "12ax-triplets");
  EXPECT_EQ(with({"sweep.name=trial"}).name(), "trial");
}

TEST(Overrides, AFixedValueTakesTheAxisAway) {
  for (const std::string text : {"beta=0.3", "learning.beta=0.3"}) {
    const Sweep sweep = with({text});
    EXPECT_THAT(sweep.varying(), ElementsAre("leak", "seed"));
    EXPECT_EQ(sweep.job(0).beta, 0.3);
  }
  EXPECT_EQ(with({"seed=7"}).job(0).seed, 7U);
}

TEST(Overrides, AnAxisKeepsItsPlace) {
  for (const std::string text : {"beta=[0.3, 0.4, 0.5]", "axes.beta=[0.3, 0.4, 0.5]"}) {
    const Sweep sweep = with({text});
    EXPECT_THAT(sweep.varying(), ElementsAre("leak", "beta", "seed"));
    EXPECT_EQ(sweep.axes()[1].size, 3U);
  }
  EXPECT_EQ(with({"seed={first=0, count=10}"}).size(), 60U);
}

TEST(Overrides, ANewAxisComesLastAndReplacesTheFixedValue) {
  for (const std::string text : {"lambda=[0.3, 0.4]", "axes.lambda=[0.3, 0.4]"}) {
    const Sweep sweep = with({text});
    EXPECT_THAT(sweep.varying(), ElementsAre("leak", "beta", "seed", "lambda"));
    EXPECT_EQ(sweep.job(1).lambda, 0.4);
  }
}

TEST(Overrides, AListForLeakIsItsAxisIfTheFileHasOneAndElseTheHybridLeak) {
  EXPECT_EQ(with({"leak=[0.7, 1.0]"}).axes()[0].size, 2U);
  EXPECT_EQ(Sweep::parse("[task]\nname = \"12ax\"\n", "o.toml", {"leak=[0.7, 1.0]"}).job(0).leak,
            (std::vector<double>{0.7, 1.0}));
}

TEST(Overrides, AlphaReplacesLambda) {
  const Sweep sweep = with({"alpha=0.9"});
  EXPECT_EQ(sweep.job(0).alpha, 0.9);
  EXPECT_EQ(with({"axes.alpha=[0.8, 0.9]"}).job(1).alpha, 0.9);
}

TEST(Overrides, TheLastOneOfAKeyCounts) {
  EXPECT_EQ(with({"gamma=0.8", "gamma=0.7"}).job(0).gamma, 0.7);
}

TEST(Overrides, OfTaskParameters) {
  EXPECT_EQ(with({"p_target=0.3"}).job(0).task_parameters.at("p_target"), 0.3);
  EXPECT_EQ(with({"task.p_target=0.3"}).job(0).task_parameters.at("p_target"), 0.3);
}

TEST(Overrides, OfKeysThatMoveTogether) {
  const std::string together =
      "[task]\nname = \"12ax\"\n[axes]\nmemory = { together = [\"leak\", \"m\"], values = [[1.0, 1], [0.7, "
      "2]] }\n";
  const Sweep sweep =
      Sweep::parse(together, "o.toml", {"axes.memory={together=[\"leak\", \"m\"], values=[[0.5, 3]]}"});
  ASSERT_EQ(sweep.size(), 1U);
  EXPECT_EQ(sweep.job(0).policy.m, 3.0);
}

}  // namespace
}  // namespace augsweep::sweep
