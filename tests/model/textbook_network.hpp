#pragma once
/// @file The AuGMEnT network in plain loops over indices, written from the equations of docs/model.md and
/// sharing no code with model::Network: the oracle that the network is compared with. Slow, and meant to be
/// read.

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "model/parameters.hpp"

namespace augsweep::textbook {

/// A table of numbers, row by row.
struct Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  Table() = default;
  Table(std::size_t n_rows, std::size_t n_columns, double value)
      : rows(n_rows), columns(n_columns), values(n_rows * n_columns, value) {}
  double& operator()(std::size_t i, std::size_t j) { return values[i * columns + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values[i * columns + j]; }
};

struct Weights {
  Table v_r, w_r, v_m, w_m, w_r_back, w_m_back;
};

class Network {
 public:
  /// `reset_value` is 1e-6 in the model; another value makes a wrong network, to show that a test sees it.
  Network(const model::NetworkParameters& parameters, Weights initial, double reset_value = 1e-6)
      : weights(std::move(initial)),
        S(static_cast<std::size_t>(parameters.shape.stimuli)),
        R(static_cast<std::size_t>(parameters.shape.regular)),
        M(static_cast<std::size_t>(parameters.shape.memory)),
        A(static_cast<std::size_t>(parameters.shape.responses)),
        parameters_(parameters),
        reset_value_(reset_value) {
    const std::size_t block = M / parameters.leak.size();
    for (const double retention : parameters.leak) {
      phi_.insert(phi_.end(), block, retention);
    }
    if (parameters.input_weights == model::InputWeights::ones) {
      weights.v_r = Table(S, R, 1.0);
      weights.v_m = Table(2 * S, M, 1.0);
    }
    if (parameters.feedback == model::Feedback::symmetric) {
      copy_transposed_output_weights();
    }
    s.assign(S, 0.0);
    s_old.assign(S, 0.0);
    x.assign(2 * S, 0.0);
    y_r.assign(R, 0.0);
    y_m.assign(M, 0.0);
    Q.assign(A, 0.0);
    reset();
  }

  void reset() {
    h.assign(M, reset_value_);
    X = Table(2 * S, M, reset_value_);
    T_vr = Table(S, R, reset_value_);
    T_wr = Table(R, A, reset_value_);
    T_vm = Table(2 * S, M, reset_value_);
    T_wm = Table(M, A, reset_value_);
  }

  void clear_previous_stimulus() { s_old.assign(S, 0.0); }

  void forward(std::span<const double> stimulus, bool repeat) {
    for (std::size_t i = 0; i < S; ++i) {
      s[i] = stimulus[i];
      x[i] = !repeat && s[i] > s_old[i] ? 1.0 : 0.0;
      x[S + i] = !repeat && s[i] < s_old[i] ? 1.0 : 0.0;
    }
    if (!repeat) {
      s_old = s;
    }
    for (std::size_t j = 0; j < R; ++j) {
      double a = 0.0;
      for (std::size_t i = 0; i < S; ++i) {
        a += s[i] * weights.v_r(i, j);
      }
      y_r[j] = sigma(a);
    }
    for (std::size_t j = 0; j < M; ++j) {
      double input = 0.0;
      for (std::size_t i = 0; i < 2 * S; ++i) {
        if (parameters_.memory_input == model::MemoryInput::trace) {
          X(i, j) = phi_[j] * X(i, j) + x[i];
          input += X(i, j) * weights.v_m(i, j);
        } else {
          input += x[i] * weights.v_m(i, j);
        }
      }
      h[j] = phi_[j] * h[j] + input;
      y_m[j] = sigma(h[j]);
    }
    for (std::size_t k = 0; k < A; ++k) {
      Q[k] = 0.0;
      for (std::size_t j = 0; j < R; ++j) {
        Q[k] += y_r[j] * weights.w_r(j, k);
      }
      for (std::size_t j = 0; j < M; ++j) {
        Q[k] += y_m[j] * weights.w_m(j, k);
      }
    }
  }

  void learn(double rpe) {
    const double step = parameters_.beta * rpe;
    add(weights.w_r, step, T_wr);
    add(weights.w_m, step, T_wm);
    if (parameters_.input_weights == model::InputWeights::learned) {
      add(weights.v_r, step, T_vr);
      add(weights.v_m, step, T_vm);
    }
    if (parameters_.feedback == model::Feedback::plastic) {
      for (std::size_t k = 0; k < A; ++k) {
        for (std::size_t j = 0; j < R; ++j) {
          weights.w_r_back(k, j) += step * T_wr(j, k);
        }
        for (std::size_t j = 0; j < M; ++j) {
          weights.w_m_back(k, j) += step * T_wm(j, k);
        }
      }
    } else if (parameters_.feedback == model::Feedback::symmetric) {
      copy_transposed_output_weights();
    }
  }

  void tag(std::size_t k) {
    const double kept = 1.0 - parameters_.alpha;
    if (parameters_.memory_input == model::MemoryInput::transient) {
      for (std::size_t i = 0; i < 2 * S; ++i) {
        for (std::size_t j = 0; j < M; ++j) {
          X(i, j) = phi_[j] * X(i, j) + x[i];
        }
      }
    }
    for (std::size_t j = 0; j < R; ++j) {
      for (std::size_t a = 0; a < A; ++a) {
        T_wr(j, a) = kept * T_wr(j, a) + (a == k ? y_r[j] : 0.0);
      }
      for (std::size_t i = 0; i < S; ++i) {
        T_vr(i, j) = kept * T_vr(i, j) + s[i] * y_r[j] * (1.0 - y_r[j]) * weights.w_r_back(k, j);
      }
    }
    for (std::size_t j = 0; j < M; ++j) {
      for (std::size_t a = 0; a < A; ++a) {
        T_wm(j, a) = kept * T_wm(j, a) + (a == k ? y_m[j] : 0.0);
      }
      for (std::size_t i = 0; i < 2 * S; ++i) {
        T_vm(i, j) = kept * T_vm(i, j) + X(i, j) * y_m[j] * (1.0 - y_m[j]) * weights.w_m_back(k, j);
      }
    }
  }

  Weights weights;
  Table T_vr, T_wr, T_vm, T_wm, X;
  std::vector<double> h, s, s_old, x, y_r, y_m, Q;

 private:
  static double sigma(double a) { return 1.0 / (1.0 + std::exp(-std::max(a, -100.0))); }

  static void add(Table& table, double factor, const Table& other) {
    for (std::size_t i = 0; i < table.values.size(); ++i) {
      table.values[i] += factor * other.values[i];
    }
  }

  void copy_transposed_output_weights() {
    for (std::size_t k = 0; k < A; ++k) {
      for (std::size_t j = 0; j < R; ++j) {
        weights.w_r_back(k, j) = weights.w_r(j, k);
      }
      for (std::size_t j = 0; j < M; ++j) {
        weights.w_m_back(k, j) = weights.w_m(j, k);
      }
    }
  }

  std::size_t S, R, M, A;
  model::NetworkParameters parameters_;
  double reset_value_;
  std::vector<double> phi_;
};

}  // namespace augsweep::textbook
