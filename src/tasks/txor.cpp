// Temporal XOR: the parity of two cues, answered when the screen is empty again.
// Source: the published code of Martinolli, Gerstner, Gilra (2018).
#include <stdexcept>

#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"

namespace augsweep::tasks {

namespace {

class TemporalXor final : public CueTask {
 public:
  explicit TemporalXor(Rewards rewards) : CueTask(make_info(), rewards, Learning::at_the_end) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    const int first = stream.below(2);
    const int second = 2 + stream.below(2);
    trial.cues = {first, second, empty};
    trial.targets.clear();
  }

 private:
  static constexpr int empty = 4;  // the cue that switches no stimulus unit on
  static constexpr int different = 0, equal = 1;

  static TaskInfo make_info() {
    TaskInfo info = one_hot_info({"0", "1", "0'", "1'"}, {"different", "equal"});
    info.cues.emplace_back(4, 0.0);
    info.cue_labels.emplace_back("empty");
    info.clears_previous_stimulus = true;
    info.strong = {Criterion::Kind::trials, 100, 1.0};
    info.longest_trial = 3;
    return info;
  }

  void check_order(const std::vector<int>& cues) const override {
    if (cues.size() != 3 || cues[0] > 1 || cues[1] < 2 || cues[1] > 3 || cues[2] != empty) {
      throw std::invalid_argument("a trial of txor shows three cues: 0 or 1, then 0' or 1', then empty");
    }
  }

  void find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const override {
    targets.back() = cues[0] % 2 == cues[1] % 2 ? equal : different;
  }
};

}  // namespace

TaskEntry txor_entry() {
  TaskEntry entry;
  entry.name = "txor";
  entry.title = "temporal XOR: are two cues shown one after the other equal?";
  entry.description =
      "A first cue, 0 or 1, is followed by a second one, 0' or 1', and then by an empty screen, at which the "
      "response tells whether the two were equal. As in sequence, the weights change once, at the trial's "
      "end. Converged after 100 consecutive correct trials. The test, which the published code lacks, uses "
      "the trials of training.";
  entry.defaults.regular_units = 3;
  entry.defaults.memory_units = 4;
  entry.defaults.reward = RewardRule::rl;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.max_trials = 10'000;
  entry.make = [](const Parameters& /*parameters*/, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<TemporalXor>(rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
