#pragma once
/// @file Random networks and random courses of steps, for tests of what must hold for all of them.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/network.hpp"
#include "model/random.hpp"

namespace augsweep::model {

/// A pseudo-random course of trials: stimuli, repeats, responses, prediction errors, resets.
class Course {
 public:
  /// `length` is that of a trial, in steps.
  Course(std::string_view name, const Shape& shape, int length = 7)
      : stream_(key_of(name), Purpose::task),
        shape_(shape),
        length_(length),
        stimulus_(static_cast<std::size_t>(shape.stimuli)) {}

  /// Runs one step on every agent given; the agents have reset, clear_previous_stimulus, forward, learn and
  /// tag.
  template <class... Agents>
  void step(Agents&... agents) {
    const bool starts = steps_++ % length_ == 0;
    if (starts) {
      (agents.reset(), ...);
      if (stream_.below(2) == 0) {
        (agents.clear_previous_stimulus(), ...);
      }
    }
    if (starts) {
      one_hot_ = stream_.below(2) == 0;
    }
    const bool repeat = !starts && stream_.below(one_hot_ ? 20 : 5) == 0;
    if (!repeat && one_hot_ && stream_.below(10) > 0) {
      std::fill(stimulus_.begin(), stimulus_.end(), 0.0);
      stimulus_[static_cast<std::size_t>(stream_.below(shape_.stimuli))] = 1.0;
    } else if (!repeat) {
      for (double& value : stimulus_) {
        // Mostly 0 or 1, now and then something in between.
        value = stream_.below(6) == 0 ? stream_.uniform() : static_cast<double>(stream_.below(2));
      }
    }
    const int response = stream_.below(shape_.responses);
    const double rpe = 2.0 * stream_.uniform() - 1.0;
    const auto run = [&](auto& agent) {
      agent.forward(stimulus_, repeat);
      if (!starts) {
        agent.learn(rpe);
      }
      agent.tag(static_cast<int>(response));
    };
    (run(agents), ...);
  }

 private:
  RandomStream stream_;
  Shape shape_;
  int length_;
  std::vector<double> stimulus_;
  std::int64_t steps_ = 0;
  bool one_hot_ = false;  ///< whether the cues of this trial are, most of them
};

/// A network of any kind, now and then a great one: sizes, leak, feedback, input weights, memory input and
/// constants drawn at random.
inline NetworkParameters random_parameters(RandomStream& stream) {
  NetworkParameters parameters;
  const int groups = 1 + stream.below(4);
  parameters.shape = {1 + stream.below(9), 1 + stream.below(11), groups * (1 + stream.below(5)),
                      1 + stream.below(5)};
  if (stream.below(8) == 0) {
    parameters.shape.stimuli = 60 + stream.below(20);
  }
  if (stream.below(8) == 0) {
    parameters.shape.memory = groups * (10 + stream.below(10));
  }
  parameters.leak.clear();
  for (int group = 0; group < groups; ++group) {
    parameters.leak.push_back(stream.below(3) == 0 ? 1.0 : stream.uniform());
  }
  parameters.feedback = static_cast<Feedback>(stream.below(3));
  parameters.input_weights = static_cast<InputWeights>(stream.below(3));
  parameters.memory_input = static_cast<MemoryInput>(stream.below(2));
  parameters.beta = 0.05 * stream.uniform();
  parameters.gamma = stream.uniform();
  parameters.alpha = stream.uniform();
  return parameters;
}

}  // namespace augsweep::model
