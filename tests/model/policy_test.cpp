#include "model/policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace augsweep::model {
namespace {

using Values = std::vector<double>;
const double nan = std::numeric_limits<double>::quiet_NaN();
const double infinity = std::numeric_limits<double>::infinity();

Values softmax_of(const Values& q, double g = 1.0) {
  Values p(q.size());
  softmax(q, g, p);
  return p;
}

/// How often each response is chosen in n draws.
template <class Draw>
std::vector<int> frequencies(std::size_t responses, int n, Draw draw) {
  std::vector<int> counts(responses);
  for (int i = 0; i < n; ++i) {
    ++counts.at(static_cast<std::size_t>(draw()));
  }
  return counts;
}

/// Expects counts of n draws within 5 standard deviations of their binomial distributions.
void expect_frequencies(const std::vector<int>& counts, const Values& p, int n) {
  ASSERT_EQ(counts.size(), p.size());
  for (std::size_t k = 0; k < p.size(); ++k) {
    EXPECT_NEAR(counts[k], n * p[k], 5.0 * std::sqrt(n * p[k] * (1.0 - p[k]))) << "response " << k;
  }
}

std::vector<int> choices(const PolicyParameters& parameters, const Values& q, int n, std::int64_t trial = 0) {
  Policy policy(parameters);
  policy.begin_trial(trial);
  RandomStream stream(key_of("policy"), Purpose::policy);
  return frequencies(q.size(), n, [&] { return policy.choose(q, stream); });
}

TEST(Greedy, TakesTheFirstMaximum) {
  EXPECT_EQ(greedy(Values{0.1, -0.2}), 0);
  EXPECT_EQ(greedy(Values{0.1, 0.7, 0.7}), 1);
  EXPECT_EQ(greedy(Values{0.5, 0.5, 0.5}), 0);
  EXPECT_EQ(greedy(Values{-700.0, -800.0, -600.0}), 2);
  EXPECT_EQ(greedy(Values{-infinity, -infinity}), 0);
}

TEST(Greedy, TakesTheFirstNaNWhereverItIs) {
  EXPECT_EQ(greedy(Values{1.0, nan, 3.0, nan}), 1);
  EXPECT_EQ(greedy(Values{nan, infinity}), 0);
  EXPECT_EQ(greedy(Values{infinity, 0.0, nan}), 2);
}

TEST(Softmax, GivesProbabilitiesInTheRatioOfTheExponentials) {
  const Values p = softmax_of({0.1, -0.2});
  EXPECT_NEAR(p[0] / p[1], std::exp(0.3), 1e-15 * 4);
  EXPECT_NEAR(p[0] + p[1], 1.0, 1e-15);
  const Values sharp = softmax_of({0.1, -0.2}, 6.0);
  EXPECT_NEAR(sharp[0] / sharp[1], std::exp(1.8), 1e-14);
}

TEST(Softmax, ClipsAtFiveHundredSoThatLargerValuesAreEquallyLikely) {
  EXPECT_EQ(softmax_of({900.0, 600.0}), (Values{0.5, 0.5}));
  EXPECT_EQ(softmax_of({-900.0, -600.0}), (Values{0.5, 0.5}));
  EXPECT_EQ(softmax_of({300.0, 251.0}, 2.0), (Values{0.5, 0.5}));  // it is g Q that is clipped
  EXPECT_EQ(softmax_of({infinity, 501.0}), (Values{0.5, 0.5}));
  const Values p = softmax_of({499.0, 600.0});
  EXPECT_NEAR(p[1] / p[0], std::numbers::e, 1e-13);
}

TEST(Softmax, IsNaNThroughoutIfAValueIs) {
  for (const double p : softmax_of({0.0, nan, 1.0})) {
    EXPECT_TRUE(std::isnan(p));
  }
}

TEST(DrawSoftmax, DrawsWithTheProbabilitiesOfSoftmax) {
  const Values q{0.3, -0.4, 1.1, 0.0};
  for (const double g : {1.0, 3.0}) {
    RandomStream stream(key_of("softmax"), Purpose::policy);
    const int n = 100'000;
    expect_frequencies(frequencies(q.size(), n, [&] { return draw_softmax(q, g, stream); }), softmax_of(q, g),
                       n);
  }
}

TEST(DrawSoftmax, TakesOneNumberFromTheStreamAndInvertsTheDistribution) {
  // Two responses are drawn in a way of their own.
  for (const Values& q : {Values{0.3, -0.4, 1.1}, Values{0.3, -0.4}, Values{-0.2, 0.9}, Values{600.0, 499.0},
                          Values{-3.0, 7.0}}) {
    for (const double g : {1.0, 4.5}) {
      const Values p = softmax_of(q, g);
      RandomStream stream(key_of("a draw"), Purpose::policy);
      RandomStream twin(key_of("a draw"), Purpose::policy);
      for (int i = 0; i < 1000; ++i) {
        const double u = twin.uniform();
        const int expected = u < p[0] ? 0 : (q.size() == 2 || u < p[0] + p[1] ? 1 : 2);
        EXPECT_EQ(draw_softmax(q, g, stream), expected);
      }
      EXPECT_EQ(stream.bits(), twin.bits());
    }
  }
}

TEST(DrawSoftmax, IsGreedyWithoutADrawIfAValueIsNaN) {
  RandomStream stream(key_of("nan"), Purpose::policy);
  RandomStream untouched(key_of("nan"), Purpose::policy);
  EXPECT_EQ(draw_softmax(Values{5.0, nan, 7.0}, 1.0, stream), 1);
  EXPECT_EQ(draw_softmax(Values{5.0, nan}, 1.0, stream), 1);
  EXPECT_EQ(stream.bits(), untouched.bits());
}

TEST(DrawSoftmax, HasOnlyOneAnswerToOneResponse) {
  RandomStream stream(key_of("one"), Purpose::policy);
  EXPECT_EQ(draw_softmax(Values{-3.0}, 1.0, stream), 0);
}

TEST(WeightedG, RisesFromOneTowardsOnePlusHalfM) {
  EXPECT_EQ(weighted_g(10.0, 0), 1.0);
  EXPECT_NEAR(weighted_g(10.0, 2000), 1.0 + 10.0 / 4.0, 1e-15);  // arctan 1 = pi / 4
  EXPECT_NEAR(weighted_g(10.0, 1'000'000'000), 6.0, 1e-4);
  EXPECT_NEAR(weighted_g(3.0, 777), 1.0 + 3.0 / std::numbers::pi * std::atan(777.0 / 2000.0), 1e-15);
  EXPECT_EQ(weighted_g(0.0, 12345), 1.0);
}

TEST(WeightedEpsilon, FallsFromEpsilonTowardsZero) {
  EXPECT_EQ(weighted_epsilon(0.3, 0), 0.3);
  EXPECT_NEAR(weighted_epsilon(0.3, 2000), 0.15, 1e-16);
  EXPECT_NEAR(weighted_epsilon(0.3, 777), 0.3 * (1.0 - 2.0 / std::numbers::pi * std::atan(777.0 / 2000.0)),
              1e-16);
  EXPECT_LT(weighted_epsilon(0.3, 1'000'000'000), 1e-6);
}

TEST(Policy, GreedyIgnoresTheStream) {
  RandomStream stream(key_of("greedy"), Purpose::policy);
  RandomStream untouched(key_of("greedy"), Purpose::policy);
  const Policy policy({.kind = PolicyKind::greedy});
  EXPECT_EQ(policy.choose(Values{0.0, 2.0, 1.0}, stream), 1);
  EXPECT_EQ(stream.bits(), untouched.bits());
}

TEST(Policy, EpsGreedyUniformExploresTheGreedyResponseToo) {
  const int n = 100'000;
  const double epsilon = 0.3;
  const auto counts = choices({.kind = PolicyKind::eps_greedy, .epsilon = epsilon}, {0.0, 1.0, 0.5}, n);
  expect_frequencies(counts, {epsilon / 3, 1.0 - epsilon + epsilon / 3, epsilon / 3}, n);
}

TEST(Policy, EpsGreedySoftExploresWithSoftmax) {
  const int n = 100'000;
  const double epsilon = 0.5;
  const Values q{0.0, 1.0, 0.5};
  Values p = softmax_of(q);
  for (double& value : p) {
    value *= epsilon;
  }
  p[1] += 1.0 - epsilon;
  expect_frequencies(
      choices({.kind = PolicyKind::eps_greedy, .exploration = Exploration::softmax, .epsilon = epsilon}, q,
              n),
      p, n);
}

TEST(Policy, EpsGreedyDrawsOnceEvenWithEpsilonZero) {
  RandomStream stream(key_of("eps"), Purpose::policy);
  RandomStream twin(key_of("eps"), Purpose::policy);
  const Policy policy({.kind = PolicyKind::eps_greedy, .epsilon = 0.0});
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(policy.choose(Values{0.0, 2.0}, stream), 1);
    twin.bits();
  }
  EXPECT_EQ(stream.bits(), twin.bits());
}

TEST(Policy, EpsGreedyWithEpsilonOneAlwaysExplores) {
  const int n = 30'000;
  expect_frequencies(choices({.kind = PolicyKind::eps_greedy, .epsilon = 1.0}, {0.0, 1.0}, n), {0.5, 0.5}, n);
}

TEST(Policy, SoftmaxUsesTheWeightedGOfTheTrialWithItsM) {
  const int n = 100'000;
  const Values q{0.2, -0.3, 0.1};
  for (const double m : {0.0, 2.0, 20.0}) {
    const PolicyParameters parameters{.kind = PolicyKind::softmax, .weight_g = true, .m = m};
    expect_frequencies(choices(parameters, q, n, 3000), softmax_of(q, weighted_g(m, 3000)), n);
  }
  expect_frequencies(choices({.kind = PolicyKind::softmax}, q, n, 3000), softmax_of(q, 1.0), n);
}

TEST(Policy, ExplorationUsesTheWeightedGToo) {
  const int n = 100'000;
  const Values q{0.2, -0.3, 0.1};
  expect_frequencies(choices({.kind = PolicyKind::eps_greedy,
                              .exploration = Exploration::softmax,
                              .epsilon = 1.0,
                              .weight_g = true,
                              .m = 20.0},
                             q, n, 3000),
                     softmax_of(q, weighted_g(20.0, 3000)), n);
}

TEST(Policy, EpsilonIsWeightedOnlyWhereAskedFor) {
  PolicyParameters parameters{.kind = PolicyKind::eps_greedy, .epsilon = 0.4};
  Policy constant(parameters);
  constant.begin_trial(2000);
  EXPECT_EQ(constant.epsilon(), 0.4);
  parameters.weight_epsilon = true;
  Policy weighted(parameters);
  EXPECT_EQ(weighted.epsilon(), 0.4);
  weighted.begin_trial(2000);
  EXPECT_NEAR(weighted.epsilon(), 0.2, 1e-16);
  EXPECT_EQ(weighted.g(), 1.0);
  const int n = 100'000;
  expect_frequencies(choices(parameters, {1.0, 0.0}, n, 2000), {0.9, 0.1}, n);
}

}  // namespace
}  // namespace augsweep::model
