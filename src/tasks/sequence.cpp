// Sequence prediction: which cue came first, answered after d distractors.
// Source: Martinolli, Gerstner, Gilra (2018), with training and test trials as in their published code. Its
// test for d = 0, which shows A as a distractor, and its failing one for d = 1 are refused here.
#include <fmt/format.h>

#include <stdexcept>

#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"
#include "tasks/sequence_cues.hpp"

namespace augsweep::tasks {

namespace {

class Sequence final : public CueTask {
 public:
  Sequence(int distractors, Rewards rewards)
      : CueTask(make_info(distractors), rewards, Learning::at_the_end), distractors_(distractors) {}

  void draw(Phase phase, model::RandomStream& stream, Trial& trial) const override {
    if (phase == Phase::training) {
      draw_sequence(distractors_, stream, trial);
      return;
    }
    if (distractors_ < least_for_test) {
      throw std::invalid_argument(info().test_refusal);
    }
    // The test scrambles the distractors: d of the cues 1 ... d - 1, drawn with replacement, then cue d.
    trial.cues.clear();
    trial.targets.clear();
    trial.cues.push_back(stream.below(2) == 0 ? 0 : distractors_ + 1);
    for (int i = 0; i < distractors_; ++i) {
      trial.cues.push_back(1 + stream.below(distractors_ - 1));
    }
    trial.cues.push_back(distractors_);
  }

 private:
  static constexpr int least_for_test = 2;

  /// Most distractors in a trial: those of the test, where there is one.
  static int longest_sequence(int distractors) {
    return distractors < least_for_test ? distractors : distractors + 1;
  }

  static TaskInfo make_info(int distractors) {
    TaskInfo info = one_hot_info(sequence_labels(distractors), {"A", "X"});
    info.clears_previous_stimulus = true;
    info.strong = {Criterion::Kind::trials, 100, 1.0};
    info.longest_trial = longest_sequence(distractors) + 1;
    if (distractors < least_for_test) {
      info.test_parts.clear();
      info.test_refusal = fmt::format(
          "the test of sequence scrambles the distractors, and d = {} leaves none to scramble", distractors);
      info.default_test_trials = 0;
    }
    return info;
  }

  void check_order(const std::vector<int>& cues) const override {
    check_sequence(cues, distractors_, distractors_, longest_sequence(distractors_));
  }

  void find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const override {
    targets.back() = cues.front() == 0 ? 0 : 1;
  }

  int distractors_;
};

}  // namespace

TaskEntry sequence_entry() {
  TaskEntry entry;
  entry.name = "sequence";
  entry.title = "sequence prediction: recall the first cue after d distractors";
  entry.description =
      "A trial shows A or X and then always the same d distractors. At the last of them the response has to "
      "name the first cue; with d = 0 that cue itself is answered. Responses before that are chosen and "
      "tagged, but neither rewarded nor learned from: the weights change once, at the trial's end. Converged "
      "after 100 consecutive correct trials. The test scrambles the distractors (d of all but the last one, "
      "with replacement, then the last one), so it needs d of at least 2.";
  entry.parameters = {distractors_parameter()};
  entry.defaults.regular_units = 3;
  entry.defaults.memory_units = 4;
  entry.defaults.reward = RewardRule::srl;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.exploration = "soft";
  entry.defaults.max_trials = 10'000;
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<Sequence>(static_cast<int>(parameters.at("d")), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
