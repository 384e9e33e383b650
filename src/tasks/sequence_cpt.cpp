// Sequence prediction, every cue predicted: a continuous performance task.
// Source: Martinolli, Gerstner, Gilra (2018), with the rewards of their published code.
#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"
#include "tasks/sequence_cues.hpp"

namespace augsweep::tasks {

namespace {

class SequenceCpt final : public CueTask {
 public:
  SequenceCpt(int distractors, Rewards rewards, double final_reward)
      : CueTask(make_info(distractors), rewards, Learning::every_step, final_reward),
        distractors_(distractors) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    draw_sequence(distractors_, stream, trial);
  }

 private:
  static TaskInfo make_info(int distractors) {
    const auto cues = sequence_labels(distractors);
    // Responses 0 ... d - 1 name the distractor that comes next, d and d + 1 the end of the sequence that A
    // or X began.
    std::vector<std::string> responses(cues.begin() + 1, cues.end() - 1);
    responses.emplace_back("A end");
    responses.emplace_back("X end");
    TaskInfo info = one_hot_info(cues, responses);
    info.clears_previous_stimulus = true;
    info.strong = {Criterion::Kind::responses, 100, 1.0};
    info.longest_trial = distractors + 1;
    return info;
  }

  void check_order(const std::vector<int>& cues) const override {
    check_sequence(cues, distractors_, distractors_, distractors_);
  }

  void find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const override {
    for (std::size_t step = 0; step + 1 < cues.size(); ++step) {
      targets[step] = cues[step + 1] - 1;  // response i names distractor i + 1
    }
    targets.back() = cues.front() == 0 ? distractors_ : distractors_ + 1;
  }

  int distractors_;
};

}  // namespace

TaskEntry sequence_cpt_entry() {
  TaskEntry entry;
  entry.name = "sequence-cpt";
  entry.title = "sequence prediction with a response at every cue";
  entry.description =
      "The sequences of the task sequence, but every cue is answered by naming the cue that comes next, and "
      "the last one by which cue the sequence began with. Both first cues are followed by the same "
      "distractor. A right response earns step_reward, at the last step final_reward; a wrong one what the "
      "reward rule says. Converged after 100 consecutive correct responses. The test, which the published "
      "code lacks, uses the trials of training.";
  entry.parameters = {
      distractors_parameter(),
      {"step_reward", 0.75, -1000.0, 1000.0, false, "reward of a right response before the last step"},
      {"final_reward", 1.5, -1000.0, 1000.0, false, "reward of a right response at the last step"}};
  entry.parameters[0].standard = 3;
  entry.defaults.regular_units = 3;
  entry.defaults.memory_units = 8;
  entry.defaults.lambda = 0.2;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.max_trials = 10'000;
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<SequenceCpt>(static_cast<int>(parameters.at("d")),
                                         Rewards{parameters.at("step_reward"), rewards.wrong},
                                         parameters.at("final_reward"));
  };
  return entry;
}

}  // namespace augsweep::tasks
