#pragma once
/// @file exp, the sigmoid and arctan, computed with additions, multiplications and divisions alone.
///
/// The C library picks another implementation of them on another processor, and its last bit may differ
/// there. These give the same bits on every machine, and the compiler can turn loops over them into vector
/// code without changing a bit.

#include <bit>
#include <cstdint>

namespace augsweep::model {

/// e^a for a in [-708, 708] (no check), error below 2 units in the last place: degree-13 polynomial after
/// reduction to |r| <= ln(2)/2 in two parts (Cody and Waite). NaN gives NaN.
inline double exponential(double a) {
  constexpr double log2_e = 1.4426950408889634;
  constexpr double ln2_high = 6.93147180369123816490e-01;  // its last 32 bits are zero: n * ln2_high is exact
  constexpr double ln2_low = 1.90821492927058770002e-10;
  constexpr double round = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer in the low bits
  const double shifted = a * log2_e + round;
  const double n = shifted - round;
  const double r = (a - n * ln2_high) - n * ln2_low;
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  // 2^n: the integer n sits in the low bits of `shifted`; move it into the exponent.
  const auto bits = (std::bit_cast<std::uint64_t>(shifted) + 1023U) << 52U;
  return p * std::bit_cast<double>(bits);
}

/// sigma(a) = 1 / (1 + exp(-max(a, -100))), error below 3 units in the last place; the clip is the
/// reference's. Any a; NaN gives NaN.
inline double sigmoid(double a) {
  const double clipped = a < -100.0 ? -100.0 : a;
  const double upper = clipped > 700.0 ? 700.0 : clipped;  // sigma is 1 to the last bit from 37 on
  return 1.0 / (1.0 + exponential(-upper));
}

/// arctan(a) for any a >= 0, error below 2 units in the last place; reduction and polynomial after FreeBSD's
/// msun.
double arctangent(double a);

}  // namespace augsweep::model
