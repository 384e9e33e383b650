#include "cluster/jobs.hpp"

#include <gtest/gtest.h>

namespace augsweep::cluster {
namespace {

TEST(PendingJobs, GivesThePendingOnesOnceInAscendingOrder) {
  PendingJobs jobs({false, true, true, false, false, true, false});
  EXPECT_EQ(jobs.remaining(), 3U);
  EXPECT_EQ(jobs.next(), 1U);
  EXPECT_EQ(jobs.next(), 2U);
  EXPECT_EQ(jobs.remaining(), 1U);
  EXPECT_EQ(jobs.next(), 5U);
  EXPECT_EQ(jobs.next(), std::nullopt);
  EXPECT_EQ(jobs.next(), std::nullopt);
  EXPECT_EQ(jobs.remaining(), 0U);
}

TEST(PendingJobs, OfNothingAreNone) {
  EXPECT_EQ(PendingJobs({}).next(), std::nullopt);
  EXPECT_EQ(PendingJobs({false, false}).next(), std::nullopt);
}

}  // namespace
}  // namespace augsweep::cluster
