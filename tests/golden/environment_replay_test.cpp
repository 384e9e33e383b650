// The environment part of the replay, with an AX task of its own that can be made wrong in one place at a
// time.
#include "environment_replay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>

#include "replay.hpp"

namespace augsweep::golden {
namespace {

using testing::HasSubstr;

/// AX, as recorded: cues A B X Y; the second response is 1 after A and X, every other response 0.
class SmallAx : public tasks::Task {
 public:
  SmallAx() {
    info_.stimuli = 4;
    info_.responses = 2;
    info_.cues = {{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}};
    info_.strong = {tasks::Criterion::Kind::responses, 1000, 1.0};
  }

  const tasks::TaskInfo& info() const override { return info_; }
  void draw(tasks::Phase /*phase*/, model::RandomStream& /*stream*/, tasks::Trial& /*trial*/) const override {
    throw std::logic_error("a replay draws no trials");
  }
  void begin(tasks::Phase /*phase*/, const tasks::Trial& trial) override {
    trial_ = trial;
    step_ = 0;
    error_free_ = true;
  }
  tasks::Observation observe() const override {
    const int cue = trial_.cues.at(step_);
    tasks::Observation seen;
    seen.cue = cue;
    seen.target = step_ == 1 && trial_.cues[0] == 0 && cue == 2 ? 1 : 0;
    if (break_observation) {
      break_observation(seen);
    }
    return seen;
  }
  tasks::Consequence respond(int response) override {
    tasks::Consequence consequence;
    const int target = step_ == 1 && trial_.cues[0] == 0 && trial_.cues[1] == 2 ? 1 : 0;
    consequence.correct = response == target;
    consequence.wrong = !consequence.correct;
    consequence.reward = consequence.correct ? 0.1 : -1.0;
    error_free_ = error_free_ && consequence.correct;
    consequence.over = ++step_ == 2;
    consequence.learn_next = !consequence.over;
    consequence.learn_now = consequence.over;
    if (break_consequence) {
      break_consequence(consequence);
    }
    return consequence;
  }
  tasks::Score score() const override {
    tasks::Score score;
    score.error_free = error_free_ != break_score;
    return score;
  }

  std::function<void(tasks::Observation&)> break_observation;
  std::function<void(tasks::Consequence&)> break_consequence;
  bool break_score = false;
  tasks::TaskInfo info_;

 private:
  tasks::Trial trial_;
  std::size_t step_ = 0;
  bool error_free_ = true;
};

const Json& recorded() {
  static const Json content = read_json(AUGSWEEP_SOURCE_DIR "/tests/golden/data/ax.json.gz");
  return content;
}

Comparison replay_with(SmallAx& task, Json content = recorded()) {
  const Trace trace = make_trace(std::move(content), "ax");
  Comparison comparison(default_tolerance);
  replay_environment(trace, task, comparison);
  return comparison;
}

Comparison replay_changed(const std::function<void(Json& events)>& change) {
  SmallAx task;
  Json content = recorded();
  change(content["events"]);
  return replay_with(task, std::move(content));
}

/// The n-th event of a kind.
Json& nth(Json& events, const char* kind, int n) {
  for (Json& event : events) {
    if (event["ev"] == kind && n-- == 0) {
      return event;
    }
  }
  throw std::out_of_range("no such event");
}

TEST(ReplayEnvironment, AgreesWithTheRecordedTrials) {
  SmallAx task;
  const Comparison comparison = replay_with(task);
  EXPECT_TRUE(comparison.passed()) << comparison.first_disagreement();
  EXPECT_GT(comparison.values(), 4000);
  EXPECT_EQ(comparison.greatest_deviation(), 0.0);
}

TEST(ReplayEnvironment, SeesEveryErrorOfAnObservation) {
  const auto first_disagreement = [](const std::function<void(tasks::Observation&)>& error) {
    SmallAx task;
    task.break_observation = error;
    return replay_with(task).first_disagreement();
  };
  EXPECT_THAT(first_disagreement([](tasks::Observation& seen) { seen.cue = 1; }), HasSubstr("(step): s["));
  EXPECT_THAT(first_disagreement([](tasks::Observation& seen) { seen.repeat = true; }),
              HasSubstr("(step): try"));
  EXPECT_THAT(first_disagreement([](tasks::Observation& seen) { seen.target = 1; }),
              HasSubstr("(reward): target: the task says 1, recorded 0"));
  EXPECT_THAT(first_disagreement([](tasks::Observation& seen) { seen.target = tasks::no_target; }),
              HasSubstr("(reward): target: the task says -1, recorded 0"));
}

TEST(ReplayEnvironment, SeesEveryErrorOfAConsequence) {
  const auto first_disagreement = [](const std::function<void(tasks::Consequence&)>& error) {
    SmallAx task;
    task.break_consequence = error;
    return replay_with(task).first_disagreement();
  };
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.reward = *c.reward + 1e-9; }),
              HasSubstr("(reward): r is"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.reward.reset(); }),
              HasSubstr("whether a reward is defined"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.learn_next = false; }),
              HasSubstr("learning from the response before: the task says false, recorded true"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.learn_now = false; }),
              HasSubstr("learning at once from the response before: the task says false, recorded true"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.learn_now = true; }),
              HasSubstr("learning at once from the response before: the task says true, recorded false"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.over = false; }),
              HasSubstr("but the task's goes on"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.over = true; }),
              HasSubstr("but the recorded one goes on"));
  EXPECT_THAT(first_disagreement([](tasks::Consequence& c) { c.correct = false; }), HasSubstr("run_correct"));
}

TEST(ReplayEnvironment, SeesAWrongScoreAndWrongConstants) {
  SmallAx task;
  task.break_score = true;
  EXPECT_THAT(replay_with(task).first_disagreement(), HasSubstr("(trial_end): correct"));
  SmallAx clears;
  clears.info_.clears_previous_stimulus = true;
  EXPECT_THAT(replay_with(clears).first_disagreement(), HasSubstr("previous stimulus cleared"));
  SmallAx sizes;
  sizes.info_.responses = 3;
  EXPECT_THAT(replay_with(sizes).first_disagreement(), HasSubstr("A: the task says 3, recorded 2"));
}

TEST(ReplayEnvironment, SeesAMissingOrMisplacedReset) {
  EXPECT_THAT(replay_changed([](Json& events) { events.erase(0); }).first_disagreement(),
              HasSubstr("reset at the start of the trial: the task says true, recorded false"));
  EXPECT_THAT(replay_changed([](Json& events) {
                events.insert(events.begin() + 2, Json::object({{"ev", "reset"}}));
              }).first_disagreement(),
              HasSubstr("recorded inside a trial"));
}

TEST(ReplayEnvironment, SeesAMissingLearning) {
  EXPECT_THAT(replay_changed([](Json& events) {
                for (auto event = events.begin(); event != events.end(); ++event) {
                  if ((*event)["ev"] == "learn") {
                    events.erase(event);
                    break;
                  }
                }
              }).first_disagreement(),
              HasSubstr("learning from the response before: the task says true, recorded false"));
}

TEST(ReplayEnvironment, SeesAWrongRunOfCorrectResponses) {
  EXPECT_THAT(replay_changed([](Json& events) {
                Json& run = nth(events, "trial_end", 20)["run_correct"];
                run = run.get<int>() + 1;
              }).first_disagreement(),
              HasSubstr("run_correct"));
}

TEST(ReplayEnvironment, RefusesATraceThatEndsInsideATrialAndACueThatTheTaskDoesNotKnow) {
  EXPECT_THROW(replay_changed([](Json& events) { events.erase(events.size() - 2); }), TraceError);
  EXPECT_THROW(replay_changed([](Json& events) { nth(events, "step", 3)["s"] = {1, 1, 0, 0}; }), TraceError);
}

}  // namespace
}  // namespace augsweep::golden
