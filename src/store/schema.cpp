#include "store/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tasks/registry.hpp"

namespace augsweep::store {

namespace {

using training::Job;

template <class Enum>
std::vector<std::string> names_of() {
  return {Names<Enum>::names.begin(), Names<Enum>::names.end()};
}

template <class Enum>
std::int64_t number_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

Variable per_job(const std::string& path, Type type, const std::string& long_name,
                 const std::string& units = "") {
  return {path, type, {"job"}, long_name, units, {}, false};
}

Variable flag(const std::string& path, const std::string& long_name, std::vector<std::string> flags) {
  return {path, Type::i8, {"job"}, long_name, "", std::move(flags), false};
}

const std::vector<std::string> no_yes = {"no", "yes"};

/// What is the same for all jobs of one task with the same task parameters and units.
struct Kind {
  std::string group;
  std::shared_ptr<tasks::Task> task;
};

}  // namespace

std::string group_name(const Job& job, const model::Shape& shape) {
  return model::to_string(shape) + "_" + job.task;
}

Layout layout_of(const sweep::Sweep& sweep) {
  Layout layout;
  layout.jobs = sweep.size();
  std::set<std::string> parameters;
  std::map<std::string, std::size_t> group_of_name;
  // Making a task for each of a million jobs would take long, and so would looking it up by name: most jobs
  // share theirs with the one before.
  std::map<std::pair<std::string, tasks::Parameters>, std::unique_ptr<tasks::Task>> made;
  const std::pair<const std::pair<std::string, tasks::Parameters>, std::unique_ptr<tasks::Task>>* latest =
      nullptr;
  std::optional<std::size_t> latest_group;
  bool first = true;
  for (std::uint64_t index = 0; index < sweep.size(); ++index) {
    const Job job = sweep.job(index);
    const bool same_task =
        latest != nullptr && latest->first.first == job.task && latest->first.second == job.task_parameters;
    if (!same_task) {
      const auto [entry, fresh] = made.try_emplace({job.task, job.task_parameters});
      if (fresh) {
        entry->second = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
        for (const auto& [name, value] : job.task_parameters) {
          parameters.insert(name);
        }
      }
      latest = &*entry;
    }
    const tasks::TaskInfo& info = latest->second->info();
    layout.leak_groups = std::max<std::uint64_t>(layout.leak_groups, job.leak.size());
    layout.fixation_test = layout.fixation_test || info.test_parts.size() > 1;
    layout.weights = layout.weights || job.weights;
    if (job.curves) {
      const auto bins = static_cast<std::uint64_t>((job.max_trials + job.bin_trials - 1) / job.bin_trials);
      layout.bins = std::max(layout.bins, bins);
      const bool split = info.target_response != tasks::no_target;
      for (const auto curve : {training::Curve::error, training::Curve::reward, training::Curve::loss}) {
        layout.curves[static_cast<std::size_t>(curve)] = true;
      }
      layout.curves[static_cast<std::size_t>(training::Curve::loss_target)] |= split;
      layout.curves[static_cast<std::size_t>(training::Curve::loss_nontarget)] |= split;
      layout.curves[static_cast<std::size_t>(training::Curve::fixation_error)] |= info.test_parts.size() > 1;
    }
    layout.bin_trials = first || layout.bin_trials == job.bin_trials ? job.bin_trials : 0;
    first = false;
    const model::Shape shape = training::shape_of(job, info);
    if (!same_task || !latest_group || layout.shapes[*latest_group].shape != shape) {
      const std::string name = group_name(job, shape);
      const auto [found, fresh] = group_of_name.try_emplace(name, layout.shapes.size());
      latest_group = found->second;
      if (fresh) {
        ShapeGroup group;
        group.name = name;
        group.task = job.task;
        group.shape = shape;
        group.stimulus_labels = info.stimulus_labels;
        group.response_labels = info.response_labels;
        group.cue_labels = info.cue_labels;
        group.longest_trial = static_cast<std::uint64_t>(info.longest_trial);
        layout.shapes.push_back(std::move(group));
      }
    }
    ShapeGroup& group = layout.shapes[*latest_group];
    group.jobs.push_back(static_cast<std::int64_t>(index));
    group.record_trials = std::max<std::uint64_t>(group.record_trials, job.record_trials.size());
  }
  layout.task_parameters.assign(parameters.begin(), parameters.end());
  return layout;
}

std::vector<ParameterColumn> parameter_columns(const Layout& layout) {
  std::vector<ParameterColumn> columns = {
      {per_job("task", Type::text, "task"), [](const Job& job) { return job.task; }},
      {flag("reward_rule", "rewards of a right and a wrong response", names_of<tasks::RewardRule>()),
       [](const Job& job) { return number_of(job.reward); }},
      {per_job("regular_units", Type::i32, "number of regular units R"),
       [](const Job& job) { return std::int64_t{job.regular_units}; }},
      {per_job("memory_units", Type::i32, "number of memory units M"),
       [](const Job& job) { return std::int64_t{job.memory_units}; }},
      {flag("feedback", "feedback weights", names_of<model::Feedback>()),
       [](const Job& job) { return number_of(job.feedback); }},
      {flag("input_weights", "input weights V", names_of<model::InputWeights>()),
       [](const Job& job) { return number_of(job.input_weights); }},
      {flag("memory_input", "what the memory units accumulate", names_of<model::MemoryInput>()),
       [](const Job& job) { return number_of(job.memory_input); }},
      {flag("reset", "when memory, traces and tags are reset", {"never", "trial"}),
       [](const Job& job) { return std::int64_t{job.reset ? 1 : 0}; }},
      {per_job("beta", Type::f64, "learning rate"), [](const Job& job) { return job.beta; }},
      {per_job("gamma", Type::f64, "discount of the next value"), [](const Job& job) { return job.gamma; }},
      {per_job("alpha", Type::f64, "tag decay, 1 - lambda gamma"), [](const Job& job) { return job.alpha; }},
      {per_job("lambda", Type::f64, "tag persistence"), [](const Job& job) { return job.lambda; }},
      {flag("policy", "policy in training", names_of<model::PolicyKind>()),
       [](const Job& job) { return number_of(job.policy.kind); }},
      {flag("exploration", "how eps-greedy explores", names_of<model::Exploration>()),
       [](const Job& job) { return number_of(job.policy.exploration); }},
      {per_job("epsilon", Type::f64, "probability of exploring"),
       [](const Job& job) { return job.policy.epsilon; }},
      {flag("weight_g", "whether g of the softmax grows with the trials", no_yes),
       [](const Job& job) { return std::int64_t{job.policy.weight_g ? 1 : 0}; }},
      {flag("weight_epsilon", "whether epsilon falls with the trials", no_yes),
       [](const Job& job) { return std::int64_t{job.policy.weight_epsilon ? 1 : 0}; }},
      {per_job("m", Type::f64, "factor of g(t)"), [](const Job& job) { return job.policy.m; }},
      {per_job("max_trials", Type::i64, "trial limit", "trial"),
       [](const Job& job) { return job.max_trials; }},
      {flag("criterion", "criterion of convergence", names_of<training::CriterionName>()),
       [](const Job& job) { return number_of(job.criterion); }},
      {flag("stop_on_convergence", "whether training ends at convergence", no_yes),
       [](const Job& job) { return std::int64_t{job.stop_on_convergence ? 1 : 0}; }},
      {per_job("test_trials", Type::i64, "test trials asked for", "trial"),
       [](const Job& job) { return std::int64_t{job.test_trials}; }},
      {per_job("bin_trials", Type::i64, "trials per bin of the curves", "trial"),
       [](const Job& job) { return std::int64_t{job.bin_trials}; }},
      {flag("keeps_curves", "whether curves are kept", no_yes),
       [](const Job& job) { return std::int64_t{job.curves ? 1 : 0}; }},
      {flag("keeps_weights", "whether weights are kept", no_yes),
       [](const Job& job) { return std::int64_t{job.weights ? 1 : 0}; }},
      {per_job("seed", Type::u64, "seed"), [](const Job& job) { return job.seed; }},
      {flag("common_random_numbers", "whether streams are keyed by task and seed alone", no_yes),
       [](const Job& job) { return std::int64_t{job.common_random_numbers ? 1 : 0}; }},
  };
  for (const std::string& name : layout.task_parameters) {
    columns.push_back({per_job(name, Type::f64, "task parameter " + name + "; NaN for tasks without it"),
                       [name](const Job& job) {
                         const auto found = job.task_parameters.find(name);
                         return found == job.task_parameters.end() ? training::not_a_number : found->second;
                       }});
  }
  return columns;
}

std::vector<LabelColumn> label_columns(const sweep::Sweep& sweep) {
  std::vector<LabelColumn> columns;
  for (std::size_t axis = 0; axis < sweep.axes().size(); ++axis) {
    const sweep::Axis& along = sweep.axes()[axis];
    if (!along.names.empty()) {
      columns.push_back(
          {per_job(along.name + "_label", Type::text, "what the sweep file calls the values on this axis"),
           axis});
    }
  }
  return columns;
}

std::string label_of(const LabelColumn& column, const sweep::Sweep& sweep, std::uint64_t job) {
  return sweep.axes()[column.axis].names[sweep.positions(job)[column.axis]];
}

std::vector<Variable> result_variables(const Layout& layout) {
  using training::Curve;
  std::vector<Variable> variables = {
      flag("status", "how the job stands", names_of<training::Status>()),
      per_job("convergence_trial", Type::f64,
              "trial in which the criterion was met, from 0; NaN unless converged", "trial"),
      per_job("divergence_trial", Type::f64,
              "trial in which a value stopped being finite, from 0; NaN unless diverged", "trial"),
      per_job("trials", Type::i64, "training trials run", "trial"),
      per_job("steps", Type::i64, "network steps in training"),
      per_job("test_explore", Type::f64, "test trials without error, eps-greedy soft; NaN: not tested",
              "percent"),
      per_job("test_greedy", Type::f64, "test trials without error, greedy; NaN: not tested", "percent"),
      per_job("test_softmax", Type::f64, "test trials without error, softmax; NaN: not tested", "percent"),
      per_job("message", Type::message, "why the job failed; empty unless failed"),
  };
  if (layout.fixation_test) {
    for (const std::string& readout : names_of<training::Readout>()) {
      variables.push_back(per_job("test_fixation_" + readout, Type::f64,
                                  "test trials with both fixations, " + readout, "percent"));
    }
  }
  constexpr std::array<const char*, training::curve_count> meanings = {
      "fraction of trials with an error",
      "mean of the summed reward of a trial",
      "mean over trials of half the mean squared RPE",
      "the loss over target cues alone",
      "the loss over the other cues",
      "fraction of trials with a fixation error"};
  for (std::size_t curve = 0; curve < training::curve_count; ++curve) {
    if (layout.curves[curve]) {
      variables.push_back({std::string(name_of(static_cast<Curve>(curve))),
                           Type::f32,
                           {"job", "bin"},
                           std::string(meanings[curve]) + "; NaN after the last trial",
                           "",
                           {},
                           true});
    }
  }
  return variables;
}

std::vector<Variable> run_variables() {
  return {
      per_job("run/checksum", Type::u64,
              "XXH3-64 of the job's outcome in its byte form; 0 before it has ended"),
      per_job("run/seconds", Type::f64, "wall time of the job", "s"),
      per_job("run/started", Type::f64, "when the job began", "seconds since 1970-01-01 00:00:00"),
      per_job("run/ended", Type::f64, "when the job ended", "seconds since 1970-01-01 00:00:00"),
      per_job("run/rank", Type::i32, "rank that ran the job; -1 before it has ended"),
      per_job("run/attempt", Type::i32, "which start of the sweep ran it, from 1; 0 before it has ended"),
      per_job("run/host", Type::host, "machine that ran the job"),
  };
}

std::vector<Variable> weight_variables() {
  const auto matrix = [](const std::string& path, const std::string& rows, const std::string& columns,
                         const std::string& long_name) {
    return Variable{path, Type::f64, {"job", rows, columns}, long_name, "", {}, true};
  };
  return {
      matrix("V_r", "stimulus", "regular", "weights from stimulus to regular units, at the end of training"),
      matrix("W_r", "regular", "response", "weights from regular units to responses"),
      matrix("V_m", "transient", "memory", "weights from transient units to memory units"),
      matrix("W_m", "memory", "response", "weights from memory units to responses"),
      matrix("W_r_back", "response", "regular", "feedback weights to regular units"),
      matrix("W_m_back", "response", "memory", "feedback weights to memory units"),
      {"memory_leak",
       Type::f64,
       {"job", "memory"},
       "leak (retention factor) of each memory unit",
       "",
       {},
       false},
  };
}

std::vector<Variable> record_variables() {
  const auto steps = [](const std::string& path, Type type, const std::string& long_name) {
    return Variable{path, type, {"job", "record_trial", "step"}, long_name, "", {}, true};
  };
  Variable q = steps("q", Type::f64, "Q-values; NaN after the trial's last step");
  q.dims.emplace_back("response");
  Variable memory = steps("memory_activity", Type::f64, "activity y_m of the memory units");
  memory.dims.emplace_back("memory");
  return {
      {"trial",
       Type::i64,
       {"job", "record_trial"},
       "the recorded trial, from 0; -1: none",
       "trial",
       {},
       true},
      {"steps", Type::i32, {"job", "record_trial"}, "steps of the recorded trial", "", {}, true},
      steps("cue", Type::i32, "cue shown: index into cue_label; -1: none"),
      steps("response_chosen", Type::i32, "response chosen; -1: none"),
      steps("target", Type::i32, "response asked for; -1: none"),
      steps("reward", Type::f64, "reward; NaN where none is defined"),
      steps("rpe", Type::f64, "RPE that this response's value got; NaN where nothing was learned from it"),
      q,
      memory,
  };
}

std::vector<std::string> transient_labels(const std::vector<std::string>& stimulus_labels) {
  std::vector<std::string> labels;
  for (const char* sign : {"+", "-"}) {
    for (const std::string& label : stimulus_labels) {
      labels.push_back(label + sign);
    }
  }
  return labels;
}

}  // namespace augsweep::store
