#include "environment_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "tasks/registry.hpp"

namespace augsweep::golden {

namespace {

struct RecordedName {
  const char* recorded;
  const char* name;
};
constexpr std::array<RecordedName, 8> task_names = {{{"12AX", "12ax"},
                                                     {"12AX_S", "12ax-s"},
                                                     {"AX", "ax"},
                                                     {"12AX_triplets", "12ax-triplets"},
                                                     {"seq_pred", "sequence"},
                                                     {"seq_pred_CPT", "sequence-cpt"},
                                                     {"tXOR", "txor"},
                                                     {"saccade", "saccade"}}};

constexpr std::array<RecordedName, 5> parameter_names = {{{"d", "d"},
                                                          {"p_target", "p_target"},
                                                          {"shape_factor", "shape_factor"},
                                                          {"rew_pos_step", "step_reward"},
                                                          {"rew_pos_final", "final_reward"}}};

/// Trial types of the saccade task.
constexpr std::array<RecordedName, 4> trial_type_names = {
    {{"PL", "pro left"}, {"PR", "pro right"}, {"AL", "anti left"}, {"AR", "anti right"}}};

/// The name here of something recorded under another name; empty if there is none.
template <std::size_t n>
std::string_view name_here(const std::array<RecordedName, n>& names, std::string_view recorded) {
  for (const RecordedName& known : names) {
    if (known.recorded == recorded) {
      return known.name;
    }
  }
  return {};
}

/// An event with its place in messages.
struct Placed {
  std::string place;
  const Json* event;
};

/// The events of one trial, its trial_end last; snapshots are left out.
using TrialEvents = std::vector<Placed>;

std::string kind_of(const Placed& placed) {
  const auto kind = placed.event->find("ev");
  return kind != placed.event->end() && kind->is_string() ? kind->get<std::string>() : "";
}

std::vector<TrialEvents> split_into_trials(const Trace& trace) {
  std::vector<TrialEvents> trials;
  TrialEvents current;
  std::size_t index = 0;
  for (const Json& event : trace.events()) {
    Placed placed{event_place(index++, event), &event};
    if (!event.is_object()) {
      throw TraceError(fmt::format("{}: {}: is not a JSON object", trace.file, placed.place));
    }
    const std::string kind = kind_of(placed);
    if (kind == "snapshot") {
      continue;
    }
    current.push_back(std::move(placed));
    if (kind == "trial_end") {
      trials.push_back(std::exchange(current, {}));
    }
  }
  if (!current.empty()) {
    throw TraceError(
        fmt::format("{}: ends inside a trial, which begins at {}", trace.file, current.front().place));
  }
  return trials;
}

class EnvironmentReplay {
 public:
  EnvironmentReplay(const Trace& trace, tasks::Task& task, Comparison& comparison)
      : trace_(trace), task_(task), info_(task.info()), comparison_(comparison) {}

  void run() {
    comparison_.at("task");
    const model::Shape& shape = trace_.config.network.shape;
    expect(info_.stimuli == shape.stimuli, "S", info_.stimuli, shape.stimuli);
    expect(info_.responses == shape.responses, "A", info_.responses, shape.responses);
    expect(info_.clears_previous_stimulus == trace_.config.clears_previous_stimulus,
           "previous stimulus cleared at a reset", info_.clears_previous_stimulus,
           trace_.config.clears_previous_stimulus);
    const auto trials = split_into_trials(trace_);
    if (trials.empty()) {
      throw TraceError(fmt::format("{}: has no trial_end: there is no trial to replay", trace_.file));
    }
    for (const TrialEvents& events : trials) {
      if (!trial(events)) {
        return;  // what follows a trial that ended elsewhere says nothing
      }
    }
  }

 private:
  void expect(bool equal, std::string_view name, const auto& ours, const auto& recorded) {
    comparison_.exact(equal, name, fmt::format("the task says {}, recorded {}", ours, recorded));
  }

  Fields fields(const Placed& placed) const {
    return {*placed.event, fmt::format("{}: {}", trace_.file, placed.place)};
  }

  /// Replays one trial; false if its end is not where it was recorded.
  bool trial(const TrialEvents& events) {
    task_.begin(tasks::Phase::training, shown_in(events));
    consequence_ = {};
    bool running = true;
    bool learned_next = false;  // a learn event that is not terminal since the last step
    bool learned_now = false;   // a terminal one since the last reward
    bool stepped = false;
    const bool resets = trace_.config.variant.find("no_reset") == std::string::npos;
    comparison_.at(events.front().place);
    expect((kind_of(events.front()) == "reset") == resets, "reset at the start of the trial", resets,
           !resets);
    for (const Placed& placed : events) {
      comparison_.at(placed.place);
      const std::string kind = kind_of(placed);
      const Fields event = fields(placed);
      if (kind == "step" || kind == "trial_end") {
        if (stepped) {
          expect(consequence_.learn_now == learned_now, "learning at once from the response before",
                 consequence_.learn_now, learned_now);
        }
        learned_next = learned_now = false;
      }
      if (kind == "step") {
        if (!running) {
          comparison_.exact(false, "step", "the task's trial is over, but the recorded one goes on");
          return false;
        }
        step(event);
      } else if (kind == "learn") {
        (event.boolean("terminal") ? learned_now : learned_next) = true;
      } else if (kind == "reward") {
        expect(consequence_.learn_next == learned_next, "learning from the response before",
               consequence_.learn_next, learned_next);
        running = reward(event);
        stepped = true;
      } else if (kind == "trial_end") {
        if (running) {
          comparison_.exact(false, "trial_end", "the recorded trial is over, but the task's goes on");
          return false;
        }
        trial_end(event);
      } else if (kind == "reset") {
        comparison_.exact(&placed == &events.front(), "reset", "recorded inside a trial");
      }
    }
    return true;
  }

  void step(const Fields& event) {
    const tasks::Observation seen = task_.observe();
    comparison_.numbers("s", info_.cues.at(static_cast<std::size_t>(seen.cue)), event.numbers("s"));
    const bool repeat = event.has("try") && event.flag("try");
    expect(seen.repeat == repeat, "try", seen.repeat, repeat);
    if (event.has("phase")) {
      const std::string phase = event.text("phase");
      expect(seen.phase == phase, "phase", seen.phase, phase);
    }
    target_ = seen.target;
    response_ = static_cast<int>(event.integer("action"));
    if (response_ < 0 || response_ >= info_.responses) {
      throw TraceError(fmt::format("{}: action {} is none of the task's {} responses", event.place(),
                                   response_, info_.responses));
    }
  }

  /// Gives the last step's response to the task; whether the trial goes on.
  bool reward(const Fields& event) {
    const int target = event.is_null("target") ? tasks::no_target : static_cast<int>(event.integer("target"));
    expect(target_ == target, "target", target_, target);
    consequence_ = task_.respond(response_);
    const bool defined = !event.is_null("r");
    expect(consequence_.reward.has_value() == defined, "whether a reward is defined",
           consequence_.reward.has_value(), defined);
    if (defined && consequence_.reward) {
      comparison_.number("r", *consequence_.reward, event.number("r"));
    }
    if (info_.strong.kind == tasks::Criterion::Kind::responses) {
      run_correct_ = consequence_.wrong ? 0 : run_correct_ + (consequence_.correct ? 1 : 0);
    }
    return !consequence_.over;
  }

  void trial_end(const Fields& event) {
    const tasks::Score score = task_.score();
    const bool correct = event.boolean("correct");
    expect(score.error_free == correct, "correct", score.error_free, correct);
    if (info_.strong.kind == tasks::Criterion::Kind::trials && score.success) {
      run_correct_ = *score.success ? run_correct_ + 1 : 0;
    }
    if (event.has("run_correct")) {
      const auto run = event.integer("run_correct");
      expect(run_correct_ == run, "run_correct", run_correct_, run);
    }
    if (event.has("e_fix")) {
      const bool fixation_error = event.flag("e_fix");
      expect(score.fixation_error == fixation_error, "e_fix", score.fixation_error, fixation_error);
    }
    if (event.has("e_go")) {
      const bool go_error = event.flag("e_go");
      expect(!score.error_free == go_error, "e_go", !score.error_free, go_error);
    }
    if (event.has("trial_type")) {
      const std::string type = event.text("trial_type");
      const std::string& ours = info_.trial_types.at(static_cast<std::size_t>(score.type));
      expect(ours == name_here(trial_type_names, type), "trial_type", ours, type);
    }
  }

  /// The number of the cue with this stimulus.
  int cue_of(const std::vector<double>& stimulus, const std::string& place) const {
    const auto found = std::find(info_.cues.begin(), info_.cues.end(), stimulus);
    if (found == info_.cues.end()) {
      throw TraceError(
          fmt::format("{}: the task has no cue with the stimulus [{}]", place, fmt::join(stimulus, ", ")));
    }
    return static_cast<int>(found - info_.cues.begin());
  }

  /// What the trial showed, told from its stimuli; repeats do not count.
  tasks::Trial shown_in(const TrialEvents& events) const {
    tasks::Trial trial;
    std::vector<double> stimulus;
    for (const Placed& placed : events) {
      if (kind_of(placed) == "step") {
        const Fields event = fields(placed);
        if (!(event.has("try") && event.flag("try"))) {
          stimulus = event.numbers("s");
          trial.cues.push_back(cue_of(stimulus, event.place()));
        }
      }
    }
    const Fields end = fields(events.back());
    if (end.has("trial_type")) {
      complete_saccade(trial, stimulus, end);
    }
    return trial;
  }

  /// A saccade trial that was aborted at the fixation mark never showed its cue, delay and go screens: adds
  /// them by the trial's type (P or A, then L or R).
  void complete_saccade(tasks::Trial& trial, const std::vector<double>& last, const Fields& end) const {
    const std::size_t rows_until_cue = 3;  // start, mark, mark
    if (trial.cues.size() != rows_until_cue || last.size() != 4) {
      return;
    }
    const std::string type = end.text("trial_type");
    std::vector<double> cue = last;
    cue[type == "PL" || type == "AL" ? 2 : 3] = 1.0;
    const int mark = trial.cues.back();
    const int empty = trial.cues.front();
    trial.cues.insert(trial.cues.end(), {cue_of(cue, end.place()), mark, mark, empty});
  }

  const Trace& trace_;
  tasks::Task& task_;
  const tasks::TaskInfo& info_;
  Comparison& comparison_;

  int target_ = tasks::no_target;  ///< of the last step
  int response_ = 0;               ///< to the last step
  tasks::Consequence consequence_;
  std::int64_t run_correct_ = 0;
};

}  // namespace

std::string task_name(const Config& config) {
  return std::string(name_here(task_names, config.task));
}

std::unique_ptr<tasks::Task> make_environment(const Trace& trace) {
  const Fields config = Fields(trace.content, trace.file).object("config");
  const std::string name = task_name(trace.config);
  tasks::Parameters parameters;
  for (const RecordedName& names : parameter_names) {
    if (config.has(names.recorded)) {
      parameters[names.name] = config.number(names.recorded);
    }
  }
  const tasks::Rewards rewards = {config.number("rew_pos"), config.number("rew_neg")};
  if (config.has("rew_pos_go") && rewards.correct != 0.0) {
    // The task wants it in units of the reward of a right response.
    parameters["final_factor"] = config.number("rew_pos_go") / rewards.correct;
  }
  return tasks::make_task(name, parameters, rewards);
}

void replay_environment(const Trace& trace, tasks::Task& task, Comparison& comparison) {
  EnvironmentReplay(trace, task, comparison).run();
}

}  // namespace augsweep::golden
