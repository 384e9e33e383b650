#pragma once
/// @file The network before it had a kernel: whole matrices, one equation after the other, in Eigen's
/// expressions. What the kernel is measured against; tests compare with the textbook network instead.

#include <span>

#include "model/network.hpp"

namespace augsweep::bench {

using model::Feedback;
using model::InputWeights;
using model::Matrix;
using model::MemoryInput;
using model::NetworkParameters;
using model::Row;
using model::Shape;
using model::Tags;
using model::Weights;

class PlainNetwork {
 public:
  /// Throws std::invalid_argument if the parameters or the shapes of the weights do not fit (see check).
  /// Symmetric feedback and input weights `ones` replace what `weights` says there. The state is as after
  /// reset().
  PlainNetwork(const NetworkParameters& parameters, Weights weights);

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

}  // namespace augsweep::bench
