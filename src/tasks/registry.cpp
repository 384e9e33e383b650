#include "tasks/registry.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <vector>

#include "tasks/entries.hpp"

namespace augsweep::tasks {

namespace {

std::string names_of_all() {
  std::string names;
  for (const TaskEntry& entry : all_tasks()) {
    names += (names.empty() ? "" : ", ") + entry.name;
  }
  return names;
}

std::string names_of(const std::vector<ParameterInfo>& parameters) {
  std::string names;
  for (const ParameterInfo& parameter : parameters) {
    names += (names.empty() ? "" : ", ") + parameter.name;
  }
  return names;
}

void check_value(const TaskEntry& entry, const ParameterInfo& parameter, double value) {
  if (!(value >= parameter.least && value <= parameter.most)) {
    throw std::invalid_argument(fmt::format("{} of task {} is {}, outside [{}, {}]", parameter.name,
                                            entry.name, value, parameter.least, parameter.most));
  }
  if (parameter.integer && value != std::floor(value)) {
    throw std::invalid_argument(
        fmt::format("{} of task {} is {}, but must be a whole number", parameter.name, entry.name, value));
  }
}

}  // namespace

std::span<const TaskEntry> all_tasks() {
#define AUGSWEEP_CALL_ENTRY(name) name##_entry(),
  static const std::vector<TaskEntry> entries = {AUGSWEEP_TASKS(AUGSWEEP_CALL_ENTRY)};
#undef AUGSWEEP_CALL_ENTRY
  return entries;
}

const TaskEntry* find_task(std::string_view name) {
  for (const TaskEntry& entry : all_tasks()) {
    if (entry.name == name) {
      return &entry;
    }
  }
  return nullptr;
}

Parameters complete_parameters(const TaskEntry& entry, const Parameters& parameters) {
  Parameters complete;
  for (const ParameterInfo& parameter : entry.parameters) {
    const auto given = parameters.find(parameter.name);
    const double value = given == parameters.end() ? parameter.standard : given->second;
    check_value(entry, parameter, value);
    complete[parameter.name] = value;
  }
  for (const auto& [name, value] : parameters) {
    if (!complete.contains(name)) {
      throw std::invalid_argument(
          fmt::format("task {} has no parameter '{}'; it has {}", entry.name, name,
                      entry.parameters.empty() ? std::string("none") : names_of(entry.parameters)));
    }
  }
  return complete;
}

std::unique_ptr<Task> make_task(std::string_view name, const Parameters& parameters, Rewards rewards) {
  const TaskEntry* entry = find_task(name);
  if (entry == nullptr) {
    throw std::invalid_argument(fmt::format("there is no task '{}'; there are {}", name, names_of_all()));
  }
  return entry->make(complete_parameters(*entry, parameters), rewards);
}

Rewards rewards_of(RewardRule rule) {
  switch (rule) {
    case RewardRule::rl:
      return {1.0, 0.0};
    case RewardRule::pl:
      return {0.0, -1.0};
    case RewardRule::srl:
      return {1.0, -1.0};
    case RewardRule::brl:
      break;
  }
  return {0.1, -1.0};
}

}  // namespace augsweep::tasks
