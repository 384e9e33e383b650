#pragma once
/// @file What an AuGMEnT network is made of: sizes, leak, feedback, learning constants.
/// Source of the model: Rombouts, Bohte, Roelfsema (2015) and Martinolli, Gerstner, Gilra (2018);
/// docs/model.md.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/names.hpp"

namespace augsweep::model {

/// Numbers of units; each at least 1.
struct Shape {
  int stimuli = 0;    ///< S, stimulus (instantaneous) units
  int regular = 0;    ///< R, regular (association) units
  int memory = 0;     ///< M, memory units
  int responses = 0;  ///< A, activity units: one Q-value per response

  /// 2S: S onset units, then S offset units.
  int transient() const { return 2 * stimuli; }
  auto operator<=>(const Shape&) const = default;
};

/// The name of a shape in files and messages: "S8_R10_M20_A2".
std::string to_string(const Shape& shape);

/// Where the feedback (attention) weights W' come from.
enum class Feedback {
  plastic,      ///< start independent and random, follow the updates of their forward twins
  symmetric,    ///< the transpose of the forward output weights at all times
  fixed_random  ///< start random, never change
};

/// Whether the input weights V_r and V_m are learned.
enum class InputWeights {
  learned,
  ones,         ///< every V is 1 and stays so
  fixed_random  ///< random and never changed
};

/// What the memory units accumulate.
enum class MemoryInput {
  transient,  ///< h <- phi h + x V_m
  trace  ///< h_j <- phi_j h_j + sum_i X_ij V_m,ij, X already updated with x: supplement C, see docs/model.md
};

/// Everything that fixes a network but its weights.
struct NetworkParameters {
  Shape shape;
  /// Retention factor phi of the memory, each in [0, 1]. G values split the M units into G consecutive, equal
  /// blocks, so M must be a multiple of G.
  std::vector<double> leak = {1.0};
  Feedback feedback = Feedback::plastic;
  InputWeights input_weights = InputWeights::learned;
  MemoryInput memory_input = MemoryInput::transient;
  double beta = 0.15;    ///< learning rate
  double gamma = 0.9;    ///< discount of the next value
  double alpha = 0.865;  ///< tag decay, 1 - lambda gamma

  bool operator==(const NetworkParameters&) const = default;
};

/// Throws std::invalid_argument, in a whole sentence, if no network can have these parameters.
void check(const NetworkParameters& parameters);

}  // namespace augsweep::model

template <>
struct augsweep::Names<augsweep::model::Feedback> {
  static constexpr std::string_view what = "feedback";
  static constexpr std::array<std::string_view, 3> names = {"plastic", "symmetric", "fixed-random"};
};
template <>
struct augsweep::Names<augsweep::model::InputWeights> {
  static constexpr std::string_view what = "kind of input weights";
  static constexpr std::array<std::string_view, 3> names = {"learned", "ones", "fixed-random"};
};
template <>
struct augsweep::Names<augsweep::model::MemoryInput> {
  static constexpr std::string_view what = "memory input";
  static constexpr std::array<std::string_view, 2> names = {"transient", "trace"};
};
