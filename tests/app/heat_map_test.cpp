// The map of the grid that `status --watch` draws.
#include "app/heat_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace augsweep::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using training::Status;

const sweep::Sweep& grid() {
  static const sweep::Sweep sweep = sweep::Sweep::parse(R"(
[task]
name = "12ax"
[axes]
leak = { values = [1.0, [0.7, 1.0]], labels = ["standard", "hybrid"] }
beta = [0.05, 0.1, 0.15]
seed = { first = 0, count = 4 }
)",
                                                        "grid.toml");
  return sweep;
}

TEST(HeatMap, ShowsPercentConvergedAndHowMuchHasEnded) {
  std::vector<Status> statuses(24, Status::pending);
  for (const std::size_t job : {0, 1, 2, 3}) {
    statuses[job] = Status::not_converged;  // standard, 0.05: all ended, none converged
  }
  statuses[12] = Status::converged;  // hybrid, 0.05: half ended, half of those converged
  statuses[13] = Status::not_converged;
  const std::string text = heat_map(grid(), statuses, false);
  EXPECT_THAT(text, HasSubstr("over beta and leak"));
  EXPECT_THAT(text, HasSubstr("0.05    0%█   50%▄\n"));
  EXPECT_THAT(text, HasSubstr("0.1       ·      ·\n"));
  EXPECT_THAT(text, Not(HasSubstr("\033"))) << "no colour was asked for";
}

TEST(HeatMap, ColoursCellsThatHaveEndedJobs) {
  std::vector<Status> statuses(24, Status::pending);
  EXPECT_THAT(heat_map(grid(), statuses, true), Not(HasSubstr("\033[48")));
  statuses[0] = Status::converged;
  EXPECT_THAT(heat_map(grid(), statuses, true), HasSubstr("\033[48;5;221;38;5;16m 100%▂\033[0m"));
}

TEST(HeatMap, SaysWhenItIsCut) {
  const std::vector<Status> statuses(24, Status::pending);
  EXPECT_THAT(heat_map(grid(), statuses, false, 2, 1), HasSubstr("(2 of 3 rows and 1 of 2 columns)"));
}

TEST(HeatMap, IsEmptyWhereOnlySeedsVary) {
  const auto sweep = sweep::Sweep::parse("[task]\nname = \"ax\"\n[axes]\nseed = [1, 2]\n", "seeds.toml");
  EXPECT_EQ(heat_map(sweep, {Status::pending, Status::pending}, false), "");
}

}  // namespace
}  // namespace augsweep::app
