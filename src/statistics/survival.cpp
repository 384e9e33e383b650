#include "statistics/survival.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <cstddef>
#include <limits>

namespace augsweep::statistics {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double half_tolerance = 1e-8;  // R compares the curve with 1/2 up to rounding

/// Where a falling curve crosses 1/2; `value` gives its height after a step.
template <class Value>
double crossing(const std::vector<SurvivalStep>& curve, Value value) {
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const double height = value(curve[i]);
    if (std::isnan(height)) {
      return nan;
    }
    if (std::abs(height - 0.5) < half_tolerance) {
      // Flat at 1/2: the middle between here and the next convergence.
      for (std::size_t next = i + 1; next < curve.size(); ++next) {
        if (value(curve[next]) < 0.5 - half_tolerance) {
          return (curve[i].time + curve[next].time) / 2.0;
        }
      }
      return curve[i].time;
    }
    if (height < 0.5) {
      return curve[i].time;
    }
  }
  return nan;
}

}  // namespace

std::vector<SurvivalStep> kaplan_meier(std::vector<Observation> sample) {
  std::sort(sample.begin(), sample.end(),
            [](const Observation& a, const Observation& b) { return a.time < b.time; });
  const double z = boost::math::quantile(boost::math::normal(), 0.975);
  std::vector<SurvivalStep> curve;
  double survival = 1.0;
  double variance = 0.0;
  std::size_t i = 0;
  while (i < sample.size()) {
    SurvivalStep step;
    step.time = sample[i].time;
    step.at_risk = static_cast<double>(sample.size() - i);
    for (; i < sample.size() && sample[i].time == step.time; ++i) {
      (sample[i].converged ? step.converged : step.censored) += 1.0;
    }
    if (step.converged > 0.0) {
      survival *= (step.at_risk - step.converged) / step.at_risk;
      variance +=
          step.converged / (step.at_risk * (step.at_risk - step.converged));  // infinite when all converge
    }
    step.survival = survival;
    step.std_error = std::sqrt(variance);
    if (survival > 0.0) {
      step.interval = {survival * std::exp(-z * step.std_error),
                       std::min(1.0, survival * std::exp(z * step.std_error))};
    } else {
      step.interval = {nan, nan};
    }
    curve.push_back(step);
  }
  return curve;
}

Median median(const std::vector<SurvivalStep>& curve) {
  Median result;
  result.value = crossing(curve, [](const SurvivalStep& step) { return step.survival; });
  result.interval.low = crossing(curve, [](const SurvivalStep& step) { return step.interval.low; });
  result.interval.high = crossing(curve, [](const SurvivalStep& step) { return step.interval.high; });
  return result;
}

RestrictedMean restricted_mean(const std::vector<SurvivalStep>& curve, double horizon) {
  // The area under the curve, and for Greenwood's variance the area to the right of every convergence.
  RestrictedMean mean;
  double before = 0.0;
  double survival = 1.0;
  std::vector<double> areas;
  for (const SurvivalStep& step : curve) {
    const double until = std::min(step.time, horizon);
    areas.push_back(survival * std::max(0.0, until - before));
    before = std::max(before, until);
    survival = step.survival;
  }
  areas.push_back(survival * std::max(0.0, horizon - before));
  double right = 0.0;
  double variance = 0.0;
  for (std::size_t i = curve.size(); i-- > 0;) {
    right += areas[i + 1];
    const SurvivalStep& step = curve[i];
    if (step.converged > 0.0 && step.at_risk > step.converged && step.time <= horizon) {
      variance += right * right * step.converged / (step.at_risk * (step.at_risk - step.converged));
    }
  }
  mean.value = right + areas[0];
  mean.std_error = std::sqrt(variance);
  return mean;
}

TestResult log_rank(const std::vector<Observation>& one, const std::vector<Observation>& other) {
  const auto curve_1 = kaplan_meier(one);
  const auto curve_2 = kaplan_meier(other);
  double at_risk_1 = static_cast<double>(one.size());
  double at_risk_2 = static_cast<double>(other.size());
  double difference = 0.0;
  double variance = 0.0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < curve_1.size() || j < curve_2.size()) {
    const double time_1 = i < curve_1.size() ? curve_1[i].time : std::numeric_limits<double>::infinity();
    const double time_2 = j < curve_2.size() ? curve_2[j].time : std::numeric_limits<double>::infinity();
    const SurvivalStep none;
    const SurvivalStep& step_1 = time_1 <= time_2 ? curve_1[i] : none;
    const SurvivalStep& step_2 = time_2 <= time_1 ? curve_2[j] : none;
    const double converged = step_1.converged + step_2.converged;
    const double at_risk = at_risk_1 + at_risk_2;
    if (converged > 0.0) {
      difference += step_1.converged - converged * at_risk_1 / at_risk;
      if (at_risk > 1.0) {
        variance += converged * (at_risk_1 / at_risk) * (at_risk_2 / at_risk) * (at_risk - converged) /
                    (at_risk - 1.0);
      }
    }
    at_risk_1 -= step_1.converged + step_1.censored;
    at_risk_2 -= step_2.converged + step_2.censored;
    i += time_1 <= time_2 ? 1 : 0;
    j += time_2 <= time_1 ? 1 : 0;
  }
  if (!(variance > 0.0)) {
    return {};
  }
  const double statistic = difference * difference / variance;
  return {statistic, boost::math::cdf(boost::math::complement(boost::math::chi_squared(1.0), statistic))};
}

}  // namespace augsweep::statistics
