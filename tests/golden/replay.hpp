#pragma once
/// @file Replays one file, of whichever kind, and says in words how that went.

#include <filesystem>
#include <optional>
#include <string>

#include "comparison.hpp"
#include "trace.hpp"

namespace augsweep::golden {

/// The suggested tolerance of the traces' authors.
inline constexpr double default_tolerance = 1e-11;

struct Report {
  std::string file;
  std::optional<Comparison> model;        ///< of a trace, or of the function tables
  std::optional<Comparison> environment;  ///< of a trace whose task is known
  std::string note;                       ///< why the environment was not replayed
  std::string error;                      ///< why the replay could not be finished; empty if it was

  /// The replay was finished, something was compared, and everything agreed.
  bool passed() const;
  /// Several lines, the first one with the verdict.
  std::string text() const;
};

/// Replays what has been read from `file`. Throws nothing that is about the content: the report says it.
Report replay(Json content, const std::string& file, double tolerance = default_tolerance);

/// Reads and replays a file.
Report replay_file(const std::filesystem::path& file, double tolerance = default_tolerance);

}  // namespace augsweep::golden
