#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>
#include <stdexcept>

#include "app/commands.hpp"
#include "app/table.hpp"
#include "tasks/registry.hpp"

namespace augsweep::app {

namespace {

/// Text broken into lines of at most `width` characters, each behind `indent`.
std::string wrapped(const std::string& text, const std::string& indent, std::size_t width = 100) {
  std::string result;
  std::string line;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find(' ', start);
    end = end == std::string::npos ? text.size() : end;
    const std::string word = text.substr(start, end - start);
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
      result += indent + line + '\n';
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
    start = end + 1;
  }
  return result + indent + line + '\n';
}

void print_task(const tasks::TaskEntry& entry) {
  const tasks::Defaults& standard = entry.defaults;
  fmt::print("{} - {}\n\n{}\n", entry.name, entry.title, wrapped(entry.description, "  "));
  if (!entry.parameters.empty()) {
    Table table({"parameter", "default", "range", "meaning"});
    for (const tasks::ParameterInfo& parameter : entry.parameters) {
      table.add(
          {parameter.name, fmt::format("{}", parameter.standard),
           fmt::format("[{}, {}]{}", parameter.least, parameter.most, parameter.integer ? ", whole" : ""),
           parameter.description});
    }
    fmt::print("{}\n", table.text());
  }
  const auto task = tasks::make_task(entry.name, {}, tasks::rewards_of(standard.reward));
  const tasks::TaskInfo& info = task->info();
  fmt::print("  cues       {}\n  responses  {}\n", fmt::join(info.cue_labels, ", "),
             fmt::join(info.response_labels, ", "));
  if (info.trial_types.size() > 1) {
    fmt::print("  trials     {}\n", fmt::join(info.trial_types, ", "));
  }
  fmt::print(
      "  defaults   regular_units {}, memory_units {}, beta {}, gamma {}, lambda {}, epsilon {}, reward {},\n"
      "             policy {}, exploration {}, weight_g {}, max_trials {}\n",
      standard.regular_units, standard.memory_units, standard.beta, standard.gamma, standard.lambda,
      standard.epsilon, name_of(standard.reward), standard.policy, standard.exploration, standard.weight_g,
      standard.max_trials);
}

}  // namespace

void add_tasks_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "tasks",
      "List the tasks, their parameters and defaults.\n\nExamples:\n"
      "  augsweep tasks            all tasks: a line each, then description, parameters, cues, defaults\n"
      "  augsweep tasks --short    only the lines\n"
      "  augsweep tasks saccade    one task\n");
  auto names = std::make_shared<std::vector<std::string>>();
  auto brief = std::make_shared<bool>(false);
  command->add_option("TASK", *names, "tasks to describe; all if none is named");
  command->add_flag("-s,--short", *brief, "only a line for each task");
  command->callback([names, brief, &exit_code] {
    exit_code = ExitCode::complete;
    if (names->empty()) {
      Table table({"task", "parameters", "what it is"});
      for (const tasks::TaskEntry& entry : tasks::all_tasks()) {
        std::vector<std::string> parameters;
        for (const tasks::ParameterInfo& parameter : entry.parameters) {
          parameters.push_back(fmt::format("{}={}", parameter.name, parameter.standard));
        }
        table.add({entry.name, fmt::format("{}", fmt::join(parameters, " ")), entry.title});
      }
      fmt::print("{}", table.text());
      if (*brief) {
        return;
      }
      for (const tasks::TaskEntry& entry : tasks::all_tasks()) {
        fmt::print("\n");
        print_task(entry);
      }
      return;
    }
    bool first = true;
    for (const std::string& name : *names) {
      const tasks::TaskEntry* entry = tasks::find_task(name);
      if (entry == nullptr) {
        throw std::invalid_argument(fmt::format("there is no task '{}': 'augsweep tasks' lists them", name));
      }
      fmt::print("{}", first ? "" : "\n");
      print_task(*entry);
      first = false;
    }
  });
}

}  // namespace augsweep::app
