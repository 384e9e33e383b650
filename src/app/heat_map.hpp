#pragma once
/// @file A sweep's grid as a small map for a terminal.

#include <string>
#include <vector>

#include "sweep/sweep.hpp"
#include "training/outcome.hpp"

namespace augsweep::app {

/// How far each cell of a grid is and how many of its ended jobs converged, over the two longest axes but the
/// seed; the jobs of all other axes are taken together. A cell reads "85%▆": percent converged of the jobs
/// that have ended, and a bar that grows with the share of jobs that have; "·" if none has. With `colour` the
/// cells stand on ANSI colours from blue (none converged) to yellow (all), which colour-blind people can tell
/// too. At most `most_columns` columns and `most_rows` rows are drawn; the text says if there are more. Empty
/// for a sweep without such an axis. `statuses` has one element a job.
std::string heat_map(const sweep::Sweep& sweep, const std::vector<training::Status>& statuses, bool colour,
                     std::size_t most_rows = 24, std::size_t most_columns = 12);

}  // namespace augsweep::app
