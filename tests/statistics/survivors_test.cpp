// Expected figures: tests/statistics/data/reference.R.
#include "statistics/survivors.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace augsweep::statistics {
namespace {

TEST(Survivors, AreTheConvergedRunsAlone) {
  const Survivors result =
      survivors({{3, true}, {4, true}, {100, false}, {8, true}, {10, true}, {15, true}, {100, false}});
  EXPECT_EQ(result.n, 5U);
  EXPECT_NEAR(result.mean, 8.0, 1e-12);
  EXPECT_NEAR(result.sd, 4.84767985741633, 1e-12);
  EXPECT_EQ(result.quartile_1, 4.0);
  EXPECT_EQ(result.median, 8.0);
  EXPECT_EQ(result.quartile_3, 10.0);
}

TEST(Survivors, OfNoConvergedRunAreNotANumber) {
  const Survivors result = survivors({{100, false}});
  EXPECT_EQ(result.n, 0U);
  EXPECT_TRUE(std::isnan(result.mean));
  EXPECT_TRUE(std::isnan(result.median));
  EXPECT_TRUE(std::isnan(survivors({{5, true}}).sd));
}

TEST(Welch, AgreesWithR) {
  const TestResult test = welch(5, 8.0, 4.84767985741633, 4, 14.5, 4.50924975282289);
  EXPECT_NEAR(test.statistic, -2.07811669424247, 1e-10);
  EXPECT_NEAR(test.p, 0.0776458278233112, 1e-10);
}

TEST(Welch, IsNotDefinedForOneRun) {
  EXPECT_EQ(welch(1, 8.0, 0.0, 4, 14.5, 4.5).p, 1.0);
}

}  // namespace
}  // namespace augsweep::statistics
