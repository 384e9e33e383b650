// The network's step: the kernel of every instruction set, the plain version, and what the machine could do
// at best.
//
//   bench_kernel                              everything, some minutes
//   bench_kernel --benchmark_filter=12ax      one shape
//
// "step" runs network, policy and random numbers on a course of random cues in trials of 3 to 9 steps,
// learning at every step; "job" is a whole job as the program runs it, task included. Both give the time of
// one step. The floor counts the operations of a step and adds up what each costs when nothing waits,
// measured in the same process a moment before; the counter `of_floor` is floor / time.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <string>
#include <vector>

#include "floor.hpp"
#include "model/kernel.hpp"
#include "model/math.hpp"
#include "model/network.hpp"
#include "model/policy.hpp"
#include "plain_network.hpp"
#include "tasks/registry.hpp"
#include "training/simulation.hpp"

namespace augsweep::bench {
namespace {

using model::Isa;
using model::Network;

struct Setting {
  const char* name;
  model::Shape shape;
};
constexpr std::array<Setting, 5> settings = {{{"12ax", {8, 10, 20, 2}},
                                              {"sequence", {6, 3, 8, 2}},
                                              {"saccade_M4", {4, 3, 4, 3}},
                                              {"M100", {8, 10, 100, 2}},
                                              {"S50", {50, 10, 20, 2}}}};

model::NetworkParameters parameters_of(const model::Shape& shape) {
  model::NetworkParameters parameters;
  parameters.shape = shape;
  parameters.leak = {0.7, 1.0};
  parameters.beta = 0.05;
  return parameters;
}

/// Trials of 3, 5, 7 or 9 cues, none twice in a row, as 12AX has them.
class Course {
 public:
  Course(const model::Shape& shape, Isa isa)
      : shape_(shape),
        task_(model::key_of("bench"), model::Purpose::task, isa),
        policy_stream_(model::key_of("bench"), model::Purpose::policy, isa),
        policy_({.kind = model::PolicyKind::softmax, .weight_g = true}) {
    for (int cue = 0; cue < shape.stimuli; ++cue) {
      std::vector<double> values(static_cast<std::size_t>(shape.stimuli), 0.0);
      values[static_cast<std::size_t>(cue)] = 1.0;
      cues_.emplace_back(values);
      for (int response = 0; response < shape.responses; ++response) {
        rewards_.push_back(response == cue % shape.responses ? 0.1 : -1.0);
      }
    }
  }

  /// One trial; returns its steps.
  template <class AnyNetwork>
  int trial(AnyNetwork& network) {
    network.reset();
    policy_.begin_trial(trials_++);
    const int length = 3 + 2 * task_.below(4);
    auto q = forward(network, next_cue());
    double value = 0.0;
    double rpe = 0.0;
    const auto choose = [&] {
      const int response = policy_.choose(q, policy_stream_);
      value = q[static_cast<std::size_t>(response)];
      return response;
    };
    int response = choose();
    network.tag(response);
    double reward = reward_of(response);
    for (int step = 1; step < length; ++step) {
      q = step == 1 ? forward(network, next_cue())
                    : learn_tag_and_forward(network, rpe, response, next_cue());
      const double before = value;
      response = choose();
      rpe = reward + 0.9 * value - before;
      reward = reward_of(response);
    }
    learn_and_tag(network, rpe, response);
    network.learn(reward - value);
    return length;
  }

 private:
  /// A draw among the others, so that no cue comes twice in a row. No branch and no division here: they would
  /// be counted as the network's.
  const model::Pattern& next_cue() {
    const int drawn = cue_ + 1 + task_.below(shape_.stimuli - 1);
    cue_ = drawn - (drawn >= shape_.stimuli ? shape_.stimuli : 0);
    return cues_[static_cast<std::size_t>(cue_)];
  }
  double reward_of(int response) const {
    return rewards_[static_cast<std::size_t>(cue_ * shape_.responses + response)];
  }
  static std::span<const double> forward(Network& network, const model::Pattern& cue) {
    return network.forward(cue);
  }
  static std::span<const double> forward(PlainNetwork& network, const model::Pattern& cue) {
    return network.forward(cue.values());
  }
  static std::span<const double> learn_tag_and_forward(Network& network, double rpe, int response,
                                                       const model::Pattern& cue) {
    return network.learn_tag_and_forward(rpe, response, cue);
  }
  static std::span<const double> learn_tag_and_forward(PlainNetwork& network, double rpe, int response,
                                                       const model::Pattern& cue) {
    learn_and_tag(network, rpe, response);
    return forward(network, cue);
  }
  static void learn_and_tag(Network& network, double rpe, int response) {
    network.learn_and_tag(rpe, response);
  }
  static void learn_and_tag(PlainNetwork& network, double rpe, int response) {
    network.learn(rpe);
    network.tag(response);
  }

  model::Shape shape_;
  model::RandomStream task_, policy_stream_;
  model::Policy policy_;
  std::vector<model::Pattern> cues_;
  std::vector<double> rewards_;  ///< [cue][response]
  std::int64_t trials_ = 0;
  int cue_ = 0;
};

// --- The floor ---

/// CPU time of this thread in ns.
double now() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

/// The least time of one repetition of f(count), in ns, out of several.
template <class F>
double least_time(int count, F f) {
  double least = 1e300;
  for (int repeat = 0; repeat < 15; ++repeat) {
    const double before = now();
    benchmark::DoNotOptimize(f(count));
    least = std::min(least, (now() - before) / count);
  }
  return least;
}

/// What one of each costs in ns, at best. Vectors are of 8 doubles.
struct Costs {
  double operation, division, sigmoid, load_store, scalar_exponential, random_number, log_odds;
};

const Floor& floor_of(Isa isa) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512_floor;
  if (isa == Isa::avx2) return avx2_floor;
#endif
  return baseline_floor;
}

Costs measure_costs(Isa isa, int count) {
  alignas(64) std::array<double, 64> in{};
  alignas(64) std::array<double, 64> out{};
  in.fill(0.3);
  const Floor& floor = floor_of(isa);
  Costs costs{};
  costs.operation = least_time(count, floor.arithmetic) / 24;
  costs.division = least_time(count, floor.divisions) / 4;
  costs.sigmoid = least_time(count, [&](int n) { return floor.sigmoids(n, in.data(), out.data()); }) / 4;
  costs.load_store =
      least_time(count, [&](int n) { return floor.memory_traffic(n, in.data(), out.data()); }) / 12;
  costs.scalar_exponential = least_time(count, [&](int n) {
    double sum = 0.0;
    for (int i = 0; i < n; ++i) sum += model::exponential(in[static_cast<std::size_t>(i % 64)]);
    return sum;
  });
  // A number, and one with the logarithm that a choice between two responses compares with.
  model::RandomStream stream(model::key_of("floor"), model::Purpose::task, isa);
  costs.random_number = least_time(count, [&](int n) {
    double sum = 0.0;
    for (int i = 0; i < n; ++i) sum += stream.uniform();
    return sum;
  });
  model::RandomStream odds(model::key_of("floor"), model::Purpose::policy, isa);
  costs.log_odds = least_time(count, [&](int n) {
    double sum = 0.0;
    for (int i = 0; i < n; ++i) sum += odds.log_odds();
    return sum;
  });
  return costs;
}

/// Vector operations of a step, counted in model/kernel/body.hpp (docs/kernel.md has the table), for one-hot
/// stimuli: two rows of V are switched on in a step, and on the average `replayed` entries of the history are
/// gone through before it.
double floor_of_step(const model::Shape& shape, const Costs& costs) {
  const double vectors = (shape.regular + shape.memory + 7) / 8;
  const double responses = shape.responses;
  const double replayed = 2.1;
  const double operations = vectors * (7.0 * replayed           // replay: z = phi z + rate gate, two rows
                                       + 5.0                    // what every row has in common
                                       + 1.0 + 5.0              // phi h, two rows
                                       + 4.0                    // y (1 - y) W', W' from W
                                       + 3.0 + 3.0              // the trial's end: z again, two rows
                                       + responses * (2.0       // Q
                                                      + 2.0     // W
                                                      + 3.0));  // its tags
  const double traffic = vectors * (4.0 * replayed + 5.0 + 2.0 + 3.0 + 2.0 + 4.0 + 7.0 + responses * 6.0);
  const double choice = responses == 2 ? costs.log_odds  // of softmax
                                       : costs.random_number + responses * costs.scalar_exponential;
  // Arithmetic and memory traffic go on side by side: the greater counts.
  return vectors * costs.sigmoid + std::max(operations * costs.operation, traffic * costs.load_store) +
         choice + costs.random_number;
}

// --- Benchmarks ---

template <class AnyNetwork>
void run_steps(benchmark::State& state, const model::Shape& shape, AnyNetwork& network, Isa isa,
               double floor) {
  Course course(shape, isa);
  std::int64_t steps = 0;
  double least = 1e300;
  for (auto unused : state) {
    static_cast<void>(unused);
    // Some hundred trials at a time: long enough for the clock, short enough to find a quiet moment.
    const double before = now();
    int some = 0;
    for (int trial = 0; trial < 200; ++trial) some += course.trial(network);
    least = std::min(least, (now() - before) / some);
    steps += some;
  }
  state.SetItemsProcessed(steps);
  state.counters["ns_per_step"] = least;
  if (floor > 0.0) {
    state.counters["floor_ns"] = floor;
    state.counters["of_floor"] = floor / least;
  }
}

void step(benchmark::State& state, const Setting& setting, Isa isa) {
  const auto parameters = parameters_of(setting.shape);
  model::RandomStream stream(model::key_of("bench"), model::Purpose::weights);
  Network network(parameters, random_weights(parameters, stream), isa);
  run_steps(state, setting.shape, network, isa, floor_of_step(setting.shape, measure_costs(isa, 2000)));
}

void plain_step(benchmark::State& state, const Setting& setting) {
  const auto parameters = parameters_of(setting.shape);
  model::RandomStream stream(model::key_of("bench"), model::Purpose::weights);
  PlainNetwork network(parameters, random_weights(parameters, stream));
  run_steps(state, setting.shape, network, Isa::baseline, 0.0);
}

void job(benchmark::State& state, const char* task, Isa isa) {
  training::Job job;
  const tasks::TaskEntry& entry = *tasks::find_task(task);
  job.task = task;
  job.task_parameters = tasks::complete_parameters(entry, {});
  job.regular_units = entry.defaults.regular_units;
  job.memory_units = entry.defaults.memory_units;
  job.leak = {0.7, 1.0};
  job.policy.kind = model::PolicyKind::softmax;
  job.policy.weight_g = true;
  job.max_trials = 1'000'000'000;
  job.stop_on_convergence = false;
  job.curves = false;
  training::Simulation simulation(job, nullptr, isa);
  double least = 1e300;
  const std::int64_t begin = simulation.steps();
  for (auto unused : state) {
    static_cast<void>(unused);
    const double before = now();
    const std::int64_t from = simulation.steps();
    for (int trial = 0; trial < 200; ++trial) simulation.run_trial();
    least = std::min(least, (now() - before) / static_cast<double>(simulation.steps() - from));
  }
  state.SetItemsProcessed(simulation.steps() - begin);
  state.counters["ns_per_step"] = least;
}

void costs(benchmark::State& state, Isa isa) {
  Costs costs{};
  for (auto unused : state) {
    static_cast<void>(unused);
    costs = measure_costs(isa, 2000);
  }
  state.counters["operation"] = costs.operation;
  state.counters["division"] = costs.division;
  state.counters["sigmoid"] = costs.sigmoid;
  state.counters["load_store"] = costs.load_store;
  state.counters["scalar_exp"] = costs.scalar_exponential;
  state.counters["log_odds"] = costs.log_odds;
  state.counters["random"] = costs.random_number;
}

void register_all() {
  for (const Isa isa : model::supported_isas()) {
    const std::string name(name_of(isa));
    benchmark::RegisterBenchmark(("costs_ns/" + name).c_str(),
                                 [isa](benchmark::State& state) { costs(state, isa); });
  }
  for (const Setting& setting : settings) {
    const std::string shape = std::string("step/") + setting.name + "/";
    benchmark::RegisterBenchmark((shape + "plain").c_str(),
                                 [&setting](benchmark::State& state) { plain_step(state, setting); });
    for (const Isa isa : model::supported_isas()) {
      benchmark::RegisterBenchmark((shape + std::string(name_of(isa))).c_str(),
                                   [&setting, isa](benchmark::State& state) { step(state, setting, isa); });
    }
  }
  for (const char* task : {"12ax", "12ax-s", "sequence", "sequence-cpt", "txor", "saccade"}) {
    for (const Isa isa : model::supported_isas()) {
      benchmark::RegisterBenchmark((std::string("job/") + task + "/" + std::string(name_of(isa))).c_str(),
                                   [task, isa](benchmark::State& state) { job(state, task, isa); });
    }
  }
}

}  // namespace
}  // namespace augsweep::bench

int main(int argc, char** argv) {
  augsweep::bench::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
