#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "app/commands.hpp"
#include "app/heat_map.hpp"
#include "app/progress.hpp"
#include "store/digest.hpp"
#include "store/reader.hpp"

namespace augsweep::app {

namespace {

struct StatusOptions {
  std::string file;
  bool watch = false;
  double interval = 2.0;
};

struct State {
  std::string text;
  bool complete = false;
};

/// Size of the terminal in characters.
struct Screen {
  std::size_t rows = 40;
  std::size_t columns = 100;
};

Screen screen_size() {
  Screen screen;
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
    screen = {size.ws_row, size.ws_col};
  }
  return screen;
}

/// "██████▌    ", to an eighth of a character.
std::string progress_bar(double share, std::size_t width) {
  static constexpr std::array<const char*, 8> eighths = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width) * 8.0);
  std::string bar;
  for (std::size_t i = 0; i < filled / 8; ++i) {
    bar += "█";
  }
  bar += eighths.at(filled % 8);
  bar.append(width - filled / 8 - (filled % 8 == 0 ? 0 : 1), ' ');
  return bar;
}

State state_of(const StatusOptions& options, bool terminal) {
  const store::Reader reader(options.file);
  const auto statuses = reader.statuses();
  std::array<std::uint64_t, Names<training::Status>::names.size()> counts{};
  for (const training::Status status : statuses) {
    ++counts[static_cast<std::size_t>(status)];
  }
  const std::uint64_t pending = counts[static_cast<std::size_t>(training::Status::pending)];
  const std::uint64_t ended = statuses.size() - pending;
  State state;
  state.complete = pending == 0;
  state.text = fmt::format("sweep    {} ({})\n", reader.attribute("title"), reader.attribute("sweep_file"));
  if (reader.attribute("shard") != "1/1") {
    state.text += fmt::format("shard    {}\n", reader.attribute("shard"));
  }
  state.text += fmt::format("jobs     {} of {} done ({:.1f} %)\n", ended, statuses.size(),
                            100.0 * static_cast<double>(ended) / static_cast<double>(statuses.size()));
  if (options.watch && terminal) {
    state.text +=
        fmt::format("         [{}]\n",
                    progress_bar(static_cast<double>(ended) / static_cast<double>(statuses.size()), 50));
  }
  for (std::size_t status = 1; status < counts.size(); ++status) {
    if (counts[status] > 0) {
      state.text +=
          fmt::format("         {} {}\n", counts[status], name_of(static_cast<training::Status>(status)));
    }
  }

  // Rate and time left from what the file itself says of its latest run.
  const auto started = reader.numbers("run/started");
  const auto finished = reader.numbers("run/ended");
  const auto attempts = reader.numbers("run/attempt");
  const auto ranks = reader.numbers("run/rank");
  const int attempt = reader.highest_attempt();
  double first = 0.0;
  double last = 0.0;
  std::uint64_t fresh = 0;
  std::set<double> workers;
  for (std::size_t job = 0; job < statuses.size(); ++job) {
    if (statuses[job] != training::Status::pending && static_cast<int>(attempts[job]) == attempt) {
      first = fresh == 0 ? started[job] : std::min(first, started[job]);
      last = fresh == 0 ? finished[job] : std::max(last, finished[job]);
      ++fresh;
      workers.insert(ranks[job]);
    }
  }
  if (fresh > 0 && last > first) {
    const double rate = static_cast<double>(fresh) / (last - first);
    state.text += fmt::format("rate     {:.3g} jobs/s by {} worker{}\n", rate, workers.size(),
                              workers.size() == 1 ? "" : "s");
    if (pending > 0) {
      state.text +=
          fmt::format("left     about {} at this rate\n", duration_text(static_cast<double>(pending) / rate));
    }
    state.text += fmt::format("last     {} ago\n",
                              duration_text(std::max(0.0, static_cast<double>(std::time(nullptr)) - last)));
  }
  state.text +=
      fmt::format("file     {}\n", reader.closed_properly()
                                       ? (state.complete ? "complete" : "not complete; run --resume goes on")
                                       : "being written, or left by a killed run (run --resume goes on)");

  if (options.watch) {
    // The map takes what of the screen is left.
    constexpr std::size_t around_the_map = 5;
    constexpr std::size_t column_width = 7;
    constexpr std::size_t widest_head = 32;
    const Screen screen = terminal ? screen_size() : Screen{};
    const auto lines = static_cast<std::size_t>(std::ranges::count(state.text, '\n'));
    const std::size_t rows =
        screen.rows > lines + around_the_map + 3 ? screen.rows - lines - around_the_map : 3;
    const std::size_t columns =
        screen.columns > widest_head + column_width ? (screen.columns - widest_head) / column_width : 1;
    const std::string map = heat_map(store::sweep_of(reader), statuses, terminal,
                                     std::min<std::size_t>(rows, 24), std::min<std::size_t>(columns, 12));
    state.text += map.empty() ? "" : '\n' + map;
  }

  int shown = 0;
  for (std::uint64_t job = 0; job < statuses.size() && shown < 5; ++job) {
    if (statuses[job] == training::Status::failed) {
      state.text += fmt::format("failed   job {}: {}\n", job, reader.row(job).outcome.message);
      ++shown;
    }
  }
  return state;
}

/// The file can't be opened for an instant: when its writer opens it, or a resumed run puts a new one in its
/// place.
State patient_state_of(const StatusOptions& options, bool terminal) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::seconds(options.watch ? 10 : 1);
  for (;;) {
    try {
      return state_of(options, terminal);
    } catch (const std::runtime_error&) {
      if (Clock::now() > deadline || !std::filesystem::exists(options.file)) {
        throw;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

/// Drawn over what was there, line by line: it does not flicker over a slow connection.
std::string redrawn(const std::string& text) {
  std::string screen = "\033[H";
  for (const char character : text) {
    screen += character == '\n' ? std::string("\033[K\n") : std::string(1, character);
  }
  return screen + "\033[J";
}

}  // namespace

void add_status_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "status",
      "Say how far a sweep is, also while it runs or after a kill.\n\nExamples:\n"
      "  augsweep status out.h5\n"
      "  augsweep status out.h5 --watch    again and again until it is complete, with a map of the grid\n");
  auto options = std::make_shared<StatusOptions>();
  command->add_option("FILE", options->file, "result file")->required();
  command->add_flag("--watch", options->watch, "look again every few seconds, until the sweep is complete");
  command->add_option("--interval", options->interval, "seconds between two looks")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->callback([options, &exit_code] {
    const bool terminal = ::isatty(STDOUT_FILENO) == 1;
    bool first = true;
    for (;;) {
      const State state = patient_state_of(*options, terminal);
      if (options->watch && terminal) {
        fmt::print("{}{}", first ? "\033[2J" : "", redrawn(state.text));
      } else {
        fmt::print("{}{}", first ? "" : "\n", state.text);
      }
      first = false;
      std::fflush(stdout);
      if (!options->watch || state.complete) {
        break;
      }
      std::this_thread::sleep_for(std::chrono::duration<double>(options->interval));
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
