// The kernel for AVX-512 (F, DQ, VL).
#include "model/kernel/state.hpp"

#include <immintrin.h>

#include <cstdint>

#define AUGSWEEP_WIDTH 8  // doubles in a machine vector

namespace augsweep::model::kernel {
namespace {
#include "model/kernel/lanes.hpp"
// Needs it.
#include "model/kernel/body.hpp"
}  // namespace

const Table avx512_functions = {functions_for<0>(), functions_for<1>(), functions_for<2>(),
                                functions_for<3>(), functions_for<4>()};

}  // namespace augsweep::model::kernel
