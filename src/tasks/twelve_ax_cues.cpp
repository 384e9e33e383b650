#include "tasks/twelve_ax_cues.hpp"

#include <array>

namespace augsweep::tasks {

namespace {

enum Cue { one, two, a, b, c, x, y, z };
constexpr int left = 0, right = 1;

TaskInfo make_info(int longest_trial) {
  TaskInfo info = one_hot_info({"1", "2", "A", "B", "C", "X", "Y", "Z"}, {"L", "R"});
  info.target_response = right;
  info.strong = {Criterion::Kind::responses, 1000, 1.0};
  info.longest_trial = longest_trial;
  return info;
}

}  // namespace

TwelveAxCues::TwelveAxCues(double p_target, Rewards rewards, int longest_trial)
    : CueTask(make_info(longest_trial), rewards, Learning::every_step), p_target_(p_target) {}

void TwelveAxCues::add_digit(model::RandomStream& stream, std::vector<int>& cues) {
  cues.push_back(stream.below(2) == 0 ? one : two);
}

void TwelveAxCues::add_pair(model::RandomStream& stream, std::vector<int>& cues) const {
  constexpr std::array<std::array<int, 2>, 7> other_pairs = {
      {{a, y}, {a, z}, {b, x}, {b, z}, {c, x}, {c, y}, {c, z}}};
  std::array<int, 2> pair{};
  const double u = stream.uniform();
  if (u < p_target_ / 2.0) {
    pair = {a, x};
  } else if (u < p_target_) {
    pair = {b, y};
  } else {
    pair = other_pairs[static_cast<std::size_t>(stream.below(other_pairs.size()))];
  }
  cues.insert(cues.end(), pair.begin(), pair.end());
}

void TwelveAxCues::find_targets(Phase /*phase*/, const std::vector<int>& cues,
                                std::vector<int>& targets) const {
  int digit = -1;
  int previous = -1;
  for (std::size_t step = 0; step < cues.size(); ++step) {
    const int cue = cues[step];
    if (cue == one || cue == two) {
      digit = cue;
    }
    const bool target =
        (digit == one && previous == a && cue == x) || (digit == two && previous == b && cue == y);
    targets[step] = target ? right : left;
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
