// What holds for every task, whatever is drawn and whatever is answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

struct Made {
  const char* task;
  Parameters parameters;
};

class EveryTask : public testing::TestWithParam<Made> {
 protected:
  std::unique_ptr<Task> make_it() const { return make(GetParam().task, GetParam().parameters); }

  /// Runs trials with random responses in both phases, as far as there are.
  void run_many(Task& task, const auto& look) const {
    model::RandomStream stream = stream_for(GetParam().task);
    Trial trial;
    for (const Phase phase : {Phase::training, Phase::test}) {
      if (phase == Phase::test && task.info().test_parts.empty()) {
        continue;
      }
      for (int i = 0; i < 2000; ++i) {
        task.draw(phase, stream, trial);
        look(phase, trial, run(task, phase, trial, [&](const Observation& seen) {
               // Right half of the time, so that trials get beyond their first steps.
               return seen.target != no_target && stream.below(2) == 0 ? seen.target
                                                                       : stream.below(task.info().responses);
             }));
      }
    }
  }
};

TEST_P(EveryTask, DescribesItselfWithoutContradiction) {
  const auto task = make_it();
  const TaskInfo& info = task->info();
  EXPECT_EQ(info.stimulus_labels.size(), static_cast<std::size_t>(info.stimuli));
  EXPECT_EQ(info.response_labels.size(), static_cast<std::size_t>(info.responses));
  EXPECT_EQ(info.cues.size(), info.cue_labels.size());
  for (const auto& stimulus : info.cues) {
    EXPECT_EQ(stimulus.size(), static_cast<std::size_t>(info.stimuli));
  }
  EXPECT_EQ(std::set(info.cues.begin(), info.cues.end()).size(), info.cues.size())
      << "two cues look the same";
  for (const auto& labels : {info.stimulus_labels, info.response_labels, info.cue_labels}) {
    EXPECT_EQ(std::set(labels.begin(), labels.end()).size(), labels.size()) << "a label names two things";
    EXPECT_THAT(labels, testing::Each(testing::Not(testing::HasSubstr(",")))) << "trial files are CSV";
  }
  EXPECT_EQ(info.test_parts.empty(), !info.test_refusal.empty());
  EXPECT_LE(info.test_parts.size(), 2u);
}

TEST_P(EveryTask, ShowsTheCuesOfTheTrialInOrder) {
  const auto task = make_it();
  run_many(*task, [&](Phase, const Trial& trial, const std::vector<Step>& steps) {
    std::vector<int> shown;
    for (const Step& step : steps) {
      if (step.seen.repeat) {
        ASSERT_EQ(step.seen.cue, shown.back()) << "a repeat shows the same once more";
      } else {
        shown.push_back(step.seen.cue);
      }
    }
    ASSERT_LE(shown.size(), trial.cues.size());
    ASSERT_TRUE(std::equal(shown.begin(), shown.end(), trial.cues.begin()));
  });
}

TEST_P(EveryTask, ReachesItsLongestTrialAndNoLonger) {
  const auto task = make_it();
  int longest = 0;
  run_many(*task, [&](Phase, const Trial&, const std::vector<Step>& steps) {
    longest = std::max(longest, static_cast<int>(steps.size()));
  });
  // In the saccade task that takes an agent that errs on purpose: saccade_test.cpp.
  if (task->info().trial_types.size() == 1) {
    EXPECT_EQ(longest, task->info().longest_trial);
  }
  EXPECT_LE(longest, task->info().longest_trial);
}

TEST_P(EveryTask, CallsAResponseRightOrWrongIfAndOnlyIfOneIsAskedFor) {
  const auto task = make_it();
  run_many(*task, [&](Phase, const Trial&, const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      ASSERT_EQ(step.consequence.correct || step.consequence.wrong, step.seen.target != no_target);
      ASSERT_FALSE(step.consequence.correct && step.consequence.wrong);
    }
  });
}

TEST_P(EveryTask, LearnsFromDefinedRewardsOnlyAndAtOnceOnlyAtTheEnd) {
  const auto task = make_it();
  run_many(*task, [&](Phase, const Trial&, const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      ASSERT_FALSE(step.consequence.learn_next && step.consequence.learn_now);
      ASSERT_TRUE(step.consequence.reward || !(step.consequence.learn_next || step.consequence.learn_now));
      ASSERT_TRUE(step.consequence.over || !step.consequence.learn_now);
      ASSERT_FALSE(step.consequence.over && step.consequence.learn_next) << "there is no next step";
    }
  });
}

TEST_P(EveryTask, CountsATrialWithoutAnyWrongResponseAsSuccess) {
  const auto task = make_it();
  model::RandomStream stream = stream_for(GetParam().task);
  Trial trial;
  for (int i = 0; i < 100; ++i) {
    task->draw(Phase::training, stream, trial);
    run_without_error(*task, trial);
    const Score score = task->score();
    ASSERT_TRUE(score.error_free);
    ASSERT_EQ(score.success, true);
    ASSERT_FALSE(score.fixation_error);
    ASSERT_LT(static_cast<std::size_t>(score.type), task->info().trial_types.size());
  }
}

TEST_P(EveryTask, DrawsTheSameTrialsFromTheSameStream) {
  const auto task = make_it();
  model::RandomStream first = stream_for("same"), second = stream_for("same"), other = stream_for("other");
  Trial a, b, c;
  bool differs = false;
  for (int i = 0; i < 50; ++i) {
    task->draw(Phase::training, first, a);
    task->draw(Phase::training, second, b);
    task->draw(Phase::training, other, c);
    ASSERT_EQ(a.cues, b.cues);
    differs = differs || a.cues != c.cues;
  }
  EXPECT_TRUE(differs);
}

TEST_P(EveryTask, DropsTheOldContentOfATrialThatItDraws) {
  const auto task = make_it();
  model::RandomStream first = stream_for("old content"), second = stream_for("old content");
  Trial fresh, used = {{0, 0, 0, 0, 0}, {0, 0, 0, 0, 0}};
  task->draw(Phase::training, first, fresh);
  task->draw(Phase::training, second, used);
  EXPECT_EQ(used.cues, fresh.cues);
  EXPECT_TRUE(used.targets.empty());
}

TEST_P(EveryTask, StartsAnewAfterATrialThatWasLeft) {
  const auto task = make_it();
  model::RandomStream stream = stream_for("left");
  Trial trial;
  task->draw(Phase::training, stream, trial);
  const auto whole = run_without_error(*task, trial);
  task->begin(Phase::training, trial);
  task->respond(task->info().responses - 1);
  task->begin(Phase::training, trial);
  EXPECT_EQ(task->observe().cue, trial.cues.front());
  EXPECT_EQ(run_without_error(*task, trial).size(), whole.size());
  EXPECT_TRUE(task->score().error_free);
}

TEST_P(EveryTask, ForgetsATrialWhenTheNextOneBegins) {
  // Against a task that is made afresh for every trial.
  const auto used = make_it();
  const bool tests = !used->info().test_parts.empty();
  model::RandomStream stream = stream_for("forgets");
  Trial trial;
  std::vector<int> responses;
  for (int i = 0; i < 1000; ++i) {
    const Phase phase = tests && stream.below(2) == 0 ? Phase::test : Phase::training;
    used->draw(phase, stream, trial);
    responses.clear();
    // Always right where it is asked, half of the time, or a third of it.
    const int most = 1 + stream.below(3);
    const auto in_used = run(*used, phase, trial, [&](const Observation& seen) {
      const bool right = seen.target != no_target && stream.below(most) < 1;
      responses.push_back(right ? seen.target : stream.below(used->info().responses));
      return responses.back();
    });
    const auto fresh = make_it();
    std::size_t next = 0;
    const auto in_fresh = run(*fresh, phase, trial, [&](const Observation&) { return responses.at(next++); });
    ASSERT_EQ(in_used.size(), in_fresh.size());
    for (std::size_t step = 0; step < in_used.size(); ++step) {
      ASSERT_EQ(in_used[step].seen.target, in_fresh[step].seen.target);
      ASSERT_EQ(in_used[step].consequence.reward, in_fresh[step].consequence.reward);
      ASSERT_EQ(in_used[step].consequence.learn_next, in_fresh[step].consequence.learn_next);
    }
    ASSERT_EQ(used->score().error_free, fresh->score().error_free);
    ASSERT_EQ(used->score().success, fresh->score().success);
    ASSERT_EQ(used->score().type, fresh->score().type);
    ASSERT_EQ(used->score().fixation_error, fresh->score().fixation_error);
  }
}

TEST_P(EveryTask, RefusesTrialsThatItCannotShow) {
  const auto task = make_it();
  model::RandomStream stream = stream_for("refused");
  Trial good;
  task->draw(Phase::training, stream, good);
  const auto begin = [&](const Trial& trial) {
    return complaint([&] { task->begin(Phase::training, trial); });
  };
  EXPECT_EQ(begin(good), "");
  EXPECT_EQ(begin({}), "a trial needs at least one cue");

  Trial unknown = good;
  unknown.cues.back() = static_cast<int>(task->info().cues.size());
  EXPECT_THAT(begin(unknown), testing::HasSubstr("does not exist: the task has cues 0 to "));
  unknown.cues.back() = -1;
  EXPECT_THAT(begin(unknown), testing::HasSubstr("cue -1 does not exist"));

  Trial targets = good;
  targets.targets.assign(good.cues.size() + 1, 0);
  EXPECT_THAT(begin(targets), testing::HasSubstr("give one for each, or none"));
  targets.targets.assign(good.cues.size(), task->info().responses);
  EXPECT_THAT(begin(targets), testing::HasSubstr("does not exist: the task has responses 0 to "));
}

std::string name_of_made(const testing::TestParamInfo<Made>& info) {
  std::string name = info.param.task;
  for (const auto& [parameter, value] : info.param.parameters) {
    name += parameter + std::to_string(static_cast<int>(value));
  }
  name.erase(std::remove_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }),
             name.end());
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, EveryTask,
                         testing::Values(Made{"12ax", {}}, Made{"12ax-s", {}}, Made{"12ax-triplets", {}},
                                         Made{"ax", {}}, Made{"sequence", {}}, Made{"sequence", {{"d", 0}}},
                                         Made{"sequence", {{"d", 1}}}, Made{"sequence", {{"d", 2}}},
                                         Made{"sequence", {{"d", 40}}}, Made{"sequence-cpt", {}},
                                         Made{"sequence-cpt", {{"d", 0}}}, Made{"sequence-cpt", {{"d", 30}}},
                                         Made{"txor", {}}, Made{"saccade", {}},
                                         Made{"saccade", {{"shape_factor", 0}}}),
                         name_of_made);

}  // namespace
}  // namespace augsweep::tasks
