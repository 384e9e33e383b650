#pragma once
/// @file Feeds a trace's responses to the task of the same name and compares stimuli, rewards, targets,
/// resets, places of learning and trial ends.

#include <memory>
#include <string>

#include "comparison.hpp"
#include "tasks/task.hpp"
#include "trace.hpp"

namespace augsweep::golden {

/// The name in sweep files of a trace's task ("12AX_S" is "12ax-s"); empty if it has none.
std::string task_name(const Config& config);

/// Makes the task with the trace's parameters and rewards. Throws TraceError if the trace lacks its rewards,
/// and as tasks::make_task.
std::unique_ptr<tasks::Task> make_environment(const Trace& trace);

/// Replays all trials and adds to `comparison`. Throws TraceError for a trial whose cues the task does not
/// know and for an event that lacks a field.
void replay_environment(const Trace& trace, tasks::Task& task, Comparison& comparison);

}  // namespace augsweep::golden
