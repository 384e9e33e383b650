#include "model_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "model/policy.hpp"

namespace augsweep::golden {

namespace {

std::vector<double> recorded(const Fields& fields, const QuantityInfo& info) {
  return info.rows == 0 ? fields.numbers(info.name) : fields.matrix(info.name, info.rows, info.columns);
}

/// The replay of one trace: the state that the rule in README.md speaks of, and one function per kind of
/// event.
class ModelReplay {
 public:
  ModelReplay(const Trace& trace, Agent& agent, Comparison& comparison)
      : config_(trace.config), trace_(trace), agent_(agent), comparison_(comparison) {}

  void run() {
    comparison_.at("initial weights");
    compare_state(Fields(trace_.content.at("initial_weights"), trace_.file + ": initial_weights"),
                  weight_quantities(config_.network.shape));
    std::size_t index = 0;
    for (const Json& event : trace_.events()) {
      const std::string place = event_place(index++, event);
      comparison_.at(place);
      play(Fields(event, fmt::format("{}: {}", trace_.file, place)));
    }
    if (steps_ == 0) {
      throw TraceError(fmt::format("{}: has no step: there is nothing to replay", trace_.file));
    }
    comparison_.at("final");
    compare_state(Fields(trace_.content.at("final"), trace_.file + ": final"),
                  state_quantities(config_.network.shape));
  }

 private:
  void play(const Fields& event) {
    const std::string kind = event.text("ev");
    if (kind == "reset") {
      agent_.reset(config_.clears_previous_stimulus);
    } else if (kind == "step") {
      step(event);
    } else if (kind == "learn") {
      learn(event);
    } else if (kind == "tags") {
      tags(event);
    } else if (kind == "reward") {
      reward(event);
    } else if (kind == "trial_end") {
      trial_ = event.integer("trial");
      static_cast<void>(event.boolean("correct"));  // compared with the environment's
    } else if (kind == "snapshot") {
      const auto trial = event.integer("trial");
      comparison_.exact(trial == trial_, "trial", fmt::format("recorded {} after trial {}", trial, trial_));
      compare_state(event, state_quantities(config_.network.shape));
    } else {
      throw TraceError(fmt::format("{}: unknown event '{}'", event.place(), kind));
    }
  }

  void step(const Fields& event) {
    ++steps_;
    const auto stimulus = event.numbers("s");
    if (stimulus.size() != static_cast<std::size_t>(config_.network.shape.stimuli)) {
      throw TraceError(fmt::format("{}: field 's' has {} values instead of {}", event.place(),
                                   stimulus.size(), config_.network.shape.stimuli));
    }
    const auto response = event.integer("action");
    if (response < 0 || response >= config_.network.shape.responses) {
      throw TraceError(fmt::format("{}: action {} is none of the {} responses", event.place(), response,
                                   config_.network.shape.responses));
    }
    agent_.forward(stimulus, event.has("try") && event.flag("try"));
    comparison_.numbers("s_trans", agent_.get(Quantity::transient), event.numbers("s_trans"));
    comparison_.numbers("y_r", agent_.get(Quantity::regular_activity), event.numbers("y_r"));
    comparison_.numbers("y_m", agent_.get(Quantity::memory_activity), event.numbers("y_m"));
    const auto recorded_q = event.numbers("Q");
    const auto q = agent_.get(Quantity::values);
    comparison_.numbers("Q", q, recorded_q);

    response_ = static_cast<int>(response);
    value_ = q[static_cast<std::size_t>(response_)];
    tagged_ = false;
    if (config_.greedy) {
      // By the recorded values, so that a difference in the last bit cannot make another value the greatest.
      const int greedy = recorded_q.empty() ? -1 : model::greedy(recorded_q);
      comparison_.exact(greedy == response_, "action",
                        fmt::format("the first maximum of Q is {}, recorded {}", greedy, response_));
    }
    if (event.has("p")) {
      double g = 1.0;
      if (config_.weight_g && event.has("it")) {
        g = model::weighted_g(config_.m, event.integer("it"));
      }
      std::vector<double> p(q.size());
      model::softmax(q, config_.gain * g, p);
      comparison_.numbers("p", p, event.numbers("p"));
    }
  }

  void learn(const Fields& event) {
    const bool terminal = event.boolean("terminal");
    if (!value_ || !reward_ || (!terminal && !tagged_value_)) {
      throw TraceError(
          fmt::format("{}: nothing can be learned before a step, its tags and its reward", event.place()));
    }
    if (!terminal && tagged_) {
      throw TraceError(fmt::format("{}: a learn event that is not terminal must stand between step and tags",
                                   event.place()));
    }
    const double rpe = terminal ? *reward_ - *value_ : *reward_ + config_.gamma * *value_ - *tagged_value_;
    comparison_.number("rpe", rpe, event.number("rpe"));
    agent_.learn(rpe);
  }

  void tags(const Fields& event) {
    if (!value_ || tagged_) {
      throw TraceError(fmt::format("{}: tags must follow a step, once", event.place()));
    }
    agent_.tag(response_);
    tagged_value_ = value_;
    tagged_ = true;
  }

  void reward(const Fields& event) {
    if (!value_) {
      throw TraceError(fmt::format("{}: a reward before the first step", event.place()));
    }
    static_cast<void>(event.any("target"));  // compared with the environment's
    reward_ = event.is_null("r") ? std::nullopt : std::optional(event.number("r"));
  }

  void compare_state(const Fields& fields, const std::vector<QuantityInfo>& quantities) {
    for (const QuantityInfo& info : quantities) {
      comparison_.numbers(info.name, agent_.get(info.quantity), recorded(fields, info));
    }
  }

  const Config& config_;
  const Trace& trace_;
  Agent& agent_;
  Comparison& comparison_;

  std::int64_t steps_ = 0;
  std::int64_t trial_ = -1;             ///< of the last trial_end
  int response_ = 0;                    ///< of the last step
  bool tagged_ = false;                 ///< whether the last step's tags have been set
  std::optional<double> value_;         ///< q of the last step
  std::optional<double> tagged_value_;  ///< q of the last step that was tagged: q_prev
  std::optional<double> reward_;        ///< r of the last reward event
};

}  // namespace

FlatWeights initial_weights(const Trace& trace) {
  const Fields fields(trace.content.at("initial_weights"), trace.file + ": initial_weights");
  FlatWeights weights;
  std::size_t i = 0;
  for (const QuantityInfo& info : weight_quantities(trace.config.network.shape)) {
    weights.at(i++) = recorded(fields, info);
  }
  return weights;
}

void replay_model(const Trace& trace, Agent& agent, Comparison& comparison) {
  ModelReplay(trace, agent, comparison).run();
}

}  // namespace augsweep::golden
