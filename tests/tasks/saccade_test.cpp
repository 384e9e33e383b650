// Pro- and antisaccade, state by state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string left = "left", ahead = "ahead", right = "right";

constexpr double correct = test_rewards.correct;
constexpr double wrong = test_rewards.wrong;
constexpr double shaping = 0.2 * correct;
constexpr double final = 1.5 * correct;

/// A trial to walk through, look by look.
class Walk {
 public:
  explicit Walk(const std::string& type, const Parameters& parameters = {}, Phase phase = Phase::training)
      : task_(make("saccade", parameters)) {
    const std::string mark = type.substr(0, type.find(' '));
    task_->begin(phase, showing(*task_, {"empty", mark.c_str(), mark.c_str(), type.c_str(), mark.c_str(),
                                         mark.c_str(), "empty"}));
  }

  /// What is on the screen: the phase, the cue, and whether it is shown once more: "fix: pro, again".
  std::string screen() const {
    const Observation seen = task_->observe();
    return std::string(seen.phase) + ": " + task_->info().cue_labels[static_cast<std::size_t>(seen.cue)] +
           (seen.repeat ? ", again" : "");
  }

  /// What is asked for; "-" if nothing.
  std::string target() const {
    const int target = task_->observe().target;
    return target == no_target ? "-" : task_->info().response_labels[static_cast<std::size_t>(target)];
  }

  Consequence look(const std::string& where) {
    return task_->respond(index_in(task_->info().response_labels, where));
  }

  /// Looks there `times` times; the last consequence.
  Consequence look(const std::string& where, int times) {
    Consequence consequence;
    for (int i = 0; i < times; ++i) {
      consequence = look(where);
    }
    return consequence;
  }

  /// To the first step with the mark.
  Walk& to_mark() {
    look(ahead);
    return *this;
  }

  /// To the cue, with a fixation that succeeds at once.
  Walk& to_cue() {
    to_mark().look(ahead, 2);
    return *this;
  }

  /// To the go screen.
  Walk& to_go() {
    to_cue().look(ahead, 3);
    return *this;
  }

  Score score() const { return task_->score(); }

 private:
  std::unique_ptr<Task> task_;
};

TEST(Saccade, ShowsSevenScreens) {
  Walk walk("anti right");
  std::vector<std::string> screens, targets;
  bool over = false;
  while (!over) {
    screens.push_back(walk.screen());
    targets.push_back(walk.target());
    over = walk.look(targets.back() == left ? left : ahead).over;
  }
  EXPECT_THAT(screens, ElementsAre("start: empty", "fix: anti", "fix: anti", "cue: anti right", "delay: anti",
                                   "delay: anti", "go: empty"));
  EXPECT_THAT(targets, ElementsAre("-", ahead, ahead, "-", "-", "-", left));
}

TEST(Saccade, GoesToTheSideOfTheCueAfterAProMarkAndToTheOtherAfterAnAntiMark) {
  EXPECT_EQ(Walk("pro left").to_go().target(), left);
  EXPECT_EQ(Walk("pro right").to_go().target(), right);
  EXPECT_EQ(Walk("anti left").to_go().target(), right);
  EXPECT_EQ(Walk("anti right").to_go().target(), left);
}

TEST(Saccade, HasAUnitForEachMarkAndSide) {
  const auto task = make("saccade");
  const TaskInfo& info = task->info();
  EXPECT_THAT(info.stimulus_labels, ElementsAre("pro", "anti", "left", "right"));
  EXPECT_EQ(info.cues[static_cast<std::size_t>(index_in(info.cue_labels, "anti right"))],
            (std::vector<double>{0, 1, 0, 1}));
  EXPECT_EQ(info.strong.kind, Criterion::Kind::types);
  EXPECT_EQ(info.strong.count, 50);
  EXPECT_EQ(info.strong.fraction, 0.9);
  EXPECT_THAT(info.trial_types, ElementsAre("pro left", "pro right", "anti left", "anti right"));
  EXPECT_THAT(info.test_parts, ElementsAre("go", "fixation"));
  EXPECT_EQ(info.default_test_trials, 100);
  EXPECT_FALSE(info.clears_previous_stimulus);
}

TEST(Saccade, DrawsTheFourTypesEquallyOften) {
  const auto task = make("saccade");
  model::RandomStream stream = stream_for("saccade");
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

TEST(Saccade, DefinesNoRewardAtTheStartWhateverTheResponse) {
  for (const std::string& where : {left, ahead, right}) {
    Walk walk("pro left");
    const Consequence start = walk.look(where);
    EXPECT_FALSE(start.reward.has_value());
    EXPECT_FALSE(start.learn_next || start.wrong || start.correct);
  }
}

TEST(SaccadeFixation, LeavesTheRewardUndefinedAfterAFirstRightOne) {
  Walk walk("pro left");
  const Consequence first = walk.to_mark().look(ahead);
  EXPECT_TRUE(first.correct);
  EXPECT_FALSE(first.reward.has_value());
  EXPECT_FALSE(first.learn_next) << "the second step learns nothing";
}

TEST(SaccadeFixation, EarnsTheShapingRewardWhenBothAreRight) {
  Walk walk("pro left");
  walk.to_mark().look(ahead);
  const Consequence second = walk.look(ahead);
  EXPECT_EQ(second.reward, shaping);
  EXPECT_TRUE(second.learn_next);
  EXPECT_EQ(walk.screen(), "cue: pro left");
}

TEST(SaccadeFixation, EarnsTheRewardForWrongWhenTheFirstIsWrong) {
  Walk walk("pro left");
  const Consequence first = walk.to_mark().look(left);
  EXPECT_TRUE(first.wrong);
  EXPECT_EQ(first.reward, wrong);
  EXPECT_TRUE(first.learn_next);
  EXPECT_EQ(walk.screen(), "fix: pro") << "the second row is no repeat";
}

TEST(SaccadeFixation, KeepsTheRewardForWrongAtASecondStepThatIsRight) {
  // As in the reference: the right fixation is punished for the wrong one before it.
  Walk walk("pro left");
  walk.to_mark().look(right);
  const Consequence second = walk.look(ahead);
  EXPECT_TRUE(second.correct);
  EXPECT_EQ(second.reward, wrong);
  EXPECT_EQ(walk.screen(), "fix: pro, again");
}

TEST(SaccadeFixation, RepeatsTheMarkAfterASecondStepThatIsWrong) {
  Walk walk("anti left");
  walk.to_mark().look(ahead);
  const Consequence second = walk.look(right);
  EXPECT_EQ(second.reward, wrong);
  EXPECT_TRUE(second.learn_next);
  EXPECT_EQ(walk.screen(), "fix: anti, again");
}

TEST(SaccadeFixation, NeedsTwoInARowAtTheRepeats) {
  Walk walk("pro left");
  walk.to_mark().look(left, 2);  // attempts 1 and 2
  EXPECT_EQ(walk.look(ahead).reward, 0.0) << "the first of two";
  EXPECT_EQ(walk.look(left).reward, wrong) << "and the count starts anew";
  EXPECT_EQ(walk.look(ahead).reward, 0.0);
  EXPECT_EQ(walk.screen(), "fix: pro, again");
  EXPECT_EQ(walk.look(ahead).reward, shaping);
  EXPECT_EQ(walk.screen(), "cue: pro left");
}

TEST(SaccadeFixation, CountsARightSecondStepForTheFirstRepeat) {
  Walk walk("pro left");
  walk.to_mark().look(left);
  walk.look(ahead);
  EXPECT_EQ(walk.look(ahead).reward, shaping);
  EXPECT_EQ(walk.screen(), "cue: pro left");
}

TEST(SaccadeFixation, SucceedsAtTheNinthAttempt) {
  Walk walk("pro left");
  walk.to_mark().look(left, 7);
  const Consequence ninth = walk.look(ahead, 2);
  EXPECT_EQ(ninth.reward, shaping);
  EXPECT_FALSE(ninth.over);
  EXPECT_EQ(walk.screen(), "cue: pro left");
  walk.look(ahead, 3);
  walk.look(left);
  EXPECT_FALSE(walk.score().fixation_error);
  EXPECT_TRUE(walk.score().error_free);
}

TEST(SaccadeFixation, AbortsTheTrialAtTheTenthAttempt) {
  Walk walk("anti right");
  walk.to_mark();
  EXPECT_FALSE(walk.look(left, 9).over);
  const Consequence tenth = walk.look(left);
  EXPECT_TRUE(tenth.over);
  EXPECT_EQ(tenth.reward, wrong);
  EXPECT_FALSE(tenth.learn_next || tenth.learn_now) << "the last reward is lost";
  const Score score = walk.score();
  EXPECT_TRUE(score.fixation_error);
  EXPECT_FALSE(score.error_free);
  EXPECT_FALSE(score.success.has_value()) << "an abort does not enter the criterion";
  EXPECT_EQ(score.type, 3);
}

TEST(SaccadeFixation, AbortsEvenIfTheTenthAttemptCompletesIt) {
  Walk walk("pro left");
  walk.to_mark().look(left, 8);
  const Consequence tenth = walk.look(ahead, 2);
  EXPECT_EQ(tenth.reward, shaping);
  EXPECT_TRUE(tenth.over);
  EXPECT_FALSE(tenth.learn_next || tenth.learn_now);
  EXPECT_TRUE(walk.score().fixation_error);
  EXPECT_FALSE(walk.score().error_free);
  EXPECT_FALSE(walk.score().success.has_value());
}

TEST(SaccadeFixation, GoesOnAfterTheTenthAttemptWithoutShaping) {
  Walk walk("pro left", {{"shape_factor", 0.0}});
  const Consequence tenth = walk.to_mark().look(left, 10);
  EXPECT_FALSE(tenth.over);
  EXPECT_EQ(tenth.reward, wrong);
  EXPECT_TRUE(tenth.learn_next) << "the cue's step learns from it";
  EXPECT_EQ(walk.screen(), "cue: pro left");
  walk.look(ahead, 3);
  EXPECT_TRUE(walk.look(left).correct);
  const Score score = walk.score();
  EXPECT_TRUE(score.fixation_error);
  EXPECT_FALSE(score.error_free) << "the error stays, though the answer was right";
  EXPECT_EQ(score.success, true) << "the criterion looks at the first answer alone";
}

TEST(SaccadeFixation, EarnsNothingWithoutShaping) {
  Walk walk("pro left", {{"shape_factor", 0.0}});
  EXPECT_EQ(walk.to_mark().look(ahead, 2).reward, 0.0);
}

TEST(Saccade, SetsTheRewardToZeroAtTheCueAndLeavesItThereInTheDelay) {
  Walk walk("pro right");
  walk.to_cue();
  for (const char* screen : {"cue: pro right", "delay: pro", "delay: pro"}) {
    EXPECT_EQ(walk.screen(), screen);
    const Consequence consequence = walk.look(left);
    EXPECT_EQ(consequence.reward, 0.0);
    EXPECT_TRUE(consequence.learn_next);
    EXPECT_FALSE(consequence.correct || consequence.wrong) << "no response is asked for";
  }
}

TEST(SaccadeGo, EndsWithARightAnswer) {
  Walk walk("anti left");
  const Consequence answer = walk.to_go().look(right);
  EXPECT_EQ(answer.reward, final);
  EXPECT_TRUE(answer.learn_now);
  EXPECT_TRUE(answer.over);
  EXPECT_TRUE(walk.score().error_free);
  EXPECT_EQ(walk.score().success, true);
  EXPECT_EQ(walk.score().type, 2);
}

TEST(SaccadeGo, EndsWithAWrongAnswer) {
  Walk walk("anti left");
  const Consequence answer = walk.to_go().look(left);
  EXPECT_EQ(answer.reward, wrong);
  EXPECT_TRUE(answer.learn_now);
  EXPECT_TRUE(answer.over);
  EXPECT_FALSE(walk.score().error_free);
  EXPECT_FALSE(walk.score().fixation_error);
  EXPECT_EQ(walk.score().success, false);
}

TEST(SaccadeGo, WaitsWhileTheEyesLookAhead) {
  Walk walk("pro left");
  const Consequence none = walk.to_go().look(ahead);
  EXPECT_TRUE(none.wrong);
  EXPECT_EQ(none.reward, wrong);
  EXPECT_TRUE(none.learn_next);
  EXPECT_FALSE(none.over);
  EXPECT_EQ(walk.screen(), "go: empty, again");
}

TEST(SaccadeGo, CountsALaterRightAnswerForTheErrorButNotForTheCriterion) {
  Walk walk("pro left");
  walk.to_go().look(ahead, 7);
  const Consequence eighth = walk.look(left);
  EXPECT_EQ(eighth.reward, final);
  EXPECT_TRUE(eighth.learn_now);
  EXPECT_TRUE(walk.score().error_free);
  EXPECT_EQ(walk.score().success, false);
}

TEST(SaccadeGo, GivesUpAfterEightResponsesAheadWithoutLearning) {
  Walk walk("pro left");
  EXPECT_FALSE(walk.to_go().look(ahead, 7).over);
  const Consequence eighth = walk.look(ahead);
  EXPECT_TRUE(eighth.over);
  EXPECT_EQ(eighth.reward, wrong);
  EXPECT_FALSE(eighth.learn_now || eighth.learn_next);
  EXPECT_FALSE(walk.score().error_free);
  EXPECT_EQ(walk.score().success, false);
}

TEST(Saccade, TakesItsRewardsInUnitsOfTheRewardForRight) {
  Walk walk("pro left", {{"shape_factor", 0.5}, {"final_factor", 4.0}});
  EXPECT_EQ(walk.to_mark().look(ahead, 2).reward, 0.5 * correct);
  walk.look(ahead, 3);
  EXPECT_EQ(walk.look(left).reward, 4.0 * correct);
}

TEST(Saccade, IsLongestWithoutShapingAndWithEveryRepeat) {
  const auto task = make("saccade", {{"shape_factor", 0.0}});
  model::RandomStream stream = stream_for("longest");
  Trial trial;
  task->draw(Phase::training, stream, trial);
  const auto steps = run(*task, Phase::training, trial, [](const Observation& seen) {
    const int at_mark = 0, at_go = 1;  // wrong, and ahead
    return seen.phase == "go" ? at_go : at_mark;
  });
  EXPECT_EQ(static_cast<int>(steps.size()), task->info().longest_trial);
  EXPECT_EQ(task->info().longest_trial, 22);
}

TEST(SaccadeTest, ShowsEveryScreenOnceWhateverTheResponses) {
  const auto task = make("saccade");
  model::RandomStream stream = stream_for("test");
  Trial trial;
  for (int response = 0; response < 3; ++response) {
    task->draw(Phase::test, stream, trial);
    const auto steps = run(*task, Phase::test, trial, [&](const Observation& seen) {
      EXPECT_FALSE(seen.repeat);
      return response;
    });
    EXPECT_EQ(steps.size(), 7u);
  }
}

TEST(SaccadeTest, CountsBothMarksForTheFixationAndTheGoScreenForTheAnswer) {
  const auto task = make("saccade");
  std::vector<int> parts;
  const Trial trial = showing(*task, {"empty", "pro", "pro", "pro left", "pro", "pro", "empty"});
  for (const Step& step : run(*task, Phase::test, trial, [](const Observation&) { return 1; })) {
    parts.push_back(step.seen.target == no_target ? -1 : step.seen.part);
  }
  EXPECT_THAT(parts, ElementsAre(-1, 1, 1, -1, -1, -1, 0));
}

TEST(SaccadeTest, ScoresFixationAndAnswerApart) {
  Walk fixated("pro left", {}, Phase::test);
  fixated.look(ahead, 6);
  fixated.look(right);
  EXPECT_FALSE(fixated.score().fixation_error);
  EXPECT_FALSE(fixated.score().error_free);

  Walk answered("pro left", {}, Phase::test);
  answered.look(ahead, 2);
  answered.look(right, 4);  // the second mark, the cue and the delay
  answered.look(left);
  EXPECT_TRUE(answered.score().fixation_error);
  EXPECT_TRUE(answered.score().error_free);
  EXPECT_EQ(answered.score().success, true);

  Walk late("pro left", {}, Phase::test);
  late.look(right, 2);  // the start and the first mark
  late.look(ahead, 5);
  EXPECT_TRUE(late.score().fixation_error) << "both marks count";
}

TEST(Saccade, TakesTrialsFromElsewhereByTheirCues) {
  const auto task = make("saccade");
  const auto begin = [&](std::initializer_list<const char*> labels) {
    return complaint([&] { task->begin(Phase::training, showing(*task, labels)); });
  };
  EXPECT_EQ(begin({"empty", "anti", "anti", "anti left", "anti", "anti", "empty"}), "");
  const std::string refusal =
      "a trial of the task saccade is empty, mark, mark, mark with side, mark, mark, empty, with one mark "
      "throughout";
  EXPECT_EQ(begin({"empty", "anti", "anti"}), refusal);
  EXPECT_EQ(begin({"pro", "anti", "anti", "anti left", "anti", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "pro", "anti", "anti left", "anti", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "pro", "anti left", "anti", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "anti", "pro left", "anti", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "anti", "anti", "anti", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "anti", "anti left", "pro", "anti", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "anti", "anti left", "anti", "pro", "empty"}), refusal);
  EXPECT_EQ(begin({"empty", "anti", "anti", "anti left", "anti", "anti", "anti"}), refusal);
}

TEST(Saccade, TakesTheOtherSideAsATargetButNoOtherCourse) {
  const auto task = make("saccade");
  Trial trial = showing(*task, {"empty", "pro", "pro", "pro left", "pro", "pro", "empty"});
  trial.targets = {no_target, 1, 1, no_target, no_target, no_target, 2};
  EXPECT_EQ(targets_of(*task, trial), "- ahead ahead - - - right");

  const auto refused = [&](std::size_t row, int target) {
    Trial changed = trial;
    changed.targets[row] = target;
    return complaint([&] { task->begin(Phase::training, changed); });
  };
  EXPECT_THAT(refused(0, 1), HasSubstr("no response at the others"));
  EXPECT_THAT(refused(1, 0), HasSubstr("asks for 'ahead' at its second and third cue"));
  EXPECT_THAT(refused(2, no_target), HasSubstr("asks for 'ahead' at its second and third cue"));
  EXPECT_THAT(refused(6, 1), HasSubstr("'left' or 'right' at the last one")) << "looking ahead is no answer";
}

}  // namespace
}  // namespace augsweep::tasks
