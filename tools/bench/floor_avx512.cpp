#include "floor.hpp"

#include <immintrin.h>

#include <cstdint>

#include "model/kernel/state.hpp"

#define AUGSWEEP_WIDTH 8

namespace augsweep::model::kernel {
namespace {
#include "model/kernel/lanes.hpp"
// Needs it.
#include "floor_body.hpp"
}  // namespace
}  // namespace augsweep::model::kernel

namespace augsweep::bench {
const Floor avx512_floor = {model::kernel::arithmetic, model::kernel::divisions, model::kernel::sigmoids,
                            model::kernel::memory_traffic};
}  // namespace augsweep::bench
