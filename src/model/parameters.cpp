#include "model/parameters.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>

namespace augsweep::model {

namespace {

void require(bool condition, const std::string& message) {
  if (!condition) {
    throw std::invalid_argument(message);
  }
}

}  // namespace

std::string to_string(const Shape& shape) {
  return fmt::format("S{}_R{}_M{}_A{}", shape.stimuli, shape.regular, shape.memory, shape.responses);
}

void check(const NetworkParameters& parameters) {
  const Shape& shape = parameters.shape;
  require(shape.stimuli > 0 && shape.regular > 0 && shape.memory > 0 && shape.responses > 0,
          fmt::format("a network needs at least one unit of each kind, not {}", to_string(shape)));
  // The kernel counts weights in ints; this is eight gigabytes of them.
  constexpr double most_weights = 1 << 30;
  const double units = 16.0 + shape.regular + shape.memory;  // with room for padding
  require(units * (2.0 * shape.stimuli + 4.0 * shape.responses) <= most_weights,
          fmt::format("a network of {} has more weights than can be simulated ({:.0f}): take fewer units",
                      to_string(shape), most_weights));
  const auto groups = parameters.leak.size();
  require(groups > 0, "leak is an empty list: give one retention factor, or one per group of memory units");
  require(static_cast<std::size_t>(shape.memory) % groups == 0,
          fmt::format(
              "{} memory units cannot be split into {} equal groups: leak has {} values, so make the number "
              "of memory units a multiple of {}",
              shape.memory, groups, groups, groups));
  for (const double phi : parameters.leak) {
    require(phi >= 0.0 && phi <= 1.0, fmt::format("leak {} is outside [0, 1]", phi));
  }
  require(std::isfinite(parameters.beta) && parameters.beta >= 0.0,
          fmt::format("beta {} must be a finite number, at least 0", parameters.beta));
  require(parameters.gamma >= 0.0 && parameters.gamma <= 1.0,
          fmt::format("gamma {} is outside [0, 1]", parameters.gamma));
  require(parameters.alpha >= 0.0 && parameters.alpha <= 1.0,
          fmt::format("alpha {} is outside [0, 1]", parameters.alpha));
}

}  // namespace augsweep::model
