// Sequence prediction: which cue came first, answered after d distractors.
#include <fmt/format.h>

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
  static TaskInfo make_info(int distractors) {
    TaskInfo info = one_hot_info(sequence_labels(distractors), {"A", "X"});
    info.clears_previous_stimulus = true;
    info.strong = {Criterion::Kind::trials, 100, 1.0};
    info.longest_trial = distractors + 2;
    if (distractors < 2) {
      info.test_parts.clear();
      info.test_refusal = fmt::format(
          "the test of sequence scrambles the distractors, and d = {} leaves none to scramble", distractors);
      info.default_test_trials = 0;
    }
    return info;
  }

  void find_targets(Phase /*phase*/, const std::vector<int>& cues, std::vector<int>& targets) const override {
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
      "name the first cue; "
      "with d = 0 that cue itself is answered. Responses before that are chosen and tagged, but neither "
      "rewarded nor learned "
      "from: the weights change once, at the trial's end. Converged after 100 consecutive correct trials. "
      "The test scrambles "
      "the distractors (d of all but the last one, with replacement, then the last one), so it needs d of at "
      "least 2.";
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
