// The byte form of an outcome.
#include "training/outcome.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace augsweep::training {
namespace {

Outcome rich_outcome() {
  Outcome outcome;
  outcome.status = Status::converged;
  outcome.convergence_trial = 41.0;
  outcome.trials = 42;
  outcome.steps = 250;
  outcome.curves[0] = {0.5F, 0.25F};
  outcome.curves[2] = {std::numeric_limits<float>::quiet_NaN()};
  outcome.tests[0] = {97.5, 100.0, 31.25};
  model::Weights& weights = outcome.weights.emplace();
  weights.v_r = model::Matrix::Constant(2, 3, 0.125);
  weights.w_r = model::Matrix::Constant(3, 2, -1e300);
  weights.v_m = model::Matrix::Constant(4, 2, 5e-324);
  weights.w_m = model::Matrix::Constant(2, 2, 1.0);
  weights.w_r_back = model::Matrix::Constant(2, 3, 0.0);
  weights.w_m_back = model::Matrix::Constant(2, 2, -0.0);
  outcome.recording.trial = {7};
  outcome.recording.step = {0};
  outcome.recording.cue = {1};
  outcome.recording.response = {0};
  outcome.recording.target = {-1};
  outcome.recording.reward = {0.1};
  outcome.recording.rpe = {not_a_number};
  outcome.recording.q = {0.1, 0.2};
  outcome.recording.memory = {0.5, 0.6};
  return outcome;
}

TEST(Encoding, ReadsBackExactly) {
  const auto bytes = encode(rich_outcome());
  const Outcome back = decode(bytes);
  EXPECT_EQ(back.status, Status::converged);
  EXPECT_EQ(back.convergence_trial, 41.0);
  EXPECT_TRUE(std::isnan(back.divergence_trial));
  EXPECT_EQ(back.curves[0], (std::vector<float>{0.5F, 0.25F}));
  ASSERT_TRUE(back.weights.has_value());
  EXPECT_EQ(back.weights->w_r(2, 1), -1e300);
  EXPECT_EQ(back.weights->v_m(3, 1), 5e-324);
  EXPECT_EQ(back.recording.q, (std::vector<double>{0.1, 0.2}));
  EXPECT_EQ(encode(back), bytes);
}

TEST(Encoding, KeepsTheMessageOfAFailure) {
  Outcome outcome;
  outcome.status = Status::failed;
  outcome.message = "no such task";
  const Outcome back = decode(encode(outcome));
  EXPECT_EQ(back.status, Status::failed);
  EXPECT_EQ(back.message, "no such task");
  EXPECT_FALSE(back.weights.has_value());
}

TEST(Encoding, IsTheSameForEveryKindOfNaN) {
  Outcome one;
  one.convergence_trial = std::numeric_limits<double>::quiet_NaN();
  Outcome other;
  other.convergence_trial = -std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(encode(one), encode(other));
}

TEST(Decoding, RefusesBytesThatWereCutOffAtAnyPlace) {
  const auto bytes = encode(rich_outcome());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW(decode(std::span(bytes).first(size)), std::runtime_error) << size;
  }
}

TEST(Decoding, RefusesBytesThatFollowTheEnd) {
  auto bytes = encode(rich_outcome());
  bytes.push_back(std::byte{0});
  EXPECT_THROW(decode(bytes), std::runtime_error);
}

TEST(Decoding, NeitherCrashesNorAllocatesWildlyOnChangedBytes) {
  const auto bytes = encode(rich_outcome());
  for (std::size_t place = 0; place < bytes.size(); ++place) {
    auto changed = bytes;
    changed[place] ^= std::byte{0xFF};
    try {
      decode(changed);
    } catch (const std::runtime_error&) {
      continue;  // fine: it noticed
    }
  }
}

}  // namespace
}  // namespace augsweep::training
