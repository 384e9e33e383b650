#include "tasks/sequence_cues.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace augsweep::tasks {

std::vector<std::string> sequence_labels(int distractors) {
  constexpr std::string_view letters = "BCDEFGHIJKLMNOPQRSTUVW";  // A and X are the cues to be told apart
  std::vector<std::string> labels = {"A"};
  for (int i = 0; i < distractors; ++i) {
    const auto letter = static_cast<std::size_t>(i);
    labels.push_back(letter < letters.size() ? std::string(1, letters[letter]) : fmt::format("D{}", i + 1));
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

void check_sequence(const std::vector<int>& cues, int distractors, int least, int most) {
  const auto shown = static_cast<int>(cues.size()) - 1;
  const bool first = cues.front() == 0 || cues.front() == distractors + 1;
  const bool rest = std::all_of(cues.begin() + 1, cues.end(),
                                [distractors](int cue) { return cue >= 1 && cue <= distractors; });
  if (!first || !rest || shown < least || shown > most) {
    throw std::invalid_argument(fmt::format(
        "with d = {} a trial shows A or X and then {} of the distractors between them; this one has {} "
        "cues{}",
        distractors, least == most ? fmt::format("{}", least) : fmt::format("{} or {}", least, most),
        cues.size(), first && rest ? "" : " in another order"));
  }
}

ParameterInfo distractors_parameter() {
  return {"d", 4, 0, 1000, true, "number of distractors after the first cue"};
}

}  // namespace augsweep::tasks
