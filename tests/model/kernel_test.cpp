// The kernel gives the same bits whatever the instruction set, and however its steps are put together.
#include "model/kernel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "course.hpp"
#include "model/network.hpp"

namespace augsweep::model {
namespace {

bool same(const auto& a, const auto& b) {
  return (a == b).all();
}

void expect_same_bits(const Network& a, const Network& b, const std::string& where) {
  const Weights weights_a = a.weights();
  const Weights weights_b = b.weights();
  const Tags tags_a = a.tags();
  const Tags tags_b = b.tags();
  EXPECT_TRUE(same(weights_a.v_r, weights_b.v_r)) << "V_r, " << where;
  EXPECT_TRUE(same(weights_a.v_m, weights_b.v_m)) << "V_m, " << where;
  EXPECT_TRUE(same(weights_a.w_r, weights_b.w_r)) << "W_r, " << where;
  EXPECT_TRUE(same(weights_a.w_m, weights_b.w_m)) << "W_m, " << where;
  EXPECT_TRUE(same(weights_a.w_m_back, weights_b.w_m_back)) << "W_m', " << where;
  EXPECT_TRUE(same(tags_a.v_r, tags_b.v_r)) << "T_vr, " << where;
  EXPECT_TRUE(same(tags_a.v_m, tags_b.v_m)) << "T_vm, " << where;
  EXPECT_TRUE(same(tags_a.w_m, tags_b.w_m)) << "T_wm, " << where;
  EXPECT_TRUE(same(a.traces(), b.traces())) << "X, " << where;
  EXPECT_TRUE(same(a.memory(), b.memory())) << "h, " << where;
  EXPECT_TRUE(same(a.values(), b.values())) << "Q, " << where;
}

TEST(Isa, BaselineIsAlwaysThereAndTheBestIsAmongTheSupported) {
  EXPECT_TRUE(is_supported(Isa::baseline));
  EXPECT_THAT(supported_isas(), testing::Contains(best_isa()));
  EXPECT_EQ(supported_isas().front(), Isa::baseline);
}

TEST(Isa, IsRefusedByNameIfUnknownOrNotOfThisProcessor) {
  EXPECT_THAT([] { usable_isa("mmx"); },
              testing::ThrowsMessage<std::invalid_argument>(
                  testing::StartsWith("this processor can't run instruction set mmx; it has baseline")));
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (is_supported(isa)) {
      EXPECT_EQ(usable_isa(name_of(isa)), isa);
    } else {
      EXPECT_THROW(usable_isa(name_of(isa)), std::invalid_argument);
      EXPECT_THROW(kernel::functions(isa, 4), std::invalid_argument);
    }
  }
}

TEST(Kernel, GivesTheSameBitsWithEveryInstructionSet) {
  RandomStream stream(key_of("every instruction set"), Purpose::task);
  for (int n = 0; n < 60; ++n) {
    const NetworkParameters parameters = random_parameters(stream);
    const std::string where = to_string(parameters.shape) + ", network " + std::to_string(n);
    const Weights weights = random_weights(parameters, stream);
    Network reference(parameters, weights, Isa::baseline);
    for (const Isa isa : supported_isas()) {
      Network network(parameters, weights, isa);
      Network expected = reference;
      Course course(where, parameters.shape, n % 2 == 0 ? 7 : 1000);
      for (int step = 0; step < 100; ++step) {
        course.step(network, expected);
      }
      expect_same_bits(network, expected, where + ", " + std::string(name_of(isa)));
    }
    if (HasFailure()) {
      return;
    }
  }
}

TEST(Kernel, LearnsAndTagsInOnePassAsInTwo) {
  for (const Isa isa : supported_isas()) {
    RandomStream stream(key_of("one pass"), Purpose::task);
    for (int n = 0; n < 20; ++n) {
      const NetworkParameters parameters = random_parameters(stream);
      const Weights weights = random_weights(parameters, stream);
      Network one(parameters, weights, isa);
      Network two(parameters, weights, isa);
      std::vector<double> stimulus(static_cast<std::size_t>(parameters.shape.stimuli));
      for (int step = 0; step < 40; ++step) {
        stimulus[static_cast<std::size_t>(stream.below(parameters.shape.stimuli))] = stream.below(2);
        const int response = stream.below(parameters.shape.responses);
        const double rpe = stream.uniform() - 0.5;
        one.forward(stimulus);
        two.forward(stimulus);
        one.learn_and_tag(rpe, response);
        two.learn(rpe);
        two.tag(response);
      }
      expect_same_bits(one, two, to_string(parameters.shape));
    }
  }
}

TEST(Kernel, LearnsTagsAndSeesTheNextStimulusInOnePassAsInTwo) {
  for (const Isa isa : supported_isas()) {
    RandomStream stream(key_of("from choice to choice"), Purpose::task);
    for (int n = 0; n < 40; ++n) {
      const NetworkParameters parameters = random_parameters(stream);
      const Weights weights = random_weights(parameters, stream);
      Network one(parameters, weights, isa);
      Network two(parameters, weights, isa);
      const int length = n % 2 == 0 ? 7 : 1000;  // the latter is longer than any history
      const bool one_hot = n % 4 == 1;           // at every step, and another unit than before
      std::vector<double> stimulus(static_cast<std::size_t>(parameters.shape.stimuli));
      for (int step = 0; step < 200; ++step) {
        // Mostly one-hot; now and then the same once more, nothing, or several units and other values.
        const int kind = one_hot ? 11 : stream.below(12);
        const bool repeat = kind == 0 && step > 0;
        if (!repeat) {
          std::fill(stimulus.begin(), stimulus.end(), kind == 1 ? stream.uniform() : 0.0);
          const int unit = one_hot ? step % parameters.shape.stimuli : stream.below(parameters.shape.stimuli);
          stimulus[static_cast<std::size_t>(unit)] = kind == 2 ? 0.0 : 1.0;
        }
        const int response = stream.below(parameters.shape.responses);
        const double rpe = stream.uniform() - 0.5;
        const Pattern pattern(stimulus);
        if (step % length == 0) {
          one.reset();
          two.reset();
          one.forward(pattern, repeat);
          two.forward(pattern, repeat);
        } else {
          one.learn_tag_and_forward(rpe, response, pattern, repeat);
          two.learn_and_tag(rpe, response);
          two.forward(pattern, repeat);
        }
      }
      expect_same_bits(one, two, to_string(parameters.shape) + ", " + std::string(name_of(isa)));
    }
  }
}

TEST(Kernel, LookingAtANetworkChangesNoBitOfIt) {
  RandomStream stream(key_of("looking"), Purpose::task);
  const NetworkParameters parameters = random_parameters(stream);
  const Weights weights = random_weights(parameters, stream);
  Network seen(parameters, weights);
  Network unseen(parameters, weights);
  Course course("looking", parameters.shape, 30);
  for (int step = 0; step < 100; ++step) {
    course.step(seen, unseen);
    EXPECT_TRUE(seen.weights().v_m.isFinite().all());
    EXPECT_TRUE(seen.tags().v_m.isFinite().all());
    EXPECT_TRUE(seen.traces().isFinite().all());
  }
  expect_same_bits(seen, unseen, "after looking");
}

TEST(Divergence, IsSeenHoweverItCameAbout) {
  NetworkParameters parameters;
  parameters.shape = {2, 3, 4, 2};
  RandomStream stream(key_of("divergence"), Purpose::weights);
  const Weights weights = random_weights(parameters, stream);
  for (const double rpe :
       {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN(), 1e308}) {
    Network network(parameters, weights);
    EXPECT_TRUE(network.weights_finite());
    for (int step = 0; step < 40; ++step) {
      network.forward(std::vector{step % 2 == 0 ? 1.0 : 0.0, 1.0});
      network.tag(0);
      network.learn(rpe);
    }
    EXPECT_FALSE(network.weights_finite()) << rpe;
  }
  // Great, but finite.
  Network network(parameters, weights);
  network.forward(std::vector{1.0, 1.0});
  network.tag(0);
  network.learn(1e150);
  EXPECT_TRUE(network.weights_finite());
}

}  // namespace
}  // namespace augsweep::model
