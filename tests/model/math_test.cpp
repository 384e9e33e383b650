// The elementary functions against the C library in extended precision.
#include "model/math.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

namespace augsweep::model {
namespace {

/// |got - exact| in units of the last place of `exact` rounded to double.
double ulps(double got, long double exact) {
  const double rounded = std::fabs(static_cast<double>(exact));
  const double next = std::nextafter(rounded, std::numeric_limits<double>::infinity());
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) / (next - rounded));
}

/// The greatest error of f against `exact` at n points evenly spaced in [from, to].
template <class F, class Exact>
double worst_ulps(F f, Exact exact, double from, double to, int n = 400'000) {
  double worst = 0.0;
  for (int i = 0; i <= n; ++i) {
    const double a = from + (to - from) * i / n;
    worst = std::fmax(worst, ulps(f(a), exact(static_cast<long double>(a))));
  }
  return worst;
}

long double exact_exponential(long double a) {
  return std::exp(a);
}
long double exact_logarithm(long double a) {
  return std::log(a);
}
long double exact_sigmoid(long double a) {
  return 1.0L / (1.0L + std::exp(-std::fmax(a, -100.0L)));
}
long double exact_arctangent(long double a) {
  return std::atan(a);
}

TEST(Exponential, IsWithinTwoUnitsOfTheLastPlace) {
  EXPECT_LE(worst_ulps(exponential, exact_exponential, -708.0, 708.0), 2.0);
  EXPECT_LE(worst_ulps(exponential, exact_exponential, -1.0, 1.0), 2.0);
  EXPECT_LE(worst_ulps(exponential, exact_exponential, -1e-5, 1e-5), 2.0);
}

TEST(Exponential, KnowsItsLandmarks) {
  EXPECT_EQ(exponential(0.0), 1.0);
  EXPECT_EQ(exponential(-0.0), 1.0);
  EXPECT_DOUBLE_EQ(exponential(1.0), std::numbers::e);
}

TEST(Logarithm, IsWithinOneUnitOfTheLastPlace) {
  EXPECT_LE(worst_ulps(logarithm, exact_logarithm, 1e-3, 0.999), 1.0);
  EXPECT_LE(worst_ulps(logarithm, exact_logarithm, 1.001, 1e3), 1.0);
  EXPECT_LE(worst_ulps(logarithm, exact_logarithm, 1e3, 1e16), 1.0);
  EXPECT_LE(worst_ulps(logarithm, exact_logarithm, 0x1p-53, 0x1p-40), 1.0);
}

TEST(Pairs, HaveTheBitsOfSingleNumbers) {
  for (double a = -700.0; a < 700.0; a += 0.37) {
    const Pair powers = exponential_of<Pair, PairBits>(Pair{a, -a / 3.0});
    EXPECT_EQ(powers[0], exponential(a));
    EXPECT_EQ(powers[1], exponential(-a / 3.0));
    const double positive = exponential(a / 20.0);
    const Pair logarithms = logarithm_of<Pair, PairBits>(Pair{positive, 1.0 / positive});
    EXPECT_EQ(logarithms[0], logarithm(positive));
    EXPECT_EQ(logarithms[1], logarithm(1.0 / positive));
  }
}

TEST(Logarithm, KnowsItsLandmarks) {
  EXPECT_EQ(logarithm(1.0), 0.0);
  EXPECT_DOUBLE_EQ(logarithm(std::numbers::e), 1.0);
  EXPECT_DOUBLE_EQ(logarithm(std::numeric_limits<double>::infinity()), 1024.0 * std::numbers::ln2);
  for (int n = -1000; n < 1000; n += 7) {
    EXPECT_DOUBLE_EQ(logarithm(std::ldexp(1.0, n)), n * std::numbers::ln2);
  }
}

TEST(Exponential, GrowsAcrossEveryChangeOfItsExponent) {
  // The reduction changes its integer n at odd multiples of ln(2) / 2: no step down may appear there.
  for (int n = -1020; n < 1020; ++n) {
    const double border = (n + 0.5) * std::numbers::ln2;
    EXPECT_LT(exponential(border - 1e-9), exponential(border + 1e-9)) << "at " << border;
  }
}

TEST(Exponential, CarriesNaNOn) {
  EXPECT_TRUE(std::isnan(exponential(std::numeric_limits<double>::quiet_NaN())));
}

TEST(Sigmoid, IsWithinThreeUnitsOfTheLastPlace) {
  // The errors of the exponential, the sum and the quotient add up.
  EXPECT_LE(worst_ulps(sigmoid, exact_sigmoid, -100.0, 100.0), 3.0);
  EXPECT_LE(worst_ulps(sigmoid, exact_sigmoid, -2.0, 2.0), 3.0);
}

TEST(Sigmoid, IsClippedBelowMinusHundredOnly) {
  EXPECT_GT(sigmoid(-99.0), sigmoid(-100.0));
  EXPECT_EQ(sigmoid(-100.0), sigmoid(-100.5));
  EXPECT_EQ(sigmoid(-100.0), sigmoid(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(sigmoid(40.0), 1.0);
  EXPECT_EQ(sigmoid(1e6), 1.0);
  EXPECT_EQ(sigmoid(std::numeric_limits<double>::infinity()), 1.0);
}

TEST(Sigmoid, IsOneHalfAtZeroAndCarriesNaNOn) {
  EXPECT_EQ(sigmoid(0.0), 0.5);
  EXPECT_TRUE(std::isnan(sigmoid(std::numeric_limits<double>::quiet_NaN())));
}

TEST(Arctangent, IsWithinTwoUnitsOfTheLastPlace) {
  EXPECT_LE(worst_ulps(arctangent, exact_arctangent, 0.0, 4.0), 2.0);  // every interval of the reduction
  EXPECT_LE(worst_ulps(arctangent, exact_arctangent, 4.0, 5000.0), 2.0);
  // The arguments that occur: trial / 2000.
  EXPECT_LE(worst_ulps(arctangent, exact_arctangent, 0.0, 500.0, 1'000'000), 2.0);
}

TEST(Arctangent, KnowsItsLandmarks) {
  EXPECT_EQ(arctangent(0.0), 0.0);
  EXPECT_EQ(arctangent(1.0), std::numbers::pi / 4);
  EXPECT_EQ(arctangent(1e20), std::numbers::pi / 2);
  EXPECT_EQ(arctangent(std::numeric_limits<double>::infinity()), std::numbers::pi / 2);
}

}  // namespace
}  // namespace augsweep::model
