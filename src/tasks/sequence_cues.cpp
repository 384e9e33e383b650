#include "tasks/sequence_cues.hpp"

#include <string_view>

namespace augsweep::tasks {

std::vector<std::string> sequence_labels(int distractors) {
  constexpr std::string_view letters = "BCDEFGHIJKLMNOPQRSTUVW";  // A and X are the cues to be told apart
  std::vector<std::string> labels = {"A"};
  for (int i = 0; i < distractors; ++i) {
    const auto letter = static_cast<std::size_t>(i);
    labels.push_back(letter < letters.size() ? std::string(1, letters[letter]) : "D" + std::to_string(i + 1));
  }
  labels.emplace_back("X");
  return labels;
}

void draw_sequence(int distractors, model::RandomStream& stream, Trial& trial) {
  trial.cues.clear();
  trial.targets.clear();
  trial.cues.push_back(stream.below(2) == 0 ? 0 : distractors + 1);
  for (int cue = 1; cue <= distractors; ++cue) {
    trial.cues.push_back(cue);
  }
}

ParameterInfo distractors_parameter() {
  return {"d", 4, 0, 10'000, true, "number of distractors between the first cue and the response"};
}

}  // namespace augsweep::tasks
