#include "functions_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "model/math.hpp"
#include "model/network.hpp"
#include "model/policy.hpp"
#include "tasks/task.hpp"

namespace augsweep::golden {

namespace {

/// The effective epsilon was measured in the reference by bisection, to this accuracy.
constexpr double accuracy_of_epsilon = 1e-12;

void compare_sigmoid(const Json& row, const std::string& place, Comparison& comparison) {
  const bool pair = row.is_array() && row.size() == 2 && row[0].is_number() && row[1].is_number();
  if (!pair) {
    throw TraceError(fmt::format("{}: is not a pair of numbers", place));
  }
  comparison.number("sigmoid", model::sigmoid(row[0].get<double>()), row[1].get<double>());
}

/// A network whose memory holds `h_before` and then gets the transients x. It has one stimulus unit more than
/// the table: its onset, in a step before, brings the memory to h_before.
void compare_memory_unit(const Json& row, const std::string& place, Comparison& comparison) {
  const Fields fields(row, place);
  const auto before = fields.numbers("h_before");
  const auto x = fields.numbers("x");
  const std::size_t units = x.size() / 2;
  const auto v = fields.matrix("V", x.size(), before.size());
  model::NetworkParameters parameters;
  parameters.shape = {static_cast<int>(units) + 1, 1, static_cast<int>(before.size()), 1};
  parameters.leak =
      fields.any("leak").is_array() ? fields.numbers("leak") : std::vector{fields.number("leak")};
  model::RandomStream stream({}, model::Purpose::weights);
  model::Weights weights = model::random_weights(parameters, stream);

  std::vector<double> first(units + 1, 0.0);
  std::vector<double> second(units + 1, 0.0);
  const auto columns = static_cast<Eigen::Index>(before.size());
  const std::size_t loader = units;
  first[loader] = second[loader] = 1.0;
  model::Row loaded = Eigen::Map<const model::Row>(before.data(), columns);
  for (std::size_t i = 0; i < units; ++i) {
    const bool onset = x[i] == 1.0;
    const bool offset = x[units + i] == 1.0;
    if ((onset && offset) || (!onset && x[i] != 0.0) || (!offset && x[units + i] != 0.0)) {
      throw TraceError(
          fmt::format("{}: x is no transient: onsets and offsets are 0 or 1, never both 1", place));
    }
    first[i] = offset ? 1.0 : 0.0;
    second[i] = onset ? 1.0 : 0.0;
    const auto onset_row = static_cast<Eigen::Index>(i);
    const auto offset_row = static_cast<Eigen::Index>(units + 1 + i);
    const auto row_of = [&](std::size_t k) {
      return Eigen::Map<const model::Row>(v.data() + k * before.size(), columns);
    };
    weights.v_m.row(onset_row) = row_of(i);
    weights.v_m.row(offset_row) = row_of(units + i);
    loaded -= first[i] * row_of(i);
  }
  // The step before also leaks what a new network holds, 1e-6.
  const auto groups = static_cast<Eigen::Index>(parameters.leak.size());
  for (Eigen::Index j = 0; j < columns; ++j) {
    loaded[j] -= 1e-6 * parameters.leak[static_cast<std::size_t>(j * groups / columns)];
  }
  weights.v_m.row(static_cast<Eigen::Index>(loader)) = loaded;

  model::Network network(parameters, weights);
  network.forward(first);
  network.forward(second);
  const auto& h = network.memory();
  const auto& y = network.memory_activity();
  comparison.numbers("h_after", {h.data(), before.size()}, fields.numbers("h_after"));
  comparison.numbers("y", {y.data(), before.size()}, fields.numbers("y"));
}

void compare_transient(const Json& row, const std::string& place, Comparison& comparison) {
  const Fields fields(row, place);
  const auto s = fields.numbers("s");
  const auto s_old = fields.numbers("s_old");
  if (s.empty() || s.size() != s_old.size()) {
    throw TraceError(fmt::format("{}: s and s_old need the same number of values", place));
  }
  model::NetworkParameters parameters;
  parameters.shape = {static_cast<int>(s.size()), 1, 1, 1};
  model::RandomStream stream({}, model::Purpose::weights);
  model::Network network(parameters, model::random_weights(parameters, stream));
  network.forward(s_old);
  network.forward(s);
  const auto& x = network.transient();
  comparison.numbers("s_trans", {x.data(), 2 * s.size()}, fields.numbers("s_trans"));
}

void compare_softmax_with(double m, const Fields& fields, Comparison& comparison) {
  const auto q = fields.numbers("Q");
  static_cast<void>(fields.any("it"));
  const double g = fields.has("it") ? model::weighted_g(m, fields.integer("it")) : 1.0;
  std::vector<double> p(q.size());
  model::softmax(q, g, p);
  comparison.numbers("p", p, fields.numbers("p"));
}

void compare_softmax(const Json& row, const std::string& place, Comparison& comparison) {
  compare_softmax_with(10.0, Fields(row, place), comparison);
}

void compare_softmax_with_m(const Json& row, const std::string& place, Comparison& comparison) {
  const Fields fields(row, place);
  compare_softmax_with(fields.number("m"), fields, comparison);
}

void compare_greedy(const Json& row, const std::string& place, Comparison& comparison) {
  const Fields fields(row, place);
  const auto recorded = fields.integer("action");
  const auto q = fields.numbers("Q");
  if (q.empty()) {
    throw TraceError(fmt::format("{}: Q is empty", place));
  }
  const int ours = model::greedy(q);
  comparison.exact(ours == recorded, "action", fmt::format("is {}, recorded {}", ours, recorded));
}

void compare_epsilon(const Json& row, const std::string& place, Comparison& comparison) {
  const Fields fields(row, place);
  const double recorded = fields.number("eps_effective");
  const double ours = model::weighted_epsilon(fields.number("eps"), fields.integer("it"));
  comparison.exact(std::fabs(ours - recorded) <= accuracy_of_epsilon, "eps_effective",
                   fmt::format("is {:.17g}, recorded {:.17g}", ours, recorded));
}

void compare_reward_rules(const Json& rules, const std::string& file, Comparison& comparison) {
  const Fields fields(rules, file + ": reward_rules");
  if (rules.empty()) {
    throw TraceError(fmt::format("{}: is empty", fields.place()));
  }
  for (const auto& item : rules.items()) {
    const std::string& name = item.key();
    const auto rule = from_name<tasks::RewardRule>(name);
    const auto recorded = fields.numbers(name.c_str());
    if (!rule || recorded.size() != 2) {
      throw TraceError(fmt::format("{}: '{}' is no known rule with two rewards", fields.place(), name));
    }
    const tasks::Rewards rewards = tasks::rewards_of(*rule);
    comparison.at(fmt::format("reward_rules, {}", name));
    comparison.number("correct", rewards.correct, recorded[0]);
    comparison.number("wrong", rewards.wrong, recorded[1]);
  }
}

struct Table {
  const char* name;
  std::function<void(const Json&, const std::string&, Comparison&)> compare_row;
};

const std::array<Table, 7>& tables() {
  static const std::array<Table, 7> all = {{{"sigmoid", compare_sigmoid},
                                            {"memory_unit", compare_memory_unit},
                                            {"transient", compare_transient},
                                            {"softmax_time_weighted", compare_softmax},
                                            {"softmax_explore_with_m", compare_softmax_with_m},
                                            {"greedy", compare_greedy},
                                            {"eps_time_weighted", compare_epsilon}}};
  return all;
}

}  // namespace

bool is_function_tables(const Json& content) {
  return content.is_object() && content.contains("sigmoid") && !content.contains("events");
}

void replay_functions(const Json& content, const std::string& file, Comparison& comparison) {
  const Fields fields(content, file);
  const auto format = fields.integer("format");
  if (format != 1) {
    throw TraceError(fmt::format("{}: has format {}, but only format 1 is known", file, format));
  }
  for (const Table& table : tables()) {
    const Json& rows = fields.array(table.name);
    if (rows.empty()) {
      throw TraceError(fmt::format("{}: table '{}' is empty", file, table.name));
    }
    std::size_t index = 0;
    for (const Json& row : rows) {
      const std::string place = fmt::format("{}, row {}", table.name, index++);
      comparison.at(place);
      table.compare_row(row, fmt::format("{}: {}", file, place), comparison);
    }
  }
  compare_reward_rules(fields.any("reward_rules"), file, comparison);
  for (const auto& item : content.items()) {
    const std::string& name = item.key();
    const bool known =
        name == "format" || name == "reward_rules" ||
        std::any_of(tables().begin(), tables().end(), [&](const Table& t) { return name == t.name; });
    if (!known) {
      throw TraceError(fmt::format("{}: unknown table '{}'", file, name));
    }
  }
}

}  // namespace augsweep::golden
