#pragma once
/// @file One simulation to run: plain data, everything needed to run it and nothing else.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/names.hpp"
#include "model/parameters.hpp"
#include "model/policy.hpp"
#include "model/random.hpp"
#include "tasks/task.hpp"

namespace augsweep::training {

/// Which of a task's two criteria ends the learning.
enum class CriterionName {
  strong,  ///< the task's own: TaskInfo::strong
  lenient  ///< 50 consecutive error-free trials
};

struct Job {
  std::string task;                   ///< a name of the tasks' registry
  tasks::Parameters task_parameters;  ///< all of that task's parameters, by name
  /// A file of recorded trials to train on, in order, in place of drawn ones; empty: drawn. See
  /// docs/tasks.md.
  std::string trials_file;
  /// SHA-256 of that file's content, in hexadecimal: what was in the file is part of the science, where it
  /// lies is not.
  std::string trials_digest;
  tasks::RewardRule reward = tasks::RewardRule::brl;

  int regular_units = 10;
  int memory_units = 20;
  std::vector<double> leak = {1.0};
  model::Feedback feedback = model::Feedback::plastic;
  model::InputWeights input_weights = model::InputWeights::learned;
  model::MemoryInput memory_input = model::MemoryInput::transient;
  bool reset = true;  ///< memory, traces and tags are reset at the start of every trial

  double beta = 0.15;
  double gamma = 0.9;
  double lambda = 0.15;  ///< tag persistence; alpha = 1 - lambda gamma, both kept as given or derived
  double alpha = 0.865;
  model::PolicyParameters policy;

  std::int64_t max_trials = 100'000;
  CriterionName criterion = CriterionName::strong;
  bool stop_on_convergence = true;
  int test_trials = 1000;  ///< 0: no test phase

  int bin_trials = 50;  ///< trials per point of a curve
  bool curves = true;   ///< whether curves are kept
  bool weights = true;  ///< whether the final weights are kept
  /// Trials, 0-based and ascending, whose every step is recorded (Q-values, response, RPE, memory activity);
  /// often empty.
  std::vector<std::int64_t> record_trials;

  std::uint64_t seed = 0;
  bool common_random_numbers = false;  ///< streams keyed by task and seed alone

  bool operator==(const Job&) const = default;
};

/// The network's sizes: S and A come from the task.
model::Shape shape_of(const Job& job, const tasks::TaskInfo& info);

model::NetworkParameters network_parameters(const Job& job, const tasks::TaskInfo& info);

/// All parameters as text, "key=value;" in fixed order, numbers in the shortest form that reads back exactly.
/// Two jobs are the same job if and only if these are equal. Part of the science digest.
std::string canonical(const Job& job);

/// The key of the job's random streams: of task, network, learning and seed. The limits (max_trials,
/// criterion, test) and what is stored do not enter, so a longer run is the continuation of a shorter one.
model::StreamKey stream_key(const Job& job);

/// Throws std::invalid_argument, in a whole sentence that names the key of the sweep file, if the job can't
/// be run.
void check(const Job& job);

}  // namespace augsweep::training

template <>
struct augsweep::Names<augsweep::training::CriterionName> {
  static constexpr std::string_view what = "criterion";
  static constexpr std::array<std::string_view, 2> names = {"strong", "lenient"};
};
