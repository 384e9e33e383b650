#include "plain_network.hpp"

#include <utility>

#include "model/math.hpp"

namespace augsweep::bench {

namespace {

using model::sigmoid;

/// The value that `reset` gives to memory, traces and tags.
constexpr double reset_value = 1e-6;

void apply_sigmoid(const Row& input, Row& output) {
  for (Eigen::Index j = 0; j < input.size(); ++j) {
    output[j] = sigmoid(input[j]);
  }
}

/// output += input^T matrix. Most inputs are 0 (stimuli are sparse), so their rows are passed over.
void add_product(const Row& input, const Matrix& matrix, Row& output) {
  for (Eigen::Index i = 0; i < input.size(); ++i) {
    if (input[i] != 0.0) {
      output += input[i] * matrix.row(i);
    }
  }
}

}  // namespace

PlainNetwork::PlainNetwork(const NetworkParameters& parameters, Weights weights)
    : parameters_(parameters), weights_(std::move(weights)) {
  check(parameters_);
  const Shape& shape = parameters_.shape;
  if (parameters_.feedback == Feedback::symmetric) {
    weights_.w_r_back = weights_.w_r.transpose();
    weights_.w_m_back = weights_.w_m.transpose();
  }
  if (parameters_.input_weights == InputWeights::ones) {
    weights_.v_r.setOnes();
    weights_.v_m.setOnes();
  }
  const auto groups = static_cast<Eigen::Index>(parameters_.leak.size());
  leak_.resize(shape.memory);
  for (Eigen::Index j = 0; j < leak_.size(); ++j) {
    leak_[j] = parameters_.leak[static_cast<std::size_t>(j * groups / leak_.size())];
  }
  tags_.v_r.resizeLike(weights_.v_r);
  tags_.w_r.resizeLike(weights_.w_r);
  tags_.v_m.resizeLike(weights_.v_m);
  tags_.w_m.resizeLike(weights_.w_m);
  traces_.resizeLike(weights_.v_m);
  memory_.resize(shape.memory);
  y_m_.setZero(shape.memory);
  gate_m_.setZero(shape.memory);
  y_r_.setZero(shape.regular);
  gate_r_.setZero(shape.regular);
  q_.setZero(shape.responses);
  stimulus_.setZero(shape.stimuli);
  previous_stimulus_.setZero(shape.stimuli);
  transient_.setZero(shape.transient());
  reset();
}

void PlainNetwork::reset() {
  memory_.setConstant(reset_value);
  traces_.setConstant(reset_value);
  tags_.v_r.setConstant(reset_value);
  tags_.w_r.setConstant(reset_value);
  tags_.v_m.setConstant(reset_value);
  tags_.w_m.setConstant(reset_value);
}

void PlainNetwork::clear_previous_stimulus() {
  previous_stimulus_.setZero();
}

std::span<const double> PlainNetwork::forward(std::span<const double> stimulus, bool repeat) {
  const Eigen::Index stimuli = stimulus_.size();
  if (repeat) {
    transient_.setZero();
  } else {
    for (Eigen::Index i = 0; i < stimuli; ++i) {
      stimulus_[i] = stimulus[static_cast<std::size_t>(i)];
      transient_[i] = stimulus_[i] > previous_stimulus_[i] ? 1.0 : 0.0;
      transient_[stimuli + i] = stimulus_[i] < previous_stimulus_[i] ? 1.0 : 0.0;
    }
    previous_stimulus_ = stimulus_;
  }

  // Regular branch: y_r = sigma(s V_r).
  y_r_.setZero();
  add_product(stimulus_, weights_.v_r, y_r_);
  apply_sigmoid(y_r_, y_r_);

  // Memory branch: h <- phi h + x V_m; y_m = sigma(h).
  memory_ *= leak_;
  if (parameters_.memory_input == MemoryInput::trace) {
    traces_.rowwise() *= leak_;
    traces_.colwise() += transient_.transpose();
    memory_ += (traces_ * weights_.v_m).colwise().sum();
  } else {
    add_product(transient_, weights_.v_m, memory_);
  }
  apply_sigmoid(memory_, y_m_);

  // Q = y_r W_r + y_m W_m, summed unit by unit in index order.
  q_.setZero();
  for (Eigen::Index j = 0; j < y_r_.size(); ++j) {
    q_ += y_r_[j] * weights_.w_r.row(j);
  }
  for (Eigen::Index j = 0; j < y_m_.size(); ++j) {
    q_ += y_m_[j] * weights_.w_m.row(j);
  }
  return {q_.data(), static_cast<std::size_t>(q_.size())};
}

void PlainNetwork::learn(double rpe) {
  const double rate = parameters_.beta * rpe;
  weights_.w_r += rate * tags_.w_r;
  weights_.w_m += rate * tags_.w_m;
  if (parameters_.input_weights == InputWeights::learned) {
    weights_.v_r += rate * tags_.v_r;
    weights_.v_m += rate * tags_.v_m;
  }
  switch (parameters_.feedback) {
    case Feedback::plastic:
      weights_.w_r_back += rate * tags_.w_r.transpose();
      weights_.w_m_back += rate * tags_.w_m.transpose();
      break;
    case Feedback::symmetric:
      weights_.w_r_back = weights_.w_r.transpose();
      weights_.w_m_back = weights_.w_m.transpose();
      break;
    case Feedback::fixed_random:
      break;
  }
}

void PlainNetwork::tag(int response) {
  const double kept = 1.0 - parameters_.alpha;  // lambda gamma
  if (parameters_.memory_input == MemoryInput::transient) {
    traces_.rowwise() *= leak_;
    for (Eigen::Index i = 0; i < transient_.size(); ++i) {
      if (transient_[i] != 0.0) {
        traces_.row(i) += transient_[i];
      }
    }
  }  // with MemoryInput::trace the forward pass has done it

  tags_.w_r *= kept;
  tags_.w_r.col(response) += y_r_.transpose();
  tags_.w_m *= kept;
  tags_.w_m.col(response) += y_m_.transpose();

  gate_r_ = y_r_ * (1.0 - y_r_) * weights_.w_r_back.row(response);
  tags_.v_r *= kept;
  for (Eigen::Index i = 0; i < stimulus_.size(); ++i) {
    if (stimulus_[i] != 0.0) {
      tags_.v_r.row(i) += stimulus_[i] * gate_r_;
    }
  }

  gate_m_ = y_m_ * (1.0 - y_m_) * weights_.w_m_back.row(response);
  tags_.v_m = kept * tags_.v_m + traces_.rowwise() * gate_m_;
}

bool PlainNetwork::weights_finite() const {
  return weights_.v_r.isFinite().all() && weights_.w_r.isFinite().all() && weights_.v_m.isFinite().all() &&
         weights_.w_m.isFinite().all() && weights_.w_r_back.isFinite().all() &&
         weights_.w_m_back.isFinite().all();
}

}  // namespace augsweep::bench
