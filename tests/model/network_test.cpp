// The network against numbers worked out by hand, one equation at a time.
#include "model/network.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace augsweep::model {
namespace {

using Stimulus = std::vector<double>;

constexpr double tolerance = 1e-15;
const double ln3 = std::log(3.0);  // sigma(ln 3) = 3/4, sigma(-ln 3) = 1/4

Matrix matrix(Eigen::Index rows, Eigen::Index columns, const std::vector<double>& values) {
  return Eigen::Map<const Matrix>(values.data(), rows, columns);
}

std::vector<double> list(const auto& array) {
  return {array.data(), array.data() + array.size()};
}

void expect_near(const auto& array, const std::vector<double>& expected) {
  ASSERT_EQ(static_cast<std::size_t>(array.size()), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(array.data()[i], expected[i], tolerance * std::fmax(1.0, std::fabs(expected[i])))
        << "element " << i;
  }
}

/// One stimulus unit, one regular unit, one memory unit, two responses; the numbers of the worked example.
NetworkParameters small_parameters() {
  NetworkParameters parameters;
  parameters.shape = {1, 1, 1, 2};
  parameters.leak = {0.5};
  parameters.beta = 0.1;
  parameters.alpha = 0.75;
  return parameters;
}

Weights small_weights() {
  Weights weights;
  weights.v_r = matrix(1, 1, {-ln3});
  weights.w_r = matrix(1, 2, {0.4, -0.8});
  weights.v_m = matrix(2, 1, {ln3 - 0.5e-6, 0.3});  // onset, offset
  weights.w_m = matrix(1, 2, {0.2, 1.0});
  weights.w_r_back = matrix(2, 1, {9.0, 0.8});
  weights.w_m_back = matrix(2, 1, {7.0, -0.4});
  return weights;
}

TEST(Network, OneStepWorkedOutByHand) {
  Network network(small_parameters(), small_weights());

  // Stimulus 1 after nothing: an onset. Regular: y_r = sigma(-ln 3) = 1/4.
  // Memory: h = 0.5 * 1e-6 + (ln 3 - 0.5e-6) = ln 3, y_m = 3/4.
  // Q = 1/4 (0.4, -0.8) + 3/4 (0.2, 1.0) = (0.25, 0.55).
  const auto q = network.forward(Stimulus{1.0});
  EXPECT_EQ(list(network.transient()), (std::vector{1.0, 0.0}));
  expect_near(network.regular_activity(), {0.25});
  expect_near(network.memory(), {ln3});
  expect_near(network.memory_activity(), {0.75});
  ASSERT_EQ(q.size(), 2U);
  EXPECT_NEAR(q[0], 0.25, tolerance);
  EXPECT_NEAR(q[1], 0.55, tolerance);

  // Response 1. Traces: X = 0.5 * 1e-6 + (1, 0). Of the tags 1 - alpha = 1/4 is kept:
  // T_wr = 0.25e-6 + (0, y_r), T_wm = 0.25e-6 + (0, y_m),
  // T_vr = 0.25e-6 + s y_r (1 - y_r) W_r'[1] = 0.25e-6 + 3/16 * 0.8,
  // T_vm = 0.25e-6 + X y_m (1 - y_m) W_m'[1] = 0.25e-6 - X * 3/16 * 0.4.
  network.tag(1);
  expect_near(network.traces(), {1.0000005, 0.0000005});
  expect_near(network.tags().w_r, {0.25e-6, 0.25 + 0.25e-6});
  expect_near(network.tags().w_m, {0.25e-6, 0.75 + 0.25e-6});
  expect_near(network.tags().v_r, {0.15 + 0.25e-6});
  expect_near(network.tags().v_m, {0.25e-6 - 0.0750000375, 0.25e-6 - 0.0000000375});

  // RPE 2 with beta 0.1: every weight moves by 0.2 times its tag, the feedback with its forward twin.
  network.learn(2.0);
  expect_near(network.weights().w_r, {0.4 + 0.05e-6, -0.75 + 0.05e-6});
  expect_near(network.weights().w_m, {0.2 + 0.05e-6, 1.15 + 0.05e-6});
  expect_near(network.weights().v_r, {-ln3 + 0.03 + 0.05e-6});
  expect_near(network.weights().v_m, {ln3 - 0.5e-6 + 0.05e-6 - 0.0150000075, 0.3 + 0.05e-6 - 0.0000000075});
  expect_near(network.weights().w_r_back, {9.0 + 0.05e-6, 0.85 + 0.05e-6});
  expect_near(network.weights().w_m_back, {7.0 + 0.05e-6, -0.25 + 0.05e-6});
}

TEST(Network, TagsUseTheFeedbackWeightsOfNowAndTheActivitiesOfTheForwardPass) {
  // Learning between forward pass and tag update, as in the second step of a trial.
  Network network(small_parameters(), small_weights());
  network.forward(Stimulus{1.0});
  network.learn(1e6);  // tags are 1e-6: every weight moves by 0.1
  network.tag(1);
  expect_near(network.tags().w_r, {0.25e-6, 0.25 + 0.25e-6});             // y_r from before
  expect_near(network.tags().v_r, {0.25e-6 + 3.0 / 16.0 * (0.8 + 0.1)});  // W_r' from after
}

TEST(Network, StartsAsAfterAReset) {
  const Network network(small_parameters(), small_weights());
  expect_near(network.memory(), {1e-6});
  EXPECT_EQ(list(network.memory()), std::vector{1e-6});
  EXPECT_EQ(list(network.traces()), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().v_r), std::vector{1e-6});
  EXPECT_EQ(list(network.tags().w_r), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().v_m), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().w_m), (std::vector{1e-6, 1e-6}));
}

TEST(Network, ResetGivesOneMillionthToMemoryTracesAndTagsAndKeepsTheWeights) {
  Network network(small_parameters(), small_weights());
  network.forward(Stimulus{1.0});
  network.tag(0);
  network.learn(1.0);
  const auto learned = network.weights();
  network.reset();
  EXPECT_EQ(list(network.memory()), std::vector{1e-6});
  EXPECT_EQ(list(network.traces()), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().v_r), std::vector{1e-6});
  EXPECT_EQ(list(network.tags().w_r), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().v_m), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.tags().w_m), (std::vector{1e-6, 1e-6}));
  EXPECT_EQ(list(network.weights().w_r), list(learned.w_r));
  EXPECT_EQ(list(network.weights().v_m), list(learned.v_m));
}

TEST(Network, PreviousStimulusOutlivesAResetUntilItIsCleared) {
  Network network(small_parameters(), small_weights());
  network.forward(Stimulus{1.0});
  network.reset();
  network.forward(Stimulus{0.0});
  EXPECT_EQ(list(network.transient()), (std::vector{0.0, 1.0}));  // the offset of the former trial's stimulus

  network.forward(Stimulus{1.0});
  network.clear_previous_stimulus();
  network.forward(Stimulus{0.0});
  EXPECT_EQ(list(network.transient()), (std::vector{0.0, 0.0}));
}

TEST(Network, TransientsAreZeroOrOneWhateverTheSizeOfTheChange) {
  auto parameters = small_parameters();
  parameters.shape = {4, 1, 1, 2};
  RandomStream stream({}, Purpose::weights);
  Network network(parameters, random_weights(parameters, stream));
  network.forward(Stimulus{0.0, 1.0, 0.5, 0.7});
  EXPECT_EQ(list(network.transient()), (std::vector{0.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0}));
  network.forward(Stimulus{1.0, 0.0, 0.5, 0.2});
  EXPECT_EQ(list(network.transient()), (std::vector{1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0}));
  network.forward(Stimulus{1.0, 0.0, 0.5, 0.2});  // unchanged: invisible to the memory
  EXPECT_EQ(list(network.transient()), std::vector<double>(8));
}

TEST(Network, RepeatShowsTheSameStimulusWithoutTransients) {
  Network network(small_parameters(), small_weights());
  network.forward(Stimulus{1.0});
  const double h = network.memory()[0];
  network.forward(Stimulus{1.0}, true);
  EXPECT_EQ(list(network.transient()), (std::vector{0.0, 0.0}));
  EXPECT_EQ(network.memory()[0], 0.5 * h);          // only the leak acts
  expect_near(network.regular_activity(), {0.25});  // still seen by the regular units
  network.forward(Stimulus{0.0});                   // and still the previous stimulus
  EXPECT_EQ(list(network.transient()), (std::vector{0.0, 1.0}));
}

TEST(Network, LeakListsSplitTheMemoryIntoConsecutiveEqualBlocks) {
  NetworkParameters parameters;
  parameters.shape = {1, 1, 6, 1};
  parameters.leak = {0.5, 1.0, 0.0};
  Weights weights{matrix(1, 1, {0.0}), matrix(1, 1, {0.0}), Matrix::Zero(2, 6),
                  Matrix::Zero(6, 1),  matrix(1, 1, {0.0}), Matrix::Zero(1, 6)};
  Network network(parameters, weights);
  network.forward(Stimulus{0.0});
  EXPECT_EQ(list(network.memory()), (std::vector{0.5e-6, 0.5e-6, 1e-6, 1e-6, 0.0, 0.0}));
  network.tag(0);
  EXPECT_EQ(list(network.traces().row(0)), (std::vector{0.5e-6, 0.5e-6, 1e-6, 1e-6, 0.0, 0.0}));
}

TEST(Network, SigmoidOfTheMemoryIsClippedButTheMemoryItselfIsNot) {
  auto weights = small_weights();
  weights.v_m = matrix(2, 1, {-400.0, 0.0});
  Network network(small_parameters(), weights);
  network.forward(Stimulus{1.0});
  EXPECT_NEAR(network.memory()[0], -400.0 + 0.5e-6, 1e-12);
  EXPECT_NEAR(network.memory_activity()[0], std::exp(-100.0), 1e-57);
}

TEST(Network, TraceVariantFeedsTheMemoryWithTheTraceOfNow) {
  // h <- phi h + sum_i X_i V_m,i, with X <- phi X + x before it. V_m = (0.2, 0.4), phi = 0.5.
  auto parameters = small_parameters();
  parameters.memory_input = MemoryInput::trace;
  auto weights = small_weights();
  weights.v_m = matrix(2, 1, {0.2, 0.4});
  Network network(parameters, weights);

  // Onset: X = 0.5e-6 + (1, 0); h = 0.5e-6 + 0.2 * 1.0000005 + 0.4 * 0.0000005 = 0.2000008.
  network.forward(Stimulus{1.0});
  expect_near(network.traces(), {1.0000005, 0.0000005});
  expect_near(network.memory(), {0.2000008});
  network.tag(0);
  expect_near(network.traces(), {1.0000005, 0.0000005});  // the tag update does not touch them again
  // T_vm = 0.25e-6 + X y (1 - y) W_m'[0] as in the usual network.
  const double y = 1.0 / (1.0 + std::exp(-0.2000008));
  expect_near(network.tags().v_m,
              {0.25e-6 + 1.0000005 * y * (1.0 - y) * 7.0, 0.25e-6 + 0.0000005 * y * (1.0 - y) * 7.0});

  // Offset: X = (0.50000025, 1.00000025); h = 0.5 * 0.2000008 + 0.2 * 0.50000025 + 0.4 * 1.00000025.
  network.forward(Stimulus{0.0});
  expect_near(network.traces(), {0.50000025, 1.00000025});
  expect_near(network.memory(), {0.1000004 + 0.10000005 + 0.4000001});
}

TEST(Network, SymmetricFeedbackIsTheTransposeFromTheStartAndAfterEveryUpdate) {
  NetworkParameters parameters;
  parameters.shape = {3, 4, 6, 2};
  parameters.feedback = Feedback::symmetric;
  RandomStream stream(key_of("symmetric"), Purpose::weights);
  Network network(parameters, random_weights(parameters, stream));
  for (int step = 0; step < 20; ++step) {
    EXPECT_TRUE((network.weights().w_r_back == network.weights().w_r.transpose()).all());
    EXPECT_TRUE((network.weights().w_m_back == network.weights().w_m.transpose()).all());
    const Matrix before = network.weights().w_r;
    const Matrix tag = network.tags().w_r;
    network.forward(Stimulus{step % 2 == 0 ? 1.0 : 0.0, step % 3 == 0 ? 1.0 : 0.0, 0.0});
    network.learn(0.5);
    EXPECT_TRUE((network.weights().w_r == before + parameters.beta * 0.5 * tag).all());  // once, not twice
    network.tag(step % 2);
  }
}

TEST(Network, FixedRandomFeedbackNeverChanges) {
  auto parameters = small_parameters();
  parameters.feedback = Feedback::fixed_random;
  Network network(parameters, small_weights());
  network.forward(Stimulus{1.0});
  network.tag(1);
  network.learn(2.0);
  EXPECT_EQ(list(network.weights().w_r_back), (std::vector{9.0, 0.8}));
  EXPECT_EQ(list(network.weights().w_m_back), (std::vector{7.0, -0.4}));
  expect_near(network.weights().w_r, {0.4 + 0.05e-6, -0.75 + 0.05e-6});
}

TEST(Network, InputWeightsOnesReplaceWhatIsGivenAndStay) {
  auto parameters = small_parameters();
  parameters.input_weights = InputWeights::ones;
  Network network(parameters, small_weights());
  network.forward(Stimulus{1.0});
  network.tag(1);
  network.learn(2.0);
  EXPECT_EQ(list(network.weights().v_r), std::vector{1.0});
  EXPECT_EQ(list(network.weights().v_m), (std::vector{1.0, 1.0}));
  EXPECT_NE(list(network.weights().w_r), list(small_weights().w_r));
}

TEST(Network, FixedRandomInputWeightsStayAsTheyAre) {
  auto parameters = small_parameters();
  parameters.input_weights = InputWeights::fixed_random;
  Network network(parameters, small_weights());
  network.forward(Stimulus{1.0});
  network.tag(1);
  network.learn(2.0);
  EXPECT_EQ(list(network.weights().v_r), list(small_weights().v_r));
  EXPECT_EQ(list(network.weights().v_m), list(small_weights().v_m));
  EXPECT_NE(list(network.weights().w_r), list(small_weights().w_r));
}

TEST(Network, RefusesWeightsOfAnotherShapeByName) {
  const auto message = [](const Weights& weights) -> std::string {
    try {
      const Network network(small_parameters(), weights);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return {};
  };
  auto weights = small_weights();
  weights.v_m = Matrix::Zero(1, 2);
  EXPECT_EQ(message(weights), "V_m is 1 x 2, but the network needs 2 x 1");
  weights = small_weights();
  weights.w_r_back = Matrix::Zero(1, 1);
  EXPECT_EQ(message(weights), "W_r_back is 1 x 1, but the network needs 2 x 1");
  EXPECT_EQ(message(small_weights()), "");
}

TEST(Network, RefusesParametersThatNoNetworkCanHave) {
  auto parameters = small_parameters();
  parameters.leak = {0.5, 1.0};
  EXPECT_THROW(Network(parameters, small_weights()), std::invalid_argument);
}

TEST(Network, SeesANonFiniteWeightInAnyMatrix) {
  const double bad[] = {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()};
  EXPECT_TRUE(Network(small_parameters(), small_weights()).weights_finite());
  for (Matrix Weights::*which :
       {&Weights::v_r, &Weights::w_r, &Weights::v_m, &Weights::w_m, &Weights::w_r_back, &Weights::w_m_back}) {
    for (const double value : bad) {
      auto weights = small_weights();
      (weights.*which)(0, 0) = value;
      EXPECT_FALSE(Network(small_parameters(), weights).weights_finite());
    }
  }
}

TEST(RandomWeights, AreDrawnInTheDocumentedOrderRowByRow) {
  NetworkParameters parameters;
  parameters.shape = {2, 3, 4, 2};
  RandomStream stream(key_of("weights"), Purpose::weights);
  RandomStream twin(key_of("weights"), Purpose::weights);
  const Weights weights = random_weights(parameters, stream);
  const std::array<const Matrix*, 6> in_order = {&weights.v_r, &weights.w_r,      &weights.v_m,
                                                 &weights.w_m, &weights.w_r_back, &weights.w_m_back};
  const std::array<std::array<Eigen::Index, 2>, 6> shapes = {
      {{2, 3}, {3, 2}, {4, 4}, {4, 2}, {2, 3}, {2, 4}}};
  for (std::size_t w = 0; w < in_order.size(); ++w) {
    ASSERT_EQ(in_order[w]->rows(), shapes[w][0]);
    ASSERT_EQ(in_order[w]->cols(), shapes[w][1]);
    for (Eigen::Index i = 0; i < in_order[w]->rows(); ++i) {
      for (Eigen::Index j = 0; j < in_order[w]->cols(); ++j) {
        EXPECT_EQ((*in_order[w])(i, j), twin.uniform() - 0.5);
      }
    }
  }
  EXPECT_EQ(stream.bits(), twin.bits());
}

TEST(RandomWeights, AreUniformBetweenMinusAndPlusOneHalf) {
  NetworkParameters parameters;
  parameters.shape = {100, 100, 10, 2};
  RandomStream stream(key_of("uniform weights"), Purpose::weights);
  const Matrix v = random_weights(parameters, stream).v_r;
  EXPECT_GE(v.minCoeff(), -0.5);
  EXPECT_LT(v.maxCoeff(), 0.5);
  EXPECT_NEAR(v.mean(), 0.0, 5.0 * std::sqrt(1.0 / 12.0 / 10'000));
  EXPECT_NEAR(v.square().mean(), 1.0 / 12.0, 5.0 * std::sqrt(1.0 / 180.0 / 10'000));
}

}  // namespace
}  // namespace augsweep::model
