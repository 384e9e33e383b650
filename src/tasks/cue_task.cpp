#include "tasks/cue_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace augsweep::tasks {

namespace {

void check_single_target(const std::vector<int>& targets) {
  const bool before =
      std::any_of(targets.begin(), targets.end() - 1, [](int target) { return target != no_target; });
  if (before || targets.back() == no_target) {
    throw std::invalid_argument(
        "this task asks for a response at the last cue of a trial and nowhere else: give a target there and "
        "leave the others empty");
  }
}

}  // namespace

CueTask::CueTask(TaskInfo info, Rewards rewards, Learning learning, double correct_at_last)
    : info_(std::move(info)),
      reward_{{{0.0, rewards.wrong, rewards.correct}, {0.0, rewards.wrong, correct_at_last}}},
      learns_next_{learning == Learning::every_step, false},
      learning_(learning) {}

void CueTask::begin(Phase phase, const Trial& trial) {
  check_cues(info_, trial);
  check_order(trial.cues);
  if (learning_ == Learning::at_the_end && !trial.targets.empty()) {
    check_single_target(trial.targets);
  }
  length_ = trial.cues.size();
  if (length_ > cues_.size()) {
    cues_.resize(length_);
    targets_.resize(length_);
  }
  const std::span<int> targets(targets_.data(), length_);
  std::ranges::copy(trial.cues, cues_.begin());
  if (!trial.targets.empty()) {
    std::ranges::copy(trial.targets, targets.begin());
  } else {
    if (learning_ == Learning::at_the_end) {
      std::ranges::fill(targets, no_target);
    }
    find_targets(phase, trial.cues, targets);
  }
  step_ = 0;
  error_free_ = true;
}

Observation CueTask::observe() const {
  Observation seen;
  seen.cue = cues_[step_];
  seen.target = targets_[step_];
  return seen;
}

Consequence CueTask::respond(int response) {
  const int target = targets_[step_];
  const bool last = ++step_ == length_;
  // No branch on whether the response is right: while the network learns, that is as good as tossed.
  const bool asked = target != no_target;
  const bool right = response == target;
  error_free_ = error_free_ && asked == right;
  Consequence consequence;
  consequence.reward = reward_[std::size_t{last}][std::size_t{asked} + std::size_t{right}];
  consequence.learn_next = learns_next_[std::size_t{last}];
  consequence.learn_now = last;
  consequence.correct = right;
  consequence.wrong = asked != right;
  consequence.over = last;
  return consequence;
}

Score CueTask::score() const {
  Score score;
  score.error_free = error_free_;
  score.success = error_free_;
  return score;
}

TaskInfo one_hot_info(std::vector<std::string> cue_labels, std::vector<std::string> response_labels) {
  TaskInfo info;
  const std::size_t size = cue_labels.size();
  info.stimuli = static_cast<int>(size);
  info.responses = static_cast<int>(response_labels.size());
  info.cues.assign(size, std::vector<double>(size, 0.0));
  for (std::size_t cue = 0; cue < size; ++cue) {
    info.cues[cue][cue] = 1.0;
  }
  info.stimulus_labels = cue_labels;
  info.cue_labels = std::move(cue_labels);
  info.response_labels = std::move(response_labels);
  return info;
}

void check_cues(const TaskInfo& info, const Trial& trial) {
  if (trial.cues.empty()) {
    throw std::invalid_argument("a trial needs at least one cue");
  }
  const auto count = static_cast<unsigned>(info.cues.size());
  for (const int cue : trial.cues) {
    if (static_cast<unsigned>(cue) >= count) {
      throw std::invalid_argument(
          fmt::format("cue {} does not exist: the task has cues 0 to {}", cue, info.cues.size() - 1));
    }
  }
  if (!trial.targets.empty() && trial.targets.size() != trial.cues.size()) {
    throw std::invalid_argument(fmt::format("a trial of {} cues has {} targets: give one for each, or none",
                                            trial.cues.size(), trial.targets.size()));
  }
  for (const int target : trial.targets) {
    if (target < no_target || target >= info.responses) {
      throw std::invalid_argument(fmt::format("target {} does not exist: the task has responses 0 to {}",
                                              target, info.responses - 1));
    }
  }
}

}  // namespace augsweep::tasks
