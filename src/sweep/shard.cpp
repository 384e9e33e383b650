#include "sweep/shard.hpp"

#include <fmt/format.h>

#include <charconv>
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

}  // namespace augsweep::sweep
