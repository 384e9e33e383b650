// Delayed match to sample, the example of docs/tasks.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

std::string text_of(const std::string& file) {
  std::ifstream stream(AUGSWEEP_SOURCE_DIR + ("/" + file));
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(DelayedMatch, AsksAtTheLastCueWhetherItIsTheFirst) {
  const auto task = make("delayed-match");
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "empty", "empty", "A"})), "- - - same");
  EXPECT_EQ(targets_of(*task, showing(*task, {"A", "empty", "empty", "B"})), "- - - different");
  EXPECT_EQ(targets_of(*task, showing(*task, {"B", "empty", "B"})), "- - same");
}

TEST(DelayedMatch, RefusesTrialsThatDoNotBeginAndEndWithACue) {
  const auto task = make("delayed-match");
  EXPECT_THROW(task->begin(Phase::training, showing(*task, {"A", "empty"})), std::invalid_argument);
  EXPECT_THROW(task->begin(Phase::training, showing(*task, {"A"})), std::invalid_argument);
}

TEST(DelayedMatch, IsInTheDocumentAsItIsInTheSource) {
  EXPECT_THAT(text_of("docs/tasks.md"),
              testing::HasSubstr("```cpp\n" + text_of("src/tasks/delayed_match.cpp") + "```\n"));
}

}  // namespace
}  // namespace augsweep::tasks
