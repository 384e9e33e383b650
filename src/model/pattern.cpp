#include "model/pattern.hpp"

#include <algorithm>

namespace augsweep::model {

namespace {

constexpr std::size_t word_bits = 64;

std::size_t words(std::size_t size) {
  return (size + word_bits - 1) / word_bits;
}

}  // namespace

kernel::Pattern pattern_bits(std::span<const double> values, std::uint64_t* shown, std::uint64_t* one) {
  std::fill_n(shown, words(values.size()), 0);
  std::fill_n(one, words(values.size()), 0);
  bool binary = true;
  int count = 0;  // of units that are shown
  std::size_t last = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double value = values[i];
    const std::uint64_t bit = std::uint64_t{1} << (i % word_bits);
    shown[i / word_bits] |= value != 0.0 ? bit : 0;
    one[i / word_bits] |= value == 1.0 ? bit : 0;
    binary = binary && (value == 0.0 || value == 1.0);
    if (value != 0.0) {
      ++count;
      last = i;
    }
  }
  const bool single = binary && count <= 1 && values.size() <= word_bits;
  return {values.data(), shown, one, binary, single ? static_cast<std::int32_t>(last) : -1};
}

Pattern::Pattern(std::span<const double> values)
    : values_(values.begin(), values.end()),
      shown_(words(values.size())),
      one_(words(values.size())),
      bits_(pattern_bits(values_, shown_.data(), one_.data())) {}

}  // namespace augsweep::model
