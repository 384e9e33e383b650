// 12AX in triplets: one to three times a digit and a letter pair, in one trial.
#include "tasks/entries.hpp"
#include "tasks/twelve_ax_cues.hpp"

namespace augsweep::tasks {

namespace {

class TwelveAxTriplets final : public TwelveAxCues {
 public:
  TwelveAxTriplets(double p_target, Rewards rewards) : TwelveAxCues(p_target, rewards, 3 * most_triplets) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    trial.cues.clear();
    trial.targets.clear();
    const int triplets = 1 + stream.below(most_triplets);
    add_digit(stream, trial.cues);  // once a trial: all its triplets repeat it, as in the published code
    const int digit = trial.cues.front();
    for (int triplet = 0; triplet < triplets; ++triplet) {
      if (triplet > 0) {
        trial.cues.push_back(digit);
      }
      add_pair(stream, trial.cues);
    }
  }

 private:
  static constexpr int most_triplets = 3;
};

}  // namespace

TaskEntry twelve_ax_triplets_entry() {
  TaskEntry entry;
  entry.name = "12ax-triplets";
  entry.title = "12AX with the digit repeated before every letter pair";
  entry.description =
      "Each trial is one to three triplets of digit and letter pair. The digit is drawn once a trial and "
      "repeated in each of its "
      "triplets; memory is reset per trial, not per triplet. Responses and criterion are those of 12ax.";
  entry.parameters = {p_target_parameter()};
  entry.defaults = twelve_ax_defaults();
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<TwelveAxTriplets>(parameters.at("p_target"), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
