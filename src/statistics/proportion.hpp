#pragma once
/// @file Fractions of jobs, with their uncertainty.

#include <cstdint>
#include <vector>

namespace augsweep::statistics {

struct Interval {
  double low = 0.0;
  double high = 0.0;
};

/// Wilson's score interval of a fraction, `successes` of `n`, at a confidence level in (0, 1): good for small
/// n and for fractions of 0 and 1 too. [0, 1] for n = 0. Wilson (1927), J. Am. Stat. Assoc. 22, 209; R:
/// prop.test(correct = FALSE).
Interval wilson(std::uint64_t successes, std::uint64_t n, double level = 0.95);

/// Two-sided p of Fisher's exact test that two fractions are of one kind: the sum of all tables with the same
/// margins that are no more probable. R: fisher.test.
double fisher_exact(std::uint64_t successes_1, std::uint64_t n_1, std::uint64_t successes_2,
                    std::uint64_t n_2);

/// p-values made fit for being looked at together: Holm (1979), Scand. J. Stat. 6, 65; R: p.adjust(method =
/// "holm"). Keeps the order.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace augsweep::statistics
