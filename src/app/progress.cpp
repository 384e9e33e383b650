#include "app/progress.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>

namespace augsweep::app {

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds)) {
    return "unknown";
  }
  if (seconds < 10.0) {
    return fmt::format("{:.1f} s", seconds);
  }
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) {
    return fmt::format("{} s", whole);
  }
  if (whole < 3600) {
    return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  }
  if (whole < 86'400) {
    return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  }
  return fmt::format("{} d {} h", whole / 86'400, whole % 86'400 / 3600);
}

Progress::Progress(std::uint64_t done, std::uint64_t total, Style style)
    : at_start_(done), done_(done), total_(total), style_(style) {
  if (style_ == Style::automatic) {
    style_ = ::isatty(STDERR_FILENO) == 1 ? Style::terminal : Style::log;
  }
}

void Progress::update(std::uint64_t done, std::uint64_t failed) {
  done_ = done;
  failed_ = failed;
  const auto interval =
      style_ == Style::terminal ? std::chrono::milliseconds(200) : std::chrono::milliseconds(5000);
  if (Clock::now() - (drawn_ ? last_draw_ : start_) >= interval) {
    draw();
  }
}

void Progress::finish() {
  if (!drawn_ || drawn_done_ != done_) {
    draw();
  }
  if (style_ == Style::terminal) {
    std::fputc('\n', stderr);
  }
}

std::string Progress::line() const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::uint64_t fresh = done_ - at_start_;
  const double rate = seconds > 0.0 ? static_cast<double>(fresh) / seconds : 0.0;
  std::string text =
      fmt::format("{}/{} jobs ({:.1f} %)", done_, total_,
                  total_ > 0 ? 100.0 * static_cast<double>(done_) / static_cast<double>(total_) : 100.0);
  if (fresh > 0) {
    text += fmt::format(", {:.3g} jobs/s", rate);
    text += done_ < total_
                ? fmt::format(", {} left", duration_text(static_cast<double>(total_ - done_) / rate))
                : fmt::format(", took {}", duration_text(seconds));
  }
  if (failed_ > 0) {
    text += fmt::format(", {} failed", failed_);
  }
  return text;
}

void Progress::draw() {
  last_draw_ = Clock::now();
  drawn_ = true;
  drawn_done_ = done_;
  if (style_ == Style::terminal) {
    constexpr int width = 24;
    const double fraction = total_ > 0 ? static_cast<double>(done_) / static_cast<double>(total_) : 1.0;
    const auto filled = static_cast<std::size_t>(fraction * width);
    const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
    fmt::print(stderr, "\r\033[K[{}] {}", bar, line());
    std::fflush(stderr);
  } else if (style_ == Style::log) {
    spdlog::info("{}", line());
  }
}

}  // namespace augsweep::app
