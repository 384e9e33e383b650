#include "cluster/backoff.hpp"

#include <gtest/gtest.h>

namespace augsweep::cluster {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToItsLimitAndStartsAgain) {
  Backoff backoff(microseconds(50));
  EXPECT_EQ(backoff.next(), microseconds(10));
  EXPECT_EQ(backoff.next(), microseconds(20));
  EXPECT_EQ(backoff.next(), microseconds(40));
  EXPECT_EQ(backoff.next(), microseconds(50));
  EXPECT_EQ(backoff.next(), microseconds(50));
  backoff.reset();
  EXPECT_EQ(backoff.next(), microseconds(10));
}

TEST(AwakeClock, CountsTimeBetweenReadingsButNoSuspension) {
  const Clock::time_point start{};
  AwakeClock clock(start);
  EXPECT_EQ(clock.advance(start + milliseconds(500)), Seconds(0.5));
  EXPECT_EQ(clock.advance(start + milliseconds(500) + hours(10)), Seconds(1.5));
  EXPECT_EQ(clock.awake(), Seconds(1.5));
}

}  // namespace
}  // namespace augsweep::cluster
