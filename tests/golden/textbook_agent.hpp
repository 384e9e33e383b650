#pragma once
/// @file Agents for the tests of the replay: the textbook network, which can be made wrong, and wrappers that
/// break the rule.

#include <optional>
#include <stdexcept>

#include "../model/textbook_network.hpp"
#include "agent.hpp"

namespace augsweep::golden {

class TextbookAgent : public Agent {
 public:
  TextbookAgent(const model::NetworkParameters& parameters, const FlatWeights& weights,
                double reset_value = 1e-6)
      : network_(parameters, tables(parameters.shape, weights), reset_value) {}

  void reset(bool clear_previous_stimulus) override {
    network_.reset();
    if (clear_previous_stimulus) {
      network_.clear_previous_stimulus();
    }
  }
  void forward(std::span<const double> stimulus, bool repeat) override { network_.forward(stimulus, repeat); }
  void learn(double rpe) override { network_.learn(rpe); }
  void tag(int response) override { network_.tag(static_cast<std::size_t>(response)); }
  std::span<const double> get(Quantity quantity) const override {
    switch (quantity) {
      case Quantity::v_r:
        return network_.weights.v_r.values;
      case Quantity::w_r:
        return network_.weights.w_r.values;
      case Quantity::v_m:
        return network_.weights.v_m.values;
      case Quantity::w_m:
        return network_.weights.w_m.values;
      case Quantity::w_r_back:
        return network_.weights.w_r_back.values;
      case Quantity::w_m_back:
        return network_.weights.w_m_back.values;
      case Quantity::tag_v_r:
        return network_.T_vr.values;
      case Quantity::tag_w_r:
        return network_.T_wr.values;
      case Quantity::tag_v_m:
        return network_.T_vm.values;
      case Quantity::tag_w_m:
        return network_.T_wm.values;
      case Quantity::traces:
        return network_.X.values;
      case Quantity::memory:
        return network_.h;
      case Quantity::transient:
        return network_.x;
      case Quantity::regular_activity:
        return network_.y_r;
      case Quantity::memory_activity:
        return network_.y_m;
      case Quantity::values:
        return network_.Q;
    }
    throw std::logic_error("a quantity without values");
  }

 private:
  static textbook::Weights tables(const model::Shape& shape, const FlatWeights& flat) {
    std::vector<textbook::Table> tables;
    std::size_t i = 0;
    for (const QuantityInfo& info : weight_quantities(shape)) {
      tables.emplace_back(info.rows, info.columns, 0.0);
      tables.back().values = flat.at(i++);
    }
    return {tables[0], tables[1], tables[2], tables[3], tables[4], tables[5]};
  }

  textbook::Network network_;
};

/// Hands every call on to another agent; the wrong agents below differ in one of them.
class Wrapper : public Agent {
 public:
  explicit Wrapper(Agent& inner) : inner_(inner) {}
  void reset(bool clear_previous_stimulus) override { inner_.reset(clear_previous_stimulus); }
  void forward(std::span<const double> stimulus, bool repeat) override { inner_.forward(stimulus, repeat); }
  void learn(double rpe) override { inner_.learn(rpe); }
  void tag(int response) override { inner_.tag(response); }
  std::span<const double> get(Quantity quantity) const override { return inner_.get(quantity); }

 protected:
  Agent& inner_;
};

/// Tags before it learns.
class TagsFirst : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void forward(std::span<const double> stimulus, bool repeat) override {
    tagged_ = false;
    Wrapper::forward(stimulus, repeat);
  }
  void learn(double rpe) override {
    if (tagged_) {
      Wrapper::learn(rpe);  // at the end of a trial
    } else {
      waiting_ = rpe;
    }
  }
  void tag(int response) override {
    Wrapper::tag(response);
    tagged_ = true;
    if (waiting_) {
      Wrapper::learn(*waiting_);
      waiting_.reset();
    }
  }

 private:
  bool tagged_ = false;
  std::optional<double> waiting_;
};

/// Forgets the previous stimulus at every reset.
class ForgetsStimulus : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void reset(bool /*clear_previous_stimulus*/) override { Wrapper::reset(true); }
};

/// Keeps the previous stimulus at every reset.
class KeepsStimulus : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void reset(bool /*clear_previous_stimulus*/) override { Wrapper::reset(false); }
};

/// Takes a repeated stimulus for a new one, which changes nothing, after a blank.
class ShowsRepeatsAnew : public Wrapper {
 public:
  using Wrapper::Wrapper;
  void forward(std::span<const double> stimulus, bool repeat) override {
    if (repeat) {
      Wrapper::reset(true);
    }
    Wrapper::forward(stimulus, false);
  }
};

}  // namespace augsweep::golden
