#pragma once
/// @file exp, log, the sigmoid and arctan, computed with additions, multiplications and divisions alone.
///
/// The C library picks another implementation of them on another processor, and its last bit may differ
/// there. These give the same bits on every machine, and the compiler can turn loops over them into vector
/// code without changing a bit.

#include <bit>
#include <cstdint>

namespace augsweep::model {

/// Two doubles and their bits, which every x86-64 and AArch64 processor computes with at once.
typedef double Pair __attribute__((vector_size(16)));
typedef std::uint64_t PairBits __attribute__((vector_size(16)));

/// e^a for a in [-708, 708] (no check), error below 2 units in the last place. Reduction to |r| <= ln(2)/2 in
/// two parts (Cody and Waite), then 1 + r + r^2 g(r), where g is the degree-9 polynomial that meets (e^r - 1
/// - r) / r^2 at the Chebyshev nodes; summed in pairs (Estrin), which waits less than Horner's scheme. NaN
/// gives NaN. Real is double, or Pair with PairBits.
template <class Real, class Bits>
[[gnu::always_inline]] inline Real exponential_of(Real a) {
  constexpr double log2_e = 1.4426950408889634;
  constexpr double ln2_high = 6.93147180369123816490e-01;  // its last 32 bits are zero: n * ln2_high is exact
  constexpr double ln2_low = 1.90821492927058770002e-10;
  constexpr double round = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer in the low bits
  const Real shifted = a * log2_e + round;
  const Real n = shifted - round;
  const Real r = (a - n * ln2_high) - n * ln2_low;
  const Real r2 = r * r;
  const Real r4 = r2 * r2;
  const Real r8 = r4 * r4;
  const Real c23 = 0.5 + 0.16666666666666669 * r;
  const Real c45 = 0.041666666666624164 + 0.008333333333330065 * r;
  const Real c67 = 0.001388888891719689 + 0.00019841269863040675 * r;
  const Real c89 = 2.480152132210459e-05 + 2.7557268480106926e-06 * r;
  const Real c1011 = 2.762007600563138e-07 + 2.5100375929185925e-08 * r;
  const Real g = ((c23 + c45 * r2) + (c67 + c89 * r2) * r4) + c1011 * r8;
  const Real p = (g * r2 + r) + 1.0;
  // Times 2^n: the integer n sits in the low bits of `shifted`; it is added to the exponent.
  return std::bit_cast<Real>(std::bit_cast<Bits>(p) + (std::bit_cast<Bits>(shifted) << 52U));
}

inline double exponential(double a) {
  return exponential_of<double, std::uint64_t>(a);
}

/// ln a for normal a > 0 (no check; infinity gives 1024 ln 2), error below 1 unit in the last place or 1e-16.
/// a = 2^k (1 + f) with 1 + f within a factor of sqrt(2) of 1; then the series of ln((1 + s) / (1 - s)), s =
/// f / (2 + f), with the polynomial of FreeBSD's msun. Real is double, or Pair with PairBits.
template <class Real, class Bits>
[[gnu::always_inline]] inline Real logarithm_of(Real a) {
  constexpr double ln2_high = 6.93147180369123816490e-01;
  constexpr double ln2_low = 1.90821492927058770002e-10;
  constexpr std::uint64_t bias = 1024;                          // keeps k + bias positive
  constexpr std::uint64_t least_mantissa = 0x3fe6a09e667f3bcd;  // sqrt(1/2)
  const Bits bits = std::bit_cast<Bits>(a);
  const Bits biased = (bits - least_mantissa + (bias << 52U)) >> 52U;  // k + bias
  const Real f = std::bit_cast<Real>(bits - (biased << 52U) + (bias << 52U)) - 1.0;
  const Real s = f / (2.0 + f);
  const Real z = s * s;
  const Real w = z * z;
  const Real even =
      w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const Real odd =
      z * (6.666666666666735130e-01 +
           w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const Real half_square = 0.5 * f * f;
  // The small integer in the low bits of 2^52 is that integer as a double.
  const Real n = std::bit_cast<Real>(biased | std::uint64_t{0x4330000000000000}) - (0x1.0p52 + 1024.0);
  return n * ln2_high - ((half_square - (s * (half_square + (even + odd)) + n * ln2_low)) - f);
}

/// ln((1 - u) / u) of the number u in [0, 1) that the upper 53 of 64 random bits mean, u = (bits >> 11)
/// 2^-53: an integer in two exact parts. Real and Bits are vectors, at least Pair and PairBits.
template <class Real, class Bits>
[[gnu::always_inline]] inline Real log_odds_of(Bits bits) {
  const Bits number = bits >> 11U;
  const Real high = std::bit_cast<Real>((number >> 32U) | std::uint64_t{0x4530000000000000});
  const Real low =
      std::bit_cast<Real>((number & std::uint64_t{0xffffffff}) | std::uint64_t{0x4330000000000000});
  const Real u = ((high - (0x1.0p84 + 0x1.0p52)) + low) * 0x1.0p-53;
  return logarithm_of<Real, Bits>((1.0 - u) / u);
}

inline double logarithm(double a) {
  return logarithm_of<double, std::uint64_t>(a);
}

/// sigma(a) = 1 / (1 + exp(-max(a, -100))), error below 3 units in the last place; the clip is the
/// reference's. Any a; NaN gives NaN. With a = r - n ln 2, |r| <= ln(2)/2, and e^r = (even + odd) / (even -
/// odd) for polynomials in r with even and odd powers, sigma is (even + odd) / (even + odd + 2^n (even -
/// odd)): one division. odd / even meets tanh(r/2) at Chebyshev nodes; e^r is within 4e-18 of its value.
/// model/kernel/lanes.hpp has the same for vectors.
inline double sigmoid(double a) {
  constexpr double log2_e = 1.4426950408889634;
  constexpr double ln2_high = 6.93147180369123816490e-01;
  constexpr double ln2_low = 1.90821492927058770002e-10;
  constexpr double round = 6755399441055744.0;
  const double clipped = a < -100.0 ? -100.0 : a;
  const double held = clipped > 700.0 ? 700.0 : clipped;  // sigma is 1 to the last bit from 37 on
  const double shifted = round - held * log2_e;
  const double n = shifted - round;
  const double r = (held + n * ln2_high) + n * ln2_low;
  const double z = r * r;
  const double even = (z + 112.03095681208794) * z + 1008.3059299090268;
  const double odd = r * ((0.03331817404937718 * z + 14.002731326502204) * z + 504.1529649545134);
  const double upper = even + odd;
  const double lower = std::bit_cast<double>(std::bit_cast<std::uint64_t>(even - odd) +
                                             (std::bit_cast<std::uint64_t>(shifted) << 52U));
  return upper / (upper + lower);
}

/// arctan(a) for any a >= 0, error below 2 units in the last place; reduction and polynomial after FreeBSD's
/// msun.
double arctangent(double a);

}  // namespace augsweep::model
