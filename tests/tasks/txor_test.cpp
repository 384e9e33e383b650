// Temporal XOR.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

using testing::ElementsAre;

TEST(TemporalXor, AsksAtTheEmptyScreenWhetherTheTwoCuesWereEqual) {
  const auto task = make("txor");
  EXPECT_EQ(targets_of(*task, showing(*task, {"0", "0'", "empty"})), "- - equal");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "1'", "empty"})), "- - equal");
  EXPECT_EQ(targets_of(*task, showing(*task, {"0", "1'", "empty"})), "- - different");
  EXPECT_EQ(targets_of(*task, showing(*task, {"1", "0'", "empty"})), "- - different");
}

TEST(TemporalXor, GivesEqualTheSecondResponse) {
  const auto task = make("txor");
  EXPECT_THAT(task->info().response_labels, ElementsAre("different", "equal"));
}

TEST(TemporalXor, LearnsOnceAtTheEnd) {
  const auto task = make("txor");
  const auto steps = run_without_error(*task, showing(*task, {"0", "0'", "empty"}));
  ASSERT_EQ(steps.size(), 3u);
  for (int step = 0; step < 2; ++step) {
    EXPECT_EQ(steps[static_cast<std::size_t>(step)].consequence.reward, 0.0);
    EXPECT_FALSE(steps[static_cast<std::size_t>(step)].consequence.learn_next);
  }
  EXPECT_EQ(steps[2].consequence.reward, test_rewards.correct);
  EXPECT_TRUE(steps[2].consequence.learn_now);
  EXPECT_TRUE(task->score().error_free);
}

TEST(TemporalXor, DrawsTheFourTrialsEquallyOften) {
  const auto task = make("txor");
  model::RandomStream stream = stream_for("txor");
  std::map<std::string, int> drawn;
  Trial trial;
  const int trials = 10'000;
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::training, stream, trial);
    ++drawn[text_of(*task, trial)];
  }
  EXPECT_EQ(drawn.size(), 4u);
  for (const auto& [text, count] : drawn) {
    expect_frequency(count, trials, 0.25, text);
  }
}

TEST(TemporalXor, ShowsAStimulusACueAndNoneAtTheEnd) {
  const auto task = make("txor");
  EXPECT_EQ(task->info().stimuli, 4);
  EXPECT_EQ(task->info().cues[2], (std::vector<double>{0, 0, 1, 0}));
  EXPECT_EQ(task->info().cues[4], (std::vector<double>{0, 0, 0, 0}));
  EXPECT_TRUE(task->info().clears_previous_stimulus);
  EXPECT_EQ(task->info().strong.kind, Criterion::Kind::trials);
  EXPECT_EQ(task->info().strong.count, 100);
}

TEST(TemporalXor, RefusesCuesInAnotherOrder) {
  const auto task = make("txor");
  const auto begin = [&](std::initializer_list<const char*> labels) {
    return complaint([&] { task->begin(Phase::training, showing(*task, labels)); });
  };
  const std::string refusal = "a trial of txor shows three cues: 0 or 1, then 0' or 1', then empty";
  EXPECT_EQ(begin({"0", "0'"}), refusal);
  EXPECT_EQ(begin({"0'", "0", "empty"}), refusal);
  EXPECT_EQ(begin({"0", "1", "empty"}), refusal);
  EXPECT_EQ(begin({"0", "empty", "empty"}), refusal);
  EXPECT_EQ(begin({"0", "0'", "1"}), refusal);
}

}  // namespace
}  // namespace augsweep::tasks
