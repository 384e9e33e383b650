// 12AX-S: 12AX with exactly one letter pair a trial.
#include "tasks/entries.hpp"
#include "tasks/twelve_ax_cues.hpp"

namespace augsweep::tasks {

namespace {

class TwelveAxS final : public TwelveAxCues {
 public:
  TwelveAxS(double p_target, Rewards rewards) : TwelveAxCues(p_target, rewards, 3) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    trial.cues.clear();
    trial.targets.clear();
    add_digit(stream, trial.cues);
    add_pair(stream, trial.cues);
  }
};

}  // namespace

TaskEntry twelve_ax_s_entry() {
  TaskEntry entry;
  entry.name = "12ax-s";
  entry.title = "12AX with a single letter pair in each trial";
  entry.description =
      "The simplified 12AX task: a digit and one letter pair make a trial of three cues, so the digit need "
      "not be kept over an "
      "inner loop. Responses and criterion are those of 12ax.";
  entry.parameters = {p_target_parameter()};
  entry.defaults = twelve_ax_defaults();
  entry.defaults.memory_units = 10;
  entry.defaults.lambda = 0.5;
  entry.defaults.beta = 0.1;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.exploration = "soft";
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<TwelveAxS>(parameters.at("p_target"), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
