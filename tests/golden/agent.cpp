#include "agent.hpp"

#include <stdexcept>

namespace augsweep::golden {

namespace {

model::Matrix matrix(const std::vector<double>& values, int rows, int columns) {
  return Eigen::Map<const model::Matrix>(values.data(), rows, columns);
}

model::Weights weights_of(const model::Shape& shape, const FlatWeights& flat) {
  return {matrix(flat[0], shape.stimuli, shape.regular),    matrix(flat[1], shape.regular, shape.responses),
          matrix(flat[2], shape.transient(), shape.memory), matrix(flat[3], shape.memory, shape.responses),
          matrix(flat[4], shape.responses, shape.regular),  matrix(flat[5], shape.responses, shape.memory)};
}

std::span<const double> span_of(const auto& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

}  // namespace

std::vector<QuantityInfo> weight_quantities(const model::Shape& shape) {
  const auto s = static_cast<std::size_t>(shape.stimuli);
  const auto r = static_cast<std::size_t>(shape.regular);
  const auto m = static_cast<std::size_t>(shape.memory);
  const auto a = static_cast<std::size_t>(shape.responses);
  return {{Quantity::v_r, "V_r", s, r},           {Quantity::w_r, "W_r", r, a},
          {Quantity::v_m, "V_m", 2 * s, m},       {Quantity::w_m, "W_m", m, a},
          {Quantity::w_r_back, "W_r_back", a, r}, {Quantity::w_m_back, "W_m_back", a, m}};
}

std::vector<QuantityInfo> state_quantities(const model::Shape& shape) {
  const auto s = static_cast<std::size_t>(shape.stimuli);
  const auto r = static_cast<std::size_t>(shape.regular);
  const auto m = static_cast<std::size_t>(shape.memory);
  const auto a = static_cast<std::size_t>(shape.responses);
  auto quantities = weight_quantities(shape);
  quantities.insert(quantities.end(), {{Quantity::tag_v_r, "Tag_v_r", s, r},
                                       {Quantity::tag_w_r, "Tag_w_r", r, a},
                                       {Quantity::tag_v_m, "Tag_v_m", 2 * s, m},
                                       {Quantity::tag_w_m, "Tag_w_m", m, a},
                                       {Quantity::traces, "sTRACE", 2 * s, m},
                                       {Quantity::memory, "cumulative_memory", 0, m}});
  return quantities;
}

NetworkAgent::NetworkAgent(const model::NetworkParameters& parameters, const FlatWeights& weights)
    : network_(parameters, weights_of(parameters.shape, weights)) {}

void NetworkAgent::reset(bool clear_previous_stimulus) {
  network_.reset();
  if (clear_previous_stimulus) {
    network_.clear_previous_stimulus();
  }
}

void NetworkAgent::forward(std::span<const double> stimulus, bool repeat) {
  network_.forward(stimulus, repeat);
}

void NetworkAgent::learn(double rpe) {
  network_.learn(rpe);
}

void NetworkAgent::tag(int response) {
  network_.tag(response);
}

std::span<const double> NetworkAgent::get(Quantity quantity) const {
  model::Matrix& got = got_.at(static_cast<std::size_t>(quantity));
  got = [&]() -> model::Matrix {
    switch (quantity) {
      case Quantity::v_r:
        return network_.weights().v_r;
      case Quantity::w_r:
        return network_.weights().w_r;
      case Quantity::v_m:
        return network_.weights().v_m;
      case Quantity::w_m:
        return network_.weights().w_m;
      case Quantity::w_r_back:
        return network_.weights().w_r_back;
      case Quantity::w_m_back:
        return network_.weights().w_m_back;
      case Quantity::tag_v_r:
        return network_.tags().v_r;
      case Quantity::tag_w_r:
        return network_.tags().w_r;
      case Quantity::tag_v_m:
        return network_.tags().v_m;
      case Quantity::tag_w_m:
        return network_.tags().w_m;
      case Quantity::traces:
        return network_.traces();
      case Quantity::memory:
        return network_.memory();
      case Quantity::transient:
        return network_.transient();
      case Quantity::regular_activity:
        return network_.regular_activity();
      case Quantity::memory_activity:
        return network_.memory_activity();
      case Quantity::values:
        return network_.values();
    }
    throw std::logic_error("a quantity without values");
  }();
  return span_of(got);
}

}  // namespace augsweep::golden
