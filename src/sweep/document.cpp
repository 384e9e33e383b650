#include "sweep/document.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <tuple>

#include "sweep/nearest.hpp"
#include "sweep/schema.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::sweep {

namespace {

// Dots in a key nest tables without limit, and deep nesting would overflow the stack when the tables are
// destroyed. Nobody means more than "table.key".
constexpr int most_dots = 32;

bool is_key_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '"' || c == '\'' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The line of a dotted key with too many parts; nothing if there is none. Looks at characters only, so a
/// chain of that many words joined by dots inside a text counts too.
std::optional<std::uint32_t> too_many_dots(std::string_view text) {
  std::uint32_t line = 1;
  int dots = 0;
  bool blank = false;  // since the last other character
  bool after_dot = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t') {
      blank = true;
      continue;
    }
    if (c == '.') {
      dots = after_dot ? 0 : dots + 1;
      after_dot = true;
      if (dots > most_dots) {
        return line;
      }
    } else {
      if (!is_key_character(c) || (blank && !after_dot)) {
        dots = 0;
      }
      after_dot = false;
    }
    blank = false;
    line += c == '\n' ? 1 : 0;
  }
  return std::nullopt;
}

bool has_key(const std::vector<Entry>& entries, std::string_view key) {
  return std::ranges::find(entries, key, &Entry::key) != entries.end();
}

/// The entries of a table in the order in which they are written; toml++ sorts them by name.
std::vector<std::pair<const toml::key*, const toml::node*>> in_written_order(const toml::table& table) {
  std::vector<std::pair<const toml::key*, const toml::node*>> entries;
  for (auto&& [key, node] : table) {
    entries.emplace_back(&key, &node);
  }
  const auto position = [](const auto& entry) {
    const auto& begin = entry.first->source().begin;
    return std::tuple(begin.line, begin.column);
  };
  std::ranges::stable_sort(entries, {}, position);
  return entries;
}

Where line_of(const toml::key& key) {
  return {key.source().begin.line, std::nullopt};
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '/';
  });
}

/// Whether a value is written as those of an axis are, so that it cannot be a fixed value of the key.
bool is_axis_value(const Key& key, const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    return key.kind != Kind::trials || table->contains("values");
  }
  return node.is_array() && key.kind != Kind::leak && key.kind != Kind::trials;
}

/// Whether a value is a range, a list of values or named values rather than one value of the key that is on
/// an axis already.
bool spans_axis(const toml::node& node) {
  return node.is_array() || node.is_table();
}

std::string table_name(std::string_view table) {
  return table == "points" ? "[[points]]" : fmt::format("[{}]", table);
}

}  // namespace

std::string describe(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    constexpr std::size_t shown = 40;
    const std::string& value = text->get();
    return fmt::format("\"{}\" is text", value.size() <= shown ? value : value.substr(0, shown) + "...");
  }
  if (const auto* integer = node.as_integer()) {
    return fmt::format("{} is a whole number", integer->get());
  }
  if (const auto* real = node.as_floating_point()) {
    return fmt::format("{} is a number", real->get());
  }
  if (const auto* flag = node.as_boolean()) {
    return flag->get() ? "true is no such value" : "false is no such value";
  }
  if (node.is_array()) {
    return "this is a list";
  }
  if (node.is_table()) {
    return "this is a table";
  }
  return "this is a date or time";
}

Document::Document(std::string_view text, std::string file_name, const std::vector<std::string>& overrides)
    : file_name_(std::move(file_name)), overrides_(overrides) {
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) {
    fail(Where{}, "is not a text file (it contains a zero byte); give a sweep file in TOML");
  }
  if (const auto line = too_many_dots(text)) {
    fail({*line, std::nullopt}, fmt::format("a key has more than {} dots; the keys of a sweep file have one "
                                            "at most, as in learning.beta",
                                            most_dots));
  }
  try {
    root_ = toml::parse(text);
  } catch (const toml::parse_error& error) {
    fail({error.source().begin.line, std::nullopt},
         fmt::format("not valid TOML: {}; correct this line", error.description()));
  }
  take_root();
  for (std::size_t i = 0; i < overrides_.size(); ++i) {
    apply_override(i);
  }
}

void Document::take_root() {
  std::vector<std::string> known = tables();
  known.insert(known.end(), {"axes", "points"});
  for (const auto& [key, node] : in_written_order(root_)) {
    const std::string name(key->str());
    if (std::ranges::find(known, name) == known.end()) {
      const Key* misplaced = find_key(name);
      if (misplaced != nullptr && !node->is_table()) {
        fail(line_of(*key), fmt::format("key `{}` stands outside of any table; put it below a line [{}]",
                                        name, misplaced->table));
      }
      const auto near = nearest(name, known);
      fail(line_of(*key),
           near ? fmt::format("unknown table [{}]; did you mean [{}]?", name, *near)
                : fmt::format("unknown table [{}]; the tables are [{}]", name, fmt::join(known, "], [")));
    }
    if (name == "points") {
      take_points(*node);
      continue;
    }
    if (!node->is_table()) {
      fail(line_of(*key), fmt::format("`{}` must be a table; write [{}] and its keys below", name, name));
    }
    if (name == "axes") {
      take_axes(*node);
    } else {
      take_table(name, *node);
    }
  }
}

void Document::take_table(std::string_view name, const toml::node& node) {
  for (const auto& [key, value] : in_written_order(*node.as_table())) {
    entries_.push_back({std::string(key->str()), std::string(name), value, line_of(*key)});
  }
}

void Document::take_axes(const toml::node& node) {
  for (const auto& [key, value] : in_written_order(*node.as_table())) {
    axes_.push_back({std::string(key->str()), "axes", value, line_of(*key)});
  }
}

void Document::take_points(const toml::node& node) {
  has_points_ = true;
  const toml::array* points = node.as_array();
  const Where where{node.source().begin.line, std::nullopt};
  if (points == nullptr) {
    fail(where, "`points` must be a list of tables; write [[points]] above the keys of each point");
  }
  if (points->empty()) {
    fail(where, "`points` is empty; write a [[points]] table for each point, or take it out");
  }
  for (const toml::node& point : *points) {
    const Where begin{point.source().begin.line, std::nullopt};
    if (!point.is_table()) {
      fail(begin,
           fmt::format("a point must be a table, but {}; write [[points]] above its keys", describe(point)));
    }
    points_.push_back({{}, begin});
    for (const auto& [key, value] : in_written_order(*point.as_table())) {
      points_.back().entries.push_back({std::string(key->str()), "points", value, line_of(*key)});
    }
  }
}

void Document::apply_override(std::size_t index) {
  const Where where{0, index};
  const std::string_view text = overrides_[index];
  const auto equals = text.find('=');
  const std::string_view name = trim(text.substr(0, equals));
  if (equals == std::string_view::npos || name.empty()) {
    fail(where, "no KEY=VALUE; write for example --set beta=0.1");
  }
  const std::string_view value = trim(text.substr(equals + 1));
  if (value.find_first_of("\r\n") != std::string_view::npos || value.find('\0') != std::string_view::npos ||
      too_many_dots(value)) {
    fail(where, "the value must be one line of TOML; use one --set per key");
  }
  try {
    override_values_.push_back(toml::parse(fmt::format("value = {}\n", value)));
  } catch (const toml::parse_error& error) {
    // Words need no quotes here, since the shell would eat them.
    if (!is_word(value)) {
      fail(where, fmt::format("the value is not valid TOML: {}; put the whole in single quotes for the shell",
                              error.description()));
    }
    override_values_.push_back(toml::table{{"value", std::string(value)}});
  }
  const toml::node& node = *override_values_.back().get("value");

  if (const auto dot = name.find('.'); dot != std::string_view::npos) {
    const std::string table(trim(name.substr(0, dot)));
    const std::string key(trim(name.substr(dot + 1)));
    std::vector<std::string> known = tables();
    known.emplace_back("axes");
    if (std::ranges::find(known, table) == known.end()) {
      const auto near = nearest(table, known);
      fail(where,
           near ? fmt::format("unknown table [{}]; did you mean [{}]?", table, *near)
                : fmt::format("unknown table [{}]; the tables are [{}]", table, fmt::join(known, "], [")));
    }
    put(table, key, node, index);
    return;
  }

  const std::string key(name);
  if (has_key(axes_, key) && (spans_axis(node) || find_key(key) == nullptr)) {
    put("axes", key, node, index);
    return;
  }
  // "task" is the name of the task on axes, "name" its key in [task] but also that of the sweep.
  std::vector<const Key*> candidates;
  for (const Key& one : keys()) {
    if (one.name == key || one.entry == key) {
      candidates.push_back(&one);
    }
  }
  if (candidates.empty()) {
    std::vector<std::string> known;
    for (const Key& one : keys()) {
      known.push_back(one.name);
    }
    const auto near = nearest(key, known);
    fail(where, near ? fmt::format("unknown key `{}`; did you mean `{}`?", key, *near)
                     : fmt::format("unknown key `{}`; docs/sweep-files.md lists the keys", key));
  }
  if (candidates.size() > 1) {
    std::vector<std::string> full;
    for (const Key* one : candidates) {
      full.push_back(fmt::format("{}.{}", one->table, one->entry));
    }
    fail(where, fmt::format("`{}` is not unique; write {}", key, fmt::join(full, " or ")));
  }
  const Key& found = *candidates.front();
  const bool axis = is_axis_value(found, node);
  put(axis ? "axes" : found.table, axis ? found.name : found.entry, node, index);
}

void Document::put(const std::string& table, const std::string& key, const toml::node& value,
                   std::size_t index) {
  const Where where{0, index};
  const Entry entry{key, table, &value, where};
  const Key* known = table == "axes" ? find_key(key) : find_entry(table, key);
  if (table == "axes" && known == nullptr) {
    // Keys that move together, under a name of their own; a misspelt key is found when the axes are read.
    const auto old = std::ranges::find(axes_, key, &Entry::key);
    if (old != axes_.end()) {
      *old = entry;
    } else {
      axes_.push_back(entry);
    }
    return;
  }
  if (known == nullptr) {
    entries_.push_back(entry);
    return;
  }
  refuse_if_bundled(known->name, where);
  // alpha and lambda are two ways to write one quantity: the new one replaces either.
  if (known->field == Field::alpha || known->field == Field::lambda) {
    const std::string rival = known->field == Field::alpha ? "lambda" : "alpha";
    refuse_if_bundled(rival, where);
    drop(rival);
  }
  if (table == "axes") {
    const auto old = std::ranges::find(axes_, key, &Entry::key);
    if (old != axes_.end()) {
      *old = entry;
      return;
    }
    drop(known->name);
    axes_.push_back(entry);
  } else {
    drop(known->name);
    entries_.push_back(entry);
  }
}

void Document::refuse_if_bundled(const std::string& key, const Where& where) const {
  for (const Point& point : points_) {
    if (has_key(point.entries, key)) {
      fail(where, fmt::format("`{}` is set by the [[points]] of the file; change it there", key));
    }
  }
  for (const Entry& axis : axes_) {
    const toml::table* table = axis.node->as_table();
    const toml::array* together = table == nullptr ? nullptr : table->get_as<toml::array>("together");
    if (together == nullptr) {
      continue;
    }
    for (const toml::node& one : *together) {
      if (one.value<std::string>() == key) {
        fail(where,
             fmt::format("`{}` moves together with other keys on the axis `{}`; override axes.{} as a whole",
                         key, axis.key, axis.key));
      }
    }
  }
}

void Document::drop(std::string_view axis_name) {
  const Key* key = find_key(axis_name);
  std::erase_if(axes_, [&](const Entry& entry) { return entry.key == key->name; });
  std::erase_if(entries_, [&](const Entry& entry) { return find_entry(entry.table, entry.key) == key; });
}

void Document::fail(const Where& where, const std::string& message) const {
  std::string whole = where.override_index
                          ? fmt::format("--set {}: {}", overrides_[*where.override_index], message)
                      : where.line == 0 ? fmt::format("{}: {}", file_name_, message)
                                        : fmt::format("{}:{}: {}", file_name_, where.line, message);
  // What the file's texts bring along must not break the line.
  std::ranges::replace_if(
      whole, [](unsigned char c) { return std::iscntrl(c) != 0; }, ' ');
  throw SweepError(whole);
}

void Document::fail(const Entry& entry, const std::string& message, const toml::node* node) const {
  Where where = entry.where;
  if (node != nullptr && !where.override_index && node->source().begin.line != 0) {
    where.line = node->source().begin.line;
  }
  fail(where, fmt::format("key `{}` in {}: {}", entry.key, table_name(entry.table), message));
}

}  // namespace augsweep::sweep
