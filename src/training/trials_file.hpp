#pragma once
/// @file Recorded data sets: trials read from a file in place of drawn ones.
///
/// The file is CSV text with a header line, `trial,cue` or `trial,cue,target`, and one line a step. `trial`
/// is any label: lines that follow each other with the same label are one trial. `cue` is a cue label of the
/// task (augsweep tasks NAME lists them), `target` a response label, or empty where no response is asked for;
/// without that column the task's own rule holds.

#include <filesystem>
#include <string>
#include <vector>

#include "tasks/task.hpp"

namespace augsweep::training {

/// Reads the trials of a file. Throws std::runtime_error naming file, line and label if it can't be read or
/// understood.
std::vector<tasks::Trial> read_trials(const std::filesystem::path& file, const tasks::TaskInfo& info);

/// SHA-256 of a file's content in hexadecimal. Throws std::runtime_error if it can't be read.
std::string file_digest(const std::filesystem::path& file);

}  // namespace augsweep::training
