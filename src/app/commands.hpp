#pragma once
/// @file The commands of the program, one file each.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace augsweep::app {

/// Exit codes of the program; docs/failures.md.
enum class ExitCode : int {
  complete = 0,
  bad_input = 1,    ///< usage or input error; nothing was run or nothing more could be written
  some_failed = 2,  ///< complete, but some jobs failed
  stopped = 75      ///< stopped early on request (signal, time limit); `run --resume` goes on
};

/// Each adds one command to the program. Its callback leaves the exit code in `exit_code` and throws on
/// error.
void add_tasks_command(CLI::App& program, ExitCode& exit_code);
void add_plan_command(CLI::App& program, ExitCode& exit_code);
void add_run_command(CLI::App& program, ExitCode& exit_code);
void add_status_command(CLI::App& program, ExitCode& exit_code);
void add_summary_command(CLI::App& program, ExitCode& exit_code);
void add_verify_command(CLI::App& program, ExitCode& exit_code);
void add_merge_command(CLI::App& program, ExitCode& exit_code);
void add_rerun_command(CLI::App& program, ExitCode& exit_code);
void add_cite_command(CLI::App& program, ExitCode& exit_code);
void add_slurm_command(CLI::App& program, ExitCode& exit_code);
void add_man_command(CLI::App& program, ExitCode& exit_code);

}  // namespace augsweep::app
