#pragma once
/// @file The known word that a misspelt one was probably meant to be.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augsweep::sweep {

/// Edit distance: insertions, deletions, replacements and swaps of neighbours that turn one word into the
/// other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word nearest to `wrong`, case aside; nothing if none is near enough to be a likely slip.
std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& known);

}  // namespace augsweep::sweep
