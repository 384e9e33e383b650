#pragma once
/// @file Joins the files of shards, or of partial runs of one sweep, into one.

#include <cstdint>
#include <filesystem>
#include <vector>

#include "store/writer.hpp"

namespace augsweep::store {

struct MergeReport {
  std::uint64_t jobs = 0;
  std::uint64_t ended = 0;             ///< jobs in the merged file that are not pending
  std::vector<std::uint64_t> missing;  ///< the first few jobs that no input has
};

/// Copies the intact rows of all inputs into a new file, with their provenance. Throws StoreError naming the
/// input if one belongs to another sweep, if a job has ended in two inputs, or if a row is damaged; nothing
/// is left behind then.
MergeReport merge(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& output,
                  const Provenance& provenance, bool overwrite);

}  // namespace augsweep::store
