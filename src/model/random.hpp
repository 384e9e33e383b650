#pragma once
/// @file Random numbers as pure functions of who draws them: Random123's Philox4x64-10, keyed by the job.
///
/// A draw depends on the key, the stream's purpose and how many numbers that stream has given, and on nothing
/// else: not on the rank, the order of jobs or a restart. Every purpose has its own stream, named here and
/// only here.

#include <Random123/philox.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace augsweep::model {

/// 128 bits that identify a job (or a task and seed, for common random numbers).
struct StreamKey {
  std::array<std::uint64_t, 2> words{};
  bool operator==(const StreamKey&) const = default;
};

/// The key of a text: the first 16 bytes of its SHA-256, little endian.
StreamKey key_of(std::string_view text);

/// What a stream is for. The numbers are part of every published result: append, never renumber.
enum class Purpose : std::uint64_t {
  weights = 0,      ///< initial weights, in the order V_r, W_r, V_m, W_m, W_r', W_m', row by row
  task = 1,         ///< training trials
  policy = 2,       ///< responses in training
  test_task = 3,    ///< test trials
  test_policy = 4,  ///< responses in the test
};

/// An endless sequence of random numbers for one purpose.
class RandomStream {
 public:
  RandomStream(StreamKey key, Purpose purpose)
      : key_{{key.words[0], key.words[1]}}, counter_{{0, static_cast<std::uint64_t>(purpose), 0, 0}} {
    next_block();
  }

  /// 64 random bits.
  std::uint64_t bits() {
    const std::uint64_t number = block_.v[used_];
    take();
    return number;
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  double uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }

  /// ln((1 - u) / u) of the u that uniform() would give: above d with probability 1 / (1 + e^d).
  double log_odds() {
    if (!has_log_odds_) {
      find_log_odds();
    }
    const double found = log_odds_[used_];
    take();
    return found;
  }

  /// Uniform in {0, ..., n - 1}, n in [1, 2^31 - 1]. The bias is below n / 2^64: multiply-shift (Lemire 2019)
  /// without rejection.
  int below(int n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<int>((static_cast<Wide>(bits()) * static_cast<std::uint64_t>(n)) >> 64U);
  }

 private:
  static constexpr std::size_t numbers_per_block = 4;

  /// The number is used. A new block is made when the last one is taken, not when the next is asked for: what
  /// takes some hundred cycles is then ready before anything waits for it.
  void take() {
    if (++used_ == numbers_per_block) {
      next_block();
    }
  }
  void next_block();
  void find_log_odds();

  r123::Philox4x64 philox_;
  r123::Philox4x64::key_type key_;
  r123::Philox4x64::ctr_type counter_;
  r123::Philox4x64::ctr_type block_{};
  std::size_t used_ = 0;
  std::array<double, numbers_per_block>
      log_odds_{};  ///< of the block, all at once, if one has been asked for
  bool has_log_odds_ = false;
};

}  // namespace augsweep::model
