#include "sweep/schema.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ranges>
#include <stdexcept>

#include "model/names.hpp"
#include "tasks/registry.hpp"

namespace augsweep::sweep {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
// Not science, only a guard: sizes beyond these come from a slip of the pen and would not fit into memory.
constexpr double most_units = 100'000;
constexpr double most_trials = 1'000'000'000;
constexpr double most_test_trials = 10'000'000;
constexpr double most_seconds = 1'000'000'000;

template <class Enum>
std::vector<std::string> choices_of() {
  return {Names<Enum>::names.begin(), Names<Enum>::names.end()};
}

Key choice(const std::string& name, std::string table, Field field, std::vector<std::string> choices) {
  return {name, std::move(table), name, field, Kind::choice, 0.0, infinite, std::move(choices)};
}

Key number(const std::string& name, std::string table, Field field, Kind kind, double least, double most) {
  return {name, std::move(table), name, field, kind, least, most};
}

Key other(const std::string& name, std::string table, Field field, Kind kind) {
  return {name, std::move(table), name, field, kind};
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const tasks::TaskEntry& task : tasks::all_tasks()) {
    names.push_back(task.name);
  }
  return names;
}

void add_task_parameters(std::vector<Key>& keys) {
  for (const tasks::TaskEntry& task : tasks::all_tasks()) {
    for (const tasks::ParameterInfo& parameter : task.parameters) {
      const Kind kind = parameter.integer ? Kind::integer : Kind::real;
      const auto known = std::ranges::find(keys, parameter.name, &Key::name);
      if (known == keys.end()) {
        keys.push_back(
            number(parameter.name, "task", Field::task_parameter, kind, parameter.least, parameter.most));
      } else if (known->field == Field::task_parameter) {
        known->kind = known->kind == kind ? kind : Kind::real;
        known->least = std::min(known->least, parameter.least);
        known->most = std::max(known->most, parameter.most);
      } else {
        throw std::logic_error(fmt::format("task {}: the parameter {} has the name of a key of [{}]",
                                           task.name, parameter.name, known->table));
      }
    }
  }
}

std::vector<Key> make_keys() {
  using model::Exploration;
  using model::Feedback;
  using model::InputWeights;
  using model::MemoryInput;
  using model::PolicyKind;
  constexpr double most_seed = 0x1p63;
  std::vector<Key> keys;
  for (Key key : {other("name", "sweep", Field::name, Kind::text),
                  other("description", "sweep", Field::description, Kind::text),
                  other("common_random_numbers", "sweep", Field::common_random_numbers, Kind::boolean),
                  number("job_timeout", "sweep", Field::job_timeout, Kind::real, 0.0, most_seconds),
                  number("max_failures", "sweep", Field::max_failures, Kind::integer, 0.0, most_trials)}) {
    key.may_be_axis = false;
    keys.push_back(std::move(key));
  }
  keys.push_back(number("seed", "sweep", Field::seed, Kind::integer, 0.0, most_seed));

  keys.push_back(choice("task", "task", Field::task, task_names()));
  keys.back().entry = "name";
  keys.push_back(other("trials", "task", Field::trials_file, Kind::text));

  keys.push_back(number("regular_units", "network", Field::regular_units, Kind::integer, 1, most_units));
  keys.push_back(number("memory_units", "network", Field::memory_units, Kind::integer, 1, most_units));
  keys.push_back(number("leak", "network", Field::leak, Kind::leak, 0, 1));
  keys.push_back(choice("feedback", "network", Field::feedback, choices_of<Feedback>()));
  keys.push_back(choice("input_weights", "network", Field::input_weights, choices_of<InputWeights>()));
  keys.push_back(choice("memory_input", "network", Field::memory_input, choices_of<MemoryInput>()));
  keys.push_back(choice("reset", "network", Field::reset, {"trial", "never"}));

  keys.push_back(number("beta", "learning", Field::beta, Kind::real, 0, infinite));
  keys.push_back(number("gamma", "learning", Field::gamma, Kind::real, 0, 1));
  keys.push_back(number("alpha", "learning", Field::alpha, Kind::real, 0, 1));
  keys.push_back(number("lambda", "learning", Field::lambda, Kind::real, 0, 1));
  keys.push_back(number("epsilon", "learning", Field::epsilon, Kind::real, 0, 1));
  keys.push_back(choice("reward", "learning", Field::reward, choices_of<tasks::RewardRule>()));
  keys.push_back(choice("policy", "learning", Field::policy, choices_of<PolicyKind>()));
  keys.push_back(choice("exploration", "learning", Field::exploration, choices_of<Exploration>()));
  keys.push_back(other("weight_g", "learning", Field::weight_g, Kind::boolean));
  keys.push_back(other("weight_epsilon", "learning", Field::weight_epsilon, Kind::boolean));
  keys.push_back(number("m", "learning", Field::m, Kind::real, 0, infinite));

  keys.push_back(number("max_trials", "training", Field::max_trials, Kind::integer, 1, most_trials));
  keys.push_back(choice("criterion", "training", Field::criterion, choices_of<training::CriterionName>()));
  keys.push_back(other("stop_on_convergence", "training", Field::stop_on_convergence, Kind::boolean));
  keys.push_back(number("test_trials", "training", Field::test_trials, Kind::integer, 0, most_test_trials));

  keys.push_back(number("bin_trials", "output", Field::bin_trials, Kind::integer, 1, most_trials));
  keys.push_back(other("curves", "output", Field::curves, Kind::boolean));
  keys.push_back(other("weights", "output", Field::weights, Kind::boolean));
  keys.push_back(number("record_trials", "output", Field::record_trials, Kind::trials, 0, most_trials - 1));
  keys.back().entry = "record";
  keys.back().other_entry = "record_trials";

  add_task_parameters(keys);
  return keys;
}

std::string bound(double value) {
  return fmt::format("{}", value);
}

std::string range(const Key& key, std::string_view noun) {
  // Whole numbers up to 2^63 have no meaningful upper end for the reader.
  const bool open = key.most == infinite || key.most == 0x1p63;
  return open ? fmt::format("{}, at least {}", noun, bound(key.least))
              : fmt::format("{} from {} to {}", noun, bound(key.least), bound(key.most));
}

template <class Enum>
Value number_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

}  // namespace

const std::vector<std::string>& tables() {
  static const std::vector<std::string> names = {"sweep",    "task",     "network",
                                                 "learning", "training", "output"};
  return names;
}

const std::vector<Key>& keys() {
  static const std::vector<Key> all = make_keys();
  return all;
}

const Key* find_key(std::string_view name) {
  const auto key = std::ranges::find(keys(), name, &Key::name);
  return key == keys().end() ? nullptr : &*key;
}

const Key* find_entry(std::string_view table, std::string_view entry) {
  const auto key = std::ranges::find_if(keys(), [&](const Key& one) {
    return one.table == table &&
           (one.entry == entry || (!one.other_entry.empty() && one.other_entry == entry));
  });
  return key == keys().end() ? nullptr : &*key;
}

const tasks::ParameterInfo* find_parameter(const tasks::TaskEntry& task, std::string_view name) {
  const auto parameter = std::ranges::find(task.parameters, name, &tasks::ParameterInfo::name);
  return parameter == task.parameters.end() ? nullptr : &*parameter;
}

std::string expected(const Key& key) {
  switch (key.kind) {
    case Kind::boolean:
      return "true or false";
    case Kind::integer:
      return range(key, "a whole number");
    case Kind::real:
      return range(key, "a number");
    case Kind::choice:
      return fmt::format("{}\"{}\"", key.choices.size() > 1 ? "one of " : "",
                         fmt::join(key.choices, "\", \""));
    case Kind::leak:
      return "a number from 0 to 1, or a list of such numbers, one per group of memory units";
    case Kind::trials:
      return "a list of trial numbers in ascending order, or { first = ..., count = ... }";
    case Kind::text:
      return "text in quotes";
  }
  throw std::logic_error("a key of unknown kind");
}

std::string to_text(const Key& key, const Value& value, bool compact) {
  const std::string_view comma = compact ? "," : ", ";
  return std::visit(
      [&]<class Type>(const Type& one) -> std::string {
        if constexpr (std::is_same_v<Type, std::monostate>) {
          return "";
        } else if constexpr (std::is_same_v<Type, std::int64_t>) {
          return key.kind == Kind::choice ? key.choices.at(static_cast<std::size_t>(one))
                                          : fmt::format("{}", one);
        } else if constexpr (std::is_same_v<Type, std::vector<double>>) {
          return one.size() == 1 ? fmt::format("{}", one.front())
                                 : fmt::format("[{}]", fmt::join(one, comma));
        } else if constexpr (std::is_same_v<Type, std::vector<std::int64_t>>) {
          return fmt::format("[{}]", fmt::join(one, comma));
        } else {
          return fmt::format("{}", one);
        }
      },
      value);
}

void set(training::Job& job, const Key& key, const Value& value) {
  const auto real = [&] { return std::get<double>(value); };
  const auto integer = [&] { return std::get<std::int64_t>(value); };
  const auto flag = [&] { return std::get<bool>(value); };
  switch (key.field) {
    case Field::task_parameter: {
      const auto parameter = job.task_parameters.find(key.name);
      if (parameter != job.task_parameters.end()) {
        parameter->second = key.kind == Kind::integer ? static_cast<double>(integer()) : real();
      }
      return;
    }
    case Field::regular_units:
      job.regular_units = static_cast<int>(integer());
      return;
    case Field::memory_units:
      job.memory_units = static_cast<int>(integer());
      return;
    case Field::leak:
      job.leak = std::get<std::vector<double>>(value);
      return;
    case Field::feedback:
      job.feedback = static_cast<model::Feedback>(integer());
      return;
    case Field::input_weights:
      job.input_weights = static_cast<model::InputWeights>(integer());
      return;
    case Field::memory_input:
      job.memory_input = static_cast<model::MemoryInput>(integer());
      return;
    case Field::reset:
      job.reset = integer() == 0;
      return;
    case Field::beta:
      job.beta = real();
      return;
    case Field::gamma:
      job.gamma = real();
      return;
    case Field::alpha:
      job.alpha = real();
      return;
    case Field::lambda:
      job.lambda = real();
      return;
    case Field::epsilon:
      job.policy.epsilon = real();
      return;
    case Field::reward:
      job.reward = static_cast<tasks::RewardRule>(integer());
      return;
    case Field::policy:
      job.policy.kind = static_cast<model::PolicyKind>(integer());
      return;
    case Field::exploration:
      job.policy.exploration = static_cast<model::Exploration>(integer());
      return;
    case Field::weight_g:
      job.policy.weight_g = flag();
      return;
    case Field::weight_epsilon:
      job.policy.weight_epsilon = flag();
      return;
    case Field::m:
      job.policy.m = real();
      return;
    case Field::max_trials:
      job.max_trials = integer();
      return;
    case Field::criterion:
      job.criterion = static_cast<training::CriterionName>(integer());
      return;
    case Field::stop_on_convergence:
      job.stop_on_convergence = flag();
      return;
    case Field::test_trials:
      job.test_trials = static_cast<int>(integer());
      return;
    case Field::bin_trials:
      job.bin_trials = static_cast<int>(integer());
      return;
    case Field::curves:
      job.curves = flag();
      return;
    case Field::weights:
      job.weights = flag();
      return;
    case Field::record_trials:
      job.record_trials = std::get<std::vector<std::int64_t>>(value);
      return;
    case Field::seed:
      job.seed = static_cast<std::uint64_t>(integer());
      return;
    case Field::common_random_numbers:
      job.common_random_numbers = flag();
      return;
    case Field::task:
    case Field::trials_file:
    case Field::name:
    case Field::description:
    case Field::job_timeout:
    case Field::max_failures:
    case Field::count_of_fields:
      break;
  }
  throw std::logic_error(fmt::format("{} is no plain member of a job", key.name));
}

Value get(const training::Job& job, const Key& key) {
  switch (key.field) {
    case Field::task:
      return static_cast<std::int64_t>(std::ranges::find(key.choices, job.task) - key.choices.begin());
    case Field::trials_file:
      return job.trials_digest;
    case Field::task_parameter: {
      const auto parameter = job.task_parameters.find(key.name);
      return parameter == job.task_parameters.end() ? Value{} : Value{parameter->second};
    }
    case Field::regular_units:
      return std::int64_t{job.regular_units};
    case Field::memory_units:
      return std::int64_t{job.memory_units};
    case Field::leak:
      return job.leak;
    case Field::feedback:
      return number_of(job.feedback);
    case Field::input_weights:
      return number_of(job.input_weights);
    case Field::memory_input:
      return number_of(job.memory_input);
    case Field::reset:
      return std::int64_t{job.reset ? 0 : 1};
    case Field::beta:
      return job.beta;
    case Field::gamma:
      return job.gamma;
    case Field::alpha:
      return job.alpha;
    case Field::lambda:
      return job.lambda;
    case Field::epsilon:
      return job.policy.epsilon;
    case Field::reward:
      return number_of(job.reward);
    case Field::policy:
      return number_of(job.policy.kind);
    case Field::exploration:
      return number_of(job.policy.exploration);
    case Field::weight_g:
      return job.policy.weight_g;
    case Field::weight_epsilon:
      return job.policy.weight_epsilon;
    case Field::m:
      return job.policy.m;
    case Field::max_trials:
      return job.max_trials;
    case Field::criterion:
      return number_of(job.criterion);
    case Field::stop_on_convergence:
      return job.stop_on_convergence;
    case Field::test_trials:
      return std::int64_t{job.test_trials};
    case Field::bin_trials:
      return std::int64_t{job.bin_trials};
    case Field::curves:
      return job.curves;
    case Field::weights:
      return job.weights;
    case Field::record_trials:
      return job.record_trials;
    case Field::seed:
      return static_cast<std::int64_t>(job.seed);
    case Field::common_random_numbers:
      return job.common_random_numbers;
    case Field::name:
    case Field::description:
    case Field::job_timeout:
    case Field::max_failures:
    case Field::count_of_fields:
      break;
  }
  throw std::logic_error(fmt::format("{} is no member of a job", key.name));
}

}  // namespace augsweep::sweep
