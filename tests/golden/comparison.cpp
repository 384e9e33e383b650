#include "comparison.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

namespace augsweep::golden {

namespace {

double deviation(double ours, double recorded) {
  if (std::isnan(ours) && std::isnan(recorded)) {
    return 0.0;
  }
  if (ours == recorded) {
    return 0.0;  // infinities too
  }
  const double difference = std::fabs(ours - recorded) / std::fmax(1.0, std::fabs(recorded));
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
}

}  // namespace

void Comparison::disagree(std::string text) {
  if (++disagreements_ == 1) {
    first_disagreement_ = std::move(text);
  }
}

void Comparison::number(std::string_view name, double ours, double recorded) {
  ++values_;
  const double difference = deviation(ours, recorded);
  if (difference > greatest_) {
    greatest_ = difference;
    greatest_place_ = fmt::format("{}, {}", place_, name);
  }
  if (difference > tolerance_) {
    disagree(fmt::format("{}: {} is {:.17g}, recorded {:.17g} (deviation {:.3g})", place_, name, ours,
                         recorded, difference));
  }
}

void Comparison::numbers(std::string_view name, std::span<const double> ours,
                         std::span<const double> recorded) {
  if (ours.size() != recorded.size()) {
    ++values_;
    disagree(fmt::format("{}: {} has {} values, recorded {}", place_, name, ours.size(), recorded.size()));
    return;
  }
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (ours[i] == recorded[i]) {
      ++values_;
    } else {
      number(fmt::format("{}[{}]", name, i), ours[i], recorded[i]);
    }
  }
}

void Comparison::exact(bool equal, std::string_view name, std::string_view explanation) {
  ++values_;
  if (!equal) {
    disagree(fmt::format("{}: {}: {}", place_, name, explanation));
  }
}

}  // namespace augsweep::golden
