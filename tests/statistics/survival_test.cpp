// Expected figures: tests/statistics/data/reference.R. The first two samples are Freireich's, of every
// textbook on survival.
#include "statistics/survival.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace augsweep::statistics {
namespace {

std::vector<Observation> sample(const std::vector<double>& times, const std::vector<int>& converged) {
  std::vector<Observation> observations;
  for (std::size_t i = 0; i < times.size(); ++i) {
    observations.push_back({times[i], converged[i] != 0});
  }
  return observations;
}

const std::vector<Observation> treated =
    sample({6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35},
           {1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0});
const std::vector<Observation> placebo =
    sample({1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}, std::vector<int>(21, 1));

TEST(KaplanMeier, AgreesWithR) {
  const auto curve = kaplan_meier(treated);
  const std::vector<double> time = {6, 7, 9, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 34, 35};
  const std::vector<double> survival = {
      0.857142857142857, 0.80672268907563,  0.80672268907563,  0.752941176470588,
      0.752941176470588, 0.690196078431372, 0.627450980392157, 0.627450980392157,
      0.627450980392157, 0.627450980392157, 0.53781512605042,  0.448179271708683,
      0.448179271708683, 0.448179271708683, 0.448179271708683, 0.448179271708683};
  ASSERT_EQ(curve.size(), time.size());
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_EQ(curve[i].time, time[i]);
    EXPECT_NEAR(curve[i].survival, survival[i], 1e-12);
  }
  EXPECT_NEAR(curve[0].std_error, 0.0890870806374748, 1e-12);
  EXPECT_NEAR(curve[11].std_error, 0.300307187886291, 1e-12);
  EXPECT_NEAR(curve[11].interval.low, 0.24878822681766, 1e-12);
  EXPECT_NEAR(curve[11].interval.high, 0.807372045529077, 1e-12);
  EXPECT_EQ(curve[0].interval.high, 1.0);
}

TEST(KaplanMeier, FallsToZeroIfAllConverge) {
  const auto curve = kaplan_meier(placebo);
  EXPECT_EQ(curve.back().survival, 0.0);
  EXPECT_TRUE(std::isinf(curve.back().std_error));
  EXPECT_TRUE(std::isnan(curve.back().interval.low));
}

TEST(KaplanMeier, FallsAndStaysBetweenZeroAndOneWhateverTheOrder) {
  auto shuffled = treated;
  std::reverse(shuffled.begin(), shuffled.end());
  const auto curve = kaplan_meier(treated);
  const auto other = kaplan_meier(shuffled);
  double before = 1.0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    EXPECT_LE(curve[i].survival, before);
    EXPECT_GE(curve[i].survival, 0.0);
    EXPECT_EQ(curve[i].survival, other[i].survival);
    before = curve[i].survival;
  }
}

TEST(KaplanMeier, OfNothingIsEmpty) {
  EXPECT_TRUE(kaplan_meier({}).empty());
  EXPECT_TRUE(std::isnan(median({}).value));
}

TEST(Median, AgreesWithR) {
  const Median one = median(kaplan_meier(treated));
  EXPECT_EQ(one.value, 23.0);
  EXPECT_EQ(one.interval.low, 16.0);
  EXPECT_TRUE(std::isnan(one.interval.high)) << "the upper curve never comes down to 1/2";
  const Median other = median(kaplan_meier(placebo));
  EXPECT_EQ(other.value, 8.0);
  EXPECT_EQ(other.interval.low, 4.0);
  EXPECT_EQ(other.interval.high, 12.0);
}

TEST(Median, IsTheMiddleWhereTheCurveIsFlatAtOneHalf) {
  const Median middle = median(kaplan_meier(sample({2, 4, 6, 8}, {1, 1, 1, 1})));
  EXPECT_EQ(middle.value, 5.0);
  EXPECT_EQ(middle.interval.low, 2.0);
}

TEST(Median, IsNotReachedIfFewConverge) {
  EXPECT_TRUE(std::isnan(median(kaplan_meier(sample({5, 10, 10, 10}, {1, 0, 0, 0}))).value));
  EXPECT_TRUE(std::isnan(median(kaplan_meier(sample({10, 10}, {0, 0}))).value));
}

TEST(RestrictedMean, AgreesWithR) {
  const RestrictedMean one = restricted_mean(kaplan_meier(treated), 35.0);
  EXPECT_NEAR(one.value, 23.2873949579832, 1e-11);
  EXPECT_NEAR(one.std_error, 2.82746762337144, 1e-11);
  const RestrictedMean other = restricted_mean(kaplan_meier(placebo), 23.0);
  EXPECT_NEAR(other.value, 8.66666666666667, 1e-11);
  EXPECT_NEAR(other.std_error, 1.37739004126455, 1e-11);
}

TEST(RestrictedMean, IsTheHorizonIfNothingConverges) {
  EXPECT_EQ(restricted_mean(kaplan_meier(sample({10, 10}, {0, 0})), 10.0).value, 10.0);
  EXPECT_EQ(restricted_mean({}, 10.0).value, 10.0);
}

TEST(RestrictedMean, ScalesWithTime) {
  auto scaled = treated;
  for (Observation& observation : scaled) {
    observation.time *= 10.0;
  }
  EXPECT_NEAR(restricted_mean(kaplan_meier(scaled), 350.0).value,
              10.0 * restricted_mean(kaplan_meier(treated), 35.0).value, 1e-9);
}

TEST(LogRank, AgreesWithR) {
  const TestResult test = log_rank(treated, placebo);
  EXPECT_NEAR(test.statistic, 16.7929409892165, 1e-9);
  EXPECT_NEAR(test.p, 4.16880910933453e-05, 1e-12);
}

TEST(LogRank, IsSymmetricAndSeesNoDifferenceFromItself) {
  EXPECT_NEAR(log_rank(treated, placebo).statistic, log_rank(placebo, treated).statistic, 1e-10);
  EXPECT_NEAR(log_rank(treated, treated).p, 1.0, 1e-10);
  EXPECT_EQ(log_rank(sample({5, 5}, {0, 0}), sample({5}, {0})).p, 1.0);
}

}  // namespace
}  // namespace augsweep::statistics
