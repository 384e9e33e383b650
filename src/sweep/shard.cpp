#include "sweep/shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>
#include <numeric>
#include <optional>
#include <stdexcept>

namespace augsweep::sweep {

namespace {

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

/// How a sweep is dealt to N shards. A hand is N jobs in succession, one for each shard; a round is a number
/// of hands dealt in the same order. The last hand may be too small for all shards.
class Dealing {
 public:
  Dealing(std::uint64_t shards, std::uint64_t jobs)
      : shards_(shards),
        hands_(jobs / shards),
        // Every shard begins equally many rounds if there are not too many of them.
        rounds_(
            std::min(hands_, shards < typical_rounds ? shards * (typical_rounds / shards) : typical_rounds)) {
    // The golden ratio spreads the beginnings of successive rounds over the shards as evenly as can be.
    step_ = static_cast<std::uint64_t>(std::llround(static_cast<double>(shards) / std::numbers::phi));
    while (std::gcd(step_, shards) != 1) {
      ++step_;
    }
  }

  std::uint64_t hands() const { return hands_; }
  std::uint64_t rounds() const { return rounds_; }

  std::uint64_t round_of_hand(std::uint64_t hand) const {
    return rounds_ == 0 ? 0 : std::min(hand, hands_ - 1) * rounds_ / hands_;
  }
  std::uint64_t first_hand(std::uint64_t round) const {
    return rounds_ == 0 ? 0 : (round * hands_ + rounds_ - 1) / rounds_;
  }
  /// Which card of a round's hands goes to the shard, both from 0.
  std::uint64_t card(std::uint64_t shard, std::uint64_t round) const {
    return (shard + shards_ - round % shards_ * step_ % shards_) % shards_;
  }

 private:
  static constexpr std::uint64_t typical_rounds = 32;

  std::uint64_t shards_, hands_, rounds_;
  std::uint64_t step_ = 1;
};

}  // namespace

Shard Shard::parse(std::string_view text) {
  const auto slash = text.find('/');
  std::optional<std::uint64_t> index, count;
  if (slash != std::string_view::npos) {
    index = whole_number(text.substr(0, slash));
    count = whole_number(text.substr(slash + 1));
  }
  if (!index || !count) {
    throw std::invalid_argument(
        fmt::format("\"{}\" is no shard; give I/N, such as 1/4 for the first of four", text));
  }
  if (*count < 1 || *count > max_count) {
    throw std::invalid_argument(
        fmt::format("shard {}: {} shards are not possible; give 1 to {} shards", text, *count, max_count));
  }
  if (*index < 1 || *index > *count) {
    throw std::invalid_argument(fmt::format("shard {}: there is no shard {} of {}; shards count from 1 to {}",
                                            text, *index, *count, *count));
  }
  return {*index, *count};
}

bool Shard::contains(std::uint64_t job, std::uint64_t jobs) const {
  const Dealing dealing(count, jobs);
  return job % count == dealing.card(index - 1, dealing.round_of_hand(job / count));
}

std::vector<JobRun> Shard::runs(std::uint64_t jobs) const {
  const Dealing dealing(count, jobs);
  std::vector<JobRun> runs;
  for (std::uint64_t round = 0; round < dealing.rounds(); ++round) {
    const std::uint64_t begin = dealing.first_hand(round);
    const std::uint64_t hands = dealing.first_hand(round + 1) - begin;
    runs.push_back({begin * count + dealing.card(index - 1, round), hands, count});
  }
  const std::uint64_t last =
      dealing.hands() * count + dealing.card(index - 1, dealing.round_of_hand(dealing.hands()));
  if (last < jobs) {
    runs.push_back({last, 1, count});
  }
  return runs;
}

}  // namespace augsweep::sweep
