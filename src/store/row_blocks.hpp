#pragma once
/// @file Small variables, one number or short text a job, gathered in memory and written many rows at a time:
/// a write of HDF5's costs about as much for one number as for a thousand.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "store/h5.hpp"

namespace augsweep::store {

class RowBlocks {
 public:
  /// `rows` of every variable; they are held in blocks of `block_rows`.
  RowBlocks(std::uint64_t rows, std::uint64_t block_rows) : rows_(rows), block_rows_(block_rows) {}

  /// Takes on an open dataset over rows alone, whose elements have `size` bytes in memory. Returns the
  /// variable's number.
  std::size_t add(const h5::Handle& dataset, h5::Handle memory_type, std::size_t size, std::string name);

  /// Sets a variable's element. Reads the block's rows from the file where it is not held yet.
  template <class Number>
  void put(std::uint64_t row, std::size_t variable, Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    std::memcpy(element(row, variable, sizeof value), &value, sizeof value);
  }
  /// Cut off or padded with zeros to the variable's size.
  void put_text(std::uint64_t row, std::size_t variable, std::string_view text);

  /// Whether so many blocks are held that they are better written now.
  bool full() const { return blocks_.size() >= most_blocks; }

  /// Hands to HDF5 what has been put since the last time. Throws StoreError.
  void write();

  /// Forgets everything, also what has not been written.
  void clear();

 private:
  /// Rows come nearly in order, so few blocks are at work at a time.
  static constexpr std::size_t most_blocks = 8;

  struct Variable {
    hid_t dataset = H5I_INVALID_HID;
    h5::Handle memory_type;
    std::size_t size = 0;
    std::string name;
  };
  struct Block {
    std::uint64_t start = 0, count = 0;                // rows
    std::uint64_t first_changed = 0, end_changed = 0;  // rows of the block; equal: none
    std::vector<std::vector<std::byte>> values;        // [variable]
  };

  std::byte* element(std::uint64_t row, std::size_t variable, std::size_t size);
  Block& block_of(std::uint64_t row);

  std::uint64_t rows_, block_rows_;
  std::vector<Variable> variables_;
  std::map<std::uint64_t, Block> blocks_;  // by start
  Block* latest_ = nullptr;
};

}  // namespace augsweep::store
