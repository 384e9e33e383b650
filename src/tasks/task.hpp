#pragma once
/// @file The interface of every task. A task is an environment: it knows stimuli, responses, rewards, when a
/// trial begins and ends and how success is judged. It knows no network, no learning rule and no training
/// loop.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/names.hpp"
#include "model/random.hpp"

namespace augsweep::tasks {

/// (reward if correct, reward if wrong): RL (1, 0), PL (0, -1), SRL (1, -1), BRL (0.1, -1).
enum class RewardRule { rl, pl, srl, brl };

struct Rewards {
  double correct = 0.0;
  double wrong = 0.0;
};
Rewards rewards_of(RewardRule rule);

/// Which trials are drawn: those of training, or those of the test that follows it (in some tasks another
/// set).
enum class Phase { training, test };

/// Index of "no response is asked for".
inline constexpr int no_target = -1;

/// What is shown in one trial: cue numbers (rows of TaskInfo::cues) in order. `targets` is empty, or gives
/// for every cue the response that is right there (or no_target) in place of the task's own rule: trials read
/// from a file may say so.
struct Trial {
  std::vector<int> cues;
  std::vector<int> targets;
};

/// What the agent sees at this step.
struct Observation {
  int cue = 0;             ///< number of the cue shown; its stimulus is TaskInfo::cues[cue]
  bool repeat = false;     ///< the same stimulus shown once more: the network gets no transients
  int target = no_target;  ///< the response that is right here
  int part = 0;            ///< which of TaskInfo::test_parts a test response counts for
  std::string_view phase;  ///< name of the trial's phase ("fix", "go"); empty where there is only one
};

/// What follows a response.
struct Consequence {
  /// The reward r; nothing if none is defined.
  std::optional<double> reward;
  /// Whether the next step of this trial learns from r: RPE = r + gamma q_next - q.
  bool learn_next = false;
  /// Whether the weights change at once: RPE = r - q, no next value. At most once a trial, with its last
  /// response.
  bool learn_now = false;
  bool correct = false;  ///< the response was the target (false where none was asked for)
  bool wrong = false;    ///< a response was asked for and this was not it: an error of the trial
  bool over = false;     ///< the trial has ended
};

/// How a finished trial counts.
struct Score {
  bool error_free = true;  ///< no wrong response (saccade: the right final answer, at whichever attempt)
  /// Enters the criterion that looks at trials, as success or failure; nothing: the trial does not count (an
  /// abort).
  std::optional<bool> success;
  int type = 0;                 ///< trial type, in [0, TaskInfo::trial_types.size())
  bool fixation_error = false;  ///< saccade only
};

/// When a run counts as converged; looked at whenever a trial ends.
struct Criterion {
  enum class Kind {
    responses,  ///< `count` consecutive correct responses, across trials
    trials,     ///< `count` consecutive successful trials
    types  ///< a fraction of at least `fraction` successes among the last `count` trials of every trial type
  };
  Kind kind = Kind::trials;
  int count = 1;
  double fraction = 1.0;  ///< for Kind::types
};

/// The constants of one task with given parameters.
struct TaskInfo {
  int stimuli = 0;                           ///< S
  int responses = 0;                         ///< A
  std::vector<std::string> stimulus_labels;  ///< [S], for plots and files: "1", "A"
  std::vector<std::string> response_labels;  ///< [A]
  std::vector<std::string> cue_labels;       ///< [number of cues]: what can be shown
  std::vector<std::vector<double>> cues;     ///< [number of cues][S]: the stimulus of each cue
  std::vector<std::string> trial_types = {"all"};
  /// Cue categories for the loss: the response whose target steps are the "target" cues; no_target: no such
  /// split.
  int target_response = no_target;
  /// Whether the previous stimulus becomes zero at the start of a trial (else the last one of the former
  /// trial counts).
  bool clears_previous_stimulus = false;
  Criterion strong;  ///< the task's own criterion
  Criterion lenient = {Criterion::Kind::trials, 50, 1.0};
  /// Names of the scores of the test; empty: the task has no meaningful test, and `test_refusal` says why.
  std::vector<std::string> test_parts = {"trial"};
  std::string test_refusal;
  int default_test_trials = 1000;
  /// Most steps that a drawn trial of training or test can have, repeats included. Trials from a file can be
  /// longer in the 12AX family, which takes any sequence of its cues.
  int longest_trial = 1;
};

/// One trial after the other. The order of calls: draw (or a Trial from elsewhere), begin, then observe and
/// respond in turn until Consequence::over, then score. No call but draw uses random numbers, none allocates
/// once the buffers have grown.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task(Task&&) = delete;
  Task& operator=(Task&&) = delete;
  virtual ~Task() = default;

  virtual const TaskInfo& info() const = 0;

  /// Draws the cues of a trial into `trial`, whose old content is dropped.
  virtual void draw(Phase phase, model::RandomStream& stream, Trial& trial) const = 0;

  /// Starts a trial. Throws std::invalid_argument if the task can't show these cues (unknown number, wrong
  /// length).
  virtual void begin(Phase phase, const Trial& trial) = 0;

  /// What is shown now.
  virtual Observation observe() const = 0;

  /// The consequence of a response, in [0, A); moves on to the next step.
  virtual Consequence respond(int response) = 0;

  /// How the trial that has ended counts.
  virtual Score score() const = 0;
};

/// A parameter of a task, as in the [task] table of a sweep file.
struct ParameterInfo {
  std::string name;
  double standard = 0.0;  ///< the default
  double least = 0.0;
  double most = 0.0;
  bool integer = false;
  std::string description;
};

/// Parameter values by name; every parameter of the task is present.
using Parameters = std::map<std::string, double>;

/// The published defaults of a task (spec: the reference's main scripts). Names as in sweep files.
struct Defaults {
  int regular_units = 10;
  int memory_units = 20;
  double beta = 0.15;
  double gamma = 0.9;
  double lambda = 0.15;
  double epsilon = 0.025;
  RewardRule reward = RewardRule::brl;
  std::string_view policy = "softmax";  ///< a name of model::PolicyKind
  std::string_view exploration = "unif";
  bool weight_g = false;
  std::int64_t max_trials = 100'000;
};

/// An entry of the registry: all about a task that can be said before it is made.
struct TaskEntry {
  std::string name;         ///< as in sweep files
  std::string title;        ///< a few words
  std::string description;  ///< one paragraph
  std::vector<ParameterInfo> parameters;
  Defaults defaults;
  /// Makes the task; throws std::invalid_argument if the parameters don't fit together.
  std::unique_ptr<Task> (*make)(const Parameters& parameters, Rewards rewards) = nullptr;
};

}  // namespace augsweep::tasks

template <>
struct augsweep::Names<augsweep::tasks::RewardRule> {
  static constexpr std::string_view what = "reward rule";
  static constexpr std::array<std::string_view, 4> names = {"RL", "PL", "SRL", "BRL"};
};
