#pragma once
/// @file Reads single values and axes out of the entries of a document, and refuses what they cannot be.

#include <string>
#include <vector>

#include "sweep/column.hpp"
#include "sweep/document.hpp"
#include "sweep/schema.hpp"

namespace augsweep::sweep {

/// The values of one axis as they were written.
struct AxisValues {
  std::string name;
  std::vector<const Key*> keys;
  std::vector<Column> columns;     ///< [key]
  std::vector<std::string> names;  ///< [position], or empty
};

class Reader {
 public:
  /// The document must outlive the reader.
  explicit Reader(const Document& document) : document_(document) {}

  /// A value of that key. Throws SweepError, naming `entry`, for a wrong type or a value out of range.
  Value value(const Key& key, const Entry& entry, const toml::node& node) const;

  /// An entry of [axes]. Throws SweepError.
  AxisValues axis(const Entry& entry) const;

  /// Checks labels of an axis or of points: texts, each once.
  void check_names(const Entry& entry, const std::vector<std::string>& names) const;

 private:
  Value integer(const Key& key, const Entry& entry, const toml::node& node) const;
  Value real(const Key& key, const Entry& entry, const toml::node& node) const;
  Value choice(const Key& key, const Entry& entry, const toml::node& node) const;
  Value leak(const Key& key, const Entry& entry, const toml::node& node) const;
  Value trials(const Key& key, const Entry& entry, const toml::node& node) const;
  double number(const std::string& expected, const Entry& entry, const toml::node& node) const;
  std::int64_t whole(const std::string& expected, const Entry& entry, const toml::node& node) const;
  void check_range(const Key& key, const Entry& entry, const toml::node& node, double value) const;

  Column values(const Key& key, const Entry& entry, const toml::node& node) const;
  Column list(const Key& key, const Entry& entry, const toml::array& list) const;
  Column run(const Key& key, const Entry& entry, const toml::table& table) const;
  Column range(const Key& key, const Entry& entry, const toml::table& table) const;
  AxisValues together(const Entry& entry, const toml::table& table) const;
  std::vector<std::string> names(const Entry& entry, const toml::table& table, std::uint64_t size) const;
  const Key& axis_key(const Entry& entry, const std::string& name, const toml::node* node) const;
  void only_keys(const Entry& entry, const toml::table& table, const std::vector<std::string>& known) const;
  const toml::node& member(const Entry& entry, const toml::table& table, std::string_view name) const;

  const Document& document_;
};

}  // namespace augsweep::sweep
