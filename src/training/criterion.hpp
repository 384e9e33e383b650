#pragma once
/// @file Keeps count of success and says when a run has converged.

#include <vector>

#include "tasks/task.hpp"

namespace augsweep::training {

class ConvergenceCounter {
 public:
  ConvergenceCounter(const tasks::Criterion& criterion, std::size_t trial_types);

  /// To be told of every response.
  void respond(const tasks::Consequence& consequence) {
    const int with_this = consecutive_responses_ + static_cast<int>(consequence.correct);
    consecutive_responses_ = consequence.wrong ? 0 : with_this;
  }

  /// To be told of every trial's end; true if the criterion is met now.
  bool end_trial(const tasks::Score& score);

 private:
  /// The latest `count` results of one trial type, initially all failures, as a ring.
  struct Window {
    std::vector<char> results;
    std::size_t next = 0;
    int successes = 0;
  };

  tasks::Criterion criterion_;
  int consecutive_responses_ = 0;
  int consecutive_trials_ = 0;
  std::vector<Window> windows_;
};

}  // namespace augsweep::training
