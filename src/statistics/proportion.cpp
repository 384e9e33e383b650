#include "statistics/proportion.hpp"

#include <algorithm>
#include <boost/math/distributions/hypergeometric.hpp>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace augsweep::statistics {

Interval wilson(std::uint64_t successes, std::uint64_t n, double level) {
  if (n == 0) {
    return {0.0, 1.0};
  }
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + level / 2.0);
  const auto size = static_cast<double>(n);
  const double p = static_cast<double>(successes) / size;
  const double centre = (p + z * z / (2.0 * size)) / (1.0 + z * z / size);
  const double half =
      z / (1.0 + z * z / size) * std::sqrt(p * (1.0 - p) / size + z * z / (4.0 * size * size));
  return {successes == 0 ? 0.0 : std::max(0.0, centre - half),
          successes == n ? 1.0 : std::min(1.0, centre + half)};
}

double fisher_exact(std::uint64_t successes_1, std::uint64_t n_1, std::uint64_t successes_2,
                    std::uint64_t n_2) {
  const std::uint64_t successes = successes_1 + successes_2;
  const std::uint64_t total = n_1 + n_2;
  if (n_1 == 0 || n_2 == 0 || successes == 0 || successes == total) {
    return 1.0;
  }
  const boost::math::hypergeometric_distribution<double> tables(
      static_cast<unsigned>(successes), static_cast<unsigned>(n_1), static_cast<unsigned>(total));
  const std::uint64_t least = successes > n_2 ? successes - n_2 : 0;
  const std::uint64_t most = std::min(successes, n_1);
  const double observed = boost::math::pdf(tables, static_cast<double>(successes_1));
  double p = 0.0;
  for (std::uint64_t k = least; k <= most; ++k) {
    const double probability = boost::math::pdf(tables, static_cast<double>(k));
    if (probability <= observed * (1.0 + 1e-7)) {  // the tolerance of R's fisher.test
      p += probability;
    }
  }
  return std::min(p, 1.0);
}

std::vector<double> holm(const std::vector<double>& p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p[i]; });
  std::vector<double> adjusted(p.size());
  double least = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    least = std::max(least, std::min(1.0, static_cast<double>(p.size() - rank) * p[order[rank]]));
    adjusted[order[rank]] = least;
  }
  return adjusted;
}

}  // namespace augsweep::statistics
