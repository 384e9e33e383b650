#include "app/heat_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace augsweep::app {

namespace {

/// How far the jobs of one field of the map are.
struct Field {
  std::uint64_t jobs = 0, ended = 0, converged = 0;
};

/// An axis of the map: one of the sweep, or none (a single row).
struct Side {
  std::optional<std::size_t> axis;
  std::vector<std::string> labels = {""};
};

Side side_of(const sweep::Sweep& sweep, std::optional<std::size_t> axis) {
  Side side;
  side.axis = axis;
  if (axis) {
    const sweep::Axis& along = sweep.axes()[*axis];
    side.labels.clear();
    for (std::uint64_t position = 0; position < along.size; ++position) {
      side.labels.push_back(!along.names.empty()     ? along.names[position]
                            : along.keys.size() == 1 ? along.labels.front()[position]
                                                     : along.label(position));
    }
  }
  return side;
}

bool is_seed(const sweep::Axis& axis) {
  return axis.keys == std::vector<std::string>{"seed"};
}

/// Indices of the two longest axes but the seed, the longest one first.
std::vector<std::size_t> longest_axes(const sweep::Sweep& sweep) {
  std::vector<std::size_t> axes;
  for (std::size_t axis = 0; axis < sweep.axes().size(); ++axis) {
    if (!is_seed(sweep.axes()[axis])) {
      axes.push_back(axis);
    }
  }
  std::ranges::stable_sort(axes, std::ranges::greater{},
                           [&](std::size_t axis) { return sweep.axes()[axis].size; });
  if (axes.size() > 2) {
    axes.erase(axes.begin() + 2, axes.end());
  }
  return axes;
}

constexpr std::size_t cell_width = 6;

std::string text_of(const Field& cell, bool colour) {
  if (cell.ended == 0) {
    return fmt::format("{:>{}}", "·", cell_width);
  }
  static constexpr std::array<const char*, 8> bars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  // From the colour map cividis, as near as the 256 colours of a terminal come; the text is light on the dark
  // half.
  static constexpr std::array<int, 5> backgrounds = {18, 60, 102, 143, 221};
  const double success = static_cast<double>(cell.converged) / static_cast<double>(cell.ended);
  const auto percent = static_cast<int>(std::floor(100.0 * success));  // 100 only if all have converged
  const std::uint64_t eighth = (8 * cell.ended - 1) / cell.jobs;
  std::string text = fmt::format("{:>4}%{}", percent, bars[std::min<std::uint64_t>(eighth, 7)]);
  if (!colour) {
    return text;
  }
  const auto shade = std::min<std::size_t>(static_cast<std::size_t>(success * 5.0), 4);
  return fmt::format("\033[48;5;{};38;5;{}m{}\033[0m", backgrounds[shade], shade < 2 ? 231 : 16, text);
}

/// Cut to a width, with an ellipsis.
std::string cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 1) + "…";
}

}  // namespace

std::string heat_map(const sweep::Sweep& sweep, const std::vector<training::Status>& statuses, bool colour,
                     std::size_t most_rows, std::size_t most_columns) {
  const std::vector<std::size_t> axes = longest_axes(sweep);
  if (axes.empty()) {
    return "";
  }
  // A single axis stands as rows, so that its labels have room; of two the longer one, as there are more rows
  // than columns on a screen.
  const Side rows = side_of(sweep, axes[0]);
  const Side columns = side_of(sweep, axes.size() > 1 ? std::optional(axes[1]) : std::nullopt);

  std::vector<Field> cells(rows.labels.size() * columns.labels.size());
  for (std::uint64_t job = 0; job < sweep.size() && job < statuses.size(); ++job) {
    const auto positions = sweep.positions(job);
    Field& cell =
        cells[positions[*rows.axis] * columns.labels.size() + (columns.axis ? positions[*columns.axis] : 0)];
    ++cell.jobs;
    cell.ended += statuses[job] == training::Status::pending ? 0 : 1;
    cell.converged += statuses[job] == training::Status::converged ? 1 : 0;
  }

  const std::size_t shown_rows = std::min(rows.labels.size(), most_rows);
  const std::size_t shown_columns = std::min(columns.labels.size(), most_columns);
  std::size_t head_width = sweep.axes()[*rows.axis].name.size();
  for (std::size_t row = 0; row < shown_rows; ++row) {
    head_width = std::max(head_width, rows.labels[row].size());
  }
  head_width = std::min<std::size_t>(head_width, 32);

  std::string text = "converged of the ended jobs (bar: share that has ended)";
  if (columns.axis) {
    text += fmt::format(", over {} and {}", sweep.axes()[*rows.axis].name, sweep.axes()[*columns.axis].name);
    text += fmt::format("\n{:<{}}", "", head_width);
    for (std::size_t column = 0; column < shown_columns; ++column) {
      text += fmt::format(" {:>{}}", cut(columns.labels[column], cell_width), cell_width);
    }
  }
  text += '\n';
  for (std::size_t row = 0; row < shown_rows; ++row) {
    text += fmt::format("{:<{}}", cut(rows.labels[row], head_width), head_width);
    for (std::size_t column = 0; column < shown_columns; ++column) {
      text += ' ' + text_of(cells[row * columns.labels.size() + column], colour);
    }
    text += '\n';
  }
  if (shown_rows < rows.labels.size() || shown_columns < columns.labels.size()) {
    text += fmt::format("({} of {} rows and {} of {} columns)\n", shown_rows, rows.labels.size(),
                        shown_columns, columns.labels.size());
  }
  return text;
}

}  // namespace augsweep::app
