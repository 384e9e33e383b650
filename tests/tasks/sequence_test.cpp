// Sequence prediction, answered once or at every cue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Sequence, AsksAtTheLastDistractorWhichCueCameFirst) {
  const auto task = make("sequence", {{"d", 3}});
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "B", "C", "D"})), "- - - A");
  EXPECT_EQ(targets_of(*task, showing(*task, {"X", "B", "C", "D"})), "- - - X");
}

TEST(Sequence, AsksForTheCueItselfWithoutDistractors) {
  const auto task = make("sequence", {{"d", 0}});
  EXPECT_EQ(targets_of(*task, showing(*task, {"A"})), "A");
  EXPECT_EQ(targets_of(*task, showing(*task, {"X"})), "X");
}

TEST(Sequence, LearnsOnceAtTheEnd) {
  const auto task = make("sequence", {{"d", 2}});
  task->begin(Phase::training, showing(*task, {"X", "B", "C"}));
  for (int step = 0; step < 2; ++step) {
    const Consequence consequence = task->respond(0);
    EXPECT_EQ(consequence.reward, 0.0);
    EXPECT_FALSE(consequence.learn_next);
    EXPECT_FALSE(consequence.learn_now);
    EXPECT_FALSE(consequence.correct || consequence.wrong || consequence.over);
  }
  const Consequence last = task->respond(0);
  EXPECT_TRUE(last.wrong);
  EXPECT_EQ(last.reward, test_rewards.wrong);
  EXPECT_TRUE(last.learn_now);
  EXPECT_TRUE(last.over);
  EXPECT_FALSE(task->score().error_free);
  EXPECT_EQ(task->score().success, false);
}

TEST(Sequence, ShowsAOrXAndThenAlwaysTheSameDistractors) {
  const auto task = make("sequence", {{"d", 4}});
  model::RandomStream stream = stream_for("sequence");
  Trial trial;
  int first_is_a = 0;
  const int trials = 10'000;
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::training, stream, trial);
    const std::string text = text_of(*task, trial);
    ASSERT_TRUE(text == "A B C D E" || text == "X B C D E") << text;
    first_is_a += text[0] == 'A' ? 1 : 0;
  }
  expect_frequency(first_is_a, trials, 0.5, "first cue A");
}

TEST(Sequence, ScramblesTheDistractorsInTheTest) {
  // d draws with replacement from all distractors but the last one, then that one: one cue more than in
  // training.
  const auto task = make("sequence", {{"d", 4}});
  model::RandomStream stream = stream_for("scrambled");
  Trial trial;
  const int trials = 5'000;
  int first_is_x = 0;
  std::array<std::array<int, 6>, 6> shown{};  // [place][cue]
  for (int i = 0; i < trials; ++i) {
    task->draw(Phase::test, stream, trial);
    ASSERT_EQ(trial.cues.size(), 6u);
    ASSERT_EQ(trial.cues.back(), 4);
    first_is_x += trial.cues.front() == 5 ? 1 : 0;
    for (std::size_t place = 1; place <= 4; ++place) {
      ++shown[place][static_cast<std::size_t>(trial.cues[place])];
    }
  }
  expect_frequency(first_is_x, trials, 0.5, "first cue X");
  for (std::size_t place = 1; place <= 4; ++place) {
    for (std::size_t cue = 1; cue <= 3; ++cue) {
      expect_frequency(shown[place][cue], trials, 1.0 / 3.0, "distractor in the test");
    }
    EXPECT_EQ(shown[place][0] + shown[place][4] + shown[place][5], 0);
  }
  EXPECT_EQ(targets_of(*task, showing(*task, {"X", "C", "C", "B", "D", "E"}), Phase::test), "- - - - - X");
}

TEST(Sequence, HasNoTestWithFewerThanTwoDistractors) {
  for (const double d : {0.0, 1.0}) {
    const auto task = make("sequence", {{"d", d}});
    EXPECT_TRUE(task->info().test_parts.empty());
    EXPECT_THAT(task->info().test_refusal,
                HasSubstr(d == 0.0 ? "d = 0 leaves none to scramble" : "d = 1 leaves none"));
    model::RandomStream stream = stream_for("no test");
    Trial trial;
    EXPECT_EQ(complaint([&] { task->draw(Phase::test, stream, trial); }), task->info().test_refusal);
  }
  EXPECT_THAT(make("sequence", {{"d", 2}})->info().test_parts, ElementsAre("trial"));
}

TEST(Sequence, TakesTrialsFromElsewhereIfTheyAreSequences) {
  const auto task = make("sequence", {{"d", 3}});
  const auto begin = [&](std::initializer_list<const char*> labels) {
    return complaint([&] { task->begin(Phase::training, showing(*task, labels)); });
  };
  EXPECT_EQ(begin({"A", "D", "B", "B"}), "") << "the rule needs no order of the distractors";
  EXPECT_EQ(begin({"A", "D", "B", "B", "D"}), "") << "as long as in the test";
  EXPECT_EQ(
      begin({"A", "B"}),
      "with d = 3 a trial shows A or X and then 3 or 4 of the distractors between them; this one has 2 cues");
  EXPECT_THAT(begin({"A", "B", "C", "D", "D", "D"}), HasSubstr("this one has 6 cues"));
  EXPECT_THAT(begin({"B", "B", "C", "D"}), HasSubstr("in another order"));
  EXPECT_THAT(begin({"A", "B", "X", "D"}), HasSubstr("in another order"));
}

TEST(Sequence, TakesATargetForTheLastCueAlone) {
  const auto task = make("sequence", {{"d", 2}});
  Trial trial = showing(*task, {"A", "B", "C"});
  trial.targets = {no_target, no_target, 1};
  EXPECT_EQ(targets_of(*task, trial), "- - X");
  for (const std::vector<int>& targets : {std::vector{0, no_target, 1}, {no_target, no_target, no_target}}) {
    trial.targets = targets;
    EXPECT_THAT(complaint([&] { task->begin(Phase::training, trial); }),
                HasSubstr("at the last cue of a trial"));
  }
}

TEST(Sequence, LabelsAnyNumberOfDistractors) {
  const auto labels = [](double d) { return make("sequence", {{"d", d}})->info().cue_labels; };
  EXPECT_THAT(labels(0), ElementsAre("A", "X"));
  EXPECT_THAT(labels(4), ElementsAre("A", "B", "C", "D", "E", "X"));
  const auto many = labels(24);
  EXPECT_EQ(many[22], "W");
  EXPECT_EQ(many[23], "D23");
  EXPECT_EQ(many[24], "D24");
  EXPECT_EQ(many[25], "X");
}

TEST(Sequence, HasOneStimulusACueAndTwoResponses) {
  const auto task = make("sequence", {{"d", 4}});
  const TaskInfo& info = task->info();
  EXPECT_EQ(info.stimuli, 6);
  EXPECT_THAT(info.response_labels, ElementsAre("A", "X"));
  EXPECT_TRUE(info.clears_previous_stimulus);
  EXPECT_EQ(info.strong.kind, Criterion::Kind::trials);
  EXPECT_EQ(info.strong.count, 100);
  EXPECT_EQ(info.target_response, no_target);
}

TEST(SequenceCpt, AsksForTheNextCueAndAtTheEndForTheFirst) {
  const auto task = make("sequence-cpt", {{"d", 3}});
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "B", "C", "D"})), "B C D A end");
  EXPECT_EQ(targets_of(*task, showing(*task, {"X", "B", "C", "D"})), "B C D X end");
  EXPECT_EQ(targets_of(*task, showing(*task, {"X", "D", "B", "B"})), "D B B X end")
      << "a sequence from a file";
}

TEST(SequenceCpt, AsksForResponseIAtStepI) {
  const auto task = make("sequence-cpt", {{"d", 3}});
  std::vector<int> targets;
  for (const Step& step : run_without_error(*task, {{4, 1, 2, 3}, {}})) {
    targets.push_back(step.seen.target);
  }
  EXPECT_THAT(targets, ElementsAre(0, 1, 2, 4));
  EXPECT_EQ(task->info().responses, 5);
}

TEST(SequenceCpt, HasRewardsOfItsOwnForRightResponses) {
  const auto task = make("sequence-cpt", {{"d", 2}, {"step_reward", 0.6}, {"final_reward", 2.5}});
  const Trial trial = showing(*task, {"A", "B", "C"});
  std::vector<double> rewards;
  for (const Step& step : run_without_error(*task, trial)) {
    rewards.push_back(step.consequence.reward.value());
  }
  EXPECT_THAT(rewards, ElementsAre(0.6, 0.6, 2.5));
  for (const Step& step :
       run(*task, Phase::training, trial, [](const Observation& seen) { return 3 - seen.target; })) {
    EXPECT_EQ(step.consequence.reward, test_rewards.wrong);
    EXPECT_EQ(step.consequence.learn_next, !step.consequence.over) << "every step is learned from";
    EXPECT_EQ(step.consequence.learn_now, step.consequence.over);
  }
}

TEST(SequenceCpt, NeedsAllDistractorsInATrial) {
  const auto task = make("sequence-cpt", {{"d", 2}});
  EXPECT_EQ(
      complaint([&] {
        task->begin(Phase::training, showing(*task, {"A", "B"}));
      }),
      "with d = 2 a trial shows A or X and then 2 of the distractors between them; this one has 2 cues");
}

TEST(SequenceCpt, ConvergesByConsecutiveResponses) {
  const auto task = make("sequence-cpt");
  EXPECT_EQ(task->info().strong.kind, Criterion::Kind::responses);
  EXPECT_EQ(task->info().strong.count, 100);
  EXPECT_TRUE(task->info().clears_previous_stimulus);
}

TEST(SequenceCpt, DrawsTheTrialsOfSequence) {
  const auto cpt = make("sequence-cpt", {{"d", 5}});
  const auto sequence = make("sequence", {{"d", 5}});
  model::RandomStream a = stream_for("both"), b = stream_for("both");
  Trial of_cpt, of_sequence;
  std::set<std::vector<int>> seen;
  for (int i = 0; i < 50; ++i) {
    cpt->draw(i % 2 == 0 ? Phase::training : Phase::test, a, of_cpt);
    sequence->draw(Phase::training, b, of_sequence);
    EXPECT_EQ(of_cpt.cues, of_sequence.cues);
    seen.insert(of_cpt.cues);
  }
  EXPECT_EQ(seen.size(), 2u);
}

}  // namespace
}  // namespace augsweep::tasks
