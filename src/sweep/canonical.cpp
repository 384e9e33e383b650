#include "sweep/canonical.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "model/random.hpp"
#include "sweep/schema.hpp"
#include "sweep/sweep.hpp"

namespace augsweep::sweep {

namespace {

/// A list of values as text that stays short: whole numbers in a row as "0 to 199", long lists as their
/// digest.
class ListText {
 public:
  void add(std::string value) {
    ++count_;
    if (count_ == 1) {
      first_ = value;
    }
    follow_run(value);
    last_ = value;
    chunk_ += value;
    chunk_ += ',';
    if (chunk_.size() > chunk_size) {
      digest_chunk();
    }
    if (count_ <= most_listed) {
      listed_.push_back(std::move(value));
    }
  }

  std::string take() {
    if (run_ && count_ > 2) {
      return fmt::format("{} to {}", first_, last_);
    }
    if (count_ <= most_listed) {
      return fmt::format("[{}]", fmt::join(listed_, ", "));
    }
    digest_chunk();
    return fmt::format("{} values from {} to {}, digest {}", count_, first_, last_, digest_);
  }

 private:
  static constexpr std::uint64_t most_listed = 1000;
  static constexpr std::size_t chunk_size = 1U << 20U;

  void follow_run(const std::string& value) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc() && end == value.data() + value.size();
    run_ = run_ && whole && (count_ == 1 || number == last_number_ + 1);
    last_number_ = number;
  }

  void digest_chunk() {
    const model::StreamKey key = model::key_of(digest_ + chunk_);
    digest_ = fmt::format("{:016x}{:016x}", key.words[0], key.words[1]);
    chunk_.clear();
  }

  std::uint64_t count_ = 0;
  bool run_ = true;
  std::int64_t last_number_ = 0;
  std::string first_, last_, chunk_, digest_;
  std::vector<std::string> listed_;
};

bool sets(const PlanAxis& axis, Field field) {
  return std::ranges::any_of(axis.settings, [&](const Setting& one) { return one.key->field == field; });
}

std::size_t first_difference(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

/// A long value is shown from a little before the place where it becomes interesting.
std::string excerpt(std::string_view value, std::size_t interesting) {
  constexpr std::size_t most = 120, lead = 40;
  if (value.size() <= most) {
    return std::string(value);
  }
  const std::size_t start = interesting > most - lead ? interesting - lead : 0;
  const std::string_view part = value.substr(std::min(start, value.size()), most);
  return fmt::format("{}{}{}", start > 0 ? "..." : "", part, start + part.size() < value.size() ? "..." : "");
}

std::string text_or_dash(const Key& key, const Value& value) {
  const std::string text = to_text(key, value);
  return text.empty() ? "-" : text;
}

}  // namespace

std::string canonical(const Plan& plan) {
  const std::vector<PlanAxis>& axes = plan.axes();
  const auto varies = [&](Field field) {
    return std::ranges::any_of(axes,
                               [&](const PlanAxis& axis) { return axis.size > 1 && sets(axis, field); });
  };
  // Axes on which the defaults of other keys depend: all keys are worked out for their combinations. The
  // other axes set their own keys and nothing else.
  std::vector<bool> entangled;
  for (const PlanAxis& axis : axes) {
    entangled.push_back(axis.size > 1 && (sets(axis, Field::task) || sets(axis, Field::task_parameter) ||
                                          sets(axis, Field::input_weights) || axis.points));
  }

  std::vector<const Key*> worked_out;
  std::vector<std::string> lines;
  std::vector<std::string> shape;
  // alpha, lambda and gamma hang together: if an axis of its own moves one of them, the others stay as they
  // are given.
  bool decay_moves = false;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].size > 1 && !entangled[i]) {
      decay_moves = decay_moves || sets(axes[i], Field::alpha) || sets(axes[i], Field::lambda) ||
                    sets(axes[i], Field::gamma);
    }
  }
  const bool alpha_given = plan.fixes(Field::alpha) || varies(Field::alpha);
  std::set<const Key*> on_own_axis;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (axes[i].size < 2) {
      continue;
    }
    std::vector<std::string> names;
    for (const Setting& setting : axes[i].settings) {
      names.push_back(setting.key->name);
      if (entangled[i]) {
        continue;
      }
      on_own_axis.insert(setting.key);
      ListText list;
      for (std::uint64_t position = 0; position < axes[i].size; ++position) {
        list.add(to_text(*setting.key, setting.column->at(position)));
      }
      lines.push_back(fmt::format("{} = {}", setting.key->name, list.take()));
    }
    std::ranges::sort(names);
    shape.push_back(fmt::format(
        "{} ({})", axes[i].points ? "points" : fmt::format("{}", fmt::join(names, " with ")), axes[i].size));
  }
  lines.push_back(
      fmt::format("axes = {}", shape.empty() ? "none" : fmt::format("{}", fmt::join(shape, ", "))));

  for (const Key& key : keys()) {
    const bool of_sweep = key.field == Field::name || key.field == Field::description ||
                          key.field == Field::job_timeout || key.field == Field::max_failures;
    const bool derived = decay_moves ? (key.field == Field::alpha && !alpha_given) ||
                                           (key.field == Field::lambda && alpha_given)
                                     : key.field == Field::lambda;
    if (!of_sweep && !derived && !on_own_axis.contains(&key)) {
      worked_out.push_back(&key);
    }
  }
  std::vector<ListText> lists(worked_out.size());
  std::vector<std::string> firsts(worked_out.size());
  std::vector<bool> differ(worked_out.size(), false);
  bool is_first = true;
  for_each_combination(axes, entangled, [&](const std::vector<std::uint64_t>& positions) {
    const training::Job job = plan.job(positions);
    for (std::size_t i = 0; i < worked_out.size(); ++i) {
      std::string text = text_or_dash(*worked_out[i], get(job, *worked_out[i]));
      if (is_first) {
        firsts[i] = text;
      }
      differ[i] = differ[i] || text != firsts[i];
      lists[i].add(std::move(text));
    }
    is_first = false;
  });
  for (std::size_t i = 0; i < worked_out.size(); ++i) {
    const bool unknown_parameter =
        worked_out[i]->field == Field::task_parameter && !differ[i] && firsts[i] == "-";
    if (!unknown_parameter) {
      lines.push_back(fmt::format("{} = {}", worked_out[i]->name, differ[i] ? lists[i].take() : firsts[i]));
    }
  }
  std::ranges::sort(lines);
  return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::vector<std::string> differences(std::string_view canonical_then, std::string_view canonical_now) {
  const auto parse = [](std::string_view text) {
    std::map<std::string, std::string, std::less<>> values;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      const auto equals = line.find(" = ");
      if (equals != std::string_view::npos) {
        values.emplace(line.substr(0, equals), line.substr(equals + 3));
      } else if (!line.empty()) {
        values.emplace(line, "");
      }
    }
    return values;
  };
  const auto then = parse(canonical_then);
  const auto now = parse(canonical_now);
  std::vector<std::string> lines;
  std::set<std::string> all;
  for (const auto& [key, value] : then) {
    all.insert(key);
  }
  for (const auto& [key, value] : now) {
    all.insert(key);
  }
  for (const std::string& key : all) {
    const auto old = then.find(key);
    const auto fresh = now.find(key);
    const std::optional<std::string> before = old == then.end() ? std::nullopt : std::optional(old->second);
    const std::optional<std::string> after = fresh == now.end() ? std::nullopt : std::optional(fresh->second);
    if (before != after) {
      const std::size_t start = before && after ? first_difference(*before, *after) : 0;
      lines.push_back(fmt::format("{}: {} -> {}", key, before ? excerpt(*before, start) : "(not set)",
                                  after ? excerpt(*after, start) : "(not set)"));
    }
  }
  return lines;
}

}  // namespace augsweep::sweep
