#pragma once
/// @file One function a task, each in a file of its own; registry.cpp lists them.

#include "tasks/task.hpp"

namespace augsweep::tasks {

TaskEntry twelve_ax_entry();
TaskEntry twelve_ax_s_entry();
TaskEntry twelve_ax_triplets_entry();
TaskEntry ax_entry();
TaskEntry sequence_entry();
TaskEntry sequence_cpt_entry();
TaskEntry txor_entry();
TaskEntry saccade_entry();

}  // namespace augsweep::tasks
