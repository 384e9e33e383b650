#pragma once
/// @file What stands in a result file: every variable, its dimensions, type and meaning, in one place.
/// docs/file-format.md says the same in prose; a test holds the two together.

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "sweep/sweep.hpp"
#include "training/job.hpp"
#include "training/outcome.hpp"

namespace augsweep::store {

inline constexpr const char* format_name = "augsweep";
inline constexpr std::int64_t format_version = 1;

/// Longest message of a failure and longest host name that are kept, in bytes.
inline constexpr std::size_t message_size = 240;
inline constexpr std::size_t host_size = 64;

enum class Type { f64, f32, i64, u64, i32, i8, text, message, host };

struct Variable {
  std::string path;  ///< "beta", "run/seconds", "weights/S8_R10_M20_A2_12ax/V_r"
  Type type = Type::f64;
  std::vector<std::string> dims;  ///< names, slowest first; the first may be `job`
  std::string long_name;
  std::string units;               ///< empty: none
  std::vector<std::string> flags;  ///< names of the values 0, 1, ... of an i8 variable that is an enumeration
  bool row_chunks = false;         ///< a chunk a job, compressed: for what is large
};

/// A parameter of the jobs, as a variable over `job`.
struct ParameterColumn {
  Variable variable;
  std::function<std::variant<double, std::int64_t, std::uint64_t, std::string>(const training::Job&)> get;
};

/// Jobs of one task and one network shape: their weights stand in one group.
struct ShapeGroup {
  std::string name;  ///< "S8_R10_M20_A2_12ax"
  std::string task;
  model::Shape shape;
  std::vector<std::string> stimulus_labels, response_labels, cue_labels;
  std::vector<std::int64_t> jobs;   ///< ascending
  std::uint64_t record_trials = 0;  ///< most recorded trials of a job; 0: no recording
  std::uint64_t longest_trial = 1;  ///< steps
};

/// The sizes of everything in the result file of a sweep.
struct Layout {
  std::uint64_t jobs = 0;
  std::uint64_t leak_groups = 1;
  std::uint64_t bins = 0;        ///< 0: no curves are kept
  std::int64_t bin_trials = 50;  ///< 0 if it differs between jobs
  std::array<bool, training::curve_count> curves{};
  bool fixation_test = false;
  bool weights = false;
  std::vector<std::string> task_parameters;  ///< of all tasks in the sweep
  std::vector<ShapeGroup> shapes;
};

Layout layout_of(const sweep::Sweep& sweep);

/// The group that a job belongs to.
std::string group_name(const training::Job& job, const model::Shape& shape);

/// Parameters of the jobs.
std::vector<ParameterColumn> parameter_columns(const Layout& layout);

/// What the sweep file calls the positions of an axis, as a variable `<axis>_label` over `job`.
struct LabelColumn {
  Variable variable;
  std::size_t axis = 0;  ///< in Sweep::axes()
};

/// One for each axis whose positions the sweep file names.
std::vector<LabelColumn> label_columns(const sweep::Sweep& sweep);

/// The label of a job.
std::string label_of(const LabelColumn& column, const sweep::Sweep& sweep, std::uint64_t job);

/// All other variables over `job` at the root: status, convergence, curves, tests.
std::vector<Variable> result_variables(const Layout& layout);

/// Variables of the group run/.
std::vector<Variable> run_variables();

/// Variables of weights/<group>/ and record/<group>/, paths relative to the group.
std::vector<Variable> weight_variables();
std::vector<Variable> record_variables();

/// Labels of transient units: "1+" ... "Z+", then "1-" ... "Z-".
std::vector<std::string> transient_labels(const std::vector<std::string>& stimulus_labels);

}  // namespace augsweep::store
