#pragma once
/// @file Understands a document: fixed values, axes, points; and refuses whatever does not make a sweep.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sweep/document.hpp"
#include "sweep/plan.hpp"
#include "sweep/reader.hpp"

namespace augsweep::sweep {

/// What a document says.
struct Built {
  std::string name;  ///< empty if the file gives none
  std::string description;
  double job_timeout = 0.0;
  std::uint64_t max_failures = 0;
  std::vector<AxisValues> axes;  ///< in order; the first may be the points
  std::shared_ptr<const Plan> plan;
};

/// Most combinations of those values that have to fit together (tasks and their parameters, units, leak,
/// limits).
inline constexpr std::uint64_t max_combinations = 2'000'000;

class Builder {
 public:
  /// `folder`: what relative paths in the document are relative to. The document must outlive the builder.
  Builder(const Document& document, std::filesystem::path folder)
      : document_(document), reader_(document), folder_(std::move(folder)) {}

  /// Throws SweepError.
  Built build();

 private:
  /// Where a key has been set, for messages.
  struct Mention {
    const Entry* entry = nullptr;
    bool fixed = false;
    std::size_t axis = 0;  ///< index into axes_, unless fixed
  };

  void read_entries();
  void read_points();
  void read_axes();
  void mention(const Key& key, const Entry& entry, bool fixed);
  void check_rivals() const;
  void find_tasks();
  void check_task_parameters() const;
  void check_parameter(const tasks::ParameterInfo& parameter, const tasks::TaskEntry& task, const Key& key,
                       const Entry& entry, const Value& value) const;
  void read_trials_files();
  void check_size() const;
  void check_combinations() const;
  void check_job(const training::Job& job, const std::vector<std::uint64_t>& positions) const;
  void check_duplicates() const;
  [[noreturn]] void fail_about(const Key& key, const std::string& message,
                               const std::vector<std::uint64_t>& positions) const;
  std::string where_in_grid(const std::vector<std::uint64_t>& positions) const;
  std::vector<std::string> known_entries(std::string_view table) const;
  std::string task_list() const;

  const Document& document_;
  Reader reader_;
  std::filesystem::path folder_;
  Built built_;
  std::vector<Plan::Fixed> fixed_;
  std::vector<AxisValues> axes_;
  std::map<const Key*, Mention> mentions_;
  std::vector<const tasks::TaskEntry*> tasks_;  ///< of the sweep
  std::map<std::string, TrialsFile> trials_files_;
};

}  // namespace augsweep::sweep
