#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/pilot.hpp"
#include "app/progress.hpp"
#include "app/table.hpp"
#include "cluster/launch.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::app {

namespace {

struct PlanOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::uint64_t rows = 5;
  bool pilot = true;
};

void print_axes(const sweep::Sweep& sweep) {
  Table table({"axis", "values", ""});
  for (const sweep::Axis& axis : sweep.axes()) {
    for (std::size_t key = 0; key < axis.keys.size(); ++key) {
      const auto& labels = axis.labels[key];
      constexpr std::size_t shown = 8;
      std::string values;
      if (axis.size <= shown) {
        values = fmt::format("{}", fmt::join(labels, ", "));
      } else {
        values =
            fmt::format("{}, ..., {}", fmt::join(labels.begin(), labels.begin() + 4, ", "), labels.back());
      }
      table.add({axis.keys[key], key == 0 ? std::to_string(axis.size) : "\"", values});
    }
  }
  if (!sweep.axes().empty()) {
    fmt::print("{}\n", table.text());
  }
}

void print_jobs(const sweep::Sweep& sweep, std::uint64_t rows) {
  if (rows == 0) {
    return;
  }
  Table table({"job", "parameters"});
  const std::uint64_t size = sweep.size();
  const std::uint64_t head = std::min(rows, size);
  for (std::uint64_t index = 0; index < head; ++index) {
    table.add({std::to_string(index), sweep.label(index)});
  }
  const std::uint64_t tail = std::max(head, size > rows ? size - rows : 0);
  if (tail > head) {
    table.add({"...", ""});
  }
  for (std::uint64_t index = tail; index < size; ++index) {
    table.add({std::to_string(index), sweep.label(index)});
  }
  fmt::print("{}\n", table.text());
}

void print_cost(const sweep::Sweep& sweep) {
  const CostEstimate cost = estimate_cost(sweep);
  const auto cores = static_cast<int>(cluster::usable_cores().size());
  fmt::print(
      "pilot    {} jobs tried, {} of them came to their end; {:.3g} network steps a second on one core\n",
      cost.sampled, cost.ended, cost.steps_per_second);
  fmt::print("cost     about {} of one core; {} if every job runs to its trial limit\n",
             duration_text(cost.typical_seconds), duration_text(cost.most_seconds));
  fmt::print("here     about {} on the {} cores of this machine\n",
             duration_text(cost.typical_seconds / cores), cores);
}

}  // namespace

void add_plan_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "plan",
      "Check and expand a sweep without running it: axes, jobs, cost.\n\nExamples:\n"
      "  augsweep plan sweeps/quickstart.toml\n"
      "  augsweep plan sweeps/12ax-grid.toml --set axes.seed='{first = 0, count = 5}' --rows 20\n");
  auto options = std::make_shared<PlanOptions>();
  command->add_option("SWEEP", options->file, "sweep file (TOML; docs/sweep-files.md)")->required();
  command
      ->add_option("--set", options->overrides, "KEY=VALUE in place of what the file says; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--rows", options->rows, "how many of the first and of the last jobs to list")
      ->capture_default_str();
  command->add_flag("--pilot,!--no-pilot", options->pilot,
                    "run a few jobs for about two seconds to estimate the cost");
  command->callback([options, &exit_code] {
    const sweep::Sweep sweep = sweep::Sweep::read(options->file, options->overrides);
    fmt::print("{}{}{}\n\n", sweep.name(), sweep.description().empty() ? "" : ": ", sweep.description());
    print_axes(sweep);
    print_jobs(sweep, options->rows);
    fmt::print("jobs     {}\n", sweep.size());
    if (options->pilot) {
      print_cost(sweep);
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
