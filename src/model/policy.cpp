#include "model/policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "model/math.hpp"

namespace augsweep::model {

namespace {

constexpr double time_constant = 2000.0;  // trials, of g(t) and epsilon(t)
double weight_of(double g, double q) {
  return exponential(clipped(g, q));
}

/// The same for two.
Pair weights_of(double g, Pair q) {
  return exponential_of<Pair, PairBits>(Pair{clipped(g, q[0]), clipped(g, q[1])});
}

}  // namespace

double weighted_g(double m, std::int64_t trial) {
  return 1.0 + m / std::numbers::pi * arctangent(static_cast<double>(trial) / time_constant);
}

double weighted_epsilon(double epsilon, std::int64_t trial) {
  return epsilon * (1.0 - 2.0 / std::numbers::pi * arctangent(static_cast<double>(trial) / time_constant));
}

int greedy(std::span<const double> q) {
  // Without branches: which value is greatest is hard to guess.
  std::size_t best = 0;
  double most = q[0];
  for (std::size_t k = 1; k < q.size(); ++k) {
    const int first_nan = static_cast<int>(std::isnan(q[k])) & static_cast<int>(!std::isnan(most));
    const bool better = (static_cast<int>(q[k] > most) | first_nan) != 0;
    best = better ? k : best;
    most = better ? q[k] : most;
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
  const std::size_t known = std::min(few, q.size());
  for (std::size_t k = 0; k < known; k += 2) {
    const Pair pair = weights_of(g, Pair{q[k], q[std::min(k + 1, known - 1)]});
    weights[k] = pair[0];
    weights[k + 1] = pair[1];
  }
  for (std::size_t k = 0; k < q.size(); ++k) {
    sum += k < known ? weights[k] : weight_of(g, q[k]);
  }
  if (std::isnan(sum)) {
    return greedy(q);
  }
  // Inverse of the cumulated, not yet normalised, probabilities; the last response takes what rounding leaves
  // over.
  double rest = stream.uniform() * sum;
  if (q.size() <= few) {
    // What is left only falls: the response is the number of times that it is not yet negative. No branch on
    // what is as good as tossed.
    int response = 0;
    for (std::size_t k = 0; k + 1 < q.size(); ++k) {
      rest -= weights[k];
      response += rest >= 0.0 ? 1 : 0;
    }
    return response;
  }
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
  return q.size() == 2 ? draw_of_two(q, g, stream) : draw_of_many(q, g, stream);
}

void Policy::begin_trial(std::int64_t trial) {
  g_ = parameters_.weight_g ? weighted_g(parameters_.m, trial) : 1.0;
  epsilon_ = parameters_.weight_epsilon ? weighted_epsilon(parameters_.epsilon, trial) : parameters_.epsilon;
}

int Policy::explore(std::span<const double> q, RandomStream& stream) const {
  if (parameters_.kind == PolicyKind::greedy) {
    return greedy(q);
  }
  if (parameters_.kind == PolicyKind::eps_greedy) {
    if (stream.uniform() <= 1.0 - epsilon_) {  // drawn even with epsilon 0, as in the reference
      return greedy(q);
    }
    if (parameters_.exploration == Exploration::uniform) {
      return stream.below(static_cast<int>(q.size()));
    }
  }
  return draw_softmax(q, g_, stream);
}

}  // namespace augsweep::model
