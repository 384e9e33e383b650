#pragma once
/// @file What a sweep consists of once its file has been understood, and how a job is made from it.

#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/column.hpp"
#include "sweep/schema.hpp"
#include "tasks/task.hpp"
#include "training/job.hpp"

namespace augsweep::sweep {

/// Which fields the file sets, as opposed to those that follow from others.
using Given = std::bitset<static_cast<std::size_t>(Field::count_of_fields)>;

inline std::size_t bit(Field field) {
  return static_cast<std::size_t>(field);
}

/// What has to be known of a task with given parameters to complete a job.
struct TaskFacts {
  int stimuli = 0;
  int test_trials = 0;  ///< by default; 0 where the task has no test
  std::string test_refusal;
};

TaskFacts facts_of(const training::Job& job);

/// A file of recorded trials.
struct TrialsFile {
  std::string path;    ///< from the working folder
  std::string digest;  ///< of its content
};

/// The value of one key along an axis.
struct Setting {
  const Key* key = nullptr;
  std::shared_ptr<const Column> column;
};

struct PlanAxis {
  std::vector<Setting> settings;
  std::uint64_t size = 1;
  bool points = false;  ///< an explicit list, whose points may leave out keys
};

class Plan {
 public:
  /// A fixed value.
  struct Fixed {
    const Key* key = nullptr;
    Value value;
  };

  /// `axes` come in order, the last one fastest; every task of the sweep must be known to the registry.
  Plan(const std::vector<Fixed>& fixed, std::vector<PlanAxis> axes,
       std::map<std::string, TrialsFile> trials_files);

  const std::vector<PlanAxis>& axes() const { return axes_; }

  /// Number of jobs.
  std::uint64_t size() const { return size_; }

  /// Positions, [axis], of a job.
  std::vector<std::uint64_t> positions(std::uint64_t index) const;

  training::Job job(std::uint64_t index) const;

  /// The job at these positions, [axis].
  training::Job job(const std::vector<std::uint64_t>& positions) const;

  /// Whether fixed values set this field.
  bool fixes(Field field) const { return fixed_.test(bit(field)); }

 private:
  /// A job of one task with the fixed values, before any axis.
  struct Base {
    training::Job job;
    std::optional<TaskFacts> facts;  ///< unless they depend on an axis
  };

  template <class PositionOf>
  training::Job make(PositionOf position_of) const;
  void set(training::Job& job, const Key& key, const Value& value) const;

  std::vector<PlanAxis> axes_;
  std::vector<std::uint64_t> strides_;  ///< [axis]: position = index / stride % size
  std::uint64_t size_ = 1;
  std::map<std::string, TrialsFile> trials_files_;
  std::vector<Base> bases_;  ///< [task of the registry]
  std::size_t task_ = 0;     ///< unless an axis sets it
  std::optional<std::size_t> task_axis_, task_setting_;
  Given fixed_;
};

}  // namespace augsweep::sweep
