#pragma once

namespace augsweep::app {

/// The whole program: parses the command line, runs the command, says on standard error what went wrong.
/// Returns the exit code.
int run_program(int argc, char** argv);

}  // namespace augsweep::app
