// Delayed match to sample: is the cue after the delay the one before it?
// Not from the publication; docs/tasks.md shows with it how a task is added.
#include <stdexcept>

#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"

namespace augsweep::tasks {

namespace {

class DelayedMatch final : public CueTask {
 public:
  DelayedMatch(int delay, Rewards rewards)
      : CueTask(make_info(delay), rewards, Learning::at_the_end), delay_(delay) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    trial.cues.assign(static_cast<std::size_t>(delay_) + 2, empty);
    trial.cues.front() = stream.below(samples);
    trial.cues.back() = stream.below(samples);
    trial.targets.clear();
  }

 private:
  static constexpr int samples = 2;      // A and B
  static constexpr int empty = samples;  // the cue that switches no stimulus unit on
  static constexpr int different = 0, same = 1;

  static TaskInfo make_info(int delay) {
    TaskInfo info = one_hot_info({"A", "B"}, {"different", "same"});
    info.cues.emplace_back(samples, 0.0);
    info.cue_labels.emplace_back("empty");
    info.clears_previous_stimulus = true;
    info.strong = {Criterion::Kind::trials, 100, 1.0};
    info.longest_trial = delay + 2;
    return info;
  }

  void check_order(const std::vector<int>& cues) const override {
    if (cues.size() < 2 || cues.front() == empty || cues.back() == empty) {
      throw std::invalid_argument("a trial of delayed-match begins and ends with A or B");
    }
  }

  void find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const override {
    targets.back() = cues.front() == cues.back() ? same : different;
  }

  int delay_;
};

}  // namespace

TaskEntry delayed_match_entry() {
  TaskEntry entry;
  entry.name = "delayed-match";
  entry.title = "delayed match to sample: is the cue after the delay the one before it?";
  entry.description =
      "A or B is shown, then an empty screen for some steps, then A or B again: the response there tells "
      "whether both were the same. The weights change once, at the trial's end. Converged after 100 "
      "consecutive correct trials. Not from the publication.";
  entry.parameters = {{.name = "delay",
                       .standard = 2,
                       .least = 1,
                       .most = 1000,
                       .integer = true,
                       .description = "steps of empty screen"}};
  entry.defaults.regular_units = 3;
  entry.defaults.memory_units = 8;
  entry.defaults.reward = RewardRule::srl;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.max_trials = 20'000;
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<DelayedMatch>(static_cast<int>(parameters.at("delay")), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
