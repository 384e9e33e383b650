#pragma once
/// @file The AuGMEnT network: an agent that sees stimuli, gives Q-values, tags and learns. It knows no task.
///
/// The order of calls in one step is: forward, (a response is chosen), learn, tag. Symbols as in
/// docs/model.md; how it is computed, docs/kernel.md.

#include <Eigen/Core>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>

#include "model/kernel.hpp"
#include "model/parameters.hpp"
#include "model/pattern.hpp"
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
  /// Throws std::invalid_argument if the parameters or the shapes of the weights do not fit (see check), or
  /// if this processor lacks the instruction set. Symmetric feedback and input weights `ones` replace what
  /// `weights` says there. The state is as after reset().
  Network(const NetworkParameters& parameters, const Weights& weights, Isa isa = best_isa());

  Network(const Network& other);
  Network& operator=(const Network& other);
  Network(Network&&) noexcept = default;
  Network& operator=(Network&&) noexcept = default;
  ~Network() = default;

  /// Memory, traces and tags to 1e-6 in every element (not 0: the reference's value). The previous stimulus
  /// stays.
  void reset() { functions_->reset(state_); }

  /// The previous stimulus becomes all zero.
  void clear_previous_stimulus();

  /// Transient input against the previous stimulus, then y_r, h, y_m and Q. `stimulus` has S values. With
  /// `repeat` the same stimulus is shown once more: no transients, and the previous stimulus stays.
  std::span<const double> forward(std::span<const double> stimulus, bool repeat = false);
  /// The same with a pattern of S values, which is quicker.
  std::span<const double> forward(const Pattern& stimulus, bool repeat = false) {
    return forward(stimulus.bits(), repeat);
  }

  /// Every learned weight += beta rpe (its tag).
  void learn(double rpe) { functions_->learn(state_, rate(rpe)); }

  /// Updates traces, then tags, for the response (0-based) to the last forward pass, with the feedback
  /// weights of now.
  void tag(int response) { functions_->tag(state_, response); }

  /// learn, then tag.
  void learn_and_tag(double rpe, int response) { functions_->learn_and_tag(state_, rate(rpe), response); }

  /// learn_and_tag, then forward with the next stimulus: the same in one pass.
  std::span<const double> learn_tag_and_forward(double rpe, int response, const Pattern& stimulus,
                                                bool repeat = false) {
    functions_->learn_tag_and_forward(state_, rate(rpe), response, stimulus.bits(), repeat);
    return {state_.q, static_cast<std::size_t>(state_.responses)};
  }

  /// Whether every weight is a finite number. Costs nothing as long as no RPE has been absurdly great.
  bool weights_finite() const;

  const NetworkParameters& parameters() const { return parameters_; }
  Isa isa() const { return isa_; }

  // The following are gathered from the kernel's layout when asked for: a copy each, for looking, not for the
  // step loop.
  Weights weights() const;
  Tags tags() const;
  Matrix traces() const;         ///< X [2S, M]
  Row memory() const;            ///< h [M]
  Row transient() const;         ///< x [2S]: onset, then offset
  Row regular_activity() const;  ///< y_r [R]
  Row memory_activity() const;   ///< y_m [M]
  Row values() const;            ///< Q [A]

 private:
  /// Memory aligned to 64 bytes, all zero at first.
  class Block {
   public:
    Block() = default;
    explicit Block(std::size_t bytes);
    Block(const Block& other);
    Block& operator=(const Block& other);
    Block(Block&&) noexcept = default;
    Block& operator=(Block&&) noexcept = default;
    ~Block() = default;
    std::byte* data() const { return data_.get(); }
    std::size_t size() const { return size_; }

   private:
    struct Free {
      void operator()(std::byte* data) const;
    };
    std::unique_ptr<std::byte[], Free> data_;
    std::size_t size_ = 0;
  };
  struct Expanded;

  std::span<const double> forward(const kernel::Pattern& stimulus, bool repeat) {
    functions_->forward(state_, stimulus, repeat);
    return {state_.q, static_cast<std::size_t>(state_.responses)};
  }
  double rate(double rpe) {
    const double value = parameters_.beta * rpe;
    learned_ += std::fabs(value);
    return value;
  }
  std::size_t lay_out(std::byte* base);
  Matrix units_to_matrix(const double* rows, int count, int first_unit, int units) const;
  Expanded expanded() const;

  NetworkParameters parameters_;
  Isa isa_;
  /// Sum of |beta RPE|; infinite from the beginning if a weight was. As long as it is below `tame`, no sum of
  /// so few products can have reached infinity: docs/kernel.md, "Divergence".
  double learned_ = 0.0;
  const kernel::Functions* functions_ = nullptr;
  kernel::State state_{};
  Block block_;  ///< what state_ points into
};

}  // namespace augsweep::model
