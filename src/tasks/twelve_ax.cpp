// 12AX: a digit, then one to four letter pairs, in one trial.
#include "tasks/entries.hpp"
#include "tasks/twelve_ax_cues.hpp"

namespace augsweep::tasks {

namespace {

class TwelveAx final : public TwelveAxCues {
 public:
  TwelveAx(double p_target, Rewards rewards) : TwelveAxCues(p_target, rewards, 1 + 2 * most_pairs) {}

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    trial.cues.clear();
    trial.targets.clear();
    add_digit(stream, trial.cues);
    const int pairs = 1 + stream.below(most_pairs);
    for (int pair = 0; pair < pairs; ++pair) {
      add_pair(stream, trial.cues);
    }
  }

 private:
  static constexpr int most_pairs = 4;
};

}  // namespace

TaskEntry twelve_ax_entry() {
  TaskEntry entry;
  entry.name = "12ax";
  entry.title = "hierarchical working memory: a digit sets which letter pair counts";
  entry.description =
      "Each trial begins with a digit, 1 or 2, followed by one to four letter pairs, cue by cue. Every cue "
      "is answered and "
      "rewarded. The response is R to an X that follows an A while the digit was 1, and to a Y that follows "
      "a B while it was "
      "2; it is L to everything else. The digit has to be kept over all pairs of the trial (outer loop), the "
      "first letter only "
      "until the second (inner loop). Converged after 1000 consecutive correct responses.";
  entry.parameters = {p_target_parameter()};
  entry.defaults = twelve_ax_defaults();
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<TwelveAx>(parameters.at("p_target"), rewards);
  };
  return entry;
}

}  // namespace augsweep::tasks
