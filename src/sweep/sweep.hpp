#pragma once
/// @file A sweep: a TOML file, its axes, and the list of jobs that they span. The file's format:
/// docs/sweep-files.md.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "training/job.hpp"

namespace augsweep::sweep {

/// A mistake in a sweep file or in a --set. what() is one whole message: file, line, key, what is wrong, what
/// to do.
class SweepError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Most jobs that a sweep may have, and most positions of one of its axes.
inline constexpr std::uint64_t max_jobs = 100'000'000;
inline constexpr std::uint64_t max_axis_size = 10'000'000;

/// The values of one key along an axis as short texts. They are made when asked for, so that an axis of a
/// million seeds costs nothing.
class Labels {
 public:
  using Function = std::function<std::string(std::uint64_t position)>;

  Labels(std::uint64_t size, Function label) : size_(size), label_(std::move(label)) {}

  std::uint64_t size() const { return size_; }
  std::string operator[](std::uint64_t position) const { return label_(position); }
  std::string front() const { return label_(0); }
  std::string back() const { return label_(size_ - 1); }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;  // since texts are handed out by value
    using value_type = std::string;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = std::string;

    Iterator() = default;
    Iterator(const Labels& labels, std::uint64_t position) : labels_(&labels), position_(position) {}

    std::string operator*() const { return (*labels_)[position_]; }
    Iterator& operator++() {
      ++position_;
      return *this;
    }
    Iterator operator++(int) { return {*labels_, position_++}; }
    Iterator operator+(difference_type n) const {
      return {*labels_, position_ + static_cast<std::uint64_t>(n)};
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Labels* labels_ = nullptr;
    std::uint64_t position_ = 0;
  };

  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size_}; }

 private:
  std::uint64_t size_;
  Function label_;
};

/// One axis of the grid (several keys if they move together).
struct Axis {
  std::string name;               ///< its key; the name that keys moving together were given; "points"
  std::vector<std::string> keys;  ///< "leak"; or "leak", "beta" for axes that move together
  std::vector<Labels>
      labels;  ///< [key][position]: the values as short text; empty where a point does not set it
  std::vector<std::string> names;  ///< [position]: what the file calls the positions; empty if it does not
  std::uint64_t size = 0;

  /// A position as short text: "memory=hybrid" if it has a name, else "leak=[0.7,1] beta=0.1".
  std::string label(std::uint64_t position) const;
};

class Plan;

/// A whole sweep. Jobs are made on demand, so that a sweep of millions takes little memory. Copies share
/// their content, which never changes.
class Sweep {
 public:
  /// Reads a file. `overrides` are "KEY=VALUE" of --set: KEY dotted ("learning.beta", "axes.seed", or just
  /// "beta" where it is unique), VALUE in TOML, or a word. They replace what the file says of that key.
  /// Throws SweepError.
  static Sweep read(const std::filesystem::path& file, const std::vector<std::string>& overrides = {});

  /// The same from text; `file_name` is for messages, and relative paths in the text are relative to its
  /// folder.
  static Sweep parse(std::string_view text, const std::string& file_name,
                     const std::vector<std::string>& overrides = {});

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::string& file_name() const { return file_name_; }
  const std::string& text() const { return text_; }  ///< the file as it was read
  const std::vector<std::string>& overrides() const { return overrides_; }

  /// Longest time a job may take, in seconds; 0: no limit. Not part of the sweep's meaning.
  double job_timeout() const { return job_timeout_; }

  /// Number of failed jobs after which the sweep is to be given up; 0: never. Not part of the sweep's
  /// meaning.
  std::uint64_t max_failures() const { return max_failures_; }

  /// Axes in order, the last one fastest. An explicit list of points is one axis, the first.
  const std::vector<Axis>& axes() const { return axes_; }

  /// Number of jobs, at least 1.
  std::uint64_t size() const { return size_; }

  /// The job at an index in [0, size()). Throws std::out_of_range.
  training::Job job(std::uint64_t index) const;

  /// What tells that job from the others, as short text: "leak=[0.7,1] beta=0.15 seed=3". Throws
  /// std::out_of_range.
  std::string label(std::uint64_t index) const;

  /// Positions on the axes, [axis], of a job. Throws std::out_of_range.
  std::vector<std::uint64_t> positions(std::uint64_t index) const;

  /// The keys whose value is not the same in all jobs because an axis or a point sets it, in the order of the
  /// axes.
  const std::vector<std::string>& varying() const { return varying_; }

  /// The meaning of the sweep as text, one "key = value" a line, sorted: equal for two sweeps that run the
  /// same jobs along the same axes, whatever comments, spelling of numbers or order of keys in their files,
  /// and whether or not a default is written out. Names, descriptions, job_timeout and max_failures do not
  /// enter.
  const std::string& canonical() const { return canonical_; }

 private:
  Sweep() = default;

  std::string name_, description_, file_name_, text_, canonical_;
  std::vector<std::string> overrides_, varying_;
  double job_timeout_ = 0.0;
  std::uint64_t max_failures_ = 0;
  std::vector<Axis> axes_;
  std::uint64_t size_ = 1;
  std::shared_ptr<const Plan> plan_;
};

/// The lines in which two canonical texts differ, as "key: old -> new" sentences, for a refusal to resume.
std::vector<std::string> differences(std::string_view canonical_then, std::string_view canonical_now);

}  // namespace augsweep::sweep
