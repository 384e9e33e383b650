#include "store/packing.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
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
  enum class Format {
    zlib,  ///< a whole stream, with zlib's header and sum
    bare   ///< blocks alone
  };

  explicit Deflater(Format format) {
    const int window = format == Format::bare ? -window_bits : window_bits;  // so zlib wants to be told
    if (deflateInit2(&stream_, deflate_level, Z_DEFLATED, window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw StoreError("compression can't be set up: out of memory");
    }
  }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() { deflateEnd(&stream_); }

  /// Appends `bytes` compressed to `target`, up to the stream's end (`flush` is Z_FINISH) or to the end of a
  /// block and a whole byte (Z_SYNC_FLUSH). Nothing is left for the next call.
  void append(std::span<const std::byte> bytes, std::vector<std::byte>& target, int flush) {
    constexpr std::size_t room_for_flush = 16;
    const std::size_t before = target.size();
    target.resize(before + deflateBound(&stream_, bytes.size()) + room_for_flush);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(target.data() + before);
    stream_.avail_out = static_cast<uInt>(target.size() - before);
    const bool good = deflate(&stream_, flush) == (flush == Z_FINISH ? Z_STREAM_END : Z_OK) &&
                      stream_.avail_in == 0 && stream_.avail_out > 0;
    target.resize(before + stream_.total_out);
    deflateReset(&stream_);
    if (!good) {
      throw StoreError("a curve can't be compressed");
    }
  }

 private:
  z_stream stream_{};
};

/// What stands for a bin that was not reached, byte by byte.
std::array<std::byte, sizeof(float)> padding_bytes() {
  constexpr float padding = std::numeric_limits<float>::quiet_NaN();
  std::array<std::byte, sizeof padding> bytes{};
  std::memcpy(bytes.data(), &padding, sizeof padding);
  return bytes;
}

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
  const auto padding = padding_bytes();
  for (std::size_t plane = 0; plane < sizeof(float); ++plane) {
    std::fill_n(planes.data() + plane * length + values.size(), length - values.size(), padding[plane]);
  }
  return planes;
}

/// The chunk of a curve of which only the first few bins are filled, as very short jobs have. All chunks with
/// as many filled bins are the same bytes but for the filled bins and the sum at the end. So the zlib stream
/// is put together once, each plane (see shuffled) as a block of filled bins that is stored as it is, and
/// blocks of compressed padding; later chunks are copies of it.
class ShortChunk {
 public:
  ShortChunk(std::size_t filled, std::uint64_t length) : filled_(filled), padded_(length - filled) {
    constexpr std::array header{0x78, 0x01};      // zlib, fastest compression
    constexpr std::array last_block{0x03, 0x00};  // empty
    constexpr std::size_t sum_size = sizeof(std::uint32_t);
    add(header);
    const auto padding = padding_bytes();
    for (std::size_t plane = 0; plane < padding.size(); ++plane) {
      const auto size = static_cast<int>(filled);
      add(std::array{0x00, size, 0x00, 0xFF - size, 0xFF});  // a stored block; its size, twice
      places_[plane] = stream_.size();
      stream_.resize(stream_.size() + filled);
      const std::vector<std::byte> run(padded_, padding[plane]);
      sums_[plane] = sum_of(sum_of_nothing, run);
      add_compressed(run);
    }
    add(last_block);
    stream_.resize(stream_.size() + sum_size);
  }

  /// Most bins that may be filled. Jobs with more take long enough that their compression is no matter.
  static constexpr std::size_t most_filled = 16;

  void append(std::span<const float> values, std::vector<std::byte>& target) const {
    const std::size_t start = target.size();
    target.insert(target.end(), stream_.begin(), stream_.end());
    const auto bytes = std::as_bytes(values);
    uLong sum = sum_of_nothing;
    for (std::size_t plane = 0; plane < sizeof(float); ++plane) {
      const std::span part(target.data() + start + places_[plane], filled_);
      for (std::size_t i = 0; i < filled_; ++i) {
        part[i] = bytes[i * sizeof(float) + plane];
      }
      sum = adler32_combine(sum_of(sum, part), sums_[plane], static_cast<z_off_t>(padded_));
    }
    for (std::size_t i = 1; i <= sizeof(std::uint32_t); ++i) {  // the most significant byte first
      target[target.size() - i] = static_cast<std::byte>(sum >> (8 * (i - 1)));
    }
  }

 private:
  static constexpr uLong sum_of_nothing = 1;

  static uLong sum_of(uLong before, std::span<const std::byte> bytes) {
    return adler32(before, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  }

  template <std::size_t size>
  void add(const std::array<int, size>& bytes) {
    for (const int byte : bytes) {
      stream_.push_back(static_cast<std::byte>(byte));
    }
  }

  /// Whole blocks that need nothing of what stands before them, and end at a whole byte.
  void add_compressed(std::span<const std::byte> bytes) {
    Deflater deflater(Deflater::Format::bare);
    deflater.append(bytes, stream_, Z_SYNC_FLUSH);
  }

  std::size_t filled_;
  std::uint64_t padded_;
  std::vector<std::byte> stream_;
  std::array<std::size_t, sizeof(float)> places_{};  ///< of the filled bins' bytes, by plane
  std::array<uLong, sizeof(float)> sums_{};          ///< Adler-32 of the padding alone
};

/// Those of one length, made when they are first needed.
class ShortChunks {
 public:
  const ShortChunk& with(std::size_t filled, std::uint64_t length) {
    if (length != length_) {
      chunks_ = {};
      length_ = length;
    }
    auto& chunk = chunks_.at(filled);
    if (!chunk) {
      chunk.emplace(filled, length);
    }
    return *chunk;
  }

 private:
  std::uint64_t length_ = 0;
  std::array<std::optional<ShortChunk>, ShortChunk::most_filled + 1> chunks_;
};

void append_chunk(std::span<const float> values, std::uint64_t length, std::vector<std::byte>& target) {
  if (values.size() > length || length > std::numeric_limits<uInt>::max() / sizeof(float)) {
    throw StoreError(fmt::format("a curve of {} bins does not fit into a file of {}", values.size(), length));
  }
  if (values.size() <= ShortChunk::most_filled) {
    thread_local ShortChunks chunks;
    chunks.with(values.size(), length).append(values, target);
    return;
  }
  thread_local Deflater deflater(Deflater::Format::zlib);
  deflater.append(shuffled(values, length), target, Z_FINISH);
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
  if (outcome.message.size() > message_size) {
    return pack(storable(outcome), packing);
  }
  std::vector<std::byte> packed;
  append_number(checksum_of(training::encode(outcome)), packed);
  for (const auto& curve : outcome.curves) {
    const std::size_t place = packed.size();
    append_number(0, packed);
    if (!curve.empty()) {
      append_chunk(curve, packing.bins, packed);
      const std::uint64_t size = packed.size() - place - sizeof size;
      std::memcpy(packed.data() + place, &size, sizeof size);
    }
  }
  const std::vector<std::byte> rest = training::encode_without_curves(outcome);
  packed.insert(packed.end(), rest.begin(), rest.end());
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
