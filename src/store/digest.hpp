#pragma once
/// @file The science digest, and the check of a whole file.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "store/reader.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::store {

/// The sweep that a file was made from, as it stands in the file.
sweep::Sweep sweep_of(const Reader& reader);

struct Verification {
  std::uint64_t jobs = 0;
  std::uint64_t ended = 0;            ///< jobs that are not pending
  std::vector<std::string> problems;  ///< one sentence each; empty if all is well
  std::string digest;                 ///< the science digest, 64 hexadecimal digits
};

/// Reads everything: each row of an ended job must fit its checksum, each job's parameters the sweep in the
/// file. The digest is the SHA-256 of, for every job in order, its parameters as text and, if it has ended,
/// its outcome in its byte form; it depends on no time, host, rank or attempt. docs/file-format.md defines it
/// to the byte.
Verification verify(const Reader& reader);

}  // namespace augsweep::store
