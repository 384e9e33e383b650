#pragma once
/// @file Counts compared values and keeps the greatest deviation and where it was.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace augsweep::golden {

/// Two numbers agree if |ours - recorded| <= tolerance * max(1, |recorded|), or if both are NaN.
class Comparison {
 public:
  explicit Comparison(double tolerance) : tolerance_(tolerance) {}

  /// Says where the following values stand ("event 17 (step)").
  void at(std::string place) { place_ = std::move(place); }

  /// Compares one number.
  void number(std::string_view name, double ours, double recorded);

  /// Compares lists of numbers; lists of different length disagree.
  void numbers(std::string_view name, std::span<const double> ours, std::span<const double> recorded);

  /// Counts one value that has to be met exactly (an index, a flag, a name); `explanation` says what is
  /// different.
  void exact(bool equal, std::string_view name, std::string_view explanation);

  std::int64_t values() const { return values_; }
  std::int64_t disagreements() const { return disagreements_; }
  /// Greatest |ours - recorded| / max(1, |recorded|) of all numbers.
  double greatest_deviation() const { return greatest_; }
  /// Where that was; empty if no number deviates at all.
  const std::string& greatest_place() const { return greatest_place_; }
  /// The first disagreement in words; empty if there is none.
  const std::string& first_disagreement() const { return first_disagreement_; }
  /// Something was compared, and all of it agreed.
  bool passed() const { return values_ > 0 && disagreements_ == 0; }

 private:
  void disagree(std::string text);

  double tolerance_;
  std::string place_ = "start";
  std::int64_t values_ = 0;
  std::int64_t disagreements_ = 0;
  double greatest_ = 0.0;
  std::string greatest_place_;
  std::string first_disagreement_;
};

}  // namespace augsweep::golden
