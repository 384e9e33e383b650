#include "model/random.hpp"

#include <openssl/sha.h>

#include <bit>

#include "model/math.hpp"

namespace augsweep::model {

namespace {

/// As RandomStream::uniform makes them of 64 bits: integers below 2^53, in two exact parts, as doubles.
Pair uniform_of(PairBits bits) {
  const PairBits number = bits >> 11U;
  const Pair high = std::bit_cast<Pair>((number >> 32U) | std::uint64_t{0x4530000000000000});
  const Pair low =
      std::bit_cast<Pair>((number & std::uint64_t{0xffffffff}) | std::uint64_t{0x4330000000000000});
  return ((high - (0x1.0p84 + 0x1.0p52)) + low) * 0x1.0p-53;
}

}  // namespace

StreamKey key_of(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  StreamKey key;
  for (std::size_t word = 0; word < key.words.size(); ++word) {
    for (std::size_t byte = 0; byte < 8; ++byte) {
      key.words[word] |= static_cast<std::uint64_t>(digest[word * 8 + byte]) << (8 * byte);
    }
  }
  return key;
}

void RandomStream::next_block() {
  block_ = philox_(counter_, key_);
  ++counter_.v[0];
  used_ = 0;
  if (has_log_odds_) {
    find_log_odds();
  }
}

void RandomStream::find_log_odds() {
  for (std::size_t i = 0; i < numbers_per_block; i += 2) {
    const Pair u = uniform_of(PairBits{block_.v[i], block_.v[i + 1]});
    const Pair found = logarithm_of<Pair, PairBits>((1.0 - u) / u);
    log_odds_[i] = found[0];
    log_odds_[i + 1] = found[1];
  }
  has_log_odds_ = true;
}

}  // namespace augsweep::model
