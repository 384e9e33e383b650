#include "app/allocation.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace augsweep::app {
namespace {

/// 10,000 jobs of 3.6 s each: ten core-hours.
AllocationRequest ten_hours() {
  AllocationRequest request;
  request.jobs = 10'000;
  request.typical_seconds = 36'000.0;
  request.most_seconds = 72'000.0;
  request.tasks_per_node = 8;
  return request;
}

double capacity(const Allocation& allocation, int tasks_per_node) {
  return allocation.shards * (allocation.nodes * tasks_per_node - 1) * allocation.seconds * allocation.runs;
}

TEST(Allocation, TakesNodesForTheWantedTimeAndALimitWithMargin) {
  const Allocation allocation = allocate(ten_hours());
  EXPECT_EQ(allocation.nodes, 2);  // 15 core-hours with margin, an hour, 8 tasks less one for the coordinator
  EXPECT_EQ(allocation.shards, 1);
  EXPECT_EQ(allocation.runs, 1);
  EXPECT_GE(capacity(allocation, 8), 1.5 * 36'000.0);
  EXPECT_LT(allocation.seconds, 1.1 * 3600.0 + start_seconds);
}

TEST(Allocation, TakesMoreNodesForLessTimeUpToTheMost) {
  AllocationRequest request = ten_hours();
  request.wanted_seconds = 600.0;
  EXPECT_EQ(allocate(request).nodes, 12);
  request.most_nodes = 4;
  EXPECT_EQ(allocate(request).nodes, 4);
  EXPECT_GE(capacity(allocate(request), 8), 1.5 * 36'000.0);
}

TEST(Allocation, DoesNotTakeMoreWorkersThanJobs) {
  AllocationRequest request = ten_hours();
  request.jobs = 10;
  request.typical_seconds = 36'000.0;
  request.most_seconds = 36'000.0;
  request.wanted_seconds = 60.0;
  EXPECT_EQ(allocate(request).nodes, 2);
}

TEST(Allocation, SplitsWhenOneCoordinatorWouldBeBusyForMoreThanHalfOfItsTime) {
  AllocationRequest request;
  request.jobs = 100'000'000;
  request.typical_seconds = 1e6;  // jobs of 10 ms
  request.most_seconds = 2e6;
  request.tasks_per_node = 48;
  request.wanted_seconds = 1800.0;
  request.most_nodes = 64;
  const Allocation allocation = allocate(request);
  EXPECT_GT(allocation.shards, 1);
  EXPECT_LE(allocation.coordinator_busy, full_coordinator);
  request.shards = 1;
  EXPECT_GT(allocate(request).coordinator_busy, full_coordinator);
  EXPECT_GE(allocate(request).seconds, 1e8 * result_service_seconds) << "the coordinator's own time counts";
}

TEST(Allocation, DoesNotSplitAShortSweepHoweverQuickItsJobs) {
  AllocationRequest request;
  request.jobs = 48;
  request.typical_seconds = 48 * 1e-4;
  request.most_seconds = request.typical_seconds;
  request.tasks_per_node = 2;
  request.nodes = 2;
  EXPECT_EQ(allocate(request).shards, 1);
  request.jobs = 10'000'000;
  request.typical_seconds = 1000.0;
  request.most_seconds = request.typical_seconds;
  EXPECT_EQ(allocate(request).shards, 2);
}

TEST(Allocation, TakesSeveralRunsWhereTheSiteLimitsAJob) {
  AllocationRequest request = ten_hours();
  request.nodes = 1;
  request.longest_seconds = 3600.0;
  const Allocation allocation = allocate(request);
  EXPECT_EQ(allocation.seconds, 3600.0);
  EXPECT_EQ(allocation.runs, 3);  // 15 core-hours by seven workers, an hour at a time
}

TEST(Allocation, RefusesWhatCantBe) {
  AllocationRequest request = ten_hours();
  request.tasks_per_node = 1;
  EXPECT_THROW(allocate(request), std::invalid_argument);
  request = ten_hours();
  request.nodes = 2;
  request.shards = 3;
  EXPECT_THROW(allocate(request), std::invalid_argument);
  request = ten_hours();
  request.jobs = 1;
  request.longest_seconds = 3600.0;
  EXPECT_THROW(allocate(request), std::invalid_argument) << "the one job would not fit";
}

TEST(SlurmTime, IsInStepsOfFiveMinutes) {
  EXPECT_EQ(slurm_time(1.0), "00:05:00");
  EXPECT_EQ(slurm_time(300.0), "00:05:00");
  EXPECT_EQ(slurm_time(301.0), "00:10:00");
  EXPECT_EQ(slurm_time(86'400.0), "1-00:00:00");
  EXPECT_EQ(slurm_time(2 * 86'400.0 + 6 * 3600.0), "2-06:00:00");
}

}  // namespace
}  // namespace augsweep::app
