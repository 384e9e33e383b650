// The kernel for AVX2.
#include "model/kernel/state.hpp"

#include <immintrin.h>

#include <cstdint>

#include "model/math.hpp"

#define AUGSWEEP_WIDTH 4  // doubles in a machine vector

namespace augsweep::model::kernel {
namespace {
#include "model/kernel/lanes.hpp"
// Needs it.
#include "model/kernel/body.hpp"
#include "model/kernel/random_body.hpp"
}  // namespace

const Table avx2_functions = {functions_for<0>(), functions_for<1>(), functions_for<2>(), functions_for<3>(),
                              functions_for<4>()};

const RandomFunctions avx2_random = {fill_by_library, log_odds};

}  // namespace augsweep::model::kernel
