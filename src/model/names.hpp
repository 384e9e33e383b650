#pragma once
/// @file Names of enumerators, as they stand in sweep files, messages and result files.

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace augsweep {

/// Specialise with `static constexpr std::array<std::string_view, n> names` in the order of the enumerators,
/// which count from 0 without gaps, and `static constexpr std::string_view what` ("policy") for messages.
template <class Enum>
struct Names;

/// The name of a value.
template <class Enum>
constexpr std::string_view name_of(Enum value) {
  return Names<Enum>::names.at(static_cast<std::size_t>(value));
}

/// The value with that name; nothing if there is none.
template <class Enum>
constexpr std::optional<Enum> from_name(std::string_view name) {
  for (std::size_t i = 0; i < Names<Enum>::names.size(); ++i) {
    if (Names<Enum>::names[i] == name) {
      return static_cast<Enum>(i);
    }
  }
  return std::nullopt;
}

}  // namespace augsweep
