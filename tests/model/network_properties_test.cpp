// What must hold for every network: equality with the textbook version, and invariants of the model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "course.hpp"
#include "model/network.hpp"
#include "textbook_network.hpp"

namespace augsweep::model {
namespace {

Network random_network(const NetworkParameters& parameters, std::string_view name) {
  RandomStream stream(key_of(name), Purpose::weights);
  return {parameters, random_weights(parameters, stream)};
}

NetworkParameters typical() {
  NetworkParameters parameters;
  parameters.shape = {4, 5, 6, 3};
  parameters.leak = {0.7, 1.0};
  return parameters;
}

textbook::Table table_of(const Matrix& matrix) {
  textbook::Table table(static_cast<std::size_t>(matrix.rows()), static_cast<std::size_t>(matrix.cols()),
                        0.0);
  std::copy(matrix.data(), matrix.data() + matrix.size(), table.values.begin());
  return table;
}

textbook::Weights tables_of(const Weights& weights) {
  return {table_of(weights.v_r), table_of(weights.w_r),      table_of(weights.v_m),
          table_of(weights.w_m), table_of(weights.w_r_back), table_of(weights.w_m_back)};
}

/// Greatest |a - b| / max(1, |b|).
double deviation(const auto& a, const std::vector<double>& b) {
  EXPECT_EQ(static_cast<std::size_t>(a.size()), b.size());
  double worst = 0.0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double difference = std::fabs(a.data()[i] - b[i]) / std::fmax(1.0, std::fabs(b[i]));
    worst = difference <= worst ? worst : difference;  // a NaN stays
  }
  return worst;
}

void expect_equal(const Network& network, const textbook::Network& oracle, double tolerance,
                  const std::string& where) {
  EXPECT_LE(deviation(network.transient(), oracle.x), tolerance) << "x, " << where;
  EXPECT_LE(deviation(network.regular_activity(), oracle.y_r), tolerance) << "y_r, " << where;
  EXPECT_LE(deviation(network.memory(), oracle.h), tolerance) << "h, " << where;
  EXPECT_LE(deviation(network.memory_activity(), oracle.y_m), tolerance) << "y_m, " << where;
  EXPECT_LE(deviation(network.values(), oracle.Q), tolerance) << "Q, " << where;
  EXPECT_LE(deviation(network.traces(), oracle.X.values), tolerance) << "X, " << where;
  EXPECT_LE(deviation(network.tags().v_r, oracle.T_vr.values), tolerance) << "T_vr, " << where;
  EXPECT_LE(deviation(network.tags().w_r, oracle.T_wr.values), tolerance) << "T_wr, " << where;
  EXPECT_LE(deviation(network.tags().v_m, oracle.T_vm.values), tolerance) << "T_vm, " << where;
  EXPECT_LE(deviation(network.tags().w_m, oracle.T_wm.values), tolerance) << "T_wm, " << where;
  EXPECT_LE(deviation(network.weights().v_r, oracle.weights.v_r.values), tolerance) << "V_r, " << where;
  EXPECT_LE(deviation(network.weights().w_r, oracle.weights.w_r.values), tolerance) << "W_r, " << where;
  EXPECT_LE(deviation(network.weights().v_m, oracle.weights.v_m.values), tolerance) << "V_m, " << where;
  EXPECT_LE(deviation(network.weights().w_m, oracle.weights.w_m.values), tolerance) << "W_m, " << where;
  EXPECT_LE(deviation(network.weights().w_r_back, oracle.weights.w_r_back.values), tolerance)
      << "W_r', " << where;
  EXPECT_LE(deviation(network.weights().w_m_back, oracle.weights.w_m_back.values), tolerance)
      << "W_m', " << where;
}

TEST(NetworkProperties, EqualsTheTextbookNetworkForAnyShapeAndKind) {
  RandomStream stream(key_of("any network"), Purpose::task);
  const std::vector<Isa> isas = supported_isas();
  for (int trial = 0; trial < 100; ++trial) {
    const NetworkParameters parameters = random_parameters(stream);
    const std::string where = to_string(parameters.shape) + ", network " + std::to_string(trial);
    const Weights weights = random_weights(parameters, stream);
    Network network(parameters, weights, isas[static_cast<std::size_t>(trial) % isas.size()]);
    textbook::Network oracle(parameters, tables_of(weights));
    expect_equal(network, oracle, 0.0, where + ", start");
    // Short trials, and some that are longer than any history the kernel keeps.
    Course course(where, parameters.shape, trial % 3 == 0 ? 100 : 7);
    for (int step = 0; step < 250; ++step) {
      course.step(network, oracle);
      if (step % 83 == 0) {
        expect_equal(network, oracle, 1e-12, where + ", step " + std::to_string(step));
      }
    }
    expect_equal(network, oracle, 1e-12, where);
    ASSERT_TRUE(network.weights_finite());
    if (HasFailure()) {
      return;
    }
  }
}

TEST(NetworkProperties, LeakOneForgetsNothing) {
  auto parameters = typical();
  parameters.leak = {1.0};
  parameters.beta = 0.0;
  Network network = random_network(parameters, "leak one");
  Row sum = Row::Constant(parameters.shape.memory, 1e-6);
  RandomStream stream(key_of("leak one"), Purpose::task);
  std::vector<double> stimulus(4);
  for (int step = 0; step < 500; ++step) {
    stimulus.assign(4, 0.0);
    stimulus[static_cast<std::size_t>(stream.below(4))] = 1.0;
    network.forward(stimulus);
    for (Eigen::Index i = 0; i < network.transient().size(); ++i) {
      if (network.transient()[i] == 1.0) {
        sum += network.weights().v_m.row(i);
      }
    }
    network.tag(stream.below(3));
  }
  EXPECT_TRUE((network.memory() == sum).all());
}

TEST(NetworkProperties, LeakZeroRemembersOnlyTheLastTransients) {
  auto parameters = typical();
  parameters.leak = {0.0};
  Network network = random_network(parameters, "leak zero");
  network.forward(std::vector{1.0, 0.0, 0.0, 0.0});
  network.forward(std::vector{0.0, 1.0, 0.0, 0.0});
  const Row expected = network.weights().v_m.row(1) + network.weights().v_m.row(4 + 0);
  EXPECT_TRUE((network.memory() == expected).all());
}

TEST(NetworkProperties, AListOfEqualLeaksIsTheScalarBitForBit) {
  auto scalar = typical();
  scalar.leak = {0.7};
  auto list = scalar;
  list.leak = {0.7, 0.7, 0.7};
  Network one = random_network(scalar, "equal");
  Network other = random_network(list, "equal");
  Course course("equal leaks", scalar.shape);
  for (int step = 0; step < 300; ++step) {
    course.step(one, other);
  }
  EXPECT_TRUE((one.memory() == other.memory()).all());
  EXPECT_TRUE((one.traces() == other.traces()).all());
  EXPECT_TRUE((one.tags().v_m == other.tags().v_m).all());
  EXPECT_TRUE((one.weights().v_m == other.weights().v_m).all());
  EXPECT_TRUE((one.weights().w_m == other.weights().w_m).all());
  EXPECT_TRUE((one.values() == other.values()).all());
}

TEST(NetworkProperties, PermutedUnitsLearnPermutedWeights) {
  auto parameters = typical();
  parameters.leak = {0.8};  // so that all memory units are alike
  Network network = random_network(parameters, "permuted");
  const std::vector<int> regular = {3, 1, 4, 0, 2};
  const std::vector<int> memory = {5, 2, 0, 4, 1, 3};
  const auto permute = [&](const Weights& weights) -> Weights {
    return {weights.v_r(Eigen::all, regular),      weights.w_r(regular, Eigen::all),
            weights.v_m(Eigen::all, memory),       weights.w_m(memory, Eigen::all),
            weights.w_r_back(Eigen::all, regular), weights.w_m_back(Eigen::all, memory)};
  };
  Network permuted(parameters, permute(network.weights()));
  Course course("permuted", parameters.shape);
  for (int step = 0; step < 300; ++step) {
    course.step(network, permuted);
  }
  const Weights expected = permute(network.weights());
  // To rounding only: Q is summed in another order.
  EXPECT_LT((permuted.weights().v_r - expected.v_r).abs().maxCoeff(), 1e-12);
  EXPECT_LT((permuted.weights().w_r - expected.w_r).abs().maxCoeff(), 1e-12);
  EXPECT_LT((permuted.weights().v_m - expected.v_m).abs().maxCoeff(), 1e-12);
  EXPECT_LT((permuted.weights().w_m - expected.w_m).abs().maxCoeff(), 1e-12);
  EXPECT_LT((permuted.values() - network.values()).abs().maxCoeff(), 1e-12);
}

TEST(NetworkProperties, LambdaZeroLearnsFromTheLastStepAlone) {
  auto parameters = typical();
  parameters.alpha = 1.0;  // lambda gamma = 0
  Network network = random_network(parameters, "lambda zero");
  network.forward(std::vector{1.0, 0.0, 0.0, 0.0});
  network.tag(0);
  network.forward(std::vector{0.0, 0.0, 1.0, 0.0});
  network.tag(2);
  const Weights before = network.weights();
  network.learn(1.0);
  const Weights& after = network.weights();
  for (const int earlier_response : {0, 1}) {
    EXPECT_TRUE((after.w_r.col(earlier_response) == before.w_r.col(earlier_response)).all());
    EXPECT_TRUE((after.w_m.col(earlier_response) == before.w_m.col(earlier_response)).all());
  }
  EXPECT_TRUE((after.v_r.row(0) == before.v_r.row(0)).all());  // the earlier stimulus
  EXPECT_TRUE((after.v_r.row(2) != before.v_r.row(2)).all());
  EXPECT_TRUE(
      (after.w_r.col(2) == before.w_r.col(2) + parameters.beta * network.regular_activity().transpose())
          .all());
}

TEST(NetworkProperties, BetaZeroChangesNoWeight) {
  for (const Feedback feedback : {Feedback::plastic, Feedback::symmetric, Feedback::fixed_random}) {
    auto parameters = typical();
    parameters.beta = 0.0;
    parameters.feedback = feedback;
    Network network = random_network(parameters, "beta zero");
    const Weights before = network.weights();
    Course course("beta zero", parameters.shape);
    for (int step = 0; step < 100; ++step) {
      course.step(network);
    }
    EXPECT_TRUE((network.weights().v_r == before.v_r).all());
    EXPECT_TRUE((network.weights().w_r == before.w_r).all());
    EXPECT_TRUE((network.weights().v_m == before.v_m).all());
    EXPECT_TRUE((network.weights().w_m == before.w_m).all());
    EXPECT_TRUE((network.weights().w_r_back == before.w_r_back).all());
    EXPECT_TRUE((network.weights().w_m_back == before.w_m_back).all());
  }
}

TEST(NetworkProperties, PlasticFeedbackKeepsItsDistanceFromTheTranspose) {
  Network network = random_network(typical(), "distance");
  const Matrix distance = network.weights().w_m_back - network.weights().w_m.transpose();
  Course course("distance", typical().shape);
  for (int step = 0; step < 300; ++step) {
    course.step(network);
  }
  EXPECT_LT((network.weights().w_m_back - network.weights().w_m.transpose() - distance).abs().maxCoeff(),
            1e-12);
  EXPECT_GT((distance).abs().maxCoeff(), 0.1);
}

TEST(NetworkProperties, ACopyGoesOnExactlyAsTheOriginal) {
  Network network = random_network(typical(), "copy");
  Course course("copy", typical().shape);
  for (int step = 0; step < 50; ++step) {
    course.step(network);
  }
  Network copy = network;
  for (int step = 0; step < 50; ++step) {
    course.step(network, copy);
  }
  EXPECT_TRUE((copy.values() == network.values()).all());
  EXPECT_TRUE((copy.weights().v_m == network.weights().v_m).all());
}

}  // namespace
}  // namespace augsweep::model
