#pragma once
/// @file Tables of text for people.

#include <string>
#include <vector>

namespace augsweep::app {

/// Columns padded to their widest cell and set apart by two spaces; numbers (cells that begin with a digit,
/// sign or point) to the right, words to the left.
class Table {
 public:
  explicit Table(std::vector<std::string> header);

  /// Adds a row; it must have as many cells as the header.
  void add(std::vector<std::string> row);

  /// The table, every line ended.
  std::string text() const;

  /// The same as comma-separated values (RFC 4180).
  std::string csv() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the first one is the header
};

}  // namespace augsweep::app
