#pragma once
/// @file How long to sleep between two looks for messages.

#include <algorithm>
#include <chrono>
#include <utility>

#include "cluster/transport.hpp"

namespace augsweep::cluster {

/// Short sleeps right after something happened, doubling while nothing does: an answer within microseconds
/// while messages flow, and next to no processor time taken from the workers while they compute.
class Backoff {
 public:
  explicit Backoff(Clock::duration longest = std::chrono::milliseconds(1)) : longest_(longest) {}

  void reset() { next_ = first; }

  Clock::duration next() { return std::exchange(next_, std::min(2 * next_, longest_)); }

 private:
  static constexpr Clock::duration first = std::chrono::microseconds(10);
  Clock::duration longest_;
  Clock::duration next_ = first;
};

/// Time that this process was awake. A gap between two readings counts as no more than `longest_step`: when a
/// whole allocation is suspended and resumed, or the file system blocked us for a minute, the others have not
/// been silent for that long.
class AwakeClock {
 public:
  explicit AwakeClock(Clock::time_point now) : last_(now) {}

  /// To be told the time often. Returns the time awake since construction.
  Seconds advance(Clock::time_point now) {
    awake_ += std::clamp(Seconds(now - last_), Seconds(0.0), longest_step);
    last_ = now;
    return awake_;
  }
  Seconds awake() const { return awake_; }

 private:
  static constexpr Seconds longest_step{1.0};
  Clock::time_point last_;
  Seconds awake_{0.0};
};

}  // namespace augsweep::cluster
