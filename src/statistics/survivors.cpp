#include "statistics/survivors.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace augsweep::statistics {

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double quantile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) {
    return undefined;
  }
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Survivors survivors(const std::vector<Observation>& sample) {
  std::vector<double> times;
  for (const Observation& observation : sample) {
    if (observation.converged) {
      times.push_back(observation.time);
    }
  }
  std::sort(times.begin(), times.end());
  Survivors result;
  result.n = times.size();
  double sum = 0.0;
  for (const double time : times) {
    sum += time;
  }
  result.mean = times.empty() ? undefined : sum / static_cast<double>(times.size());
  double squares = 0.0;
  for (const double time : times) {
    squares += (time - result.mean) * (time - result.mean);
  }
  result.sd = times.size() < 2 ? undefined : std::sqrt(squares / static_cast<double>(times.size() - 1));
  result.median = quantile(times, 0.5);
  result.quartile_1 = quantile(times, 0.25);
  result.quartile_3 = quantile(times, 0.75);
  return result;
}

TestResult welch(std::size_t n_1, double mean_1, double sd_1, std::size_t n_2, double mean_2, double sd_2) {
  if (n_1 < 2 || n_2 < 2) {
    return {};
  }
  const double part_1 = sd_1 * sd_1 / static_cast<double>(n_1);
  const double part_2 = sd_2 * sd_2 / static_cast<double>(n_2);
  const double variance = part_1 + part_2;
  if (!(variance > 0.0)) {
    return {};
  }
  const double freedom =
      variance * variance /
      (part_1 * part_1 / static_cast<double>(n_1 - 1) + part_2 * part_2 / static_cast<double>(n_2 - 1));
  const double statistic = (mean_1 - mean_2) / std::sqrt(variance);
  const boost::math::students_t distribution(freedom);
  return {statistic, 2.0 * boost::math::cdf(boost::math::complement(distribution, std::abs(statistic)))};
}

}  // namespace augsweep::statistics
