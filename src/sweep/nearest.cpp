#include "sweep/nearest.hpp"

#include <algorithm>
#include <cctype>

namespace augsweep::sweep {

namespace {

// Longer words are no slips of ours, and would cost time.
constexpr std::size_t longest_word = 64;

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return c == '-' ? '_' : static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Optimal string alignment; three rows of the table are enough.
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::optional<std::string> nearest(std::string_view wrong, const std::vector<std::string>& known) {
  if (wrong.size() > longest_word) {
    return std::nullopt;
  }
  std::optional<std::string> best;
  std::size_t least = 0;
  for (const std::string& word : known) {
    const std::size_t distance = edit_distance(lower(wrong), lower(word));
    // At most a third of the letters wrong, two of them always, but never all of them.
    const std::size_t allowed = std::min(std::max<std::size_t>(2, word.size() / 3), word.size() - 1);
    if (distance <= allowed && (!best || distance < least)) {
      best = word;
      least = distance;
    }
  }
  return best;
}

}  // namespace augsweep::sweep
