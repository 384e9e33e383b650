#pragma once
/// @file The values of one key along an axis. Ranges are formulas, not lists: a million seeds take no memory.

#include <cstdint>
#include <variant>
#include <vector>

#include "sweep/schema.hpp"

namespace augsweep::sweep {

/// first, first + 1, ...
struct Run {
  std::int64_t first = 0;
  std::uint64_t count = 1;
  bool real = false;  ///< the values are handed out as doubles
};

/// `steps` values from `from` to `to`, both included, evenly spaced, or so are their logarithms. Values
/// between the ends are rounded to 15 significant digits: from 0.05 to 0.2 in 4 steps gives 0.15 and not
/// 0.15000000000000002.
struct Range {
  double from = 0.0;
  double to = 0.0;
  std::uint64_t steps = 1;
  bool log = false;
  bool whole = false;  ///< the values are handed out as integers
};

class Column {
 public:
  explicit Column(std::vector<Value> values) : values_(std::move(values)) {}
  explicit Column(const Run& run) : values_(run) {}
  explicit Column(const Range& range) : values_(range) {}

  std::uint64_t size() const;
  Value at(std::uint64_t position) const;

  /// The values if they were listed one by one; nullptr for a formula.
  const std::vector<Value>* list() const { return std::get_if<std::vector<Value>>(&values_); }

 private:
  std::variant<std::vector<Value>, Run, Range> values_;
};

}  // namespace augsweep::sweep
