// Patterns of stimulus values, and that a network sees the same in them as in the values.
#include "model/pattern.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "model/network.hpp"

namespace augsweep::model {
namespace {

TEST(Pattern, KnowsWhatIsShownAndWhatIsOne) {
  std::vector<double> values(70, 0.0);
  values[0] = 1.0;
  values[3] = 0.5;
  values[66] = 1.0;
  values[69] = -1.0;
  const Pattern pattern(values);
  EXPECT_EQ(pattern.bits().shown[0], 0b1001U);
  EXPECT_EQ(pattern.bits().shown[1], 0b100100U);
  EXPECT_EQ(pattern.bits().one[0], 0b1U);
  EXPECT_EQ(pattern.bits().one[1], 0b100U);
  EXPECT_FALSE(pattern.bits().binary);
  EXPECT_TRUE(Pattern(std::vector{0.0, 1.0, 1.0}).bits().binary);
  EXPECT_TRUE(Pattern(std::vector{0.0, -0.0}).bits().binary);
}

TEST(Pattern, KnowsASingleUnit) {
  const auto single = [](std::vector<double> values) { return Pattern(values).bits().single; };
  EXPECT_EQ(single({0.0, 0.0, 1.0}), 2);
  EXPECT_EQ(single({0.0, 0.0, 0.0}), 3) << "none is shown";
  EXPECT_EQ(single({0.0, 1.0, 1.0}), -1);
  EXPECT_EQ(single({0.0, 0.5, 0.0}), -1);
  EXPECT_EQ(single(std::vector<double>(65, 0.0)), -1) << "too many units for one word of bits";
}

TEST(Pattern, IsToANetworkWhatItsValuesAre) {
  NetworkParameters parameters;
  parameters.shape = {5, 4, 6, 3};
  RandomStream stream(key_of("patterns"), Purpose::weights);
  const Weights weights = random_weights(parameters, stream);
  Network values_shown(parameters, weights);
  Network pattern_shown(parameters, weights);
  for (int step = 0; step < 200; ++step) {
    if (step % 20 == 0) {
      values_shown.reset();
      pattern_shown.reset();
    }
    std::vector<double> values(5, 0.0);
    values[static_cast<std::size_t>(stream.below(5))] = step % 7 == 0 ? 0.3 : 1.0;
    const auto a = values_shown.forward(values);
    const auto b = pattern_shown.forward(Pattern(values));
    for (std::size_t k = 0; k < a.size(); ++k) {
      EXPECT_EQ(a[k], b[k]);
    }
    for (Network* network : {&values_shown, &pattern_shown}) {
      network->learn(0.1);
      network->tag(step % 3);
    }
  }
}

// A test trial looks without tagging: what it showed must not stay in the history.
TEST(Network, ForgetsAStepThatWasNotTagged) {
  NetworkParameters parameters;
  parameters.shape = {4, 3, 4, 2};
  RandomStream stream(key_of("not tagged"), Purpose::weights);
  const Weights weights = random_weights(parameters, stream);
  for (const double between : {1.0, 0.4}) {
    Network looked(parameters, weights);
    Network same(parameters, weights);
    const auto show = [](Network& network, int cue, double value) {
      std::vector<double> values(4, 0.0);
      values[static_cast<std::size_t>(cue)] = value;
      return network.forward(values);
    };
    for (Network* network : {&looked, &same}) {
      show(*network, 0, 1.0);
      network->tag(0);
      show(*network, 1, 1.0);
      network->learn_and_tag(0.5, 1);
    }
    const Tags before = looked.tags();
    const Weights learned = looked.weights();
    show(looked, 2, between);
    show(looked, 3, 1.0);
    EXPECT_TRUE((looked.tags().v_m == before.v_m).all());
    EXPECT_TRUE((looked.weights().v_m == learned.v_m).all());
    looked.reset();
    same.reset();
    EXPECT_TRUE((looked.weights().v_m == same.weights().v_m).all());
    EXPECT_TRUE((looked.weights().v_r == same.weights().v_r).all());
  }
}

}  // namespace
}  // namespace augsweep::model
