#pragma once
/// @file The keys of a sweep file: where they stand, what they may be, which member of a job they set.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tasks/task.hpp"
#include "training/job.hpp"

namespace augsweep::sweep {

/// The value of a key. A choice is the number of its name; nothing: not set (here).
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, std::vector<double>,
                           std::vector<std::int64_t>>;

enum class Kind {
  boolean,
  integer,  ///< std::int64_t
  real,     ///< double
  choice,   ///< std::int64_t, index into Key::choices
  leak,     ///< std::vector<double>, written as a number or a list
  trials,   ///< std::vector<std::int64_t>, written as a list or { first, count }
  text      ///< std::string
};

/// What a key sets.
enum class Field {
  // of the sweep
  name,
  description,
  job_timeout,
  max_failures,
  // of the job
  task,
  trials_file,
  task_parameter,
  regular_units,
  memory_units,
  leak,
  feedback,
  input_weights,
  memory_input,
  reset,
  beta,
  gamma,
  alpha,
  lambda,
  epsilon,
  reward,
  policy,
  exploration,
  weight_g,
  weight_epsilon,
  m,
  max_trials,
  criterion,
  stop_on_convergence,
  test_trials,
  bin_trials,
  curves,
  weights,
  record_trials,
  seed,
  common_random_numbers,
  count_of_fields
};

struct Key {
  std::string name;   ///< on an axis, in a point, in canonical text: "beta", "task"
  std::string table;  ///< where a fixed value stands: "learning"
  std::string entry;  ///< its key there: as `name`, but for the task, which is "name" in [task]
  Field field = Field::name;
  Kind kind = Kind::text;
  double least = 0.0;  ///< least and most value of numbers; of the elements of a list
  double most = std::numeric_limits<double>::infinity();
  std::vector<std::string> choices = {};
  bool may_be_axis = true;
  std::string other_entry = {};  ///< a second spelling of `entry`, taken too
};

/// Most trials that record_trials may list, and most points of a curve.
inline constexpr std::int64_t max_recorded_trials = 100'000;
inline constexpr std::int64_t max_bins = 1'000'000;

/// The tables that hold keys, in the order of the documentation; [axes] and [[points]] come besides.
const std::vector<std::string>& tables();

/// Every key: those of the tables, then the parameters of all tasks, each once, with the widest range of any
/// task.
const std::vector<Key>& keys();

/// The key of that name on an axis; nullptr if there is none.
const Key* find_key(std::string_view name);

/// The key of that entry in that table; nullptr if there is none.
const Key* find_entry(std::string_view table, std::string_view entry);

/// The parameter of that name; nullptr if the task has none.
const tasks::ParameterInfo* find_parameter(const tasks::TaskEntry& task, std::string_view name);

/// What may stand there: "a number from 0 to 1".
std::string expected(const Key& key);

/// A value as in a sweep file, numbers in the shortest form that reads back exactly. Lists without blanks if
/// compact.
std::string to_text(const Key& key, const Value& value, bool compact = false);

/// Sets the member of the job; a task parameter only if the task has it. Not for the task itself,
/// trials_file, nor keys of the sweep.
void set(training::Job& job, const Key& key, const Value& value);

/// The inverse of set; nothing where the job has no such parameter. The trials file is told by its content's
/// digest.
Value get(const training::Job& job, const Key& key);

}  // namespace augsweep::sweep
