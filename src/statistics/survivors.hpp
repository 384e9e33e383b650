#pragma once
/// @file The published way of looking at convergence times: over the converged runs alone. It is kept so that
/// published means can be compared; it says nothing about the runs that did not converge and makes a policy
/// look fast that rarely converges.

#include <cstddef>
#include <vector>

#include "statistics/survival.hpp"

namespace augsweep::statistics {

struct Survivors {
  std::size_t n = 0;  ///< converged runs
  double mean = 0.0;  ///< NaN if there is none, like the others
  double sd = 0.0;    ///< with n - 1; NaN for n < 2
  double median = 0.0, quartile_1 = 0.0,
         quartile_3 = 0.0;  ///< linear interpolation, as NumPy's default and R's type 7
};

Survivors survivors(const std::vector<Observation>& sample);

/// Welch's test that two means are equal, from sizes, means and standard deviations. p = 1 if it is not
/// defined (n < 2 or both sd 0). R: t.test.
TestResult welch(std::size_t n_1, double mean_1, double sd_1, std::size_t n_2, double mean_2, double sd_2);

}  // namespace augsweep::statistics
