#pragma once
/// @file Micro-benchmarks of one instruction set: see floor_body.hpp.

namespace augsweep::bench {

struct Floor {
  double (*arithmetic)(int count);  ///< 12 additions and 12 multiplications of 8 doubles, `count` times
  double (*divisions)(int count);   ///< 4 divisions
  double (*sigmoids)(int count, const double* in, double* out);  ///< 4 sigmoids; in and out hold 32 doubles
  double (*memory_traffic)(int count, const double* in,
                           double* out);  ///< 8 loads and 4 stores; in holds 64 doubles
};

extern const Floor baseline_floor;
#if defined(__x86_64__)
extern const Floor avx2_floor, avx512_floor;
#endif

}  // namespace augsweep::bench
