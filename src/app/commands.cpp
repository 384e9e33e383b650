#include "app/commands.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>
#include <string_view>

#include "app/child.hpp"
#include "app/program.hpp"
#include "app/version.hpp"
#include "model/kernel.hpp"

namespace augsweep::app {

namespace {

void set_up_logging() {
  // Results go to standard output, everything else to standard error.
  spdlog::set_default_logger(spdlog::stderr_color_mt("augsweep"));
  spdlog::set_pattern("%H:%M:%S %^%l%$ %v");
}

/// Commands that read result files, whoever made them, and start no threads.
constexpr std::array<std::string_view, 6> readers = {"status", "summary", "verify", "merge", "rerun", "cite"};

int run_command(int argc, char** argv) {
  CLI::App program{
      "augsweep: parallel sweeps of AuGMEnT working-memory reinforcement-learning simulations.\n"
      "\nExamples:\n"
      "  augsweep tasks                                  what can be simulated\n"
      "  augsweep plan sweeps/quickstart.toml            what a sweep would run, and how long it would take\n"
      "  augsweep run sweeps/quickstart.toml -o out.h5   run it on all cores of this machine\n"
      "  augsweep summary out.h5 --by leak               how often and how fast the jobs converged\n",
      "augsweep"};
  program.require_subcommand(1);
  program.set_version_flag(
      "--version", fmt::format("augsweep {} ({}, {})\ninstruction set {}", program_version(), git_revision(),
                               compiler(), name_of(model::best_isa())));
  program.get_formatter()->column_width(34);

  ExitCode exit_code = ExitCode::complete;
  add_tasks_command(program, exit_code);
  add_plan_command(program, exit_code);
  add_run_command(program, exit_code);
  add_status_command(program, exit_code);
  add_summary_command(program, exit_code);
  add_verify_command(program, exit_code);
  add_merge_command(program, exit_code);
  add_rerun_command(program, exit_code);
  add_cite_command(program, exit_code);
  add_slurm_command(program, exit_code);
  add_man_command(program, exit_code);

  try {
    set_up_logging();
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version are "errors" of CLI11 with code 0; all others are usage errors, exit code 1.
    return program.exit(error) == 0 ? static_cast<int>(ExitCode::complete)
                                    : static_cast<int>(ExitCode::bad_input);
  } catch (const std::exception& error) {
    fmt::print(stderr, "augsweep: {}\n", error.what());
    return static_cast<int>(ExitCode::bad_input);
  }
  return static_cast<int>(exit_code);
}

}  // namespace

int run_program(int argc, char** argv) {
  if (argc < 3 || std::find(readers.begin(), readers.end(), argv[1]) == readers.end()) {
    return run_command(argc, argv);
  }
  std::string what = "'augsweep";
  for (int i = 1; i < argc; ++i) {
    what += fmt::format(" {}", argv[i]);
  }
  return in_child(what + "'", [argc, argv] { return run_command(argc, argv); });
}

}  // namespace augsweep::app
