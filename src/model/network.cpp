#include "model/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>

namespace augsweep::model {

namespace {

/// The value that `reset` gives to memory, traces and tags; the reference's, not 0.
constexpr double reset_value = 1e-6;

/// Entries of a history before it is folded into whole rows. Trials are shorter in most tasks.
constexpr int longest_history = 16;

constexpr std::size_t alignment = 64;

void check_shape(const Matrix& matrix, const char* name, Eigen::Index rows, Eigen::Index columns) {
  if (matrix.rows() != rows || matrix.cols() != columns) {
    throw std::invalid_argument(fmt::format("{} is {} x {}, but the network needs {} x {}", name,
                                            matrix.rows(), matrix.cols(), rows, columns));
  }
}

void fill_uniform(Matrix& matrix, Eigen::Index rows, Eigen::Index columns, RandomStream& stream) {
  matrix.resize(rows, columns);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = stream.uniform() - 0.5;
  }
}

void check_shapes(const Weights& weights, const Shape& shape) {
  check_shape(weights.v_r, "V_r", shape.stimuli, shape.regular);
  check_shape(weights.w_r, "W_r", shape.regular, shape.responses);
  check_shape(weights.v_m, "V_m", shape.transient(), shape.memory);
  check_shape(weights.w_m, "W_m", shape.memory, shape.responses);
  check_shape(weights.w_r_back, "W_r_back", shape.responses, shape.regular);
  check_shape(weights.w_m_back, "W_m_back", shape.responses, shape.memory);
}

bool all_finite(const Weights& weights) {
  return weights.v_r.isFinite().all() && weights.w_r.isFinite().all() && weights.v_m.isFinite().all() &&
         weights.w_m.isFinite().all() && weights.w_r_back.isFinite().all() &&
         weights.w_m_back.isFinite().all();
}

/// All bits set, as the lane of a mask.
double all_bits() {
  return std::bit_cast<double>(~std::uint64_t{0});
}

}  // namespace

Weights random_weights(const NetworkParameters& parameters, RandomStream& stream) {
  const Shape& shape = parameters.shape;
  Weights weights;
  fill_uniform(weights.v_r, shape.stimuli, shape.regular, stream);
  fill_uniform(weights.w_r, shape.regular, shape.responses, stream);
  fill_uniform(weights.v_m, shape.transient(), shape.memory, stream);
  fill_uniform(weights.w_m, shape.memory, shape.responses, stream);
  fill_uniform(weights.w_r_back, shape.responses, shape.regular, stream);
  fill_uniform(weights.w_m_back, shape.responses, shape.memory, stream);
  return weights;
}

void Network::Block::Free::operator()(std::byte* data) const {
  ::operator delete[](data, std::align_val_t{alignment});
}

Network::Block::Block(std::size_t bytes)
    : data_(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{alignment}))), size_(bytes) {
  std::memset(data_.get(), 0, bytes);
}

Network::Block::Block(const Block& other) : Block(other.size_) {
  std::memcpy(data_.get(), other.data_.get(), size_);
}

Network::Block& Network::Block::operator=(const Block& other) {
  if (this != &other) {
    *this = Block(other);
  }
  return *this;
}

/// Sets state_'s pointers into the memory at `base` (or counts only, with nullptr); returns the bytes that
/// they need.
std::size_t Network::lay_out(std::byte* base) {
  std::size_t used = 0;
  const auto take = [&]<class T>(T*& pointer, std::size_t count) {
    pointer = base == nullptr ? nullptr : reinterpret_cast<T*>(base + used);
    used += (count * sizeof(T) + alignment - 1) / alignment * alignment;
  };
  kernel::State& s = state_;
  const auto stimuli = static_cast<std::size_t>(s.stimuli);
  const auto responses = static_cast<std::size_t>(s.responses);
  const auto stride = static_cast<std::size_t>(s.stride);
  const auto rows = static_cast<std::size_t>(s.rows);
  const auto longest = static_cast<std::size_t>(s.longest_history);
  for (double** constant :
       {&s.phi, &s.unit_mask, &s.memory_mask, &s.regular_mask, &s.fresh_tag, &s.fresh_trace}) {
    take(*constant, stride);
  }
  take(s.h, stride);
  take(s.y, stride);
  take(s.v_common, stride);
  take(s.common_tag, stride);
  take(s.common_trace, (longest + 1) * stride);
  take(s.w, responses * stride);
  take(s.w_tag, responses * stride);
  take(s.feedback, responses * stride);
  take(s.choice, 2 * responses - 1);
  take(s.q, responses);
  take(s.q_parts, responses * kernel::lanes);
  const std::size_t words = (stimuli + 63) / 64;
  take(s.stimulus_before, stimuli);
  for (std::uint64_t** bits : {&s.onset, &s.offset, &s.shown_before}) {
    take(*bits, words);
  }
  take(s.scratch, 2 * words);
  take(s.rate, longest + 1);
  take(s.discounted, longest + 1);
  take(s.first_event, longest + 2);
  take(s.last_event, rows);
  take(s.on_row, longest + 2);
  take(s.off_row, longest + 2);
  take(s.v, (rows + 1) * stride);
  take(s.gate, (longest + 1) * stride);
  take(s.events, (longest + 1) * 3 * stimuli);
  take(s.tag, rows * stride);
  take(s.trace, rows * stride);
  return used;
}

Network::Network(const NetworkParameters& parameters, const Weights& weights, Isa isa)
    : parameters_(parameters), isa_(isa) {
  check(parameters_);
  const Shape& shape = parameters_.shape;
  check_shapes(weights, shape);
  learned_ = all_finite(weights) ? 0.0 : std::numeric_limits<double>::infinity();

  kernel::State& s = state_;
  s.stimuli = shape.stimuli;
  s.responses = shape.responses;
  s.rows = shape.transient();
  s.vectors = (shape.regular + shape.memory + kernel::lanes - 1) / kernel::lanes;
  s.stride = s.vectors * kernel::lanes;
  s.longest_history = longest_history;
  s.learns_inputs = parameters_.input_weights == InputWeights::learned;
  s.feedback_follows = parameters_.feedback != Feedback::fixed_random;
  s.from_traces = parameters_.memory_input == MemoryInput::trace;
  s.kept = 1.0 - parameters_.alpha;
  s.learned = -1;
  s.carried = s.from_traces;
  s.one_hot = !s.from_traces;
  functions_ = &kernel::functions(isa, s.vectors);
  block_ = Block(lay_out(nullptr));
  lay_out(block_.data());
  std::fill(s.last_event, s.last_event + s.rows, -1);
  s.choice[s.responses - 1] = 1.0;
  clear_previous_stimulus();

  const int regular = shape.regular;
  const int units = shape.regular + shape.memory;
  const auto groups = static_cast<std::int64_t>(parameters_.leak.size());
  for (int u = 0; u < units; ++u) {
    const bool is_memory = u >= regular;
    s.unit_mask[u] = all_bits();
    (is_memory ? s.memory_mask : s.regular_mask)[u] = all_bits();
    s.fresh_tag[u] = reset_value;
    s.fresh_trace[u] = is_memory ? reset_value : 0.0;
    s.phi[u] =
        is_memory ? parameters_.leak[static_cast<std::size_t>((u - regular) * groups / shape.memory)] : 0.0;
  }
  for (int entry = 0; entry <= s.longest_history; ++entry) {
    double* trace = s.common_trace + static_cast<std::ptrdiff_t>(entry) * s.stride;
    for (int u = 0; u < s.stride; ++u) {
      trace[u] = entry == 0 ? s.fresh_trace[u] : s.phi[u] * trace[u - s.stride];
    }
  }
  const bool ones = parameters_.input_weights == InputWeights::ones;
  for (int i = 0; i < s.rows; ++i) {
    double* row = s.v + static_cast<std::ptrdiff_t>(i) * s.stride;
    for (int j = 0; i < shape.stimuli && j < regular; ++j) {
      row[j] = ones ? 1.0 : weights.v_r(i, j);
    }
    for (int j = 0; j < shape.memory; ++j) {
      row[regular + j] = ones ? 1.0 : weights.v_m(i, j);
    }
  }
  for (int a = 0; a < shape.responses; ++a) {
    for (int u = 0; u < units; ++u) {
      const bool is_memory = u >= regular;
      const double forward = is_memory ? weights.w_m(u - regular, a) : weights.w_r(u, a);
      const double back = is_memory ? weights.w_m_back(a, u - regular) : weights.w_r_back(a, u);
      s.w[a * s.stride + u] = forward;
      s.feedback[a * s.stride + u] = parameters_.feedback == Feedback::plastic     ? back - forward
                                     : parameters_.feedback == Feedback::symmetric ? 0.0
                                                                                   : back;
    }
  }
  reset();
}

Network::Network(const Network& other)
    : parameters_(other.parameters_),
      isa_(other.isa_),
      learned_(other.learned_),
      functions_(other.functions_),
      state_(other.state_),
      block_(other.block_) {
  lay_out(block_.data());
}

Network& Network::operator=(const Network& other) {
  if (this != &other) {
    *this = Network(other);
  }
  return *this;
}

std::span<const double> Network::forward(std::span<const double> stimulus, bool repeat) {
  const int words = (state_.stimuli + 63) / 64;
  return forward(pattern_bits(stimulus, state_.scratch, state_.scratch + words), repeat);
}

void Network::clear_previous_stimulus() {
  std::fill_n(state_.shown_before, (state_.stimuli + 63) / 64, 0);
  state_.binary_before = true;
  state_.shown_row = state_.stimuli <= 64 ? state_.rows : -1;
}

bool Network::weights_finite() const {
  constexpr double tame = 1e100;
  return learned_ < tame || all_finite(weights());
}

/// Weights, tags and traces of the inputs as whole rows, without the history.
struct Network::Expanded {
  Block v, tag, trace;
  double* operator[](const Block Expanded::*which) const {
    return reinterpret_cast<double*>((this->*which).data());
  }
};

Network::Expanded Network::expanded() const {
  const std::size_t count = static_cast<std::size_t>(state_.rows) * static_cast<std::size_t>(state_.stride);
  const std::size_t bytes = count * sizeof(double);
  Expanded expanded{Block(bytes), Block(bytes), Block(bytes)};
  double* v = expanded[&Expanded::v];
  if (state_.from_traces) {
    std::memcpy(v, state_.v, bytes);
    std::memcpy(expanded[&Expanded::tag], state_.tag, bytes);
    std::memcpy(expanded[&Expanded::trace], state_.trace, bytes);
    return expanded;
  }
  functions_->expand(state_, v, expanded[&Expanded::tag], expanded[&Expanded::trace]);
  for (std::size_t i = 0; i < count; ++i) {
    v[i] += state_.v_common[i % static_cast<std::size_t>(state_.stride)];
  }
  return expanded;
}

Matrix Network::units_to_matrix(const double* rows, int count, int first_unit, int units) const {
  Matrix matrix(count, units);
  for (int i = 0; i < count; ++i) {
    const double* row = rows + static_cast<std::ptrdiff_t>(i) * state_.stride;
    std::copy_n(row + first_unit, units, &matrix(i, 0));
  }
  return matrix;
}

Weights Network::weights() const {
  const Shape& shape = parameters_.shape;
  const kernel::State& s = state_;
  const Expanded inputs = expanded();
  Weights weights;
  weights.v_r = units_to_matrix(inputs[&Expanded::v], shape.stimuli, 0, shape.regular);
  weights.v_m = units_to_matrix(inputs[&Expanded::v], s.rows, shape.regular, shape.memory);
  weights.w_r = units_to_matrix(s.w, s.responses, 0, shape.regular).transpose();
  weights.w_m = units_to_matrix(s.w, s.responses, shape.regular, shape.memory).transpose();
  weights.w_r_back = units_to_matrix(s.feedback, s.responses, 0, shape.regular);
  weights.w_m_back = units_to_matrix(s.feedback, s.responses, shape.regular, shape.memory);
  if (s.feedback_follows) {
    weights.w_r_back += weights.w_r.transpose();
    weights.w_m_back += weights.w_m.transpose();
  }
  return weights;
}

Tags Network::tags() const {
  const Shape& shape = parameters_.shape;
  const Expanded inputs = expanded();
  Tags tags;
  tags.v_r = units_to_matrix(inputs[&Expanded::tag], shape.stimuli, 0, shape.regular);
  tags.v_m = units_to_matrix(inputs[&Expanded::tag], state_.rows, shape.regular, shape.memory);
  tags.w_r = units_to_matrix(state_.w_tag, state_.responses, 0, shape.regular).transpose();
  tags.w_m = units_to_matrix(state_.w_tag, state_.responses, shape.regular, shape.memory).transpose();
  return tags;
}

Matrix Network::traces() const {
  return units_to_matrix(expanded()[&Expanded::trace], state_.rows, parameters_.shape.regular,
                         parameters_.shape.memory);
}

Row Network::memory() const {
  return Eigen::Map<const Row>(state_.h + parameters_.shape.regular, parameters_.shape.memory);
}

Row Network::transient() const {
  Row x(state_.rows);
  for (int i = 0; i < state_.stimuli; ++i) {
    x[i] = static_cast<double>(state_.onset[i / 64] >> (i % 64) & 1U);
    x[state_.stimuli + i] = static_cast<double>(state_.offset[i / 64] >> (i % 64) & 1U);
  }
  return x;
}

Row Network::regular_activity() const {
  return Eigen::Map<const Row>(state_.y, parameters_.shape.regular);
}

Row Network::memory_activity() const {
  return Eigen::Map<const Row>(state_.y + parameters_.shape.regular, parameters_.shape.memory);
}

Row Network::values() const {
  return Eigen::Map<const Row>(state_.q, state_.responses);
}

}  // namespace augsweep::model
