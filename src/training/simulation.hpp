#pragma once
/// @file Runs one job: where the agent (network, policy) and the environment (task) meet, and the only place
/// with an order of operations.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>

#include "model/network.hpp"
#include "model/pattern.hpp"
#include "model/policy.hpp"
#include "model/random.hpp"
#include "tasks/task.hpp"
#include "training/criterion.hpp"
#include "training/job.hpp"
#include "training/outcome.hpp"

namespace augsweep::training {

/// What a simulation is told when it asks, at a trial's end, whether it may go on.
enum class Order {
  go_on,
  stop,     ///< the sweep is being stopped: abandon the job, which stays pending
  time_out  ///< the job has used its time: it ends with Status::timeout
};

/// Thrown by run() when the order was to stop: the job is to be run again another time.
class Abandoned : public std::runtime_error {
 public:
  Abandoned() : std::runtime_error("the simulation was asked to stop") {}
};

/// Told of everything that happens, in order; for traces. Every call has an empty default.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  virtual void on_trial(std::int64_t /*trial*/, bool /*reset*/) {}
  /// After forward and choice: what was seen, what the network made of it, the response.
  virtual void on_step(const tasks::Observation& /*seen*/, const model::Network& /*network*/,
                       int /*response*/) {}
  /// Before the weights change.
  virtual void on_learn(double /*rpe*/, bool /*terminal*/) {}
  virtual void on_tag(const model::Network& /*network*/) {}
  virtual void on_consequence(const tasks::Consequence& /*consequence*/) {}
  virtual void on_trial_end(std::int64_t /*trial*/, const tasks::Score& /*score*/,
                            const model::Network& /*network*/) {}
};

/// One job in the course of being run. Memory is allocated at construction, none in the step loop.
class Simulation {
 public:
  /// Throws std::invalid_argument if the job can't be run, or not with that instruction set, which changes
  /// nothing but the speed. `observer`, if any, must outlive the simulation.
  explicit Simulation(const Job& job, Observer* observer = nullptr, model::Isa isa = model::best_isa());

  /// Whether training is over: converged and to stop then, at the trial limit, or diverged.
  bool finished() const { return finished_; }

  /// Runs one training trial. Not to be called once finished.
  void run_trial();

  std::int64_t trials() const { return trials_; }        ///< run so far
  std::int64_t steps() const { return outcome_.steps; }  ///< run so far

  /// The test phase, if the job asks for one and the task has one. Learning is off.
  void test();

  /// What has come out. If training is not finished: Status::timeout and nothing else.
  Outcome outcome() const;

  const model::Network& network() const { return network_; }

 private:
  /// Sums over the trials of the bin that is being filled.
  struct Bin {
    int trials = 0;
    double error = 0.0, reward = 0.0, fixation_error = 0.0;
    double loss = 0.0, loss_target = 0.0, loss_nontarget = 0.0;
    int loss_trials = 0, target_trials = 0, nontarget_trials = 0;
  };
  /// RPE^2 of the trial that is being run, by kind of cue.
  struct TrialLoss {
    std::array<double, 2> sum{};  ///< of other cues, of target cues
    std::array<int, 2> count{};
    void add(double rpe, bool on_target) {
      sum[std::size_t{on_target}] += rpe * rpe;
      ++count[std::size_t{on_target}];
    }
  };

  const model::Pattern& pattern_of(const tasks::Observation& seen) const {
    return patterns_[static_cast<std::size_t>(seen.cue)];
  }
  template <bool watched>
  void run_steps();
  void note_rpe(double rpe, bool terminal);
  void record_step(const tasks::Observation& seen, std::int32_t step, int response,
                   const tasks::Consequence& consequence);
  void end_trial(double reward);
  void close_bin();

  Job job_;
  std::unique_ptr<tasks::Task> task_;
  Observer* observer_;
  model::RandomStream task_stream_, policy_stream_;
  model::Network network_;
  std::vector<model::Pattern> patterns_;  ///< of the task's cues
  model::Policy policy_;
  ConvergenceCounter convergence_;
  std::vector<tasks::Trial> recorded_trials_;  ///< of Job::trials_file
  tasks::Trial trial_;
  std::int64_t trials_ = 0;
  std::int64_t trial_limit_ = 0;
  std::size_t next_record_ = 0;  ///< index into Job::record_trials
  bool recording_ = false;       ///< whether this trial is one of them
  bool finished_ = false;
  TrialLoss trial_loss_;
  Bin bin_;
  Outcome outcome_;
};

/// Runs a job from beginning to end. `ask` (may be empty) is asked between trials whether to go on, at most a
/// few thousand times a second. Throws Abandoned when told to stop; every other error of the job is an
/// exception too.
Outcome run(const Job& job, const std::function<Order()>& ask = {}, Observer* observer = nullptr,
            model::Isa isa = model::best_isa());

}  // namespace augsweep::training
