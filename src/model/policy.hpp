#pragma once
/// @file How a response is chosen from the Q-values (docs/model.md, "Policies").

#include <array>
#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>

#include "model/names.hpp"
#include "model/random.hpp"

namespace augsweep::model {

enum class PolicyKind {
  greedy,      ///< first index of the maximum
  eps_greedy,  ///< greedy with probability 1 - epsilon, else explore
  softmax      ///< a draw from softmax(g Q)
};

/// How eps-greedy explores; the greedy response is among the candidates.
enum class Exploration {
  uniform,  ///< every response equally likely
  softmax   ///< a draw from softmax(g Q)
};

struct PolicyParameters {
  PolicyKind kind = PolicyKind::softmax;
  Exploration exploration = Exploration::uniform;
  double epsilon = 0.025;       ///< in [0, 1]
  bool weight_g = false;        ///< g(t) instead of g = 1
  bool weight_epsilon = false;  ///< epsilon(t) instead of epsilon
  double m = 10.0;              ///< factor of g(t), at least 0

  bool operator==(const PolicyParameters&) const = default;
};

/// g(t) = 1 + (m/pi) arctan(t/2000), t the 0-based trial index.
double weighted_g(double m, std::int64_t trial);

/// epsilon(t) = epsilon (1 - (2/pi) arctan(t/2000)).
double weighted_epsilon(double epsilon, std::int64_t trial);

/// First index of the maximum, or of the first NaN (as NumPy's argmax).
int greedy(std::span<const double> q);

/// softmax(clip(g q, -500, 500)) into p, of the same length as q; no maximum is subtracted, as in the
/// reference.
void softmax(std::span<const double> q, double g, std::span<double> p);

/// A draw from softmax(g q), which takes one number from the stream; greedy, without one, if a probability is
/// NaN.
int draw_softmax(std::span<const double> q, double g, RandomStream& stream);

/// g q within [-500, 500], so that its exponential neither overflows nor vanishes; NaN stays NaN.
inline double clipped(double g, double q) {
  constexpr double clip = 500.0;
  const double value = g * q;
  const double raised = -clip > value ? -clip : value;
  return clip < raised ? clip : raised;
}

/// draw_softmax between two responses. The first is drawn if u < 1 / (1 + e^d), d the difference of their g
/// q, and so if d < ln((1 - u) / u). That needs no q, so the processor can have it ready when the q come; and
/// there is no branch on what is as good as tossed.
inline int draw_of_two(std::span<const double> q, double g, RandomStream& stream) {
  const double difference = clipped(g, q[1]) - clipped(g, q[0]);
  if (std::isnan(difference)) {
    return greedy(q);
  }
  return difference < stream.log_odds() ? 0 : 1;
}

/// A policy during one trial: g and epsilon are computed once a trial.
class Policy {
 public:
  explicit Policy(const PolicyParameters& parameters) : parameters_(parameters) { begin_trial(0); }

  /// Sets g(t) and epsilon(t); t is the 0-based trial index.
  void begin_trial(std::int64_t trial);

  /// The response to Q-values q.
  int choose(std::span<const double> q, RandomStream& stream) const {
    if (parameters_.kind == PolicyKind::softmax && q.size() == 2) {
      return draw_of_two(q, g_, stream);
    }
    return explore(q, stream);
  }

  double g() const { return g_; }
  double epsilon() const { return epsilon_; }

 private:
  int explore(std::span<const double> q, RandomStream& stream) const;

  PolicyParameters parameters_;
  double g_ = 1.0;
  double epsilon_ = 0.0;
};

}  // namespace augsweep::model

template <>
struct augsweep::Names<augsweep::model::PolicyKind> {
  static constexpr std::string_view what = "policy";
  static constexpr std::array<std::string_view, 3> names = {"greedy", "eps-greedy", "softmax"};
};
template <>
struct augsweep::Names<augsweep::model::Exploration> {
  static constexpr std::string_view what = "exploration";
  static constexpr std::array<std::string_view, 2> names = {"unif", "soft"};
};
