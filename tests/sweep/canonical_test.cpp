// The meaning of a sweep: what changes it, and what does not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sweep/sweep.hpp"

namespace augsweep::sweep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string meaning(const std::string& text, const std::vector<std::string>& overrides = {}) {
  return Sweep::parse(text, "meaning.toml", overrides).canonical();
}

const std::string plain = R"([task]
name = "12ax"
[learning]
beta = 0.1
lambda = 0.2
[axes]
leak = [1.0, [0.7, 1.0]]
seed = { first = 0, count = 3 }
)";

TEST(Meaning, CommentsOrderOfKeysSpellingOfNumbersAndNamesDoNotMatter) {
  EXPECT_EQ(meaning(plain), meaning(R"(# A comment.
[axes]
leak = [1, [7e-1, 1.00]]   # another
seed = [0, 1, 2]
[learning]
lambda = 0.20
beta = 1e-1
[sweep]
name = "another name"
description = "and a description"
job_timeout = 60
max_failures = 4
[task]
name = "12ax"
)"));
}

TEST(Meaning, DefaultsThatAreWrittenOutDoNotMatter) {
  EXPECT_EQ(
      meaning(plain),
      meaning(plain + "[network]\nmemory_units = 20\nfeedback = \"plastic\"\n[output]\nbin_trials = 50\n"));
}

TEST(Meaning, RangesAreTheValuesThatTheyGive) {
  const std::string task = "[task]\nname = \"12ax\"\n[axes]\n";
  EXPECT_EQ(meaning(task + "beta = { from = 0.05, to = 0.2, steps = 4 }\n"),
            meaning(task + "beta = [0.05, 0.1, 0.15, 0.2]\n"));
  EXPECT_EQ(meaning(task + "beta = [0.2]\nseed = [3]\n"),
            meaning("[sweep]\nseed = 3\n" + task + "beta = [0.2]\n"));
}

TEST(Meaning, LabelsDoNotMatter) {
  const std::string task = "[task]\nname = \"12ax\"\n[axes]\n";
  EXPECT_EQ(meaning(task + "leak = { values = [1, 0.7], labels = [\"a\", \"b\"] }\n"),
            meaning(task + "leak = [1, 0.7]\n"));
}

TEST(Meaning, AlphaAndLambdaAreOneQuantity) {
  const std::string task = "[task]\nname = \"12ax\"\n[learning]\ngamma = 0.5\n";
  EXPECT_EQ(meaning(task + "lambda = 0.5\n"), meaning(task + "alpha = 0.75\n"));
}

TEST(Meaning, PointsThatWriteTheDefaultMeanTheSame) {
  const std::string task = "[task]\nname = \"12ax\"\n";
  EXPECT_EQ(meaning(task + "[[points]]\nbeta = 0.1\n[[points]]\nbeta = 0.2\n"),
            meaning(task + "[[points]]\nbeta = 0.1\n[[points]]\nbeta = 0.2\nmemory_units = 20\n"));
}

TEST(Meaning, EveryScientificChangeMatters) {
  const std::vector<std::string> changes = {"beta=0.11",
                                            "lambda=0.21",
                                            "gamma=0.8",
                                            "epsilon=0.03",
                                            "reward=RL",
                                            "policy=greedy",
                                            "exploration=soft",
                                            "weight_epsilon=true",
                                            "weight_g=false",
                                            "m=9",
                                            "regular_units=9",
                                            "memory_units=18",
                                            "feedback=symmetric",
                                            "memory_input=trace",
                                            "input_weights=ones",
                                            "reset=never",
                                            "max_trials=99",
                                            "criterion=lenient",
                                            "test_trials=3",
                                            "bin_trials=49",
                                            "curves=false",
                                            "weights=false",
                                            "record_trials=[1]",
                                            "stop_on_convergence=false",
                                            "p_target=0.4",
                                            "task.name=12ax-triplets",
                                            "common_random_numbers=true",
                                            "leak=[[0.7, 1.0], 1.0]",
                                            "leak=[1.0]",
                                            "seed={first=0, count=4}",
                                            "seed={first=1, count=3}",
                                            "leak=0.7",
                                            "alpha=0.5"};
  std::vector<std::string> meanings = {meaning(plain)};
  for (const std::string& change : changes) {
    meanings.push_back(meaning(plain, {change}));
  }
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      EXPECT_NE(meanings[i], meanings[j])
          << "between --set " << changes[i - 1] << " and " << (j == 0 ? "nothing" : changes[j - 1]);
    }
  }
}

TEST(Meaning, ListsWithGapsAreNoRuns) {
  const std::string task = "[task]\nname = \"12ax\"\n[axes]\n";
  EXPECT_THAT(meaning(task + "seed = [0, 2, 5]\n"), HasSubstr("\nseed = [0, 2, 5]\n"));
  EXPECT_NE(meaning(task + "seed = [0, 2, 5]\n"), meaning(task + "seed = [0, 3, 5]\n"));
}

TEST(Meaning, DefaultsOfEveryTaskOnAnAxisEnter) {
  const std::string tasks = "[axes]\ntask = [\"12ax\", \"ax\"]\n";
  EXPECT_THAT(meaning(tasks), HasSubstr("\nmemory_units = [20, 10]\n"));
  EXPECT_NE(meaning(tasks), meaning(tasks + "[network]\nmemory_units = 20\n"));
}

TEST(Meaning, OrderOfAxesMatters) {
  const std::string task = "[task]\nname = \"12ax\"\n[axes]\n";
  EXPECT_NE(meaning(task + "beta = [0.1, 0.2]\nm = [1, 2]\n"),
            meaning(task + "m = [1, 2]\nbeta = [0.1, 0.2]\n"));
}

TEST(Meaning, LongListsEnterByTheirDigest) {
  const std::string task = "[task]\nname = \"12ax\"\n[axes]\n";
  const std::string a = meaning(task + "beta = { from = 0.1, to = 0.2, steps = 5000 }\n");
  EXPECT_LT(a.size(), 2000U);
  EXPECT_THAT(a, HasSubstr("beta = 5000 values from 0.1 to 0.2, digest "));
  EXPECT_NE(a, meaning(task + "beta = { from = 0.1, to = 0.2, steps = 5000, scale = \"log\" }\n"));
}

TEST(Meaning, IsSortedLinesOfKeyAndValue) {
  const std::string text = meaning(plain);
  EXPECT_THAT(text, testing::StartsWith("alpha = 0.82\naxes = leak (2), seed (3)\nbeta = 0.1\n"));
  EXPECT_THAT(text, HasSubstr("\nleak = [1, [0.7, 1]]\n"));
  EXPECT_THAT(text, HasSubstr("\nseed = 0 to 2\n"));
  EXPECT_THAT(text, testing::EndsWith("\nweights = true\n"));
}

TEST(Differences, AreNamedOnePerKey) {
  EXPECT_THAT(differences(meaning(plain), meaning(plain, {"beta=0.2", "seed={first=0, count=5}"})),
              ElementsAre("axes: leak (2), seed (3) -> leak (2), seed (5)", "beta: 0.1 -> 0.2",
                          "seed: 0 to 2 -> 0 to 4"));
}

TEST(Differences, OfKeysThatAreSetOnOneSideOnly) {
  EXPECT_THAT(differences("a = 1\nb = 2\n", "b = 2\nc = 3\n"),
              ElementsAre("a: 1 -> (not set)", "c: (not set) -> 3"));
}

TEST(Differences, OfLongValuesShowThePlace) {
  const std::string many(500, 'x');
  const std::vector<std::string> lines = differences("a = " + many + "1\n", "a = " + many + "2\n");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], testing::ContainsRegex(R"(^a: \.\.\.x+1 -> \.\.\.x+2$)"));
  EXPECT_LT(lines[0].size(), 300U);
}

TEST(Differences, OfEqualTextsAreNone) {
  EXPECT_TRUE(differences(meaning(plain), meaning(plain)).empty());
}

}  // namespace
}  // namespace augsweep::sweep
