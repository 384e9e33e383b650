#include "training/simulation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tasks/registry.hpp"
#include "training/trials_file.hpp"

namespace augsweep::training {

namespace {

std::vector<tasks::Trial> trials_of(const Job& job, const tasks::TaskInfo& info) {
  if (job.trials_file.empty()) {
    return {};
  }
  if (!job.trials_digest.empty() && file_digest(job.trials_file) != job.trials_digest) {
    throw std::runtime_error(
        fmt::format("{}: has been changed since the sweep was read; put the old file back", job.trials_file));
  }
  return read_trials(job.trials_file, info);
}

model::Network make_network(const Job& job, const tasks::TaskInfo& info, model::Isa isa) {
  check(job);
  const auto parameters = network_parameters(job, info);
  model::RandomStream stream(stream_key(job), model::Purpose::weights, isa);
  return {parameters, model::random_weights(parameters, stream), isa};
}

std::vector<model::Pattern> patterns_of(const tasks::TaskInfo& info) {
  std::vector<model::Pattern> patterns;
  for (const auto& cue : info.cues) {
    patterns.emplace_back(cue);
  }
  return patterns;
}

double mean_or_nan(double sum, int count) {
  return count > 0 ? sum / count : not_a_number;
}

/// Whether the values are numbers, and of a size that a network can mean. NaN compares as neither.
bool all_bounded(std::span<const double> values) {
  for (const double value : values) {
    if (!(std::fabs(value) <= greatest_value)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Simulation::Simulation(const Job& job, Observer* observer, model::Isa isa)
    : job_(job),
      task_(tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward))),
      observer_(observer),
      task_stream_(stream_key(job), model::Purpose::task, isa),
      policy_stream_(stream_key(job), model::Purpose::policy, isa),
      network_(make_network(job, task_->info(), isa)),
      patterns_(patterns_of(task_->info())),
      policy_(job.policy),
      convergence_(job.criterion == CriterionName::strong ? task_->info().strong : task_->info().lenient,
                   task_->info().trial_types.size()),
      recorded_trials_(trials_of(job, task_->info())),
      trial_limit_(job.max_trials) {
  if (!recorded_trials_.empty()) {
    trial_limit_ = std::min(trial_limit_, static_cast<std::int64_t>(recorded_trials_.size()));
  }
  if (job_.curves) {
    const auto bins = static_cast<std::size_t>((trial_limit_ + job_.bin_trials - 1) / job_.bin_trials);
    for (auto& curve : outcome_.curves) {
      curve.reserve(bins);
    }
  }
}

void Simulation::run_trial() {
  // The trial begins.
  if (recorded_trials_.empty()) {
    task_->draw(tasks::Phase::training, task_stream_, trial_);
    task_->begin(tasks::Phase::training, trial_);
  } else {
    task_->begin(tasks::Phase::training, recorded_trials_[static_cast<std::size_t>(trials_)]);
  }
  if (job_.reset) {
    network_.reset();
    if (task_->info().clears_previous_stimulus) {
      network_.clear_previous_stimulus();
    }
  }
  policy_.begin_trial(trials_);
  trial_loss_ = {};
  recording_ = next_record_ < job_.record_trials.size() && job_.record_trials[next_record_] == trials_;
  if (observer_ != nullptr) {
    observer_->on_trial(trials_, job_.reset);
  }

  if (observer_ != nullptr || recording_) {
    run_steps<true>();
  } else {
    run_steps<false>();
  }
  if (finished_ && job_.weights) {
    outcome_.weights = network_.weights();
  }
}

/// `watched`: somebody wants to know what happens.
template <bool watched>
void Simulation::run_steps() {
  // One step after the other, in the order of docs/model.md, "One step".
  const int target_response = task_->info().target_response;
  double reward_sum = 0.0;
  double reward = 0.0;
  double value = 0.0;             // q of the step before
  int target = tasks::no_target;  // of the step before
  bool learns = false;            // whether the step before is learned from
  std::int32_t step = 0;
  tasks::Observation seen = task_->observe();
  std::span<const double> q = network_.forward(pattern_of(seen), seen.repeat);
  while (all_bounded(q)) {
    const int response = policy_.choose(q, policy_stream_);
    const double chosen = q[static_cast<std::size_t>(response)];
    if (watched && observer_ != nullptr) {
      observer_->on_step(seen, network_, response);
    }
    double rpe = 0.0;
    if (learns) {
      rpe = reward + job_.gamma * chosen - value;
      trial_loss_.add(rpe, target == target_response);
      if constexpr (watched) {
        note_rpe(rpe, false);
      }
    }
    const tasks::Consequence consequence = task_->respond(response);
    // Where nobody looks in between, the network learns, tags and sees the next stimulus in one pass.
    const bool in_one_pass = !watched && learns && !consequence.learn_now && !consequence.over;
    if (!in_one_pass) {
      if (learns) {
        network_.learn_and_tag(rpe, response);
      } else {
        network_.tag(response);
      }
    }
    if constexpr (watched) {
      if (observer_ != nullptr) {
        observer_->on_tag(network_);
        observer_->on_consequence(consequence);
      }
      if (recording_) {
        record_step(seen, step, response, consequence);
      }
    }
    convergence_.respond(consequence);
    if (consequence.reward) {
      reward = *consequence.reward;
      reward_sum += reward;
    }
    value = chosen;
    target = seen.target;
    learns = consequence.learn_next;
    if (consequence.learn_now) {
      const double last_rpe = reward - value;
      trial_loss_.add(last_rpe, target == target_response);
      if constexpr (watched) {
        note_rpe(last_rpe, true);
      }
      network_.learn(last_rpe);
    }
    ++step;
    if (consequence.over) {
      outcome_.steps += step;
      end_trial(reward_sum);
      return;
    }
    seen = task_->observe();
    q = in_one_pass ? network_.learn_tag_and_forward(rpe, response, pattern_of(seen), seen.repeat)
                    : network_.forward(pattern_of(seen), seen.repeat);
  }
  outcome_.status = Status::diverged;
  outcome_.steps += step;
  end_trial(reward_sum);
}

void Simulation::note_rpe(double rpe, bool terminal) {
  if (observer_ != nullptr) {
    observer_->on_learn(rpe, terminal);
  }
  if (recording_) {
    outcome_.recording.rpe.back() = rpe;
  }
}

void Simulation::record_step(const tasks::Observation& seen, std::int32_t step, int response,
                             const tasks::Consequence& consequence) {
  Recording& recording = outcome_.recording;
  recording.trial.push_back(trials_);
  recording.step.push_back(step);
  recording.cue.push_back(seen.cue);
  recording.response.push_back(response);
  recording.target.push_back(seen.target);
  recording.reward.push_back(consequence.reward.value_or(not_a_number));
  recording.rpe.push_back(not_a_number);
  const auto q = network_.values();
  recording.q.insert(recording.q.end(), q.data(), q.data() + q.size());
  const auto memory = network_.memory_activity();
  recording.memory.insert(recording.memory.end(), memory.data(), memory.data() + memory.size());
}

void Simulation::end_trial(double reward) {
  const std::int64_t trial = trials_++;
  if (recording_) {
    ++next_record_;
  }
  if (outcome_.status == Status::diverged || !network_.weights_finite()) {
    outcome_.status = Status::diverged;
    outcome_.divergence_trial = static_cast<double>(trial);
    outcome_.convergence_trial = not_a_number;  // of a run that went on after it had converged
    finished_ = true;
    close_bin();  // without the trial in which it happened
    return;
  }
  const tasks::Score score = task_->score();
  if (observer_ != nullptr) {
    observer_->on_trial_end(trial, score, network_);
  }

  ++bin_.trials;
  bin_.error += score.error_free ? 0.0 : 1.0;
  bin_.fixation_error += score.fixation_error ? 1.0 : 0.0;
  bin_.reward += reward;
  const auto [nontarget, target] = trial_loss_.sum;
  const auto [nontargets, targets] = trial_loss_.count;
  if (targets + nontargets > 0) {
    bin_.loss += 0.5 * (target + nontarget) / (targets + nontargets);
    ++bin_.loss_trials;
  }
  if (targets > 0) {
    bin_.loss_target += 0.5 * target / targets;
    ++bin_.target_trials;
  }
  if (nontargets > 0) {
    bin_.loss_nontarget += 0.5 * nontarget / nontargets;
    ++bin_.nontarget_trials;
  }

  if (convergence_.end_trial(score) && outcome_.status != Status::converged) {
    outcome_.status = Status::converged;
    outcome_.convergence_trial = static_cast<double>(trial);
    finished_ = job_.stop_on_convergence;
  }
  if (trials_ >= trial_limit_) {
    finished_ = true;
    if (outcome_.status == Status::pending) {
      outcome_.status = Status::not_converged;
    }
  }
  if (finished_ || bin_.trials == job_.bin_trials) {
    close_bin();
  }
}

void Simulation::close_bin() {
  if (job_.curves && bin_.trials > 0) {
    const tasks::TaskInfo& info = task_->info();
    const auto add = [this](Curve curve, double value) {
      outcome_.curves[static_cast<std::size_t>(curve)].push_back(static_cast<float>(value));
    };
    add(Curve::error, bin_.error / bin_.trials);
    add(Curve::reward, bin_.reward / bin_.trials);
    add(Curve::loss, mean_or_nan(bin_.loss, bin_.loss_trials));
    if (info.target_response != tasks::no_target) {
      add(Curve::loss_target, mean_or_nan(bin_.loss_target, bin_.target_trials));
      add(Curve::loss_nontarget, mean_or_nan(bin_.loss_nontarget, bin_.nontarget_trials));
    }
    if (info.test_parts.size() > 1) {
      add(Curve::fixation_error, bin_.fixation_error / bin_.trials);
    }
  }
  bin_ = {};
}

void Simulation::test() {
  const tasks::TaskInfo& info = task_->info();
  if (job_.test_trials == 0 || info.test_parts.empty() || outcome_.status == Status::diverged) {
    return;
  }
  // Three read-outs of the same Q-values. Exploration and softmax are without time weighting, as in the
  // published test.
  model::PolicyParameters exploring = job_.policy;
  exploring.kind = model::PolicyKind::eps_greedy;
  exploring.exploration = model::Exploration::softmax;
  exploring.weight_g = false;
  exploring.weight_epsilon = false;
  const model::Policy explore(exploring);
  model::RandomStream task_stream(stream_key(job_), model::Purpose::test_task, network_.isa());
  model::RandomStream policy_stream(stream_key(job_), model::Purpose::test_policy, network_.isa());

  std::array<std::array<int, readout_count>, 2> correct{};
  std::array<int, 2> asked{};
  network_.clear_previous_stimulus();
  for (int trial = 0; trial < job_.test_trials; ++trial) {
    task_->draw(tasks::Phase::test, task_stream, trial_);
    task_->begin(tasks::Phase::test, trial_);
    if (job_.reset) {
      network_.reset();
      if (info.clears_previous_stimulus) {
        network_.clear_previous_stimulus();
      }
    }
    std::array<std::array<bool, readout_count>, 2> error{};
    std::array<bool, 2> part_asked{};
    bool over = false;
    while (!over) {
      const tasks::Observation seen = task_->observe();
      const auto q = network_.forward(pattern_of(seen), seen.repeat);
      const std::array<int, readout_count> responses = {explore.choose(q, policy_stream), model::greedy(q),
                                                        model::draw_softmax(q, 1.0, policy_stream)};
      if (seen.target != tasks::no_target) {
        const auto part = static_cast<std::size_t>(seen.part);
        part_asked[part] = true;
        for (std::size_t readout = 0; readout < readout_count; ++readout) {
          error[part][readout] |= responses[readout] != seen.target;
        }
      }
      over = task_->respond(responses[static_cast<std::size_t>(Readout::greedy)]).over;
    }
    for (std::size_t part = 0; part < info.test_parts.size(); ++part) {
      asked[part] += part_asked[part] ? 1 : 0;
      for (std::size_t readout = 0; readout < readout_count; ++readout) {
        correct[part][readout] += part_asked[part] && !error[part][readout] ? 1 : 0;
      }
    }
  }
  for (std::size_t part = 0; part < info.test_parts.size(); ++part) {
    for (std::size_t readout = 0; readout < readout_count; ++readout) {
      outcome_.tests[part][readout] = mean_or_nan(100.0 * correct[part][readout], asked[part]);
    }
  }
}

Outcome Simulation::outcome() const {
  if (!finished_) {
    Outcome outcome;  // how far it came depends on the machine's speed, so none of it is a result
    outcome.status = Status::timeout;
    return outcome;
  }
  Outcome outcome = outcome_;
  outcome.trials = trials_;
  return outcome;
}

Outcome run(const Job& job, const std::function<Order()>& ask, Observer* observer, model::Isa isa) {
  Simulation simulation(job, observer, isa);
  constexpr int trials_between = 16;  // a trial takes about a microsecond, a question a few dozen nanoseconds
  int until_question = trials_between;
  while (!simulation.finished()) {
    simulation.run_trial();
    if (ask && --until_question == 0) {
      until_question = trials_between;
      switch (ask()) {
        case Order::go_on:
          break;
        case Order::stop:
          throw Abandoned();
        case Order::time_out:
          return simulation.outcome();
      }
    }
  }
  simulation.test();
  return simulation.outcome();
}

}  // namespace augsweep::training
