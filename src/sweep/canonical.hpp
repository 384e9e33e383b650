#pragma once
/// @file The meaning of a sweep as text.

#include <string>
#include <vector>

#include "sweep/plan.hpp"

namespace augsweep::sweep {

/// See Sweep::canonical.
std::string canonical(const Plan& plan);

/// Every combination of positions of the axes that `takes_part` marks, the last one fastest, the others at 0.
template <class Visitor>
void for_each_combination(const std::vector<PlanAxis>& axes, const std::vector<bool>& takes_part,
                          Visitor visit) {
  std::vector<std::uint64_t> positions(axes.size(), 0);
  while (true) {
    visit(positions);
    std::size_t axis = axes.size();
    while (axis > 0) {
      --axis;
      if (takes_part[axis] && ++positions[axis] < axes[axis].size) {
        break;
      }
      positions[axis] = 0;
      if (axis == 0) {
        return;
      }
    }
    if (axes.empty()) {
      return;
    }
  }
}

}  // namespace augsweep::sweep
