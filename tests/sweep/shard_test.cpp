#include "sweep/shard.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace augsweep::sweep {
namespace {

TEST(Shard, IsReadFromText) {
  EXPECT_EQ(Shard::parse("1/1"), (Shard{1, 1}));
  EXPECT_EQ(Shard::parse("3/8"), (Shard{3, 8}));
}

TEST(Shard, DealsTheJobsLikeCards) {
  const Shard second{2, 3};
  std::vector<std::uint64_t> jobs;
  for (std::uint64_t i = 0; i < second.size(10); ++i) {
    jobs.push_back(second.job(i));
  }
  EXPECT_EQ(jobs, (std::vector<std::uint64_t>{1, 4, 7}));
}

TEST(Shard, ShardsTogetherHaveEveryJobOnce) {
  for (const std::uint64_t total : {0, 1, 5, 6, 7, 100}) {
    for (const std::uint64_t count : {1, 2, 6, 9}) {
      std::vector<int> owners(total, 0);
      for (std::uint64_t index = 1; index <= count; ++index) {
        const Shard shard{index, count};
        std::uint64_t contained = 0;
        for (std::uint64_t job = 0; job < total; ++job) {
          owners[job] += shard.contains(job) ? 1 : 0;
          contained += shard.contains(job) ? 1 : 0;
        }
        EXPECT_EQ(shard.size(total), contained);
        for (std::uint64_t i = 0; i < shard.size(total); ++i) {
          EXPECT_TRUE(shard.contains(shard.job(i)));
        }
      }
      EXPECT_EQ(owners, std::vector<int>(total, 1)) << total << " jobs in " << count << " shards";
    }
  }
}

TEST(Shard, RefusesWhatIsNone) {
  const std::vector<std::pair<std::string, std::string>> mistakes = {
      {"", "\"\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"3", "\"3\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"1/", "\"1/\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"1/4x", "\"1/4x\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"-1/4", "\"-1/4\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"1/99999999999999999999",
       "\"1/99999999999999999999\" is no shard; give I/N, such as 1/4 for the first of four"},
      {"0/4", "shard 0/4: there is no shard 0 of 4; shards count from 1 to 4"},
      {"5/4", "shard 5/4: there is no shard 5 of 4; shards count from 1 to 4"},
      {"1/0", "shard 1/0: 0 shards are not possible; give 1 to 1000000 shards"},
      {"1/1000001", "shard 1/1000001: 1000001 shards are not possible; give 1 to 1000000 shards"}};
  for (const auto& [text, message] : mistakes) {
    try {
      Shard::parse(text);
      ADD_FAILURE() << text << " was accepted";
    } catch (const std::invalid_argument& error) {
      EXPECT_EQ(error.what(), message);
    }
  }
}

}  // namespace
}  // namespace augsweep::sweep
