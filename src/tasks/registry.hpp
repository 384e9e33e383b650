#pragma once
/// @file The list of tasks. A new task is one new file and its name in CMakeLists.txt, entries.hpp and
/// registry.cpp.

#include <memory>
#include <span>
#include <string_view>

#include "tasks/task.hpp"

namespace augsweep::tasks {

/// Every task, in the order in which they are listed.
std::span<const TaskEntry> all_tasks();

/// The task of that name; nullptr if there is none.
const TaskEntry* find_task(std::string_view name);

/// Makes a task. Parameters that are missing take their defaults. Throws std::invalid_argument, in a whole
/// sentence, for an unknown task or parameter and for a value out of range.
std::unique_ptr<Task> make_task(std::string_view name, const Parameters& parameters, Rewards rewards);

/// `parameters` with the defaults of those that are missing; throws as make_task.
Parameters complete_parameters(const TaskEntry& entry, const Parameters& parameters);

}  // namespace augsweep::tasks
