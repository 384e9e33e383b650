#include "tasks/twelve_ax_cues.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace augsweep::tasks {

namespace {

enum TwelveAxCue { one, two, a, b, c, x, y, z };
constexpr int cue_count = 8;
constexpr int left = 0, right = 1;
constexpr int no_cue = cue_count;

/// [latest digit][previous cue], each a cue or no_cue: the cue that asks for R then.
constexpr auto cue_for_right = [] {
  std::array<std::array<int, cue_count + 1>, cue_count + 1> table;
  for (auto& row : table) {
    row.fill(no_cue);
  }
  table[one][a] = x;
  table[two][b] = y;
  return table;
}();

TaskInfo make_info(int longest_trial) {
  TaskInfo info = one_hot_info({"1", "2", "A", "B", "C", "X", "Y", "Z"}, {"L", "R"});
  info.target_response = right;
  info.strong = {Criterion::Kind::responses, 1000, 1.0};
  info.longest_trial = longest_trial;
  return info;
}

}  // namespace

TwelveAxCues::TwelveAxCues(double p_target, Rewards rewards, int longest_trial)
    : CueTask(make_info(longest_trial), rewards, Learning::every_step),
      p_target_(p_target),
      others_per_u_(p_target < 1.0 ? 7.0 / (1.0 - p_target) : 0.0) {}

void TwelveAxCues::add_digit(model::RandomStream& stream, std::vector<int>& cues) {
  cues.push_back(stream.below(2) == 0 ? one : two);
}

// Random cues are what no processor can guess, so the next two functions make no branch on them.

void TwelveAxCues::add_pair(model::RandomStream& stream, std::vector<int>& cues) const {
  constexpr int others = 7;
  static constexpr std::array<std::array<int, 2>, 2 + others> pairs = {
      {{a, x}, {b, y}, {a, y}, {a, z}, {b, x}, {b, z}, {c, x}, {c, y}, {c, z}}};
  // One number in [0, 1) decides: its first p_target are the target pairs, the rest is shared by the others.
  const double u = stream.uniform();
  const auto target = static_cast<std::int64_t>(u >= p_target_ / 2.0);
  // Far below zero, and not used, where u is a target pair's.
  const std::int64_t other =
      2 + std::min<std::int64_t>(others - 1, static_cast<std::int64_t>((u - p_target_) * others_per_u_));
  const auto is_other = static_cast<std::int64_t>(u >= p_target_);
  const auto [first, second] = pairs[static_cast<std::size_t>(target + is_other * (other - target))];
  cues.push_back(first);
  cues.push_back(second);
}

void TwelveAxCues::find_targets(Phase /*phase*/, std::span<const int> cues, std::span<int> targets) const {
  int digit = no_cue;
  int previous = no_cue;
  for (std::size_t step = 0; step < cues.size(); ++step) {
    const int cue = cues[step];
    digit = cue <= two ? cue : digit;
    const int for_right = cue_for_right[static_cast<std::size_t>(digit)][static_cast<std::size_t>(previous)];
    targets[step] = cue == for_right ? right : left;
    previous = cue;
  }
}

ParameterInfo p_target_parameter() {
  return {"p_target", 0.5, 0.0, 1.0, false, "probability that a letter pair is one of the target pairs"};
}

Defaults twelve_ax_defaults() {
  Defaults defaults;
  defaults.policy = "softmax";
  defaults.weight_g = true;
  return defaults;
}

}  // namespace augsweep::tasks
