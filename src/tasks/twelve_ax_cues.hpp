#pragma once
/// @file What the three 12AX tasks share: cues, the rule for the right response, and how a letter pair is
/// drawn. Source: O'Reilly and Frank (2006), as in the published code of Martinolli, Gerstner, Gilra (2018).

#include <vector>

#include "model/random.hpp"
#include "tasks/cue_task.hpp"

namespace augsweep::tasks {

/// 8 cues 1 2 A B C X Y Z, responses L and R, converged after 1000 consecutive correct responses.
class TwelveAxCues : public CueTask {
 protected:
  TwelveAxCues(double p_target, Rewards rewards, int longest_trial);

  /// Appends a digit, 1 or 2 with equal probability.
  static void add_digit(model::RandomStream& stream, std::vector<int>& cues);

  /// Appends a letter pair: A-X and B-Y with p_target / 2 each, whatever the digit; the other seven share 1 -
  /// p_target.
  void add_pair(model::RandomStream& stream, std::vector<int>& cues) const;

 private:
  /// R at X after A while the latest digit is 1, and at Y after B while it is 2; L everywhere else.
  void find_targets(Phase phase, std::span<const int> cues, std::span<int> targets) const override;

  double p_target_;
  double others_per_u_;  ///< pairs that are no target, by the probability that they share
};

/// The parameter that they share.
ParameterInfo p_target_parameter();

/// Their published defaults, but for the sizes and constants of the shorter tasks.
Defaults twelve_ax_defaults();

}  // namespace augsweep::tasks
