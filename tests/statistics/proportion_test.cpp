// Expected figures: tests/statistics/data/reference.R.
#include "statistics/proportion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace augsweep::statistics {
namespace {

TEST(Wilson, AgreesWithR) {
  EXPECT_NEAR(wilson(57, 60).low, 0.862994835236515, 1e-12);
  EXPECT_NEAR(wilson(57, 60).high, 0.982850497835604, 1e-12);
  EXPECT_NEAR(wilson(1, 7).low, 0.0256796243447436, 1e-12);
  EXPECT_NEAR(wilson(1, 7).high, 0.513127829274319, 1e-12);
}

TEST(Wilson, HoldsAtTheEnds) {
  EXPECT_EQ(wilson(0, 16).low, 0.0);
  EXPECT_NEAR(wilson(0, 16).high, 0.193607680534436, 1e-12);
  EXPECT_NEAR(wilson(16, 16).low, 0.806392319465564, 1e-12);
  EXPECT_EQ(wilson(16, 16).high, 1.0);
  EXPECT_EQ(wilson(0, 0).low, 0.0);
  EXPECT_EQ(wilson(0, 0).high, 1.0);
}

TEST(Wilson, HoldsTheFractionAndMirrors) {
  for (std::uint64_t k = 0; k <= 20; ++k) {
    const Interval interval = wilson(k, 20);
    EXPECT_LE(interval.low, static_cast<double>(k) / 20.0);
    EXPECT_GE(interval.high, static_cast<double>(k) / 20.0);
    EXPECT_NEAR(interval.low, 1.0 - wilson(20 - k, 20).high, 1e-12);
  }
}

TEST(FisherExact, AgreesWithR) {
  EXPECT_NEAR(fisher_exact(57, 60, 49, 60), 0.043415371215173, 1e-10);
  EXPECT_NEAR(fisher_exact(1, 12, 9, 12), 0.00275945618522009, 1e-10);
}

TEST(FisherExact, SeesNoDifferenceWhereThereIsNone) {
  EXPECT_EQ(fisher_exact(0, 10, 0, 20), 1.0);
  EXPECT_EQ(fisher_exact(10, 10, 20, 20), 1.0);
  EXPECT_EQ(fisher_exact(0, 0, 5, 20), 1.0);
  EXPECT_NEAR(fisher_exact(5, 10, 5, 10), 1.0, 1e-12);
}

}  // namespace
TEST(Holm, AgreesWithR) {
  // p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2), "holm")
  const std::vector<double> expected = {0.040, 0.090, 0.090, 0.025, 0.200};
  const auto adjusted = holm({0.01, 0.04, 0.03, 0.005, 0.2});
  ASSERT_EQ(adjusted.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
  }
}

TEST(Holm, StaysAProbability) {
  EXPECT_THAT(holm({0.9, 0.8}), testing::ElementsAre(1.0, 1.0));
  EXPECT_THAT(holm({}), testing::IsEmpty());
}

}  // namespace augsweep::statistics
