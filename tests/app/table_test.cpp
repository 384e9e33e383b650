#include "app/table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace augsweep::app {
namespace {

TEST(Table, PutsNumbersToTheRightAndWordsToTheLeft) {
  Table table({"memory", "n"});
  table.add({"hybrid", "5"});
  table.add({"standard", "12"});
  EXPECT_EQ(table.text(),
            "memory     n\n"
            "------------\n"
            "hybrid     5\n"
            "standard  12\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({"name", "n"});
  table.add({"ä", "1"});
  table.add({"abc", "2"});
  EXPECT_EQ(table.text(), "name  n\n-------\nä     1\nabc   2\n");
}

TEST(Table, QuotesCsvCellsThatNeedIt) {
  Table table({"leak", "n"});
  table.add({"[0.7,1]", "1"});
  table.add({"say \"x\"", "2"});
  EXPECT_EQ(table.csv(), "leak,n\n\"[0.7,1]\",1\n\"say \"\"x\"\"\",2\n");
}

TEST(Table, RefusesARowOfAnotherLength) {
  Table table({"a", "b"});
  EXPECT_THROW(table.add({"1"}), std::logic_error);
}

}  // namespace
}  // namespace augsweep::app
