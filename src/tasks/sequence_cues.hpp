#pragma once
/// @file What the two sequence prediction tasks share: the cues A, d distractors, X.
/// Source: Martinolli, Gerstner, Gilra (2018), sequence prediction task, as their published code runs it.

#include <string>
#include <vector>

#include "model/random.hpp"
#include "tasks/task.hpp"

namespace augsweep::tasks {

/// Labels of the d + 2 cues: A, then d distractors B, C, D, ... (from the 23rd on D23, D24, ...), then X.
std::vector<std::string> sequence_labels(int distractors);

/// Draws a training trial: A (cue 0) or X (cue d + 1) with equal probability, then cues 1 ... d.
void draw_sequence(int distractors, model::RandomStream& stream, Trial& trial);

/// Throws std::invalid_argument unless the cues are A or X and then `least` to `most` distractors, in any
/// order.
void check_sequence(const std::vector<int>& cues, int distractors, int least, int most);

/// The parameter that they share, d.
ParameterInfo distractors_parameter();

}  // namespace augsweep::tasks
