// 12AX and its kin: 12AX-S, 12AX in triplets, AX.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

using testing::ElementsAre;

TEST(TwelveAx, AsksForRAtXAfterAWhileTheDigitIs1) {
  const auto task = make("12ax");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "X"})), "L L R");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "B", "Y"})), "L L L");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "B", "X"})), "L L L");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "Y"})), "L L L");
}

TEST(TwelveAx, AsksForRAtYAfterBWhileTheDigitIs2) {
  const auto task = make("12ax");
  EXPECT_EQ(targets_of(*task, showing(*task, {"2", "B", "Y"})), "L L R");
  EXPECT_EQ(targets_of(*task, showing(*task, {"2", "A", "X"})), "L L L");
}

TEST(TwelveAx, KeepsTheDigitOverAllPairsOfATrial) {
  const auto task = make("12ax");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "X", "C", "Z", "B", "Y", "A", "X"})),
            "L L R L L L L L R");
}

TEST(TwelveAx, TakesAnySequenceOfCuesFromAFile) {
  // The latest digit counts, and a pair is two cues that follow each other.
  const auto task = make("12ax");
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "X"})), "L L") << "no digit yet";
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "X", "2", "A", "X", "B", "Y"})), "L L R L L L L R");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "C", "X"})), "L L L L");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "A", "2", "X"})), "L L L L");
}

TEST(TwelveAx, TakesTargetsThatComeWithATrial) {
  const auto task = make("12ax");
  Trial trial = showing(*task, {"1", "A", "X", "C"});
  trial.targets = {1, 0, 0, no_target};
  EXPECT_EQ(targets_of(*task, trial), "R L L -");
  const auto steps = run_without_error(*task, trial);
  EXPECT_EQ(steps[3].consequence.reward, 0.0) << "no response is asked for";
  EXPECT_TRUE(steps[3].consequence.learn_now);
}

TEST(TwelveAx, RewardsAndLearnsFromEveryResponse) {
  const auto task = make("12ax");
  task->begin(Phase::training, showing(*task, {"1", "A", "X"}));
  const int left = 0, right = 1;

  const Consequence first = task->respond(left);
  EXPECT_TRUE(first.correct);
  EXPECT_EQ(first.reward, test_rewards.correct);
  EXPECT_TRUE(first.learn_next);
  EXPECT_FALSE(first.learn_now);

  const Consequence second = task->respond(right);
  EXPECT_TRUE(second.wrong);
  EXPECT_EQ(second.reward, test_rewards.wrong);
  EXPECT_TRUE(second.learn_next);
  EXPECT_FALSE(second.over);

  const Consequence last = task->respond(right);
  EXPECT_TRUE(last.correct);
  EXPECT_EQ(last.reward, test_rewards.correct);
  EXPECT_FALSE(last.learn_next);
  EXPECT_TRUE(last.learn_now);
  EXPECT_TRUE(last.over);

  EXPECT_FALSE(task->score().error_free) << "one response was wrong";
  EXPECT_EQ(task->score().success, false);
}

TEST(TwelveAx, HasEightCuesTwoResponsesAndTheStrongCriterion) {
  const auto task = make("12ax");
  const TaskInfo& info = task->info();
  EXPECT_THAT(info.cue_labels, ElementsAre("1", "2", "A", "B", "C", "X", "Y", "Z"));
  EXPECT_THAT(info.response_labels, ElementsAre("L", "R"));
  EXPECT_EQ(info.cues[3], (std::vector<double>{0, 0, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(info.strong.kind, Criterion::Kind::responses);
  EXPECT_EQ(info.strong.count, 1000);
  EXPECT_EQ(info.lenient.kind, Criterion::Kind::trials);
  EXPECT_EQ(info.lenient.count, 50);
  EXPECT_EQ(info.target_response, 1) << "the loss is split at R";
  EXPECT_FALSE(info.clears_previous_stimulus);
  EXPECT_EQ(info.longest_trial, 9);
  EXPECT_EQ(info.default_test_trials, 1000);
}

/// How often each piece of text occurs.
using Counts = std::map<std::string, int>;

std::string pair_at(const Task& task, const Trial& trial, std::size_t first) {
  return text_of(task, {{trial.cues[first], trial.cues[first + 1]}, {}});
}

class TwelveAxPairs : public testing::TestWithParam<double> {};

TEST_P(TwelveAxPairs, AreDrawnWithTheirProbabilitiesWhateverTheDigit) {
  const double p_target = GetParam();
  const auto task = make("12ax", {{"p_target", p_target}});
  model::RandomStream stream = stream_for("pairs");
  std::map<std::string, Counts> pairs_after;  // by digit
  Counts digits, lengths;
  Trial trial;
  const int trials = 20'000;
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::training, stream, trial);
    const std::string digit = text_of(*task, {{trial.cues[0]}, {}});
    ++digits[digit];
    ++lengths[std::to_string(trial.cues.size())];
    for (std::size_t first = 1; first < trial.cues.size(); first += 2) {
      ++pairs_after[digit][pair_at(*task, trial, first)];
    }
  }
  EXPECT_EQ(digits.size(), 2u);
  expect_frequency(digits["1"], trials, 0.5, "digit 1");
  EXPECT_EQ(lengths.size(), 4u);
  for (const char* length : {"3", "5", "7", "9"}) {
    expect_frequency(lengths[length], trials, 0.25, std::string("length ") + length);
  }
  for (auto& [digit, pairs] : pairs_after) {
    int n = 0;
    for (const auto& [pair, count] : pairs) {
      n += count;
    }
    for (const char* pair : {"A X", "B Y"}) {
      expect_frequency(pairs[pair], n, p_target / 2.0, pair);
    }
    for (const char* pair : {"A Y", "A Z", "B X", "B Z", "C X", "C Y", "C Z"}) {
      expect_frequency(pairs[pair], n, (1.0 - p_target) / 7.0, pair);
    }
    EXPECT_EQ(pairs.size(), 9u) << "no other pair";
  }
}

INSTANTIATE_TEST_SUITE_P(PTarget, TwelveAxPairs, testing::Values(0.5, 0.2));

TEST(TwelveAx, DrawsOnlyTargetPairsOrNoneAtTheEndsOfPTarget) {
  for (const double p_target : {0.0, 1.0}) {
    const auto task = make("12ax", {{"p_target", p_target}});
    model::RandomStream stream = stream_for("ends");
    Trial trial;
    for (int i = 0; i < 1000; ++i) {
      task->draw(Phase::training, stream, trial);
      for (std::size_t first = 1; first < trial.cues.size(); first += 2) {
        const std::string pair = pair_at(*task, trial, first);
        ASSERT_EQ(pair == "A X" || pair == "B Y", p_target == 1.0) << pair;
      }
    }
  }
}

TEST(TwelveAx, AsksForRAtAQuarterOfThePairs) {
  // Half of the pairs are A-X or B-Y, and each of these asks for R after one of the two digits only.
  const auto task = make("12ax");
  model::RandomStream stream = stream_for("share of R");
  Trial trial;
  int pairs = 0, rights = 0;
  for (int i = 0; i < 10'000; ++i) {
    task->draw(Phase::training, stream, trial);
    pairs += static_cast<int>(trial.cues.size()) / 2;
    for (const Step& step : run_without_error(*task, trial)) {
      rights += step.seen.target;
    }
  }
  expect_frequency(rights, pairs, 0.25, "pairs that ask for R");
}

TEST(TwelveAx, IsTestedWithTheTrialsOfTraining) {
  const auto task = make("12ax");
  model::RandomStream training = stream_for("phase"), test = stream_for("phase");
  Trial a, b;
  for (int i = 0; i < 20; ++i) {
    task->draw(Phase::training, training, a);
    task->draw(Phase::test, test, b);
    EXPECT_EQ(a.cues, b.cues);
  }
}

TEST(TwelveAxS, HasOnePairInEveryTrial) {
  const auto task = make("12ax-s");
  model::RandomStream stream = stream_for("12ax-s");
  Trial trial;
  const int trials = 10'000;
  int targets = 0, ones = 0;
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::training, stream, trial);
    ASSERT_EQ(trial.cues.size(), 3u);
    ones += trial.cues[0] == 0 ? 1 : 0;
    targets += run_without_error(*task, trial).back().seen.target;
  }
  expect_frequency(ones, trials, 0.5, "digit 1");
  expect_frequency(targets, trials, 0.25, "trials that ask for R");
  EXPECT_EQ(task->info().longest_trial, 3);
}

TEST(TwelveAxTriplets, RepeatsTheDigitOfTheTrialBeforeEveryPair) {
  const auto task = make("12ax-triplets");
  model::RandomStream stream = stream_for("triplets");
  Trial trial;
  Counts lengths;
  int ones = 0;
  const int trials = 10'000;
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::training, stream, trial);
    ++lengths[std::to_string(trial.cues.size())];
    ones += trial.cues[0] == 0 ? 1 : 0;
    for (std::size_t digit = 0; digit < trial.cues.size(); digit += 3) {
      ASSERT_EQ(trial.cues[digit], trial.cues[0]) << text_of(*task, trial);
      ASSERT_LE(trial.cues[digit], 1) << text_of(*task, trial);
    }
  }
  expect_frequency(ones, trials, 0.5, "digit 1");
  EXPECT_EQ(lengths.size(), 3u);
  for (const char* length : {"3", "6", "9"}) {
    expect_frequency(lengths[length], trials, 1.0 / 3.0, std::string("length ") + length);
  }
  EXPECT_EQ(targets_of(*task, showing(*task, {"2", "B", "Y", "2", "A", "X"})), "L L R L L L");
}

TEST(Ax, AsksForRAtXAfterA) {
  const auto task = make("ax");
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "X"})), "L R");
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "Y"})), "L L");
  EXPECT_EQ(targets_of(*task, showing(*task, {"B", "X"})), "L L");
  EXPECT_EQ(targets_of(*task, showing(*task, {"B", "Y"})), "L L");
}

TEST(Ax, DrawsAXWithPTargetAndTheOtherPairsEquallyOften) {
  for (const double p_target : {0.5, 0.1}) {
    const auto task = make("ax", {{"p_target", p_target}});
    model::RandomStream stream = stream_for("ax");
    Trial trial;
    Counts pairs;
    const int trials = 10'000;
    for (int i = 0; i < trials; ++i) {
      task->draw(Phase::training, stream, trial);
      ++pairs[text_of(*task, trial)];
    }
    EXPECT_EQ(pairs.size(), 4u);
    expect_frequency(pairs["A X"], trials, p_target, "A X");
    for (const char* pair : {"A Y", "B X", "B Y"}) {
      expect_frequency(pairs[pair], trials, (1.0 - p_target) / 3.0, pair);
    }
  }
}

TEST(Ax, HasFourCuesAndTheCriterionOf12Ax) {
  const auto task = make("ax");
  EXPECT_THAT(task->info().cue_labels, ElementsAre("A", "B", "X", "Y"));
  EXPECT_THAT(task->info().response_labels, ElementsAre("L", "R"));
  EXPECT_EQ(task->info().strong.kind, Criterion::Kind::responses);
  EXPECT_EQ(task->info().strong.count, 1000);
  EXPECT_EQ(task->info().target_response, 1);
  EXPECT_FALSE(task->info().clears_previous_stimulus);
}

}  // namespace
}  // namespace augsweep::tasks
