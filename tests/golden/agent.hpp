#pragma once
/// @file What a replay needs of a network. A thin interface, so that tests can put a wrong network in its
/// place and see the replay notice.

#include <array>
#include <span>
#include <string_view>
#include <vector>

#include "model/network.hpp"

namespace augsweep::golden {

/// Everything of a network that a trace records, in the order of `quantities`.
enum class Quantity {
  v_r,
  w_r,
  v_m,
  w_m,
  w_r_back,
  w_m_back,
  tag_v_r,
  tag_w_r,
  tag_v_m,
  tag_w_m,
  traces,
  memory,
  transient,
  regular_activity,
  memory_activity,
  values
};

/// The name of a quantity in traces and its size.
struct QuantityInfo {
  Quantity quantity;
  const char* name;
  std::size_t rows;  ///< 0: a list of `columns` numbers, not a matrix
  std::size_t columns;
};

/// The six weight matrices of `initial_weights`.
std::vector<QuantityInfo> weight_quantities(const model::Shape& shape);

/// The whole state, as in `snapshot` and `final`.
std::vector<QuantityInfo> state_quantities(const model::Shape& shape);

class Agent {
 public:
  Agent() = default;
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;
  Agent(Agent&&) = delete;
  Agent& operator=(Agent&&) = delete;
  virtual ~Agent() = default;

  virtual void reset(bool clear_previous_stimulus) = 0;
  virtual void forward(std::span<const double> stimulus, bool repeat) = 0;
  virtual void learn(double rpe) = 0;
  virtual void tag(int response) = 0;
  /// The values of now, row by row; valid until the same is asked for again.
  virtual std::span<const double> get(Quantity quantity) const = 0;
};

/// The six weight matrices row by row, in the order of weight_quantities.
using FlatWeights = std::array<std::vector<double>, 6>;

/// The network of the model.
class NetworkAgent : public Agent {
 public:
  NetworkAgent(const model::NetworkParameters& parameters, const FlatWeights& weights);

  void reset(bool clear_previous_stimulus) override;
  void forward(std::span<const double> stimulus, bool repeat) override;
  void learn(double rpe) override;
  void tag(int response) override;
  std::span<const double> get(Quantity quantity) const override;

 private:
  model::Network network_;
  mutable std::array<model::Matrix, 16> got_;  ///< what get() has given last, by quantity
};

}  // namespace augsweep::golden
