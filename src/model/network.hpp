#pragma once
/// @file The AuGMEnT network: an agent that sees stimuli, gives Q-values, tags and learns. It knows no task.
///
/// The order of calls in one step is: forward, (a response is chosen), learn, tag. Symbols as in
/// docs/model.md.

#include <Eigen/Core>
#include <span>

#include "model/parameters.hpp"
#include "model/random.hpp"

namespace augsweep::model {

/// Row-major, so that it reads and is stored as the published code's arrays are.
using Matrix = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Row = Eigen::Array<double, 1, Eigen::Dynamic, Eigen::RowMajor>;

/// The synaptic weights of a network.
struct Weights {
  Matrix v_r;       ///< [S, R] stimulus to regular units
  Matrix w_r;       ///< [R, A] regular units to responses
  Matrix v_m;       ///< [2S, M] transient units to memory units
  Matrix w_m;       ///< [M, A] memory units to responses
  Matrix w_r_back;  ///< [A, R] feedback W_r'
  Matrix w_m_back;  ///< [A, M] feedback W_m'
};

/// Synaptic tags, of the same shapes as the weights they belong to.
struct Tags {
  Matrix v_r, w_r, v_m, w_m;
};

/// Weights uniform in [-0.5, 0.5), drawn in the order V_r, W_r, V_m, W_m, W_r', W_m', row by row. All six are
/// always drawn, so that the variants start from the same numbers; then `ones` and `symmetric` overwrite
/// theirs.
Weights random_weights(const NetworkParameters& parameters, RandomStream& stream);

class Network {
 public:
  /// Throws std::invalid_argument if the parameters or the shapes of the weights do not fit (see check).
  /// Symmetric feedback and input weights `ones` replace what `weights` says there. The state is as after
  /// reset().
  Network(const NetworkParameters& parameters, Weights weights);

  /// Memory, traces and tags to 1e-6 in every element (not 0: the reference's value). The previous stimulus
  /// stays.
  void reset();

  /// The previous stimulus becomes all zero.
  void clear_previous_stimulus();

  /// Transient input against the previous stimulus, then y_r, h, y_m and Q. `stimulus` has S values. With
  /// `repeat` the same stimulus is shown once more: no transients, and the previous stimulus stays.
  std::span<const double> forward(std::span<const double> stimulus, bool repeat = false);

  /// Every learned weight += beta rpe (its tag).
  void learn(double rpe);

  /// Updates traces, then tags, for the response (0-based) to the last forward pass, with the feedback
  /// weights of now.
  void tag(int response);

  /// Whether every weight is a finite number.
  bool weights_finite() const;

  const NetworkParameters& parameters() const { return parameters_; }
  const Weights& weights() const { return weights_; }
  const Tags& tags() const { return tags_; }
  const Matrix& traces() const { return traces_; }      ///< X [2S, M]
  const Row& memory() const { return memory_; }         ///< h [M]
  const Row& transient() const { return transient_; }   ///< x [2S]: onset, then offset
  const Row& regular_activity() const { return y_r_; }  ///< y_r [R]
  const Row& memory_activity() const { return y_m_; }   ///< y_m [M]
  const Row& values() const { return q_; }              ///< Q [A]

 private:
  NetworkParameters parameters_;
  Row leak_;  ///< phi of every memory unit [M]
  Weights weights_;
  Tags tags_;
  Matrix traces_;
  Row memory_, previous_stimulus_, stimulus_, transient_, y_r_, y_m_, q_;
  Row gate_r_, gate_m_;  ///< y (1 - y) W'[k]: the attention-gated feedback to each unit
};

}  // namespace augsweep::model
