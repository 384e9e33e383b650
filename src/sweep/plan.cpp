#include "sweep/plan.hpp"

#include <limits>
#include <stdexcept>

#include "model/names.hpp"
#include "tasks/registry.hpp"

namespace augsweep::sweep {

namespace {

template <class Enum>
Enum named(std::string_view name) {
  const auto value = from_name<Enum>(name);
  if (!value) {
    throw std::logic_error("a task's default has an unknown name: " + std::string(name));
  }
  return *value;
}

training::Job default_job(const tasks::TaskEntry& task) {
  const tasks::Defaults& defaults = task.defaults;
  training::Job job;
  job.task = task.name;
  job.task_parameters = tasks::complete_parameters(task, {});
  job.reward = defaults.reward;
  job.regular_units = defaults.regular_units;
  job.memory_units = defaults.memory_units;
  job.beta = defaults.beta;
  job.gamma = defaults.gamma;
  job.lambda = defaults.lambda;
  job.policy.kind = named<model::PolicyKind>(defaults.policy);
  job.policy.exploration = named<model::Exploration>(defaults.exploration);
  job.policy.epsilon = defaults.epsilon;
  job.policy.weight_g = defaults.weight_g;
  job.max_trials = defaults.max_trials;
  return job;
}

/// Sets what follows from other members.
void complete(training::Job& job, const Given& given, const std::optional<TaskFacts>& known) {
  if (given.test(bit(Field::alpha))) {
    // Without discount there is nothing to derive: see the check in the Builder.
    job.lambda = job.gamma > 0.0 ? (1.0 - job.alpha) / job.gamma : 0.0;
  } else {
    job.alpha = 1.0 - job.lambda * job.gamma;
  }
  const bool plain_units = job.input_weights == model::InputWeights::learned;
  const bool regular = given.test(bit(Field::regular_units)) || plain_units;
  const bool memory = given.test(bit(Field::memory_units)) || plain_units;
  const bool tests = given.test(bit(Field::test_trials));
  if (regular && memory && tests) {
    return;
  }
  const TaskFacts facts = known ? *known : facts_of(job);
  if (!regular) {
    job.regular_units = facts.stimuli;
  }
  if (!memory) {
    job.memory_units = 2 * facts.stimuli;
  }
  if (!tests) {
    job.test_trials = facts.test_trials;
  }
}

}  // namespace

TaskFacts facts_of(const training::Job& job) {
  const auto task = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
  const tasks::TaskInfo& info = task->info();
  return {info.stimuli, info.test_parts.empty() ? 0 : info.default_test_trials, info.test_refusal};
}

Plan::Plan(const std::vector<Fixed>& fixed, std::vector<PlanAxis> axes,
           std::map<std::string, TrialsFile> trials_files)
    : axes_(std::move(axes)), strides_(axes_.size()), trials_files_(std::move(trials_files)) {
  bool parameters_vary = false;
  for (std::size_t i = axes_.size(); i-- > 0;) {
    strides_[i] = size_;
    size_ *= axes_[i].size;
    for (std::size_t j = 0; j < axes_[i].settings.size(); ++j) {
      const Key& key = *axes_[i].settings[j].key;
      parameters_vary = parameters_vary || key.field == Field::task_parameter;
      if (key.field == Field::task) {
        task_axis_ = i;
        task_setting_ = j;
      }
    }
  }
  for (const Fixed& one : fixed) {
    fixed_.set(bit(one.key->field));
    if (one.key->field == Field::task) {
      task_ = static_cast<std::size_t>(std::get<std::int64_t>(one.value));
    }
  }
  for (const tasks::TaskEntry& task : tasks::all_tasks()) {
    Base base{default_job(task), std::nullopt};
    for (const Fixed& one : fixed) {
      set(base.job, *one.key, one.value);
    }
    if (!parameters_vary) {
      // A task that is not part of the sweep may not be able to take these parameters; it is never asked
      // then.
      try {
        base.facts = facts_of(base.job);
      } catch (const std::invalid_argument&) {
        base.facts.reset();
      }
    }
    bases_.push_back(std::move(base));
  }
}

void Plan::set(training::Job& job, const Key& key, const Value& value) const {
  if (key.field == Field::task) {
    return;  // the base is that of the task already
  }
  if (key.field == Field::trials_file) {
    const TrialsFile& file = trials_files_.at(std::get<std::string>(value));
    job.trials_file = file.path;
    job.trials_digest = file.digest;
    return;
  }
  sweep::set(job, key, value);
}

template <class PositionOf>
training::Job Plan::make(PositionOf position_of) const {
  std::size_t task = task_;
  if (task_axis_) {
    const Column& column = *axes_[*task_axis_].settings[*task_setting_].column;
    task = static_cast<std::size_t>(std::get<std::int64_t>(column.at(position_of(*task_axis_))));
  }
  const Base& base = bases_.at(task);
  training::Job job = base.job;
  Given given = fixed_;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    const std::uint64_t position = position_of(i);
    for (const Setting& setting : axes_[i].settings) {
      const Value value = setting.column->at(position);
      if (!std::holds_alternative<std::monostate>(value)) {
        set(job, *setting.key, value);
        given.set(bit(setting.key->field));
      }
    }
  }
  complete(job, given, base.facts);
  return job;
}

std::vector<std::uint64_t> Plan::positions(std::uint64_t index) const {
  std::vector<std::uint64_t> positions(axes_.size());
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    positions[i] = index / strides_[i] % axes_[i].size;
  }
  return positions;
}

training::Job Plan::job(std::uint64_t index) const {
  return make([&](std::size_t axis) { return index / strides_[axis] % axes_[axis].size; });
}

training::Job Plan::job(const std::vector<std::uint64_t>& positions) const {
  return make([&](std::size_t axis) { return positions[axis]; });
}

}  // namespace augsweep::sweep
