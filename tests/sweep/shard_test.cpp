#include "sweep/shard.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace augsweep::sweep {
namespace {

using ::testing::AnyOf;

TEST(Shard, IsReadFromText) {
  EXPECT_EQ(Shard::parse("1/1"), (Shard{1, 1}));
  EXPECT_EQ(Shard::parse("3/8"), (Shard{3, 8}));
}

std::vector<std::uint64_t> jobs_of(const Shard& shard, std::uint64_t total) {
  std::vector<std::uint64_t> jobs;
  for (const JobRun& run : shard.runs(total)) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
      jobs.push_back(run.first + i * run.stride);
    }
  }
  return jobs;
}

TEST(Shard, DealsTheJobsLikeCardsEachRoundBeginningWithAnotherShard) {
  EXPECT_EQ(jobs_of({1, 3}, 10), (std::vector<std::uint64_t>{0, 4, 8}));
  EXPECT_EQ(jobs_of({2, 3}, 10), (std::vector<std::uint64_t>{1, 5, 6, 9}));
  EXPECT_EQ(jobs_of({3, 3}, 10), (std::vector<std::uint64_t>{2, 3, 7}));
}

TEST(Shard, ShardsTogetherHaveEveryJobOnceAndEquallyMany) {
  for (const std::uint64_t total : {0, 1, 5, 6, 7, 100, 1000, 12'345}) {
    for (const std::uint64_t count : {1, 2, 6, 9, 31, 64, 200}) {
      std::vector<int> owners(total, 0);
      for (std::uint64_t index = 1; index <= count; ++index) {
        const Shard shard{index, count};
        const auto jobs = jobs_of(shard, total);
        EXPECT_THAT(jobs.size(), AnyOf(total / count, total / count + 1));
        EXPECT_TRUE(std::is_sorted(jobs.begin(), jobs.end()));
        for (std::uint64_t job = 0; job < total; ++job) {
          owners[job] += shard.contains(job, total) ? 1 : 0;
        }
        for (const std::uint64_t job : jobs) {
          EXPECT_TRUE(shard.contains(job, total)) << job;
        }
      }
      EXPECT_EQ(owners, std::vector<int>(total, 1)) << total << " jobs in " << count << " shards";
    }
  }
}

/// The greatest share of the whole cost that a shard of `count` has, as a multiple of the fair one.
double heaviest(std::uint64_t count, std::uint64_t total, const std::function<double(std::uint64_t)>& cost) {
  double all = 0.0;
  for (std::uint64_t job = 0; job < total; ++job) {
    all += cost(job);
  }
  double most = 0.0;
  for (std::uint64_t index = 1; index <= count; ++index) {
    double mine = 0.0;
    for (const std::uint64_t job : jobs_of({index, count}, total)) {
      mine += cost(job);
    }
    most = std::max(most, mine);
  }
  return most / (all / static_cast<double>(count));
}

TEST(Shard, ShardsTakeEqualTimeWhateverAxisSetsTheCost) {
  constexpr std::uint64_t total = 4800;
  for (const std::uint64_t count : {2, 3, 4, 8, 16, 24}) {
    for (const std::uint64_t values : {2, 3, 4, 5, 7, 8, 9, 12, 16, 24}) {
      for (const std::uint64_t inner : {1, 2, 5, 16, 50}) {
        // One of the values of an axis is ten times as expensive as the others; `inner` jobs vary faster.
        const auto cost = [&](std::uint64_t job) { return job / inner % values == values - 1 ? 10.0 : 1.0; };
        EXPECT_LT(heaviest(count, total, cost), 1.2)
            << count << " shards, an axis of " << values << " values above " << inner << " faster ones";
      }
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
