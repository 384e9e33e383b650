// What a training run does, written down as a trace and replayed by the rule of the recorded ones: the order
// of operations of the training room, with the textbook network and the task as judges.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "environment_replay.hpp"
#include "model_replay.hpp"
#include "replay.hpp"
#include "tasks/registry.hpp"
#include "textbook_agent.hpp"
#include "training/simulation.hpp"

namespace augsweep::golden {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 8> traced_tasks = {
    {{"12ax", "12AX"},
     {"12ax-s", "12AX_S"},
     {"ax", "AX"},
     {"12ax-triplets", "12AX_triplets"},
     {"sequence", "seq_pred"},
     {"sequence-cpt", "seq_pred_CPT"},
     {"txor", "tXOR"},
     {"saccade", "saccade"}}};

Json json_of(const auto& array) {
  return std::vector<double>(array.data(), array.data() + array.size());
}

Json matrix_of(const model::Matrix& matrix) {
  Json rows = Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    rows.push_back(json_of(model::Row(matrix.row(i))));
  }
  return rows;
}

Json weights_of(const model::Weights& weights) {
  return {{"V_r", matrix_of(weights.v_r)},           {"W_r", matrix_of(weights.w_r)},
          {"V_m", matrix_of(weights.v_m)},           {"W_m", matrix_of(weights.w_m)},
          {"W_r_back", matrix_of(weights.w_r_back)}, {"W_m_back", matrix_of(weights.w_m_back)}};
}

/// Writes the events of a trace.
class TraceWriter : public training::Observer {
 public:
  explicit TraceWriter(const tasks::TaskInfo& info) : info_(info) {}

  void on_trial(std::int64_t trial, bool reset) override {
    trial_ = trial;
    if (reset) {
      events.push_back({{"ev", "reset"}});
    }
  }
  void on_step(const tasks::Observation& seen, const model::Network& network, int response) override {
    Json event = {{"ev", "step"},
                  {"s", info_.cues[static_cast<std::size_t>(seen.cue)]},
                  {"s_trans", json_of(network.transient())},
                  {"y_r", json_of(network.regular_activity())},
                  {"y_m", json_of(network.memory_activity())},
                  {"Q", json_of(network.values())},
                  {"action", response},
                  {"it", trial_}};
    if (seen.repeat) {
      event["try"] = true;
    }
    events.push_back(std::move(event));
    target_ = seen.target;
  }
  void on_learn(double rpe, bool terminal) override {
    events.push_back({{"ev", "learn"}, {"rpe", rpe}, {"terminal", terminal}});
  }
  void on_tag(const model::Network& /*network*/) override { events.push_back({{"ev", "tags"}}); }
  void on_consequence(const tasks::Consequence& consequence) override {
    events.push_back({{"ev", "reward"},
                      {"r", consequence.reward ? Json(*consequence.reward) : Json()},
                      {"target", target_ == tasks::no_target ? Json() : Json(target_)}});
  }
  void on_trial_end(std::int64_t trial, const tasks::Score& score,
                    const model::Network& /*network*/) override {
    Json event = {{"ev", "trial_end"}, {"trial", trial}, {"correct", score.error_free}};
    if (types != nullptr) {
      event["trial_type"] = types[score.type];
    }
    events.push_back(std::move(event));
  }

  const char* const* types = nullptr;  ///< names of the trial types in traces
  Json events = Json::array();

 private:
  const tasks::TaskInfo& info_;
  std::int64_t trial_ = 0;
  int target_ = tasks::no_target;
};

/// The trace of a job's training.
Json trace_of(const training::Job& job, const std::string& task) {
  static constexpr std::array<const char*, 4> saccade_types = {"PL", "PR", "AL", "AR"};
  const tasks::Rewards rewards = tasks::rewards_of(job.reward);
  const auto environment = tasks::make_task(job.task, job.task_parameters, rewards);
  TraceWriter writer(environment->info());
  writer.types = task == "saccade" ? saccade_types.data() : nullptr;
  training::Simulation simulation(job, &writer);
  const model::Weights initial = simulation.network().weights();
  while (!simulation.finished()) {
    simulation.run_trial();
  }
  const model::Network& network = simulation.network();
  const auto& shape = network.parameters().shape;
  const bool learned = job.input_weights == model::InputWeights::learned;
  Json config = {
      {"task", task},
      {"variant", job.reset ? "standard" : "no_reset"},
      {"S", shape.stimuli},
      {"R", shape.regular},
      {"M", shape.memory},
      {"A", shape.responses},
      {"beta", job.beta},
      {"discount", job.gamma},
      {"alpha", job.alpha},
      {"leak", job.leak},
      {"feedback", name_of(job.feedback)},
      {"learn_V", learned},
      {"rew_pos", rewards.correct},
      {"rew_neg", rewards.wrong},
      {"policy",
       {{"policy", name_of(job.policy.kind)}, {"t_weighted", job.policy.weight_g}, {"m", job.policy.m}}}};
  for (const auto& [ours, recorded] :
       {std::pair{"d", "d"}, std::pair{"shape_factor", "shape_factor"},
        std::pair{"step_reward", "rew_pos_step"}, std::pair{"final_reward", "rew_pos_final"}}) {
    if (const auto found = job.task_parameters.find(ours); found != job.task_parameters.end()) {
      config[recorded] = found->second;
    }
  }
  if (const auto factor = job.task_parameters.find("final_factor"); factor != job.task_parameters.end()) {
    config["rew_pos_go"] = factor->second * rewards.correct;
  }
  Json final_state = weights_of(network.weights());
  final_state.update({{"Tag_v_r", matrix_of(network.tags().v_r)},
                      {"Tag_w_r", matrix_of(network.tags().w_r)},
                      {"Tag_v_m", matrix_of(network.tags().v_m)},
                      {"Tag_w_m", matrix_of(network.tags().w_m)},
                      {"sTRACE", matrix_of(network.traces())},
                      {"cumulative_memory", json_of(network.memory())}});
  return {{"format", 1},
          {"config", std::move(config)},
          {"initial_weights", weights_of(initial)},
          {"events", std::move(writer.events)},
          {"final", std::move(final_state)}};
}

void expect_replayed(const training::Job& job, const std::string& task) {
  SCOPED_TRACE(training::canonical(job));
  const Trace trace = make_trace(trace_of(job, task), job.task);
  Comparison with_textbook(default_tolerance);
  TextbookAgent textbook(trace.config.network, initial_weights(trace));
  replay_model(trace, textbook, with_textbook);
  EXPECT_TRUE(with_textbook.passed()) << with_textbook.first_disagreement();
  Comparison with_task(default_tolerance);
  replay_environment(trace, *make_environment(trace), with_task);
  EXPECT_TRUE(with_task.passed()) << with_task.first_disagreement();
}

training::Job job_of(const std::string& task) {
  training::Job job;
  job.task = task;
  const tasks::TaskEntry& entry = *tasks::find_task(task);
  for (const tasks::ParameterInfo& parameter : entry.parameters) {
    job.task_parameters[parameter.name] = parameter.standard;
  }
  job.max_trials = 40;
  job.test_trials = 0;
  job.curves = false;
  job.regular_units = 3;
  job.memory_units = 6;
  job.policy.kind = model::PolicyKind::softmax;
  return job;
}

TEST(TrainingTrace, IsReplayedForEveryTaskAndRewardRule) {
  for (const auto& [name, recorded] : traced_tasks) {
    for (const auto rule :
         {tasks::RewardRule::rl, tasks::RewardRule::pl, tasks::RewardRule::srl, tasks::RewardRule::brl}) {
      training::Job job = job_of(name);
      job.reward = rule;
      job.leak = {1.0, 0.5, 0.8};
      expect_replayed(job, recorded);
    }
  }
}

TEST(TrainingTrace, IsReplayedForEveryVariantOfTheNetwork) {
  for (const auto& [name, recorded] : traced_tasks) {
    for (const auto feedback :
         {model::Feedback::plastic, model::Feedback::symmetric, model::Feedback::fixed_random}) {
      for (const auto weights :
           {model::InputWeights::learned, model::InputWeights::ones, model::InputWeights::fixed_random}) {
        for (const bool reset : {true, false}) {
          training::Job job = job_of(name);
          job.max_trials = 10;
          job.feedback = feedback;
          job.input_weights = weights;
          job.reset = reset;
          job.leak = {0.7};
          job.beta = 0.02;
          expect_replayed(job, recorded);
        }
      }
    }
  }
}

TEST(TrainingTrace, IsReplayedUnderTheGreedyPolicy) {
  training::Job job = job_of("12ax");
  job.policy.kind = model::PolicyKind::greedy;
  job.policy.weight_g = true;
  job.policy.m = 3.0;
  expect_replayed(job, "12AX");
}

}  // namespace
}  // namespace augsweep::golden
