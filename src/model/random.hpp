#pragma once
/// @file Random numbers as pure functions of who draws them: Philox4x64-10 as in Random123, keyed by the job.
///
/// A draw depends on the key, the stream's purpose and how many numbers that stream has given, and on nothing
/// else: not on the rank, the order of jobs or a restart. Every purpose has its own stream, named here and
/// only here.

#include <array>
#include <cstdint>
#include <string_view>

#include "model/kernel.hpp"

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
  /// Throws std::invalid_argument if this processor lacks the instruction set, which changes nothing but the
  /// speed.
  RandomStream(StreamKey key, Purpose purpose, Isa isa = best_isa())
      : functions_(&kernel::random_functions(isa)), key_(key), purpose_(purpose) {
    next_batch();
  }

  /// 64 random bits.
  std::uint64_t bits() {
    const std::uint64_t number = numbers_[used_];
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
  /// The number is used. New ones are made when the last one is taken, not when the next is asked for: what
  /// takes some hundred cycles is then ready before anything waits for it.
  void take() {
    if (++used_ == numbers_.size()) {
      next_batch();
    }
  }
  void next_batch();
  void find_log_odds();

  const kernel::RandomFunctions* functions_;
  StreamKey key_;
  Purpose purpose_;
  std::uint64_t next_block_ = 0;
  std::size_t used_ = 0;
  std::array<std::uint64_t, kernel::random_batch> numbers_{};
  std::array<double, kernel::random_batch> log_odds_{};  ///< all at once, if one has been asked for
  bool has_log_odds_ = false;
};

}  // namespace augsweep::model
