#pragma once
/// @file What the stimulus units show, made ready once, so that a step need not look at every value.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/kernel/state.hpp"

namespace augsweep::model {

/// The bits of `values`, written to `shown` and `one`, which need ceil(S / 64) words each and, as `values`,
/// must outlive the result.
kernel::Pattern pattern_bits(std::span<const double> values, std::uint64_t* shown, std::uint64_t* one);

/// A pattern of stimulus values: [S].
class Pattern {
 public:
  explicit Pattern(std::span<const double> values);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  Pattern(Pattern&&) noexcept = default;
  Pattern& operator=(Pattern&&) noexcept = default;
  ~Pattern() = default;

  std::span<const double> values() const { return values_; }
  const kernel::Pattern& bits() const { return bits_; }

 private:
  std::vector<double> values_;
  std::vector<std::uint64_t> shown_, one_;
  kernel::Pattern bits_;  ///< points into the vectors
};

}  // namespace augsweep::model
