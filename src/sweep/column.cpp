#include "sweep/column.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace augsweep::sweep {

namespace {

double round_to_15_digits(double value) {
  std::array<char, 32> text{};
  const auto end = fmt::format_to_n(text.data(), text.size(), "{:.14e}", value).out;
  double rounded = value;
  std::from_chars(text.data(), end, rounded);
  return rounded;
}

double value_at(const Range& range, std::uint64_t position) {
  if (position == 0) {
    return range.from;
  }
  if (position + 1 == range.steps) {
    return range.to;
  }
  const double fraction = static_cast<double>(position) / static_cast<double>(range.steps - 1);
  // Both ends are weighted, so that ends of opposite sign and great size do not overflow.
  return round_to_15_digits(range.log
                                ? std::exp(std::lerp(std::log(range.from), std::log(range.to), fraction))
                                : range.from * (1.0 - fraction) + range.to * fraction);
}

}  // namespace

std::uint64_t Column::size() const {
  if (const auto* run = std::get_if<Run>(&values_)) {
    return run->count;
  }
  if (const auto* range = std::get_if<Range>(&values_)) {
    return range->steps;
  }
  return std::get<std::vector<Value>>(values_).size();
}

Value Column::at(std::uint64_t position) const {
  if (const auto* run = std::get_if<Run>(&values_)) {
    const std::int64_t value = run->first + static_cast<std::int64_t>(position);
    return run->real ? Value{static_cast<double>(value)} : Value{value};
  }
  if (const auto* range = std::get_if<Range>(&values_)) {
    const double value = value_at(*range, position);
    return range->whole ? Value{static_cast<std::int64_t>(std::llround(value))} : Value{value};
  }
  return std::get<std::vector<Value>>(values_).at(position);
}

}  // namespace augsweep::sweep
