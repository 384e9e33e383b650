#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/table.hpp"
#include "statistics/proportion.hpp"
#include "statistics/survival.hpp"
#include "statistics/survivors.hpp"
#include "store/digest.hpp"
#include "store/reader.hpp"

namespace augsweep::app {

namespace {

struct SummaryOptions {
  std::string file;
  std::vector<std::string> by;
  std::string csv;
  bool survivors = false;
  bool compare = false;
};

/// The jobs with equal values on the axes that the summary is by.
struct Cell {
  std::uint64_t pending = 0, failed = 0, diverged = 0;
  double limit = 0.0;  // greatest trial limit
  std::vector<statistics::Observation> sample;
  double greedy_sum = 0.0;
  std::uint64_t greedy_count = 0;
};

std::string number(double value) {
  return std::isnan(value) ? "-" : fmt::format("{:.0f}", value);
}

/// The axes of the sweep but for the seed, where nothing is asked for: by its labels if it has any.
std::vector<std::string> default_axes(const store::Reader& reader) {
  std::vector<std::string> names;
  const sweep::Sweep sweep = store::sweep_of(reader);
  for (const sweep::Axis& axis : sweep.axes()) {
    if (reader.has(axis.name + "_label")) {
      names.push_back(axis.name + "_label");
    } else {
      std::ranges::copy_if(axis.keys, std::back_inserter(names),
                           [](const std::string& key) { return key != "seed"; });
    }
  }
  return names;
}

std::string column_name(const std::string& axis) {
  return axis == "reward" ? "reward_rule" : axis;
}

std::vector<std::pair<std::vector<std::string>, Cell>> cells_of(const store::Reader& reader,
                                                                const std::vector<std::string>& by) {
  std::vector<std::vector<std::string>> values;
  for (const std::string& axis : by) {
    const std::string name = column_name(axis);
    if (!reader.has(name) || name.find('/') != std::string::npos) {
      throw std::invalid_argument(fmt::format("{}: has no variable '{}' to summarise by; its axes are {}",
                                              reader.file().string(), axis,
                                              fmt::join(default_axes(reader), ", ")));
    }
    values.push_back(reader.texts(name));
  }
  const auto statuses = reader.statuses();
  const auto convergence = reader.numbers("convergence_trial");
  const auto limits = reader.numbers("max_trials");
  const auto trials = reader.numbers("trials");
  const auto greedy = reader.numbers("test_greedy");
  std::vector<std::pair<std::vector<std::string>, Cell>> cells;  // in the order of the sweep
  std::map<std::vector<std::string>, std::size_t> places;
  for (std::size_t job = 0; job < statuses.size(); ++job) {
    std::vector<std::string> key;
    for (const auto& column : values) {
      key.push_back(column[job]);
    }
    const auto [found, fresh] = places.try_emplace(key, cells.size());
    if (fresh) {
      cells.emplace_back(key, Cell{});
    }
    Cell& cell = cells[found->second].second;
    cell.limit = std::max(cell.limit, limits[job]);
    switch (statuses[job]) {
      case training::Status::pending:
        ++cell.pending;
        continue;
      case training::Status::failed:
      case training::Status::timeout:
        ++cell.failed;
        continue;
      case training::Status::diverged:
        ++cell.diverged;
        cell.sample.push_back({limits[job], false});
        break;
      case training::Status::converged:
        cell.sample.push_back({convergence[job], true});
        break;
      case training::Status::not_converged:
        cell.sample.push_back({trials[job], false});
        break;
    }
    if (!std::isnan(greedy[job])) {
      cell.greedy_sum += greedy[job];
      ++cell.greedy_count;
    }
  }
  return cells;
}

Table table_of(const std::vector<std::string>& by,
               const std::vector<std::pair<std::vector<std::string>, Cell>>& cells, bool with_survivors) {
  std::vector<std::string> header = by;
  for (const char* name : {"n", "converged", "fraction", "95 % interval", "median", "95 % interval ",
                           "restricted mean", "diverged", "failed", "pending", "test greedy %"}) {
    header.emplace_back(name);
  }
  if (with_survivors) {
    for (const char* name : {"mean of converged", "sd of converged", "median of converged"}) {
      header.emplace_back(name);
    }
  }
  Table table(header);
  for (const auto& [key, cell] : cells) {
    std::vector<std::string> row = key;
    const auto n = static_cast<std::uint64_t>(cell.sample.size());
    const statistics::Survivors survivors = statistics::survivors(cell.sample);
    const auto interval = statistics::wilson(survivors.n, n);
    const auto curve = statistics::kaplan_meier(cell.sample);
    const auto median = statistics::median(curve);
    row.push_back(std::to_string(n));
    row.push_back(std::to_string(survivors.n));
    row.push_back(n == 0 ? "-"
                         : fmt::format("{:.3f}", static_cast<double>(survivors.n) / static_cast<double>(n)));
    row.push_back(n == 0 ? "-" : fmt::format("{:.3f}..{:.3f}", interval.low, interval.high));
    row.push_back(n == 0                     ? "-"
                  : std::isnan(median.value) ? fmt::format(">{:.0f}", cell.limit)
                                             : number(median.value));
    row.push_back(n == 0 ? "-"
                         : fmt::format("{}..{}", number(median.interval.low), number(median.interval.high)));
    row.push_back(n == 0 ? "-" : number(statistics::restricted_mean(curve, cell.limit).value));
    row.push_back(std::to_string(cell.diverged));
    row.push_back(std::to_string(cell.failed));
    row.push_back(std::to_string(cell.pending));
    row.push_back(cell.greedy_count == 0
                      ? "-"
                      : fmt::format("{:.1f}", cell.greedy_sum / static_cast<double>(cell.greedy_count)));
    if (with_survivors) {
      row.push_back(number(survivors.mean));
      row.push_back(number(survivors.sd));
      row.push_back(number(survivors.median));
    }
    table.add(row);
  }
  return table;
}

using Cells = std::vector<std::pair<std::vector<std::string>, Cell>>;

/// More cells than this are compared with the first one only: all pairs would be too many to read.
constexpr std::size_t most_cells_in_pairs = 8;

/// Tests that two cells converge equally often and equally fast, for every pair of cells.
Table comparison_of(const Cells& cells) {
  struct Pair {
    std::size_t one, other;
    double fisher, log_rank;
  };
  std::vector<Pair> pairs;
  std::vector<double> p;
  for (std::size_t one = 0; one < cells.size(); ++one) {
    if (one > 0 && cells.size() > most_cells_in_pairs) {
      break;
    }
    for (std::size_t other = one + 1; other < cells.size(); ++other) {
      const auto& a = cells[one].second.sample;
      const auto& b = cells[other].second.sample;
      if (a.empty() || b.empty()) {
        continue;
      }
      const double fisher = statistics::fisher_exact(statistics::survivors(a).n, a.size(),
                                                     statistics::survivors(b).n, b.size());
      pairs.push_back({one, other, fisher, statistics::log_rank(a, b).p});
      p.push_back(pairs.back().log_rank);
    }
  }
  Table table({"cell", "other cell", "p of fractions (Fisher)", "p of times (log-rank)", "log-rank, Holm"});
  const std::vector<double> adjusted = statistics::holm(p);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    table.add({fmt::format("{}", fmt::join(cells[pairs[i].one].first, " ")),
               fmt::format("{}", fmt::join(cells[pairs[i].other].first, " ")),
               fmt::format("{:.3g}", pairs[i].fisher), fmt::format("{:.3g}", pairs[i].log_rank),
               fmt::format("{:.3g}", adjusted[i])});
  }
  return table;
}

}  // namespace

void add_summary_command(CLI::App& program, ExitCode& exit_code) {
  auto* command =
      program.add_subcommand("summary",
                             "How often and how fast the jobs converged, for each cell of the grid.\n\n"
                             "Fractions have Wilson intervals. Medians and restricted means are Kaplan-Meier "
                             "estimates over all jobs: a job that did not\n"
                             "converge counts as one that would have taken longer than its limit. Means over "
                             "the converged jobs alone, as publications\n"
                             "give them, are shown with --survivors.\n\nExamples:\n"
                             "  augsweep summary out.h5 --by leak --compare\n"
                             "  augsweep summary out.h5 --by leak --by beta --csv summary.csv\n");
  auto options = std::make_shared<SummaryOptions>();
  command->add_option("FILE", options->file, "result file, also of a running sweep")->required();
  command
      ->add_option("--by", options->by, "axis to group by, may be repeated; by default all axes but the seed")
      ->delimiter(',')
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--csv", options->csv, "write the table to this file too");
  command->add_flag("--survivors", options->survivors,
                    "add mean, sd and median over the converged jobs alone");
  command->add_flag("--compare", options->compare,
                    "add tests between the cells: Fisher's exact test of the fractions, log-rank test of the "
                    "convergence times, the latter also adjusted for their number (Holm)");
  command->callback([options, &exit_code] {
    const store::Reader reader(options->file);
    const std::vector<std::string> by = options->by.empty() ? default_axes(reader) : options->by;
    const Cells cells = cells_of(reader, by);
    const Table table = table_of(by, cells, options->survivors);
    fmt::print("{}", table.text());
    if (options->compare) {
      fmt::print("\n{}", comparison_of(cells).text());
    }
    if (!options->csv.empty()) {
      std::ofstream stream(options->csv);
      stream << table.csv();
      stream.flush();
      if (!stream) {
        throw std::runtime_error(fmt::format("{}: cannot be written", options->csv));
      }
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
