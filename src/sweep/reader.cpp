#include "sweep/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <unordered_map>

#include "sweep/nearest.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::sweep {

namespace {

constexpr double most_exact_integer = 0x1p53;

}  // namespace

double Reader::number(const std::string& expected, const Entry& entry, const toml::node& node) const {
  double value = 0.0;
  if (const auto* integer = node.as_integer()) {
    value = static_cast<double>(integer->get());
  } else if (const auto* real = node.as_floating_point()) {
    value = real->get();
  } else {
    document_.fail(entry, fmt::format("{}; give {}", describe(node), expected), &node);
  }
  if (!std::isfinite(value)) {
    document_.fail(entry, fmt::format("{} is not finite; give {}", value, expected), &node);
  }
  return value + 0.0;  // so that -0 is 0
}

std::int64_t Reader::whole(const std::string& expected, const Entry& entry, const toml::node& node) const {
  if (const auto* integer = node.as_integer()) {
    return integer->get();
  }
  // 1e5 is a real number in TOML, but a whole one to everybody else.
  const double value = number(expected, entry, node);
  if (value != std::floor(value) || std::abs(value) > most_exact_integer) {
    document_.fail(entry, fmt::format("{} is no whole number; give {}", value, expected), &node);
  }
  return static_cast<std::int64_t>(value);
}

void Reader::check_range(const Key& key, const Entry& entry, const toml::node& node, double value) const {
  if (value < key.least || value > key.most) {
    document_.fail(entry, fmt::format("{} is out of range; give {}", value, expected(key)), &node);
  }
}

Value Reader::integer(const Key& key, const Entry& entry, const toml::node& node) const {
  const std::int64_t value = whole(expected(key), entry, node);
  check_range(key, entry, node, static_cast<double>(value));
  return value;
}

Value Reader::real(const Key& key, const Entry& entry, const toml::node& node) const {
  const double value = number(expected(key), entry, node);
  check_range(key, entry, node, value);
  return value;
}

Value Reader::choice(const Key& key, const Entry& entry, const toml::node& node) const {
  const auto* text = node.as_string();
  if (text == nullptr) {
    document_.fail(entry, fmt::format("{}; give {}", describe(node), expected(key)), &node);
  }
  const auto found = std::ranges::find(key.choices, text->get());
  if (found == key.choices.end()) {
    const auto near = nearest(text->get(), key.choices);
    document_.fail(entry,
                   near ? fmt::format("unknown name \"{}\"; did you mean \"{}\"?", text->get(), *near)
                        : fmt::format("unknown name \"{}\"; give {}", text->get(), expected(key)),
                   &node);
  }
  return std::int64_t{found - key.choices.begin()};
}

Value Reader::leak(const Key& key, const Entry& entry, const toml::node& node) const {
  std::vector<double> leak;
  if (const toml::array* list = node.as_array()) {
    if (list->empty()) {
      document_.fail(entry, fmt::format("this is an empty list; give {}", expected(key)), &node);
    }
    for (const toml::node& one : *list) {
      leak.push_back(std::get<double>(real(key, entry, one)));
    }
  } else {
    leak.push_back(std::get<double>(real(key, entry, node)));
  }
  return leak;
}

Value Reader::trials(const Key& key, const Entry& entry, const toml::node& node) const {
  std::vector<std::int64_t> trials;
  const auto too_many = [&](std::uint64_t count) {
    document_.fail(
        entry, fmt::format("{} trials are too many to record; give {} at most", count, max_recorded_trials),
        &node);
  };
  if (const toml::table* table = node.as_table()) {
    only_keys(entry, *table, {"first", "count"});
    const std::int64_t first = std::get<std::int64_t>(integer(key, entry, member(entry, *table, "first")));
    const toml::node& count_node = member(entry, *table, "count");
    const std::int64_t count = whole("a whole number, at least 0", entry, count_node);
    if (count < 0) {
      document_.fail(entry, fmt::format("a count of {} is not possible; give 0 or more", count), &count_node);
    }
    if (count > max_recorded_trials) {
      too_many(static_cast<std::uint64_t>(count));
    }
    for (std::int64_t i = 0; i < count; ++i) {
      trials.push_back(first + i);
    }
    return trials;
  }
  const toml::array* list = node.as_array();
  if (list == nullptr) {
    document_.fail(entry, fmt::format("{}; give {}", describe(node), expected(key)), &node);
  }
  if (list->size() > static_cast<std::size_t>(max_recorded_trials)) {
    too_many(list->size());
  }
  Key element = key;
  element.kind = Kind::integer;
  for (const toml::node& one : *list) {
    const std::int64_t trial = std::get<std::int64_t>(integer(element, entry, one));
    if (!trials.empty() && trial <= trials.back()) {
      document_.fail(
          entry,
          fmt::format("trial {} comes after trial {}; give the trials in ascending order, each once", trial,
                      trials.back()),
          &one);
    }
    trials.push_back(trial);
  }
  return trials;
}

Value Reader::value(const Key& key, const Entry& entry, const toml::node& node) const {
  switch (key.kind) {
    case Kind::boolean:
      if (const auto* flag = node.as_boolean()) {
        return flag->get();
      }
      break;
    case Kind::text:
      if (const auto* text = node.as_string()) {
        return text->get();
      }
      break;
    case Kind::integer:
      return integer(key, entry, node);
    case Kind::real:
      return real(key, entry, node);
    case Kind::choice:
      return choice(key, entry, node);
    case Kind::leak:
      return leak(key, entry, node);
    case Kind::trials:
      return trials(key, entry, node);
  }
  document_.fail(entry, fmt::format("{}; give {}", describe(node), expected(key)), &node);
}

void Reader::only_keys(const Entry& entry, const toml::table& table,
                       const std::vector<std::string>& known) const {
  for (auto&& [key, node] : table) {
    const std::string name(key.str());
    if (std::ranges::find(known, name) == known.end()) {
      const auto near = nearest(name, known);
      document_.fail(
          entry,
          near ? fmt::format("unknown `{}` in the braces; did you mean `{}`?", name, *near)
               : fmt::format("unknown `{}` in the braces; known here: {}", name, fmt::join(known, ", ")),
          &node);
    }
  }
}

const toml::node& Reader::member(const Entry& entry, const toml::table& table, std::string_view name) const {
  const toml::node* node = table.get(name);
  if (node == nullptr) {
    document_.fail(entry, fmt::format("`{}` is missing in the braces; add {} = ...", name, name), &table);
  }
  return *node;
}

const Key& Reader::axis_key(const Entry& entry, const std::string& name, const toml::node* node) const {
  const Key* key = find_key(name);
  if (key != nullptr && key->may_be_axis) {
    return *key;
  }
  if (key != nullptr) {
    document_.fail(entry, fmt::format("`{}` cannot be an axis; give it one value in [{}]", name, key->table),
                   node);
  }
  std::vector<std::string> known;
  for (const Key& one : keys()) {
    if (one.may_be_axis) {
      known.push_back(one.name);
    }
  }
  const auto near = nearest(name, known);
  document_.fail(
      entry,
      near ? fmt::format("unknown key `{}`; did you mean `{}`?", name, *near)
           : fmt::format("unknown key `{}`; docs/sweep-files.md lists the keys (keys that move together: "
                         "{{ together = [...], values = [...] }})",
                         name),
      node);
}

AxisValues Reader::axis(const Entry& entry) const {
  const toml::table* table = entry.node->as_table();
  if (table != nullptr && table->contains("together")) {
    return together(entry, *table);
  }
  const Key& key = axis_key(entry, entry.key, nullptr);
  AxisValues axis{entry.key, {&key}, {values(key, entry, *entry.node)}, {}};
  if (table != nullptr && table->contains("labels")) {
    axis.names = names(entry, *table, axis.columns.front().size());
  }
  return axis;
}

Column Reader::values(const Key& key, const Entry& entry, const toml::node& node) const {
  if (const toml::array* array = node.as_array()) {
    return list(key, entry, *array);
  }
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    document_.fail(
        entry,
        fmt::format("{}, but an axis needs a list of values or a range; a single value belongs in [{}]",
                    describe(node), key.table),
        &node);
  }
  if (table->contains("values")) {
    only_keys(entry, *table, {"values", "labels"});
    const toml::node& inner = member(entry, *table, "values");
    if (!inner.is_array()) {
      document_.fail(entry, "`values` must be a list; write values = [...]", &inner);
    }
    return list(key, entry, *inner.as_array());
  }
  if (table->contains("first") || table->contains("count")) {
    return run(key, entry, *table);
  }
  if (table->contains("from") || table->contains("to") || table->contains("steps")) {
    return range(key, entry, *table);
  }
  document_.fail(
      entry,
      "the braces hold no range; give { from, to, steps }, { first, count }, { values, labels } or "
      "{ together, values }",
      table);
}

Column Reader::list(const Key& key, const Entry& entry, const toml::array& list) const {
  if (list.empty()) {
    document_.fail(entry, "the axis is empty; give at least one value, or take it out", &list);
  }
  if (list.size() > max_axis_size) {
    document_.fail(entry,
                   fmt::format("{} values are too many; an axis has {} at most", list.size(), max_axis_size));
  }
  std::vector<Value> values;
  values.reserve(list.size());
  std::unordered_map<std::string, std::size_t> seen;
  for (const toml::node& one : list) {
    values.push_back(value(key, entry, one));
    const auto [first, is_new] = seen.emplace(to_text(key, values.back()), values.size());
    if (!is_new) {
      document_.fail(
          entry,
          fmt::format("the value {} stands twice, at positions {} and {}, so jobs would be duplicated; "
                      "take one out",
                      first->first, first->second, values.size()),
          &one);
    }
  }
  return Column(std::move(values));
}

Column Reader::run(const Key& key, const Entry& entry, const toml::table& table) const {
  if (key.kind != Kind::integer && key.kind != Kind::real) {
    document_.fail(entry, "{ first, count } is for keys whose values are numbers; give a list", &table);
  }
  only_keys(entry, table, {"first", "count", "labels"});
  const toml::node& first_node = member(entry, table, "first");
  const toml::node& count_node = member(entry, table, "count");
  Key whole_key = key;
  whole_key.kind = Kind::integer;
  const std::int64_t first = std::get<std::int64_t>(integer(whole_key, entry, first_node));
  const std::int64_t count = whole("a whole number, at least 1", entry, count_node);
  if (count < 1) {
    document_.fail(entry, fmt::format("a count of {} leaves the axis empty; give at least 1", count),
                   &count_node);
  }
  if (static_cast<std::uint64_t>(count) > max_axis_size) {
    document_.fail(entry, fmt::format("{} values are too many; an axis has {} at most", count, max_axis_size),
                   &count_node);
  }
  if (first > std::numeric_limits<std::int64_t>::max() - count) {
    document_.fail(entry,
                   fmt::format("{} values from {} on leave the range of 64 bits; start lower", count, first),
                   &first_node);
  }
  check_range(key, entry, count_node, static_cast<double>(first + count - 1));
  return Column(Run{first, static_cast<std::uint64_t>(count), key.kind == Kind::real});
}

Column Reader::range(const Key& key, const Entry& entry, const toml::table& table) const {
  if (key.kind != Kind::integer && key.kind != Kind::real && key.kind != Kind::leak) {
    document_.fail(entry, "{ from, to, steps } is for keys whose values are numbers; give a list", &table);
  }
  only_keys(entry, table, {"from", "to", "steps", "scale", "labels"});
  const toml::node& from_node = member(entry, table, "from");
  const toml::node& to_node = member(entry, table, "to");
  const toml::node& steps_node = member(entry, table, "steps");
  Range range;
  const std::string ends = "a number";
  range.from = number(ends, entry, from_node);
  range.to = number(ends, entry, to_node);
  check_range(key, entry, from_node, range.from);
  check_range(key, entry, to_node, range.to);
  range.whole = key.kind == Kind::integer;
  const std::int64_t steps = whole("a whole number, at least 2", entry, steps_node);
  if (steps < 2) {
    document_.fail(entry, fmt::format("{} steps make no range; give at least 2, or a list", steps),
                   &steps_node);
  }
  if (static_cast<std::uint64_t>(steps) > max_axis_size) {
    document_.fail(entry, fmt::format("{} values are too many; an axis has {} at most", steps, max_axis_size),
                   &steps_node);
  }
  range.steps = static_cast<std::uint64_t>(steps);
  if (const toml::node* scale = table.get("scale")) {
    const auto* text = scale->as_string();
    if (text == nullptr || (text->get() != "linear" && text->get() != "log")) {
      document_.fail(entry, "the scale is unknown; give \"linear\" or \"log\"", scale);
    }
    range.log = text->get() == "log";
  }
  if (range.log && (range.from <= 0.0 || range.to <= 0.0)) {
    document_.fail(entry,
                   "a logarithmic range needs ends above 0; raise the lower end or use scale = \"linear\"",
                   &table);
  }
  // Neighbours have to differ after rounding to 15 digits.
  const double size = std::max(std::abs(range.from), std::abs(range.to));
  const double step = range.log
                          ? std::abs(std::log(range.to / range.from)) / static_cast<double>(steps - 1)
                          : std::abs(range.to / size - range.from / size) / static_cast<double>(steps - 1);
  if (!(step > 1e-14)) {
    document_.fail(
        entry,
        fmt::format("from {} to {} in {} steps gives the same value more than once; give other ends or "
                    "fewer steps",
                    range.from, range.to, steps),
        &table);
  }
  if (range.whole) {
    // Whole numbers: the step must be whole too, and then every value is.
    const double step_size = (range.to - range.from) / static_cast<double>(steps - 1);
    if (range.log || range.from != std::floor(range.from) || step_size != std::floor(step_size) ||
        size > most_exact_integer) {
      document_.fail(
          entry, "the range does not consist of whole numbers; give other ends or steps, or a list", &table);
    }
  }
  if (key.kind != Kind::leak) {
    return Column(range);
  }
  const Column numbers(range);
  std::vector<Value> values;
  constexpr std::int64_t most_leaks = 100'000;
  if (steps > most_leaks) {
    document_.fail(entry, fmt::format("{} values of leak are too many; give {} at most", steps, most_leaks),
                   &steps_node);
  }
  for (std::uint64_t i = 0; i < numbers.size(); ++i) {
    values.emplace_back(std::vector<double>{std::get<double>(numbers.at(i))});
  }
  return Column(std::move(values));
}

AxisValues Reader::together(const Entry& entry, const toml::table& table) const {
  if (find_key(entry.key) != nullptr || entry.key == "points") {
    document_.fail(
        entry,
        "keys that move together need a name of their own, but this one is taken; write for example memory = "
        "{ together = [...], values = [...] }");
  }
  only_keys(entry, table, {"together", "values", "labels"});
  const toml::node& keys_node = member(entry, table, "together");
  const toml::node& values_node = member(entry, table, "values");
  const toml::array* key_list = keys_node.as_array();
  const toml::array* value_list = values_node.as_array();
  if (key_list == nullptr || key_list->empty()) {
    document_.fail(entry, "`together` must be a list of keys; write together = [\"leak\", \"beta\"]",
                   &keys_node);
  }
  if (value_list == nullptr || value_list->empty()) {
    document_.fail(entry, "`values` must be a list with one list per position; write values = [[...], [...]]",
                   &values_node);
  }
  AxisValues axis;
  axis.name = entry.key;
  for (const toml::node& one : *key_list) {
    const auto* text = one.as_string();
    if (text == nullptr) {
      document_.fail(entry, fmt::format("{}, not the name of a key; put names in quotes", describe(one)),
                     &one);
    }
    axis.keys.push_back(&axis_key(entry, text->get(), &one));
    if (std::ranges::count(axis.keys, axis.keys.back()) > 1) {
      document_.fail(entry, fmt::format("`{}` stands twice in `together`; take one out", text->get()), &one);
    }
  }
  std::vector<std::vector<Value>> values(axis.keys.size());
  std::unordered_map<std::string, std::size_t> seen;
  for (const toml::node& position : *value_list) {
    const toml::array* row = position.as_array();
    if (row == nullptr || row->size() != axis.keys.size()) {
      document_.fail(
          entry,
          fmt::format("position {} of `values` is not a list of {} values; give one per key of `together`",
                      values.front().size() + 1, axis.keys.size()),
          &position);
    }
    std::string all;
    for (std::size_t i = 0; i < axis.keys.size(); ++i) {
      values[i].push_back(value(*axis.keys[i], entry, (*row)[i]));
      all += to_text(*axis.keys[i], values[i].back()) + '\n';
    }
    const auto [first, is_new] = seen.emplace(all, values.front().size());
    if (!is_new) {
      document_.fail(
          entry,
          fmt::format("positions {} and {} are the same, so jobs would be duplicated; take one out",
                      first->second, values.front().size()),
          &position);
    }
  }
  for (std::vector<Value>& column : values) {
    axis.columns.emplace_back(std::move(column));
  }
  if (table.contains("labels")) {
    axis.names = names(entry, table, axis.columns.front().size());
  }
  return axis;
}

std::vector<std::string> Reader::names(const Entry& entry, const toml::table& table,
                                       std::uint64_t size) const {
  const toml::node& node = *table.get("labels");
  const toml::array* list = node.as_array();
  if (list == nullptr || list->size() != size) {
    document_.fail(entry, fmt::format("`labels` must be a list of {} texts, one per value", size), &node);
  }
  std::vector<std::string> names;
  for (const toml::node& one : *list) {
    const auto* text = one.as_string();
    if (text == nullptr) {
      document_.fail(entry, fmt::format("{}, but a label must be text; put it in quotes", describe(one)),
                     &one);
    }
    names.push_back(text->get());
  }
  check_names(entry, names);
  return names;
}

void Reader::check_names(const Entry& entry, const std::vector<std::string>& names) const {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty()) {
      document_.fail(entry, "a label is empty; give each a name of at least one letter");
    }
    if (!seen.insert(name).second) {
      document_.fail(
          entry, fmt::format("the label \"{}\" stands twice; give each position a name of its own", name));
    }
  }
}

}  // namespace augsweep::sweep
