#pragma once
/// @file A file of its own for one job step by step: what `rerun --trace` writes. Like result files it opens
/// in xarray, h5py and HDFView.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace augsweep::store {

/// A dimension with the coordinates along it: names, or the numbers from 0.
struct TraceDimension {
  std::string name;
  std::string long_name;
  std::variant<std::vector<std::string>, std::uint64_t> coordinates;  ///< names, or how many numbers
};

/// A variable over the steps and, in that order, further dimensions.
struct TraceVariable {
  std::string name;
  std::vector<std::string> dims;  ///< beyond `step`
  std::string long_name;
  std::variant<std::vector<double>, std::vector<std::int64_t>> values;  ///< row by row, a row a step
};

struct Trace {
  std::uint64_t steps = 0;
  std::vector<TraceDimension> dimensions;  ///< but for `step`
  std::vector<TraceVariable> variables;
  std::map<std::string, std::string> attributes;  ///< of the root
};

/// Writes the file whole: it stands under its name only once it is complete. Throws StoreError if it exists
/// and is not to be overwritten, or can't be written.
void write_trace(const std::filesystem::path& file, const Trace& trace, bool overwrite);

}  // namespace augsweep::store
