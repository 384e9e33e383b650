#pragma once
/// @file What the tests of tasks share: trials written by labels, and walking through them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tasks/registry.hpp"

namespace augsweep::tasks {

/// A reward rule whose two numbers no test can mistake for another.
inline constexpr Rewards test_rewards = {3.0, -7.0};

/// A task with `test_rewards`.
inline std::unique_ptr<Task> make(std::string_view name, const Parameters& parameters = {}) {
  return make_task(name, parameters, test_rewards);
}

inline int index_in(const std::vector<std::string>& labels, const std::string& label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found == labels.end()) {
    throw std::invalid_argument("no such label: " + label);
  }
  return static_cast<int>(found - labels.begin());
}

/// The trial that shows the cues with these labels.
inline Trial showing(const Task& task, std::initializer_list<const char*> labels) {
  Trial trial;
  for (const char* label : labels) {
    trial.cues.push_back(index_in(task.info().cue_labels, label));
  }
  return trial;
}

/// The labels of a trial's cues, joined: "1 A X".
inline std::string text_of(const Task& task, const Trial& trial) {
  std::string text;
  for (const int cue : trial.cues) {
    text += (text.empty() ? "" : " ") + task.info().cue_labels[static_cast<std::size_t>(cue)];
  }
  return text;
}

/// One step of a trial: what was shown, and what followed the response.
struct Step {
  Observation seen;
  Consequence consequence;
};

/// Runs a trial to its end. `choose` gives the response to an observation.
inline std::vector<Step> run(Task& task, Phase phase, const Trial& trial, const auto& choose) {
  task.begin(phase, trial);
  std::vector<Step> steps;
  bool over = false;
  while (!over) {
    const Observation seen = task.observe();
    steps.push_back({seen, task.respond(choose(seen))});
    over = steps.back().consequence.over;
  }
  return steps;
}

/// Runs a trial of training in which every response is right.
inline std::vector<Step> run_without_error(Task& task, const Trial& trial) {
  return run(task, Phase::training, trial, [](const Observation& seen) { return std::max(seen.target, 0); });
}

/// The responses that a trial asks for, joined: "L L R"; "-" where none is asked for.
inline std::string targets_of(Task& task, const Trial& trial, Phase phase = Phase::training) {
  std::string text;
  for (const Step& step :
       run(task, phase, trial, [](const Observation& seen) { return std::max(seen.target, 0); })) {
    const int target = step.seen.target;
    text += text.empty() ? "" : " ";
    text += target == no_target ? "-" : task.info().response_labels[static_cast<std::size_t>(target)];
  }
  return text;
}

/// The stream that a test draws trials from.
inline model::RandomStream stream_for(std::string_view test) {
  return {model::key_of(test), model::Purpose::task};
}

/// Expects that `count` of `n` fits a probability: neither tail of the binomial distribution beyond it is
/// less likely than one in a million.
inline void expect_frequency(int count, int n, double probability, const std::string& what) {
  double at_most = 0.0, at_least = 0.0;
  for (int k = 0; k <= n; ++k) {
    const double log_mass = std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) +
                            k * std::log(probability) + (n - k) * std::log1p(-probability);
    at_most += k <= count ? std::exp(log_mass) : 0.0;
    at_least += k >= count ? std::exp(log_mass) : 0.0;
  }
  EXPECT_GT(at_most, 1e-6) << what << ": " << count << " of " << n << " is too few for probability "
                           << probability;
  EXPECT_GT(at_least, 1e-6) << what << ": " << count << " of " << n << " is too many for probability "
                            << probability;
}

/// The message of the std::invalid_argument that an action throws; empty if it throws none.
inline std::string complaint(const auto& action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

}  // namespace augsweep::tasks
