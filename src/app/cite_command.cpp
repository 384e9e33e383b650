#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands.hpp"
#include "store/digest.hpp"
#include "store/reader.hpp"
#include "tasks/registry.hpp"

namespace augsweep::app {

namespace {

/// How a key of the sweep file is called in prose.
const std::map<std::string_view, std::string_view>& names_in_prose() {
  static const std::map<std::string_view, std::string_view> names = {
      {"alpha", "tag decay alpha"},
      {"beta", "learning rate beta"},
      {"common_random_numbers", "common random numbers across parameters"},
      {"criterion", "convergence criterion"},
      {"d", "distractors d"},
      {"epsilon", "exploration probability epsilon"},
      {"exploration", "exploration of eps-greedy"},
      {"feedback", "feedback weights"},
      {"gamma", "discount gamma"},
      {"input_weights", "input weights"},
      {"leak", "leak (retention factor) of the memory units"},
      {"m", "factor m of g(t)"},
      {"max_trials", "trial limit"},
      {"memory_input", "input of the memory units"},
      {"memory_units", "memory units M"},
      {"p_target", "probability of a target p_target"},
      {"policy", "policy"},
      {"regular_units", "regular units R"},
      {"reset", "reset of memory, traces and tags"},
      {"reward", "reward rule"},
      {"seed", "seed"},
      {"stop_on_convergence", "stop on convergence"},
      {"test_trials", "test trials"},
      {"weight_epsilon", "time-weighted epsilon"},
      {"weight_g", "time-weighted g"},
  };
  return names;
}

std::string in_prose(std::string_view key) {
  const auto found = names_in_prose().find(key);
  return std::string(found == names_in_prose().end() ? key : found->second);
}

/// The parameters of a sweep that are on no axis, "name value", in the order of its canonical text.
struct Fixed {
  std::vector<std::string> constant;
  std::vector<std::string> by_task;  ///< one value a task, in the order of the axis `task`
};

Fixed fixed_parameters(const sweep::Sweep& sweep) {
  static constexpr std::string_view not_science[] = {"axes",    "bin_trials", "curves", "record_trials",
                                                     "weights", "trials",     "task"};
  const bool many_tasks = std::ranges::count(sweep.varying(), "task") > 0;
  Fixed parameters;
  std::string_view rest = sweep.canonical();
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    const std::size_t equals = line.find(" = ");
    const std::string_view key = line.substr(0, equals);
    if (equals == std::string_view::npos || std::ranges::count(not_science, key) > 0 ||
        std::ranges::count(sweep.varying(), key) > 0) {
      continue;
    }
    const std::string_view value = line.substr(equals + 3);
    // A fixed leak may be a list by itself; other lists are the values of several tasks.
    const bool list = many_tasks && key != "leak" && value.starts_with('[') && value.ends_with(']');
    if (list) {
      parameters.by_task.push_back(fmt::format("{} {}", in_prose(key), value.substr(1, value.size() - 2)));
    } else {
      parameters.constant.push_back(fmt::format("{} {}", in_prose(key), value));
    }
  }
  return parameters;
}

/// One position of an axis that has names or several keys: "hybrid: leak [0.7, 1]"; keys that it leaves to
/// their defaults are left out.
std::string position_in_prose(const sweep::Axis& axis, std::uint64_t position) {
  std::vector<std::string> settings;
  for (std::size_t key = 0; key < axis.keys.size(); ++key) {
    const std::string value = axis.labels[key][position];
    if (!value.empty()) {
      settings.push_back(fmt::format("{} {}", in_prose(axis.keys[key]), value));
    }
  }
  const std::string all = fmt::format("{}", fmt::join(settings, ", "));
  return axis.names.empty() ? all : fmt::format("{}: {}", axis.names[position], all);
}

std::string varied(const sweep::Sweep& sweep) {
  std::vector<std::string> axes;
  for (const sweep::Axis& axis : sweep.axes()) {
    constexpr std::uint64_t most_listed = 12;
    if (axis.keys.size() > 1 || !axis.names.empty()) {
      std::vector<std::string> positions;
      for (std::uint64_t position = 0; position < axis.size; ++position) {
        positions.push_back(position_in_prose(axis, position));
      }
      axes.push_back(fmt::format("{} settings ({})", axis.size, fmt::join(positions, "; ")));
    } else if (axis.size <= most_listed) {
      axes.push_back(fmt::format("{} ({})", in_prose(axis.keys[0]), fmt::join(axis.labels[0], ", ")));
    } else {
      axes.push_back(fmt::format("{} ({} values from {} to {})", in_prose(axis.keys[0]), axis.size,
                                 axis.labels[0][0], axis.labels[0][axis.size - 1]));
    }
  }
  return axes.empty() ? "Nothing was varied." : fmt::format("Varied were {}.", fmt::join(axes, "; "));
}

std::vector<std::string> tasks_of(const store::Reader& reader) {
  std::vector<std::string> names;
  for (const std::string& name : reader.texts("task")) {
    if (std::ranges::count(names, name) == 0) {
      names.push_back(name);
    }
  }
  return names;
}

/// Lines of at most this many characters, broken at spaces.
std::string wrapped(const std::string& text, std::size_t width = 100) {
  std::string lines;
  std::size_t column = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (column > 0 && column + 1 + word.size() > width) {
      lines += '\n';
      column = 0;
    }
    if (column > 0) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines + '\n';
}

std::string methods(const store::Reader& reader) {
  const sweep::Sweep sweep = store::sweep_of(reader);
  const store::Verification verification = store::verify(reader);
  std::vector<std::string> titles;
  for (const std::string& name : tasks_of(reader)) {
    const tasks::TaskEntry* entry = tasks::find_task(name);
    titles.push_back(entry == nullptr ? name : fmt::format("{} ({})", name, entry->title));
  }
  std::string text = fmt::format(
      "We simulated AuGMEnT networks (Rombouts et al., 2015), with memory units of one or several timescales "
      "(Martinolli et al., 2018), with augsweep {} (revision {}; {}; {}). ",
      reader.attribute("program_version"), reader.attribute("git_revision"), reader.attribute("compiler"),
      reader.attribute("libraries"));
  text += fmt::format("Tasks: {}. {} ", fmt::join(titles, "; "), varied(sweep));
  const Fixed fixed = fixed_parameters(sweep);
  text += fmt::format("Constant were {}. ", fmt::join(fixed.constant, "; "));
  if (!fixed.by_task.empty()) {
    text += fmt::format("By task, in the order above (-: has none): {}. ", fmt::join(fixed.by_task, "; "));
  }
  text += fmt::format(
      "Random numbers were Philox4x64-10 streams keyed by each job's parameters and seed. Convergence times "
      "are censored at the trial limit; medians are Kaplan-Meier estimates, intervals of fractions Wilson's. "
      "{} of {} jobs had ended. ",
      verification.ended, verification.jobs);
  text += fmt::format("Sweep file: SHA-256 {}. Science digest: {}.", reader.attribute("sweep_sha256"),
                      verification.digest);
  if (!verification.problems.empty()) {
    throw std::runtime_error(fmt::format("{}: not fit to be cited: {}; 'augsweep verify' lists all problems",
                                         reader.file().string(), verification.problems.front()));
  }
  return wrapped(text);
}

constexpr std::string_view bibliography = R"(@article{rombouts2015,
  author  = {Rombouts, Jaldert O. and Bohte, Sander M. and Roelfsema, Pieter R.},
  title   = {How Attention Can Create Synaptic Tags for the Learning of Working Memories in Sequential Tasks},
  journal = {PLoS Computational Biology},
  volume  = {11},
  number  = {3},
  pages   = {e1004060},
  year    = {2015},
  doi     = {10.1371/journal.pcbi.1004060}
}
@article{martinolli2018,
  author  = {Martinolli, Marco and Gerstner, Wulfram and Gilra, Aditya},
  title   = {Multi-Timescale Memory Dynamics Extend Task Repertoire in a Reinforcement Learning Network With
             Attention-Gated Memory},
  journal = {Frontiers in Computational Neuroscience},
  volume  = {12},
  pages   = {50},
  year    = {2018},
  doi     = {10.3389/fncom.2018.00050}
}
)";

}  // namespace

void add_cite_command(CLI::App& program, ExitCode& exit_code) {
  auto* command =
      program.add_subcommand("cite",
                             "Print a methods paragraph with every parameter, version and digest, and the "
                             "BibTeX entries to cite.\n\nExamples:\n"
                             "  augsweep cite out.h5 > methods.txt\n");
  auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "result file")->required();
  command->callback([file, &exit_code] {
    const store::Reader reader(*file);
    fmt::print("{}\n{}", methods(reader), bibliography);
    const std::string version = reader.attribute("program_version");
    fmt::print(
        "@software{{augsweep,\n  author  = {{{{the augsweep authors}}}},\n  title   = {{augsweep: parallel "
        "sweeps of AuGMEnT simulations}},\n  version = {{{}}},\n  note    = {{revision {}}},\n  year    = "
        "{{2026}}\n}}\n",
        version, reader.attribute("git_revision"));
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
