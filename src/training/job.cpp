#include "training/job.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <iterator>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "tasks/registry.hpp"

namespace augsweep::training {

namespace {

/// Adds "key=value;" to a text. Numbers in the shortest form that reads back exactly.
class FieldWriter {
 public:
  template <class Value>
  void add(std::string_view key, const Value& value) {
    if constexpr (std::is_enum_v<Value>) {
      fmt::format_to(std::back_inserter(text_), "{}={};", key, name_of(value));
    } else if constexpr (std::is_same_v<Value, bool>) {
      fmt::format_to(std::back_inserter(text_), "{}={};", key, value ? 1 : 0);
    } else {
      fmt::format_to(std::back_inserter(text_), "{}={};", key, value);
    }
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// What fixes the course of a run, but for its seed.
void add_course(FieldWriter& writer, const Job& job) {
  writer.add("task", job.task);
  for (const auto& [name, value] : job.task_parameters) {
    writer.add(name, value);
  }
  writer.add("trials_file", job.trials_digest);
  writer.add("reward", job.reward);
  writer.add("regular_units", job.regular_units);
  writer.add("memory_units", job.memory_units);
  writer.add("leak", fmt::format("{}", fmt::join(job.leak, ",")));
  writer.add("feedback", job.feedback);
  writer.add("input_weights", job.input_weights);
  writer.add("memory_input", job.memory_input);
  writer.add("reset", job.reset);
  writer.add("beta", job.beta);
  writer.add("gamma", job.gamma);
  writer.add("alpha", job.alpha);
  writer.add("policy", job.policy.kind);
  writer.add("exploration", job.policy.exploration);
  writer.add("epsilon", job.policy.epsilon);
  writer.add("weight_g", job.policy.weight_g);
  writer.add("weight_epsilon", job.policy.weight_epsilon);
  writer.add("m", job.policy.m);
}

void require(bool condition, const std::string& message) {
  if (!condition) {
    throw std::invalid_argument(message);
  }
}

}  // namespace

model::Shape shape_of(const Job& job, const tasks::TaskInfo& info) {
  return {info.stimuli, job.regular_units, job.memory_units, info.responses};
}

model::NetworkParameters network_parameters(const Job& job, const tasks::TaskInfo& info) {
  model::NetworkParameters parameters;
  parameters.shape = shape_of(job, info);
  parameters.leak = job.leak;
  parameters.feedback = job.feedback;
  parameters.input_weights = job.input_weights;
  parameters.memory_input = job.memory_input;
  parameters.beta = job.beta;
  parameters.gamma = job.gamma;
  parameters.alpha = job.alpha;
  return parameters;
}

std::string canonical(const Job& job) {
  FieldWriter writer;
  add_course(writer, job);
  writer.add("max_trials", job.max_trials);
  writer.add("criterion", job.criterion);
  writer.add("stop_on_convergence", job.stop_on_convergence);
  writer.add("test_trials", job.test_trials);
  writer.add("bin_trials", job.bin_trials);
  writer.add("curves", job.curves);
  writer.add("weights", job.weights);
  writer.add("record_trials", fmt::format("{}", fmt::join(job.record_trials, ",")));
  writer.add("seed", job.seed);
  writer.add("common_random_numbers", job.common_random_numbers);
  return writer.take();
}

model::StreamKey stream_key(const Job& job) {
  FieldWriter writer;
  if (job.common_random_numbers) {
    writer.add("task", job.task);
  } else {
    add_course(writer, job);
  }
  writer.add("seed", job.seed);
  return model::key_of(writer.take());
}

void check(const Job& job) {
  const auto task = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
  const tasks::TaskInfo& info = task->info();
  model::check(network_parameters(job, info));
  require(job.policy.epsilon >= 0.0 && job.policy.epsilon <= 1.0,
          fmt::format("epsilon {} is outside [0, 1]", job.policy.epsilon));
  require(std::isfinite(job.policy.m) && job.policy.m >= 0.0,
          fmt::format("m {} must be a finite number, at least 0", job.policy.m));
  require(job.max_trials >= 1,
          fmt::format("max_trials is {}: a run needs at least one trial", job.max_trials));
  require(job.bin_trials >= 1,
          fmt::format("bin_trials is {}: a bin needs at least one trial", job.bin_trials));
  require(job.test_trials >= 0, fmt::format("test_trials is {}: give 0 for no test phase", job.test_trials));
  require(job.test_trials == 0 || !info.test_parts.empty(),
          fmt::format("test_trials is {}, but {}; give test_trials = 0", job.test_trials, info.test_refusal));
  for (std::size_t i = 1; i < job.record_trials.size(); ++i) {
    require(job.record_trials[i - 1] < job.record_trials[i],
            "record_trials must be in ascending order, each trial once");
  }
  require(job.record_trials.empty() || job.record_trials.front() >= 0,
          "record_trials counts trials from 0 on");
}

}  // namespace augsweep::training
