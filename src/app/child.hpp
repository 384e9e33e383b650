#pragma once
/// @file A child process for what may crash: the HDF5 library can't cope with every malformed file, and
/// people are to get a sentence, not a segmentation fault.

#include <functional>
#include <optional>
#include <string>

namespace augsweep::app {

/// Runs `action` in a child process (a copy of this one, with the same output) and gives its exit code; if
/// the child crashed, says so on standard error in a sentence that begins with `what` and gives
/// ExitCode::bad_input. To be called before any thread is started. Throws std::system_error if no child can
/// be made.
int in_child(const std::string& what, const std::function<int()>& action);

/// The name of the signal if looking into a result file crashes; none if it does not, whatever else may be
/// wrong with it. To be called before any thread is started.
std::optional<std::string> crash_of_reading(const std::string& file);

/// What to say of a file that crashes its reader.
std::string crash_sentence(const std::string& what, const std::string& signal);

}  // namespace augsweep::app
