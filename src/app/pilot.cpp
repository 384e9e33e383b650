#include "app/pilot.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>

#include "training/simulation.hpp"

namespace augsweep::app {

namespace {

/// Seconds that this thread has computed: those in which other programs had the core do not count.
double computing_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

CostEstimate estimate_cost(const sweep::Sweep& sweep, double budget_seconds) {
  using Clock = std::chrono::steady_clock;
  constexpr std::uint64_t most_samples = 24;
  CostEstimate estimate;
  estimate.sampled = std::min(sweep.size(), most_samples);
  const double share = budget_seconds / static_cast<double>(estimate.sampled);
  double typical = 0.0;
  double most = 0.0;
  double spent = 0.0;
  std::int64_t steps = 0;
  for (std::uint64_t sample = 0; sample < estimate.sampled; ++sample) {
    // The middle of the sample's share of the sweep.
    const std::uint64_t index = (2 * sample + 1) * sweep.size() / (2 * estimate.sampled);
    const training::Job job = sweep.job(index);
    const auto start = Clock::now();
    const auto waited = [start] { return std::chrono::duration<double>(Clock::now() - start).count(); };
    const double computed = computing_seconds();
    training::Simulation simulation(job);
    std::int64_t trials = 0;
    // At least one trial, however long the machine was busy elsewhere.
    while (!simulation.finished() && (trials == 0 || trials % 16 != 0 || waited() < share)) {
      simulation.run_trial();
      ++trials;
    }
    const double elapsed = computing_seconds() - computed;
    const double whole = elapsed / static_cast<double>(trials) * static_cast<double>(job.max_trials);
    estimate.ended += simulation.finished() ? 1 : 0;
    typical += simulation.finished() ? elapsed : whole;
    most += whole;
    spent += elapsed;
    steps += simulation.steps();
  }
  const double scale = static_cast<double>(sweep.size()) / static_cast<double>(estimate.sampled);
  estimate.typical_seconds = typical * scale;
  estimate.most_seconds = most * scale;
  estimate.steps_per_second = static_cast<double>(steps) / spent;
  return estimate;
}

}  // namespace augsweep::app
