// What a job is, and what fixes its random numbers.
#include "training/job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tasks/registry.hpp"

namespace augsweep::training {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Job twelve_ax() {
  Job job;
  job.task = "12ax";
  job.task_parameters = tasks::complete_parameters(*tasks::find_task("12ax"), {});
  job.leak = {0.7, 1.0};
  return job;
}

TEST(Canonical, IsEqualForEqualJobsOnly) {
  const Job job = twelve_ax();
  EXPECT_EQ(canonical(job), canonical(twelve_ax()));
  Job other = job;
  other.beta = 0.15000000000000002;  // the next double: numbers are written so that they read back exactly
  EXPECT_NE(canonical(job), canonical(other));
  other = job;
  other.leak = {0.7};
  EXPECT_NE(canonical(job), canonical(other));
  other = job;
  other.test_trials = 0;
  EXPECT_NE(canonical(job), canonical(other));
}

TEST(StreamKey, ChangesWithSeedAndParameters) {
  const Job job = twelve_ax();
  Job other = job;
  other.seed = 1;
  EXPECT_NE(stream_key(job), stream_key(other));
  other = job;
  other.beta = 0.1;
  EXPECT_NE(stream_key(job), stream_key(other));
}

TEST(StreamKey, IsTheSameForALongerRun) {
  const Job job = twelve_ax();
  Job longer = job;
  longer.max_trials *= 10;
  longer.test_trials = 0;
  longer.bin_trials = 100;
  longer.stop_on_convergence = false;
  EXPECT_EQ(stream_key(job), stream_key(longer));
}

TEST(StreamKey, WithCommonRandomNumbersDependsOnTaskAndSeedAlone) {
  Job job = twelve_ax();
  job.common_random_numbers = true;
  Job other = job;
  other.beta = 0.1;
  other.leak = {1.0};
  EXPECT_EQ(stream_key(job), stream_key(other));
  other.seed = 7;
  EXPECT_NE(stream_key(job), stream_key(other));
}

TEST(Check, NamesWhatCannotBeRun) {
  Job job = twelve_ax();
  EXPECT_NO_THROW(check(job));
  job.memory_units = 7;
  EXPECT_THAT([&] { check(job); }, ThrowsMessage<std::invalid_argument>(HasSubstr("multiple of 2")));
  job = twelve_ax();
  job.policy.epsilon = 1.5;
  EXPECT_THAT([&] { check(job); }, ThrowsMessage<std::invalid_argument>(HasSubstr("epsilon 1.5")));
  job = twelve_ax();
  job.record_trials = {3, 3};
  EXPECT_THAT([&] { check(job); }, ThrowsMessage<std::invalid_argument>(HasSubstr("ascending")));
  job = twelve_ax();
  job.max_trials = 0;
  EXPECT_THAT([&] { check(job); }, ThrowsMessage<std::invalid_argument>(HasSubstr("max_trials")));
}

}  // namespace
}  // namespace augsweep::training
