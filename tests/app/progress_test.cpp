#include "app/progress.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace augsweep::app {
namespace {

TEST(DurationText, ChoosesTheUnitThatPeopleWould) {
  EXPECT_EQ(duration_text(0.25), "0.2 s");
  EXPECT_EQ(duration_text(42.4), "42 s");
  EXPECT_EQ(duration_text(190.0), "3 min 10 s");
  EXPECT_EQ(duration_text(7500.0), "2 h 05 min");
  EXPECT_EQ(duration_text(273'600.0), "3 d 4 h");
  EXPECT_EQ(duration_text(std::numeric_limits<double>::infinity()), "unknown");
}

}  // namespace
}  // namespace augsweep::app
