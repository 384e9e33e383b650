#pragma once
/// @file What the tasks share whose trials are lists of cues, each shown once: the 12AX family, sequence
/// prediction, temporal XOR.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tasks/task.hpp"

namespace augsweep::tasks {

/// A task whose trial shows its cues one by one. The derived task says which response each cue asks for and
/// what it earns.
///
/// A step that asks for no response has the reward 0. Targets that a trial brings with it replace the rule; a
/// task that learns once, at the trial's end, takes them only at the last cue.
class CueTask : public Task {
 public:
  const TaskInfo& info() const final { return info_; }
  void begin(Phase phase, const Trial& trial) final;
  Observation observe() const final;
  Consequence respond(int response) final;
  Score score() const final;

 protected:
  /// Whether the weights change at every step, or once, at the trial's end. Then only the last cue asks for a
  /// response.
  enum class Learning { every_step, at_the_end };

  CueTask(TaskInfo info, Rewards rewards, Learning learning)
      : CueTask(std::move(info), rewards, learning, rewards.correct) {}
  /// With another reward for the right response at a trial's last cue.
  CueTask(TaskInfo info, Rewards rewards, Learning learning, double correct_at_last);

 private:
  /// Throws std::invalid_argument if no trial of the task shows these cues in this order. They are known cues
  /// and at least one. Default: any order will do.
  virtual void check_order(const std::vector<int>& /*cues*/) const {}

  /// Sets the response that each cue of a trial asks for. `targets` has the size of `cues`; with
  /// Learning::at_the_end it holds no_target everywhere, with Learning::every_step every one is to be set.
  /// The rule looks at nothing but the cues, so that it holds for trials from a file too.
  virtual void find_targets(Phase phase, std::span<const int> cues, std::span<int> targets) const = 0;

  TaskInfo info_;
  /// [whether it is the trial's last step][no response asked for, a wrong one, the right one]
  std::array<std::array<double, 3>, 2> reward_;
  std::array<bool, 2> learns_next_;  ///< [whether it is the trial's last step]
  Learning learning_;
  std::vector<int> cues_, targets_;  ///< of this trial at the beginning, of a longer one before it behind
  std::size_t length_ = 0;           ///< of this trial
  std::size_t step_ = 0;
  bool error_free_ = true;
};

/// Info of a task whose cues are one-hot: cue i switches stimulus unit i on.
TaskInfo one_hot_info(std::vector<std::string> cue_labels, std::vector<std::string> response_labels);

/// Throws std::invalid_argument if a trial has no cue or an unknown one, or targets that are not one known
/// response, or no_target, for each of its cues.
void check_cues(const TaskInfo& info, const Trial& trial);

}  // namespace augsweep::tasks
