// AX: one letter pair a trial; R to X after A.
#include <array>

#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"
#include "tasks/twelve_ax_cues.hpp"

namespace augsweep::tasks {

namespace {

class Ax final : public CueTask {
 public:
  Ax(double p_target, Rewards rewards)
      : CueTask(make_info(), rewards, Learning::every_step), p_target_(p_target) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    constexpr std::array<std::array<int, 2>, 3> other_pairs = {{{a, y}, {b, x}, {b, y}}};
    trial.targets.clear();
    if (stream.uniform() < p_target_) {
      trial.cues = {a, x};
    } else {
      const auto& pair = other_pairs[static_cast<std::size_t>(stream.below(other_pairs.size()))];
      trial.cues.assign(pair.begin(), pair.end());
    }
  }

 private:
  static constexpr int a = 0, b = 1, x = 2, y = 3;
  static constexpr int left = 0, right = 1;

  static TaskInfo make_info() {
    TaskInfo info = one_hot_info({"A", "B", "X", "Y"}, {"L", "R"});
    info.target_response = right;
    info.strong = {Criterion::Kind::responses, 1000, 1.0};
    info.longest_trial = 2;
    return info;
  }

  void find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const override {
    for (std::size_t step = 0; step < cues.size(); ++step) {
      targets[step] = step > 0 && cues[step - 1] == a && cues[step] == x ? right : left;
    }
  }

  double p_target_;
};

}  // namespace

TaskEntry ax_entry() {
  TaskEntry entry;
  entry.name = "ax";
  entry.title = "the inner loop of 12AX alone: R to X after A";
  entry.description =
      "A trial is one pair of letters, A or B and then X or Y. The response is R to an X that follows an A "
      "and L to everything "
      "else; both cues are answered and rewarded. Converged after 1000 consecutive correct responses.";
  entry.parameters = {p_target_parameter()};
  entry.defaults = twelve_ax_defaults();
  entry.defaults.memory_units = 10;
  entry.defaults.lambda = 0.5;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.exploration = "soft";
  entry.defaults.max_trials = 10'000;
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<Ax>(parameters.at("p_target"), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
