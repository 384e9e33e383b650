#include "model/policy.hpp"

#include <array>
#include <cmath>
#include <numbers>

#include "model/math.hpp"

namespace augsweep::model {

namespace {

constexpr double time_constant = 2000.0;  // trials, of g(t) and epsilon(t)
constexpr double clip = 500.0;            // of g Q, so that the exponential neither overflows nor vanishes

/// g q within the clip; NaN stays NaN.
double clipped(double g, double q) {
  const double value = g * q;
  const double raised = -clip > value ? -clip : value;
  return clip < raised ? clip : raised;
}

double weight_of(double g, double q) {
  return exponential(clipped(g, q));
}

/// Between two responses the first is drawn if u < 1 / (1 + e^d), d the difference of their g Q, and so if d
/// < ln((1 - u) / u). The logarithm needs no Q, so the processor can have it ready when the Q come; and
/// without a branch on what is as good as tossed.
int draw_of_two(double d, double u) {
  return d < logarithm((1.0 - u) / u) ? 0 : 1;
}

}  // namespace

double weighted_g(double m, std::int64_t trial) {
  return 1.0 + m / std::numbers::pi * arctangent(static_cast<double>(trial) / time_constant);
}

double weighted_epsilon(double epsilon, std::int64_t trial) {
  return epsilon * (1.0 - 2.0 / std::numbers::pi * arctangent(static_cast<double>(trial) / time_constant));
}

int greedy(std::span<const double> q) {
  std::size_t best = 0;
  for (std::size_t k = 0; k < q.size(); ++k) {
    if (std::isnan(q[k])) {
      return static_cast<int>(k);
    }
    if (q[k] > q[best]) {
      best = k;
    }
  }
  return static_cast<int>(best);
}

void softmax(std::span<const double> q, double g, std::span<double> p) {
  double sum = 0.0;
  for (std::size_t k = 0; k < q.size(); ++k) {
    p[k] = weight_of(g, q[k]);
    sum += p[k];
  }
  for (double& value : p) {
    value /= sum;
  }
}

namespace {

int draw_of_many(std::span<const double> q, double g, RandomStream& stream) {
  // Few responses, as in every task but the longest sequences: each weight is computed once.
  constexpr std::size_t few = 16;
  std::array<double, few> weights;
  double sum = 0.0;
  for (std::size_t k = 0; k < q.size(); ++k) {
    const double weight = weight_of(g, q[k]);
    if (k < few) {
      weights[k] = weight;
    }
    sum += weight;
  }
  if (std::isnan(sum)) {
    return greedy(q);
  }
  // Inverse of the cumulated, not yet normalised, probabilities; the last response takes what rounding leaves
  // over.
  double rest = stream.uniform() * sum;
  for (std::size_t k = 0; k + 1 < q.size(); ++k) {
    rest -= k < few ? weights[k] : weight_of(g, q[k]);
    if (rest < 0.0) {
      return static_cast<int>(k);
    }
  }
  return static_cast<int>(q.size()) - 1;
}

}  // namespace

int draw_softmax(std::span<const double> q, double g, RandomStream& stream) {
  if (q.size() != 2) {
    return draw_of_many(q, g, stream);
  }
  const double difference = clipped(g, q[1]) - clipped(g, q[0]);
  return std::isnan(difference) ? greedy(q) : draw_of_two(difference, stream.uniform());
}

void Policy::begin_trial(std::int64_t trial) {
  g_ = parameters_.weight_g ? weighted_g(parameters_.m, trial) : 1.0;
  epsilon_ = parameters_.weight_epsilon ? weighted_epsilon(parameters_.epsilon, trial) : parameters_.epsilon;
}

int Policy::choose(std::span<const double> q, RandomStream& stream) const {
  switch (parameters_.kind) {
    case PolicyKind::greedy:
      return greedy(q);
    case PolicyKind::eps_greedy:
      if (stream.uniform() <= 1.0 - epsilon_) {  // drawn even with epsilon 0, as in the reference
        return greedy(q);
      }
      return parameters_.exploration == Exploration::softmax ? draw_softmax(q, g_, stream)
                                                             : stream.below(static_cast<int>(q.size()));
    case PolicyKind::softmax:
      break;
  }
  return draw_softmax(q, g_, stream);
}

}  // namespace augsweep::model
