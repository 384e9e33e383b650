#include "store/packing.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>

#include "store/h5.hpp"
#include "store/writer.hpp"

namespace augsweep::store {

namespace {

/// Level of compression: the file's own (schema), which readers do not depend on.
constexpr int deflate_level = 1;

/// A window of 8 KB and tables to match: more than a curve has bytes, and a third less to clear for every
/// one.
constexpr int window_bits = 13;
constexpr int memory_level = 6;

/// zlib's working memory, kept between calls: to allocate and touch its 300 KB afresh for every curve takes
/// many times as long as compressing one.
class Deflater {
 public:
  Deflater() {
    if (deflateInit2(&stream_, deflate_level, Z_DEFLATED, window_bits, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw StoreError("compression can't be set up: out of memory");
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  /// Appends the zlib stream of `bytes` to `target`.
  void append(std::span<std::byte> bytes, std::vector<std::byte>& target) {
    const std::size_t before = target.size();
    target.resize(before + deflateBound(&stream_, bytes.size()));
    stream_.next_in = reinterpret_cast<Bytef*>(bytes.data());
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(target.data() + before);
    stream_.avail_out = static_cast<uInt>(target.size() - before);
    const bool good = deflate(&stream_, Z_FINISH) == Z_STREAM_END;
    target.resize(before + stream_.total_out);
    deflateReset(&stream_);
    if (!good) {
      throw StoreError("a curve can't be compressed");
    }
  }

 private:
  z_stream stream_{};
};

/// HDF5's shuffle filter: the first bytes of all numbers, then all second bytes, and so on.
std::vector<std::byte> shuffled(std::span<const float> values, std::uint64_t length) {
  std::vector<std::byte> planes(length * sizeof(float));
  for (std::size_t plane = 0; plane < sizeof(float); ++plane) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data()) + plane;
    std::byte* target = planes.data() + plane * length;
    for (std::size_t i = 0; i < values.size(); ++i) {
      target[i] = bytes[i * sizeof(float)];
    }
  }
  constexpr float padding = std::numeric_limits<float>::quiet_NaN();
  std::array<std::byte, sizeof padding> pad{};
  std::memcpy(pad.data(), &padding, sizeof padding);
  for (std::size_t plane = 0; plane < sizeof(float); ++plane) {
    std::fill_n(planes.data() + plane * length + values.size(), length - values.size(), pad[plane]);
  }
  return planes;
}

void append_chunk(std::span<const float> values, std::uint64_t length, std::vector<std::byte>& target) {
  if (values.size() > length || length > std::numeric_limits<uInt>::max() / sizeof(float)) {
    throw StoreError(fmt::format("a curve of {} bins does not fit into a file of {}", values.size(), length));
  }
  thread_local Deflater deflater;
  std::vector<std::byte> planes = shuffled(values, length);
  deflater.append(planes, target);
}

void append_number(std::uint64_t number, std::vector<std::byte>& target) {
  const auto* bytes = reinterpret_cast<const std::byte*>(&number);
  target.insert(target.end(), bytes, bytes + sizeof number);
}

std::span<const std::byte> take(std::span<const std::byte>& bytes, std::uint64_t size) {
  if (size > bytes.size()) {
    throw std::runtime_error("these bytes are no packed outcome: they were cut off or changed on their way");
  }
  const auto part = bytes.first(size);
  bytes = bytes.subspan(size);
  return part;
}

std::uint64_t take_number(std::span<const std::byte>& bytes) {
  std::uint64_t number = 0;
  std::memcpy(&number, take(bytes, sizeof number).data(), sizeof number);
  return number;
}

}  // namespace

std::vector<std::byte> compressed_chunk(std::span<const float> values, std::uint64_t length) {
  std::vector<std::byte> chunk;
  append_chunk(values, length, chunk);
  return chunk;
}

std::vector<std::byte> pack(const training::Outcome& outcome, const Packing& packing) {
  training::Outcome rest = storable(outcome);
  std::vector<std::byte> packed;
  append_number(checksum_of(training::encode(rest)), packed);
  for (auto& curve : rest.curves) {
    const std::size_t place = packed.size();
    append_number(0, packed);
    if (!curve.empty()) {
      append_chunk(curve, packing.bins, packed);
      const std::uint64_t size = packed.size() - place - sizeof size;
      std::memcpy(packed.data() + place, &size, sizeof size);
      curve.clear();
    }
  }
  const std::vector<std::byte> bytes = training::encode(rest);
  packed.insert(packed.end(), bytes.begin(), bytes.end());
  return packed;
}

PackedRow unpack(std::span<const std::byte> packed) {
  PackedRow row;
  row.checksum = take_number(packed);
  for (auto& curve : row.curves) {
    curve = take(packed, take_number(packed));
  }
  row.rest = training::decode(packed);
  return row;
}

}  // namespace augsweep::store
