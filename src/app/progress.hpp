#pragma once
/// @file Live progress on standard error: a line that redraws itself on a terminal, a plain log line now and
/// then elsewhere.

#include <chrono>
#include <cstdint>
#include <string>

namespace augsweep::app {

/// "42 s", "3 min 10 s", "2 h 05 min", "3 d 4 h".
std::string duration_text(double seconds);

class Progress {
 public:
  enum class Style { automatic, terminal, log, none };

  /// `done` of `total` jobs were there at the start (after a resume). Automatic: by whether standard error is
  /// a terminal.
  Progress(std::uint64_t done, std::uint64_t total, Style style = Style::automatic);

  /// To be told as often as one likes; draws a few times a second (terminal) or every few seconds (log).
  void update(std::uint64_t done, std::uint64_t failed);

  /// Draws the last state and ends the line.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  std::string line() const;
  void draw();

  std::uint64_t at_start_, done_, total_, failed_ = 0;
  Style style_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_draw_{};
  std::uint64_t drawn_done_ = 0;
  bool drawn_ = false;
};

}  // namespace augsweep::app
