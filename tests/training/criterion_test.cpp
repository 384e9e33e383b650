// When a run counts as converged.
#include "training/criterion.hpp"

#include <gtest/gtest.h>

namespace augsweep::training {
namespace {

using tasks::Consequence;
using tasks::Criterion;
using tasks::Score;

Consequence right() {
  Consequence consequence;
  consequence.correct = true;
  return consequence;
}

Consequence wrong() {
  Consequence consequence;
  consequence.wrong = true;
  return consequence;
}

Score success(bool value, int type = 0) {
  Score score;
  score.error_free = value;
  score.success = value;
  score.type = type;
  return score;
}

TEST(ResponsesCriterion, CountsCorrectResponsesAcrossTrialsAndLooksAtTrialEnds) {
  ConvergenceCounter counter({Criterion::Kind::responses, 5, 1.0}, 1);
  for (int response = 0; response < 4; ++response) {
    counter.respond(right());
  }
  EXPECT_FALSE(counter.end_trial(success(true))) << "4 of 5";
  counter.respond(right());
  EXPECT_TRUE(counter.end_trial(success(true))) << "the fifth, in the next trial";
}

TEST(ResponsesCriterion, StartsAgainAfterAWrongResponse) {
  ConvergenceCounter counter({Criterion::Kind::responses, 3, 1.0}, 1);
  counter.respond(right());
  counter.respond(right());
  counter.respond(wrong());
  counter.respond(right());
  counter.respond(right());
  EXPECT_FALSE(counter.end_trial(success(false)));
  counter.respond(right());
  EXPECT_TRUE(counter.end_trial(success(true)));
}

TEST(ResponsesCriterion, PassesOverStepsThatAskForNoResponse) {
  ConvergenceCounter counter({Criterion::Kind::responses, 2, 1.0}, 1);
  counter.respond(right());
  counter.respond(Consequence{});
  counter.respond(right());
  EXPECT_TRUE(counter.end_trial(success(true)));
}

TEST(TrialsCriterion, CanBeMetAgainAfterAnEarlyError) {
  // The published code arms its lenient counter once: after one early error it can never be met. Here it can.
  ConvergenceCounter counter({Criterion::Kind::trials, 3, 1.0}, 1);
  EXPECT_FALSE(counter.end_trial(success(false)));
  EXPECT_FALSE(counter.end_trial(success(true)));
  EXPECT_FALSE(counter.end_trial(success(true)));
  EXPECT_TRUE(counter.end_trial(success(true)));
  EXPECT_FALSE(counter.end_trial(success(false)));
}

TEST(TrialsCriterion, PassesOverTrialsThatDoNotCount) {
  ConvergenceCounter counter({Criterion::Kind::trials, 2, 1.0}, 1);
  Score aborted;
  aborted.error_free = false;
  EXPECT_FALSE(counter.end_trial(success(true)));
  EXPECT_FALSE(counter.end_trial(aborted));
  EXPECT_TRUE(counter.end_trial(success(true)));
}

TEST(TypesCriterion, NeedsTheFractionInEveryTrialType) {
  ConvergenceCounter counter({Criterion::Kind::types, 10, 0.9}, 2);
  for (int trial = 0; trial < 9; ++trial) {
    EXPECT_FALSE(counter.end_trial(success(true, 0)));
  }
  for (int trial = 0; trial < 8; ++trial) {
    EXPECT_FALSE(counter.end_trial(success(true, 1)));
  }
  EXPECT_TRUE(counter.end_trial(success(true, 1)))
      << "9 of 10 in both types; what has not happened yet counts as failure";
}

TEST(TypesCriterion, ForgetsWhatIsOlderThanItsWindow) {
  ConvergenceCounter counter({Criterion::Kind::types, 4, 1.0}, 1);
  counter.end_trial(success(false));
  for (int trial = 0; trial < 3; ++trial) {
    EXPECT_FALSE(counter.end_trial(success(true)));
  }
  EXPECT_TRUE(counter.end_trial(success(true)));
  EXPECT_FALSE(counter.end_trial(success(false)));
  for (int trial = 0; trial < 3; ++trial) {
    EXPECT_FALSE(counter.end_trial(success(true)));
  }
  EXPECT_TRUE(counter.end_trial(success(true)));
}

}  // namespace
}  // namespace augsweep::training
