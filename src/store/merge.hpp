#pragma once
/// @file Joins the files of shards, or of partial runs of one sweep, into one.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/writer.hpp"

namespace augsweep::store {

struct MergeOptions {
  bool overwrite = false;
  bool show = false;  ///< the rows stay where they are, and the merged file shows them (virtual_rows.hpp)
};

struct MergeReport {
  std::uint64_t jobs = 0;
  std::uint64_t ended = 0;             ///< jobs in the merged file that are not pending
  std::vector<std::uint64_t> missing;  ///< the first few jobs that no input has
  std::vector<std::string> gaps;       ///< sentences: which shards are missing or not complete
};

/// Joins the intact rows of all inputs, with their provenance, in a new file. Throws StoreError naming the
/// inputs if some belong to another sweep, if a job has ended in two of them, or if a row is damaged; nothing
/// is left behind then, and an old output stays as it was.
MergeReport merge(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& output,
                  const Provenance& provenance, const MergeOptions& options);

}  // namespace augsweep::store
