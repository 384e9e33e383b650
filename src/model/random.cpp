#include "model/random.hpp"

#include <openssl/sha.h>

namespace augsweep::model {

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
}

}  // namespace augsweep::model
