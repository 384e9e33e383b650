#include "model/parameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace augsweep::model {
namespace {

using testing::HasSubstr;

NetworkParameters valid() {
  NetworkParameters parameters;
  parameters.shape = {8, 10, 20, 2};
  return parameters;
}

/// What check() has against the parameters; empty if nothing.
std::string complaint(const NetworkParameters& parameters) {
  try {
    check(parameters);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(Shape, IsNamedByItsSizes) {
  EXPECT_EQ(to_string(Shape{8, 10, 20, 2}), "S8_R10_M20_A2");
  EXPECT_EQ((Shape{8, 10, 20, 2}).transient(), 16);
}

TEST(Check, AcceptsThePublishedParametersAndTheEdgesOfEveryRange) {
  EXPECT_EQ(complaint(valid()), "");
  auto edge = valid();
  edge.leak = {0.0, 1.0};
  edge.beta = edge.gamma = edge.alpha = 0.0;
  EXPECT_EQ(complaint(edge), "");
  edge.gamma = edge.alpha = 1.0;
  EXPECT_EQ(complaint(edge), "");
}

TEST(Check, RefusesAShapeWithoutUnitsOfSomeKind) {
  for (const Shape shape :
       {Shape{0, 1, 1, 1}, Shape{1, 0, 1, 1}, Shape{1, 1, 0, 1}, Shape{1, 1, 1, 0}, Shape{}}) {
    auto parameters = valid();
    parameters.shape = shape;
    EXPECT_THAT(complaint(parameters), HasSubstr(to_string(shape)));
  }
}

TEST(Check, RefusesANetworkThatNoMachineHolds) {
  auto huge = valid();
  huge.shape.memory = 2'000'000'000;
  EXPECT_THAT(complaint(huge), HasSubstr("take fewer units"));
}

TEST(Check, SaysHowManyMemoryUnitsAListOfLeaksNeeds) {
  auto parameters = valid();
  parameters.leak = {0.1, 0.2, 0.3};
  EXPECT_EQ(
      complaint(parameters),
      "20 memory units cannot be split into 3 equal groups: leak has 3 values, so make the number of memory "
      "units a multiple of 3");
}

TEST(Check, RefusesAnEmptyLeak) {
  auto parameters = valid();
  parameters.leak = {};
  EXPECT_THAT(complaint(parameters), HasSubstr("leak is an empty list"));
}

TEST(Check, NamesTheConstantThatIsOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double bad : {-0.1, 1.1, nan, infinity}) {
    auto parameters = valid();
    parameters.leak = {0.5, bad};
    EXPECT_THAT(complaint(parameters), HasSubstr("leak ")) << bad;
    parameters = valid();
    parameters.gamma = bad;
    EXPECT_THAT(complaint(parameters), HasSubstr("gamma ")) << bad;
    parameters = valid();
    parameters.alpha = bad;
    EXPECT_THAT(complaint(parameters), HasSubstr("alpha ")) << bad;
  }
  for (const double bad : {-0.1, nan, infinity}) {
    auto parameters = valid();
    parameters.beta = bad;
    EXPECT_THAT(complaint(parameters), HasSubstr("beta ")) << bad;
  }
}

TEST(Names, GoThereAndBack) {
  for (const Feedback feedback : {Feedback::plastic, Feedback::symmetric, Feedback::fixed_random}) {
    EXPECT_EQ(from_name<Feedback>(name_of(feedback)), feedback);
  }
  EXPECT_EQ(name_of(Feedback::fixed_random), "fixed-random");
  EXPECT_EQ(name_of(InputWeights::ones), "ones");
  EXPECT_EQ(name_of(MemoryInput::trace), "trace");
  EXPECT_EQ(from_name<Feedback>("std"), std::nullopt);
}

}  // namespace
}  // namespace augsweep::model
