// The kernel for any processor: vectors of two doubles.
#include "model/kernel/state.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <cstdint>

#define AUGSWEEP_WIDTH 2  // doubles in a machine vector

namespace augsweep::model::kernel {
namespace {
#include "model/kernel/lanes.hpp"
// Needs it.
#include "model/kernel/body.hpp"
}  // namespace

const Table baseline_functions = {functions_for<0>(), functions_for<1>(), functions_for<2>(),
                                  functions_for<3>(), functions_for<4>()};

}  // namespace augsweep::model::kernel
