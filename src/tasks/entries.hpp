#pragma once
/// @file The registry: one line a task, in the order in which they are listed. Each name stands for a
/// function `NAME_entry()` in a file of its own.

#include "tasks/task.hpp"

#define AUGSWEEP_TASKS(TASK) \
  TASK(twelve_ax)            \
  TASK(twelve_ax_s)          \
  TASK(ax)                   \
  TASK(twelve_ax_triplets)   \
  TASK(sequence)             \
  TASK(sequence_cpt)         \
  TASK(txor)                 \
  TASK(saccade)              \
  TASK(delayed_match)

namespace augsweep::tasks {

#define AUGSWEEP_DECLARE_ENTRY(name) TaskEntry name##_entry();
AUGSWEEP_TASKS(AUGSWEEP_DECLARE_ENTRY)
#undef AUGSWEEP_DECLARE_ENTRY

}  // namespace augsweep::tasks
