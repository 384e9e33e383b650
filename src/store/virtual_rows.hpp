#pragma once
/// @file Result files whose rows lie in other result files (HDF5's virtual datasets).
///
/// Parameters, labels and dimension scales are the file's own; status, curves, weights and everything else
/// that a job leaves are shown from the files of the shards. HDF5 shows the rows of a source that it can't
/// open as if their jobs had not run, so a Reader looks for all sources first.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/h5.hpp"
#include "sweep/shard.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::store {

/// Where the rows of a file come from.
struct RowSources {
  std::vector<std::filesystem::path> files;  ///< by their names in the file: relative to its folder
  std::vector<std::int32_t> owner;           ///< [job]: index into `files`, -1 where no source has the job

  bool empty() const { return files.empty(); }
};

/// Ascending numbers as few runs.
std::vector<sweep::JobRun> runs_of(const std::vector<std::uint64_t>& numbers);

/// Turns a file that has been laid out for `sweep`, and is closed, into one that shows the rows of `sources`.
/// Throws StoreError if there would be more pieces than a file can sensibly have.
void show_rows_of(const RowSources& sources, const std::filesystem::path& file, const sweep::Sweep& sweep);

/// The sources of an open file; none if its rows are its own.
RowSources row_sources(hid_t file, std::uint64_t jobs);

}  // namespace augsweep::store
