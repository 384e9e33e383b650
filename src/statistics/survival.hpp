#pragma once
/// @file Statistics of convergence times, which are censored: of a run that did not converge within its limit
/// we know only that it would have taken longer.

#include <vector>

#include "statistics/proportion.hpp"

namespace augsweep::statistics {

/// One run: the number of trials after which it converged, or up to which it was watched without doing so. A
/// run that has diverged can't converge any more; it counts as watched up to the trial limit.
struct Observation {
  double time = 0.0;       ///< at least 0
  bool converged = false;  ///< false: censored at `time`
};

/// A step of the Kaplan-Meier curve.
struct SurvivalStep {
  double time = 0.0;
  double at_risk = 0.0;    ///< runs not yet converged nor censored just before
  double converged = 0.0;  ///< that do so at this time
  double censored = 0.0;
  double survival = 1.0;   ///< estimated probability of not having converged after this time
  double std_error = 0.0;  ///< of log survival (Greenwood); infinite where survival is 0
  Interval interval;       ///< 95 %, by the log transformation, as R's survfit gives by default
};

struct Median {
  double value = 0.0;  ///< NaN if the curve does not come down to 1/2
  Interval interval;   ///< 95 %; an end is NaN if the interval's curve does not reach 1/2
};

/// Kaplan-Meier estimate over all distinct times. Kaplan and Meier (1958), J. Am. Stat. Assoc. 53, 457; R:
/// survival::survfit.
std::vector<SurvivalStep> kaplan_meier(std::vector<Observation> sample);

/// The time by which half of the runs have converged; where the curve is exactly 1/2 for a while, the middle
/// of it, as in R. Interval of Brookmeyer and Crowley (1982): where the interval of the curve crosses 1/2.
Median median(const std::vector<SurvivalStep>& curve);

struct RestrictedMean {
  double value = 0.0;      ///< mean of min(time, horizon): the area under the curve
  double std_error = 0.0;  ///< R: print(survfit, rmean = horizon)
};
RestrictedMean restricted_mean(const std::vector<SurvivalStep>& curve, double horizon);

struct TestResult {
  double statistic = 0.0;
  double p = 1.0;
};

/// Log-rank test that two samples converge equally fast: chi-square with one degree of freedom. R:
/// survival::survdiff. Statistic 0 and p = 1 if it is not defined (no convergence at all).
TestResult log_rank(const std::vector<Observation>& one, const std::vector<Observation>& other);

}  // namespace augsweep::statistics
