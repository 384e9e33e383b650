#pragma once
/// @file A sweep file as it stands, with the overrides of --set worked in: entries and where they are
/// written. What they mean is the Reader's and the Builder's business.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/toml.hpp"

namespace augsweep::sweep {

/// A line of the file, or one of the overrides.
struct Where {
  std::uint32_t line = 0;  ///< 1-based; 0: the file as a whole
  std::optional<std::size_t> override_index;
};

/// One "key = value".
struct Entry {
  std::string key;
  std::string table;  ///< "learning", "axes", or "points"
  const toml::node* node = nullptr;
  Where where;
};

/// One [[points]] table.
struct Point {
  std::vector<Entry> entries;
  Where where;
};

class Document {
 public:
  /// Throws SweepError for text that is no TOML, unknown tables, and overrides that cannot be understood.
  Document(std::string_view text, std::string file_name, const std::vector<std::string>& overrides);

  /// The entries of the tables that hold keys, in no particular order.
  const std::vector<Entry>& entries() const { return entries_; }
  /// [axes], in the order in which they are written.
  const std::vector<Entry>& axes() const { return axes_; }
  const std::vector<Point>& points() const { return points_; }
  bool has_points() const { return has_points_; }

  /// Throws SweepError: "FILE:LINE: key `beta` in [learning]: message". Names the line of `node` if that is
  /// given.
  [[noreturn]] void fail(const Entry& entry, const std::string& message,
                         const toml::node* node = nullptr) const;
  /// Throws SweepError: "FILE:LINE: message".
  [[noreturn]] void fail(const Where& where, const std::string& message) const;

 private:
  void take_root();
  void take_table(std::string_view name, const toml::node& node);
  void take_axes(const toml::node& node);
  void take_points(const toml::node& node);
  void apply_override(std::size_t index);
  void put(const std::string& table, const std::string& key, const toml::node& value, std::size_t index);
  void refuse_if_bundled(const std::string& key, const Where& where) const;
  void drop(std::string_view axis_name);

  std::string file_name_;
  std::vector<std::string> overrides_;
  toml::table root_;
  std::deque<toml::table> override_values_;  ///< entries point into them, so they must not move
  std::vector<Entry> entries_, axes_;
  std::vector<Point> points_;
  bool has_points_ = false;
};

/// What a TOML value is, for messages: "\"fast\" is text".
std::string describe(const toml::node& node);

}  // namespace augsweep::sweep
