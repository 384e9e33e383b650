#include "model/random.hpp"

#include <Random123/philox.h>
#include <openssl/sha.h>

#include <algorithm>

#include "model/math.hpp"

namespace augsweep::model {

namespace {
constexpr std::uint64_t numbers_per_block = 4;  // of Philox
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

void RandomStream::next_batch() {
  functions_->fill(key_.words.data(), next_block_, static_cast<std::uint64_t>(purpose_), numbers_.data());
  next_block_ += kernel::random_batch / numbers_per_block;
  used_ = 0;
  if (has_log_odds_) {
    find_log_odds();
  }
}

void RandomStream::find_log_odds() {
  functions_->log_odds(numbers_.data(), log_odds_.data());
  has_log_odds_ = true;
}

namespace kernel {

void fill_by_library(const std::uint64_t* key, std::uint64_t first, std::uint64_t purpose,
                     std::uint64_t* numbers) {
  r123::Philox4x64 philox;
  for (std::uint64_t i = 0; i < random_batch; i += numbers_per_block) {
    const auto block = philox({{first + i / numbers_per_block, purpose, 0, 0}}, {{key[0], key[1]}});
    std::copy(block.begin(), block.end(), numbers + i);
  }
}

namespace {

void log_odds(const std::uint64_t* numbers, double* found) {
  for (int i = 0; i < random_batch; i += 2) {
    const Pair pair = log_odds_of<Pair, PairBits>(PairBits{numbers[i], numbers[i + 1]});
    found[i] = pair[0];
    found[i + 1] = pair[1];
  }
}

}  // namespace

const RandomFunctions baseline_random = {fill_by_library, log_odds};

}  // namespace kernel

}  // namespace augsweep::model
