// The saccade/antisaccade task with fixation, retries and shaping (Gottlieb and Goldberg 1999; Rombouts et
// al. 2015), state by state as the published code runs it.
#include <array>
#include <stdexcept>

#include "tasks/cue_task.hpp"
#include "tasks/entries.hpp"

namespace augsweep::tasks {

namespace {

// Cues: what can be on the screen. Stimulus units: pro mark, anti mark, left, right.
enum Cue { empty, pro, anti, pro_left, pro_right, anti_left, anti_right };
// Responses: where the eyes go.
constexpr int look_left = 0, look_ahead = 1, look_right = 2;

// The seven rows of a trial.
enum Row { start_row, first_mark, second_mark, cue_row, first_delay, second_delay, go_row, row_count };
constexpr std::array<std::string_view, row_count> phase_names = {"start", "fix",   "fix", "cue",
                                                                 "delay", "delay", "go"};

constexpr int fixation_attempts = 10;  // in all: the two rows with the mark and up to eight repeats
constexpr int fixations_needed = 2;    // in a row
constexpr int go_attempts = 8;         // the row and up to seven repeats
constexpr int fixation_part = 1;       // index into TaskInfo::test_parts

class Saccade final : public Task {
 public:
  Saccade(Rewards rewards, double shape_factor, double final_factor)
      : rewards_(rewards), shape_factor_(shape_factor), final_factor_(final_factor) {
    info_.stimuli = 4;
    info_.responses = 3;
    info_.stimulus_labels = {"pro", "anti", "left", "right"};
    info_.response_labels = {"left", "ahead", "right"};
    info_.cue_labels = {"empty", "pro", "anti", "pro left", "pro right", "anti left", "anti right"};
    info_.cues = {{0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {1, 0, 1, 0},
                  {1, 0, 0, 1}, {0, 1, 1, 0}, {0, 1, 0, 1}};
    info_.trial_types = {"pro left", "pro right", "anti left", "anti right"};
    info_.strong = {Criterion::Kind::types, 50, 0.9};
    info_.test_parts = {"go", "fixation"};
    info_.default_test_trials = 100;
    info_.longest_trial = row_count + (fixation_attempts - 2) + (go_attempts - 1);
  }

  const TaskInfo& info() const override { return info_; }

  void draw(Phase /*phase*/, model::RandomStream& stream, Trial& trial) const override {
    const int cue = pro_left + stream.below(4);
    const int mark = mark_of(cue);
    trial.cues = {empty, mark, mark, cue, mark, mark, empty};
    trial.targets.clear();
  }

  void begin(Phase phase, const Trial& trial) override {
    check_cues(info_, trial);
    check_rows(trial);
    check_targets(trial);
    phase_ = phase;
    cues_ = trial.cues;
    type_ = cues_[cue_row] - pro_left;
    // A prosaccade goes to the side of the cue, an antisaccade to the other one.
    go_target_ = type_ == 0 || type_ == 3 ? look_left : look_right;
    if (!trial.targets.empty()) {
      go_target_ = trial.targets[go_row];
    }
    row_ = start_row;
    attempt_ = 0;
    fixations_ = 0;
    repeat_ = false;
    reward_.reset();
    score_ = {};
    score_.type = type_;
    fixation_failed_ = false;
  }

  Observation observe() const override {
    Observation seen;
    seen.cue = cues_[static_cast<std::size_t>(row_)];
    seen.repeat = repeat_;
    seen.target = target();
    seen.part = on_mark() ? fixation_part : 0;
    seen.phase = phase_names[static_cast<std::size_t>(row_)];
    return seen;
  }

  Consequence respond(int response) override {
    Consequence consequence;
    consequence.correct = target() != no_target && response == target();
    consequence.wrong = target() != no_target && response != target();
    if (phase_ == Phase::test) {
      test_row(consequence);
      return consequence;
    }
    switch (row_) {
      case start_row:
        next_row();  // no reward is defined yet
        break;
      case first_mark:
      case second_mark:
        fixate(response == look_ahead, consequence);
        break;
      case cue_row:
        reward_ = 0.0;
        next_row();
        break;
      case go_row:
        go(response, consequence);
        break;
      default:  // the delay leaves the reward as it is
        next_row();
        break;
    }
    consequence.reward = reward_;
    consequence.learn_next = reward_.has_value() && !consequence.over;
    return consequence;
  }

  Score score() const override { return score_; }

 private:
  static int mark_of(int cue) { return cue == pro_left || cue == pro_right ? pro : anti; }

  static void check_rows(const Trial& trial) {
    const auto& cues = trial.cues;
    const bool good = cues.size() == row_count && cues[cue_row] >= pro_left && cues[start_row] == empty &&
                      cues[go_row] == empty && cues[first_mark] == mark_of(cues[cue_row]) &&
                      cues[second_mark] == cues[first_mark] && cues[first_delay] == cues[first_mark] &&
                      cues[second_delay] == cues[first_mark];
    if (!good) {
      throw std::invalid_argument(
          "a trial of the task saccade is empty, mark, mark, mark with side, mark, mark, empty, with one "
          "mark throughout");
    }
  }

  /// Targets that a trial brings with it can exchange the sides, but not the course of the trial.
  static void check_targets(const Trial& trial) {
    if (trial.targets.empty()) {
      return;
    }
    bool good = trial.targets[go_row] == look_left || trial.targets[go_row] == look_right;
    for (const Row row : {start_row, first_mark, second_mark, cue_row, first_delay, second_delay}) {
      const bool mark = row == first_mark || row == second_mark;
      good = good && trial.targets[row] == (mark ? look_ahead : no_target);
    }
    if (!good) {
      throw std::invalid_argument(
          "a trial of the task saccade asks for 'ahead' at its second and third cue, for 'left' or 'right' "
          "at the "
          "last one and for no response at the others");
    }
  }

  bool on_mark() const { return row_ == first_mark || row_ == second_mark; }

  int target() const {
    if (on_mark()) {
      return look_ahead;
    }
    return row_ == go_row ? go_target_ : no_target;
  }

  /// A response in the test, which shows every row once: no repeats and no abort, and nothing to learn.
  void test_row(Consequence& consequence) {
    if (on_mark()) {
      score_.fixation_error = score_.fixation_error || consequence.wrong;
    }
    if (row_ == go_row) {
      score_.error_free = consequence.correct;
      score_.success = consequence.correct;
      consequence.over = true;
      return;
    }
    next_row();
  }

  void next_row() {
    ++row_;
    attempt_ = 0;
    repeat_ = false;
  }

  /// A response to the mark. The first row of it always leads to the second one; from there on it is repeated
  /// until two fixations in a row have been seen or the attempts are used up.
  void fixate(bool fixated, Consequence& consequence) {
    fixations_ = fixated ? fixations_ + 1 : 0;
    if (row_ == first_mark) {
      if (!fixated) {
        reward_ = rewards_.wrong;  // a right one leaves the reward undefined: the second step does not learn
      }
      row_ = second_mark;
      attempt_ = 2;
      return;
    }
    if (!fixated) {
      reward_ = rewards_.wrong;
    } else if (fixations_ >= fixations_needed) {
      reward_ = shape_factor_ * rewards_.correct;
    } else if (repeat_) {
      reward_ = 0.0;
    }  // else the second row after a failed first one: the published code leaves that one's reward in place
    const bool used_up = attempt_ >= fixation_attempts;
    if (used_up) {
      // Noted as an error, and the trial aborted, even if this last attempt succeeded: so does the published
      // code.
      score_.fixation_error = true;
      score_.error_free = false;
      fixation_failed_ = true;
      if (shape_factor_ != 0.0) {
        consequence.over = true;
        score_.success.reset();
        return;
      }
    }
    if (used_up || fixations_ >= fixations_needed) {
      next_row();
    } else {
      ++attempt_;
      repeat_ = true;
    }
  }

  /// A response to the empty screen after the delay. Looking ahead is no answer.
  void go(int response, Consequence& consequence) {
    if (attempt_ == 0) {
      score_.success = response == go_target_;  // only the first response enters the criterion
    }
    ++attempt_;
    if (response == look_ahead) {
      reward_ = rewards_.wrong;
      if (attempt_ == go_attempts) {
        score_.error_free = false;
        consequence.over = true;  // and the last response is not learned from
      } else {
        repeat_ = true;
      }
      return;
    }
    const bool right = response == go_target_;
    reward_ = right ? final_factor_ * rewards_.correct : rewards_.wrong;
    score_.error_free = right && !fixation_failed_;
    consequence.learn_now = true;
    consequence.over = true;
  }

  TaskInfo info_;
  Rewards rewards_;
  double shape_factor_, final_factor_;

  Phase phase_ = Phase::training;
  std::vector<int> cues_;
  int type_ = 0;
  int go_target_ = no_target;
  int row_ = start_row;
  int attempt_ = 0;               // at the mark, or at the empty screen after the delay
  int fixations_ = 0;             // in a row
  bool repeat_ = false;           // this row is being shown once more
  bool fixation_failed_ = false;  // within the attempts
  std::optional<double> reward_;  // what the next step learns from; stays until something sets it
  Score score_;
};

}  // namespace

TaskEntry saccade_entry() {
  TaskEntry entry;
  entry.name = "saccade";
  entry.title = "pro- and antisaccades to a remembered side, with fixation and shaping";
  entry.description =
      "An empty screen is followed by a fixation mark, whose colour asks for a pro- or an antisaccade, a cue "
      "at its left or right, a delay with the mark alone, and an empty screen: the signal to look to the "
      "side "
      "of the cue (pro) or to the other one (anti). The mark has to be fixated twice in a row, within ten "
      "attempts, or the trial is aborted; success earns shape_factor times the reward of a right response. "
      "With shape_factor = 0 no trial is aborted, but failed fixation still counts as an error. After the "
      "delay there are eight attempts to look away from the centre; a right saccade earns final_factor times "
      "that reward. Repeated screens give the network no transients. Converged when, of each of the four "
      "trial types, 90 % of the last 50 first answers were right; aborted trials do not count. The test has "
      "no repeats and no aborts, and is scored for fixation and saccade.";
  entry.parameters = {
      {"shape_factor", 0.2, 0.0, 1000.0, false,
       "reward for fixation, in units of the reward of a right response; 0: no shaping, and no abort"},
      {"final_factor", 1.5, 0.0, 1000.0, false,
       "reward for a right saccade, in units of the reward of a right response"}};
  entry.defaults.regular_units = 3;
  entry.defaults.memory_units = 4;
  entry.defaults.lambda = 0.2;
  entry.defaults.reward = RewardRule::rl;
  entry.defaults.policy = "eps-greedy";
  entry.defaults.max_trials = 25'000;
  entry.make = [](const Parameters& parameters, Rewards rewards) -> std::unique_ptr<Task> {
    return std::make_unique<Saccade>(rewards, parameters.at("shape_factor"), parameters.at("final_factor"));
  };
  return entry;
}

}  // namespace augsweep::tasks
