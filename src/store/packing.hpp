#pragma once
/// @file Outcomes as a worker packs them for the file: the row's checksum worked out and its curves
/// compressed already, so that the one process that writes has only to put bytes in their places.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "training/outcome.hpp"

namespace augsweep::store {

/// What a worker has to know of the file.
struct Packing {
  std::uint64_t bins = 0;  ///< of every curve: the length of the dimension `bin`; 0 if no curves are kept
};

/// A packed outcome, taken apart. The curves are views into the packed bytes.
struct PackedRow {
  std::uint64_t checksum = 0;  ///< checksum_of the outcome's byte form
  /// Per curve one chunk as HDF5's filters shuffle and deflate make it, padded with NaN to the length of
  /// `bin`; empty if the outcome has no such curve.
  std::array<std::span<const std::byte>, training::curve_count> curves;
  training::Outcome rest;  ///< the outcome without its curves
};

/// Packs an outcome, its message cut to what a file can hold. Safe to call from several threads.
std::vector<std::byte> pack(const training::Outcome& outcome, const Packing& packing);

/// The inverse of pack, up to the curves. Throws std::runtime_error if the bytes are no packed outcome.
PackedRow unpack(std::span<const std::byte> packed);

/// One chunk of `length` numbers, `values` and then NaN, as HDF5's filters shuffle and deflate (level 1)
/// would store it. Throws StoreError if there are more values than that, or if the compression fails.
std::vector<std::byte> compressed_chunk(std::span<const float> values, std::uint64_t length);

}  // namespace augsweep::store
