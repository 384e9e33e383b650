#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "app/allocation.hpp"
#include "app/commands.hpp"
#include "app/pilot.hpp"
#include "app/progress.hpp"
#include "app/templates.hpp"
#include "cluster/launch.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::app {

namespace {

struct SlurmOptions {
  std::string file;
  std::vector<std::string> overrides;
  std::string output, script, kind = "automatic", launcher = "srun", modules, partition, account, program;
  std::optional<int> nodes, shards, tasks_per_node;
  int most_nodes = 16;
  double wanted = 3600.0;
  double longest = 86'400.0;
  bool print = false;
  bool overwrite = false;
};

/// A word as the shell reads it.
std::string shell_word(const std::string& word) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./+-=:,@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char character : word) {
    text += character == '\'' ? std::string("'\\''") : std::string(1, character);
  }
  return text + "'";
}

/// A template whose lines are being filled in.
class Script {
 public:
  explicit Script(std::string_view text) {
    std::size_t start = 0;
    for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', start)) {
      lines_.emplace_back(text.substr(start, end - start));
      start = end + 1;
    }
  }

  /// `#SBATCH --key=value`; a line that is commented out comes to life.
  void directive(const std::string& key, const std::string& value) {
    const std::string head = "#SBATCH --" + key + "=";
    replace({head, "#" + head}, head + value);
  }

  /// `NAME=value`, with the comment that explains it.
  void variable(const std::string& name, const std::string& value) {
    std::string& line = find({name + "="});
    const auto comment = line.find("  #");
    const std::string explained = comment == std::string::npos ? "" : line.substr(line.find('#', comment));
    line = fmt::format("{:<30}  {}", name + "=" + value, explained);
  }

  /// A comment below the first line.
  void remark(const std::vector<std::string>& remarks) {
    for (std::size_t i = 0; i < remarks.size(); ++i) {
      lines_.insert(lines_.begin() + 1 + static_cast<std::ptrdiff_t>(i), "# " + remarks[i]);
    }
    lines_.insert(lines_.begin() + 1 + static_cast<std::ptrdiff_t>(remarks.size()), "#");
  }

  std::string text() const { return fmt::format("{}\n", fmt::join(lines_, "\n")); }

 private:
  std::string& find(const std::vector<std::string>& heads) {
    for (std::string& line : lines_) {
      for (const std::string& head : heads) {
        if (line.starts_with(head)) {
          return line;
        }
      }
    }
    throw std::logic_error("the template has no line that begins with " + heads.front());
  }
  void replace(const std::vector<std::string>& heads, const std::string& line) { find(heads) = line; }

  std::vector<std::string> lines_;
};

std::string words_of(const std::vector<std::string>& overrides) {
  std::string words;
  for (const std::string& setting : overrides) {
    words += fmt::format("{}--set {}", words.empty() ? "" : " ", shell_word(setting));
  }
  return "(" + words + ")";
}

std::string_view template_named(const std::string& kind) {
  for (const SlurmTemplate& one : slurm_templates) {
    if (one.name == kind) {
      return one.text;
    }
  }
  throw std::logic_error("there is no template " + kind);
}

std::string filled_script(const SlurmOptions& options, const std::string& kind, const Allocation& allocation,
                          int tasks_per_node, const std::vector<std::string>& remarks) {
  Script script(template_named(kind));
  script.directive("job-name", std::filesystem::path(options.file).stem().string());
  script.directive("nodes", std::to_string(allocation.nodes));
  script.directive("ntasks-per-node", std::to_string(tasks_per_node));
  script.directive("time", slurm_time(allocation.seconds));
  if (!options.partition.empty()) {
    script.directive("partition", options.partition);
  }
  if (!options.account.empty()) {
    script.directive("account", options.account);
  }
  script.variable("SWEEP", shell_word(options.file));
  script.variable("OUTPUT", shell_word(options.output));
  script.variable("OPTIONS", words_of(options.overrides));
  script.variable("AUGSWEEP", shell_word(options.program));
  script.variable("LAUNCHER", options.launcher);
  script.variable("MODULES", "(" + options.modules + ")");
  // Twice the runs that the estimate says, and some for nodes that are lost.
  const std::string most_runs = std::to_string(2 * allocation.runs + 3);
  if (kind == "array") {
    script.directive("array", fmt::format("1-{}", allocation.shards));
    script.variable("SHARDS", std::to_string(allocation.shards));
  }
  if (kind == "array" || kind == "preemptible") {
    script.variable("MAX_REQUEUES", most_runs);
  }
  if (kind == "chain") {
    script.variable("MAX_LINKS", most_runs);
  }
  script.remark(remarks);
  return script.text();
}

std::vector<std::string> remarks_on(const SlurmOptions& options, const sweep::Sweep& sweep,
                                    const CostEstimate& cost, const Allocation& allocation,
                                    int tasks_per_node) {
  const int all_nodes = allocation.nodes * allocation.shards;
  std::vector<std::string> remarks = {
      fmt::format(
          "Written by \"augsweep slurm\" for {}: {} jobs, about {} of one core in all ({} if every job ran "
          "to its trial",
          options.file, sweep.size(), duration_text(cost.typical_seconds), duration_text(cost.most_seconds)),
      fmt::format(
          "limit), as a pilot run of {} jobs on one core of this machine says. The limit holds a margin of "
          "{:.0f} % and {}.",
          cost.sampled, (time_margin - 1.0) * 100.0, "the longest job"),
      fmt::format("{} node{} with {} tasks{}; a coordinator is busy for {:.0f} % of its time.", all_nodes,
                  all_nodes == 1 ? "" : "s", tasks_per_node,
                  allocation.shards > 1 ? fmt::format(", in {} shards", allocation.shards) : "",
                  100.0 * allocation.coordinator_busy)};
  if (allocation.runs > 1) {
    remarks.push_back(
        fmt::format("It will take about {} runs of {}, each going on where the one before stopped.",
                    allocation.runs, slurm_time(allocation.seconds)));
  }
  if (allocation.coordinator_busy > full_coordinator) {
    remarks.emplace_back(
        "Its jobs are so short that the coordinator is the limit: more nodes would not make it faster, more "
        "shards "
        "would.");
  }
  return remarks;
}

void check_launchable(const SlurmOptions& options) {
  for (const std::string* text : {&options.file, &options.output, &options.modules, &options.partition,
                                  &options.account, &options.program}) {
    if (text->find('\n') != std::string::npos) {
      throw std::runtime_error("a name with a line break in it can't stand in a script");
    }
  }
  constexpr std::string_view shell = "()'\"`$;&|<>\\*?";
  if (options.modules.find_first_of(shell) != std::string::npos) {
    throw std::runtime_error(
        fmt::format("--modules \"{}\": give names with spaces between", options.modules));
  }
}

void write_script(const SlurmOptions& options, const std::string& text) {
  std::error_code ignored;
  if (!options.overwrite && std::filesystem::exists(options.script, ignored)) {
    throw std::runtime_error(fmt::format(
        "{}: exists already; give --overwrite to replace it, or another --script", options.script));
  }
  std::ofstream stream(options.script);
  stream << text;
  stream.close();
  if (!stream) {
    throw std::runtime_error(fmt::format("{}: cannot be written; name another --script", options.script));
  }
}

ExitCode write_job(SlurmOptions options) {
  const sweep::Sweep sweep = sweep::Sweep::read(options.file, options.overrides);
  const auto stem = std::filesystem::path(options.file).stem().string();
  options.output = options.output.empty() ? stem + ".h5" : options.output;
  options.script = options.script.empty() ? stem + ".sbatch" : options.script;
  if (options.program.empty()) {
    options.program = std::filesystem::read_symlink("/proc/self/exe").string();
  }
  check_launchable(options);
  const int tasks_per_node =
      options.tasks_per_node.value_or(std::max(static_cast<int>(cluster::usable_cores().size()), 2));

  const CostEstimate cost = estimate_cost(sweep);
  AllocationRequest request;
  request.jobs = sweep.size();
  request.typical_seconds = cost.typical_seconds;
  request.most_seconds = cost.most_seconds;
  request.tasks_per_node = tasks_per_node;
  request.wanted_seconds = options.wanted;
  request.longest_seconds = options.longest;
  request.most_nodes = options.most_nodes;
  request.nodes = options.nodes;
  request.shards = options.shards;
  if (options.kind != "automatic" && options.kind != "array") {
    request.shards = 1;
  }
  const Allocation allocation = allocate(request);
  std::string kind = options.kind;
  if (kind == "automatic") {
    kind = allocation.shards > 1 ? "array" : allocation.runs > 1 ? "preemptible" : "sweep";
  }

  const auto remarks = remarks_on(options, sweep, cost, allocation, tasks_per_node);
  const std::string text = filled_script(options, kind, allocation, tasks_per_node, remarks);
  if (options.print) {
    fmt::print("{}", text);
    return ExitCode::complete;
  }
  write_script(options, text);
  fmt::print("{}\n\n", fmt::join(remarks, "\n"));
  fmt::print("script   {} ({}.sbatch), limit {}\n", options.script, kind, slurm_time(allocation.seconds));
  if (!options.tasks_per_node) {
    fmt::print("tasks    {} per node, as this machine has cores; --tasks-per-node says what the nodes have\n",
               tasks_per_node);
  }
  fmt::print("submit   sbatch {}\n", options.script);
  return ExitCode::complete;
}

}  // namespace

void add_slurm_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "slurm",
      "Write a SLURM job script for a sweep, with nodes and time from a pilot run of a few jobs.\n\n"
      "The script is one of the templates that come with the program (sweep, array, preemptible, chain) with "
      "its "
      "lines filled in: a job array of shards if one coordinator could not keep up, runs that requeue "
      "themselves "
      "if the sweep takes longer than the site lets a job run.\n\nExamples:\n"
      "  augsweep slurm sweeps/12ax-grid.toml --print                    only look\n"
      "  augsweep slurm sweeps/12ax-grid.toml --tasks-per-node 48 --time 30min\n"
      "  augsweep slurm s.toml --template chain --max-time 12h --modules 'gcc openmpi hdf5' --account "
      "ab12\n");
  auto options = std::make_shared<SlurmOptions>();
  const std::map<std::string, double> units = {
      {"s", 1.0}, {"min", 60.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86'400.0}};
  const auto duration = CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::DEFAULT, "DURATION");
  command->add_option("SWEEP", options->file, "sweep file (TOML; docs/sweep-files.md)")->required();
  command
      ->add_option("--set", options->overrides, "KEY=VALUE in place of what the file says; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("-o,--output", options->output,
                      "result file that the job writes; by default the sweep's name");
  command->add_option("--script", options->script,
                      "script to write; by default the sweep's name with .sbatch");
  command->add_flag("--print", options->print, "only print the script");
  command->add_flag("--overwrite", options->overwrite, "replace the script if it exists");
  command
      ->add_option("--template", options->kind, "which template; automatic chooses between the first three")
      ->check(CLI::IsMember({"automatic", "sweep", "array", "preemptible", "chain"}))
      ->capture_default_str();
  command
      ->add_option("--tasks-per-node", options->tasks_per_node,
                   "cores of a node; by default those of this machine")
      ->check(CLI::Range(2, 100'000));
  command->add_option("--nodes", options->nodes, "nodes, all shards together; by default enough for --time")
      ->check(CLI::Range(1, 100'000));
  command
      ->add_option("--shards", options->shards,
                   "shards; by default so many that no coordinator is the bottleneck")
      ->check(CLI::Range(1, 100'000));
  command->add_option("--time", options->wanted, "how soon it should be complete: 30min, 2h; by default 1h")
      ->transform(duration);
  command->add_option("--max-nodes", options->most_nodes, "most nodes to ask for")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  command
      ->add_option("--max-time", options->longest, "longest time that the site lets a job run; by default 1d")
      ->transform(duration);
  command->add_option("--launcher", options->launcher, "what starts the ranks")
      ->check(CLI::IsMember({"srun", "mpirun"}))
      ->capture_default_str();
  command->add_option("--modules", options->modules, "modules to load, with spaces between");
  command->add_option("--partition", options->partition, "partition to ask for");
  command->add_option("--account", options->account, "account to charge");
  command->add_option("--program", options->program, "the program on the nodes; by default this one");
  command->callback([options, &exit_code] { exit_code = write_job(*options); });
}

}  // namespace augsweep::app
