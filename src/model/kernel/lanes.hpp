/// @file Eight doubles and what can be done with them, as one 512-bit, two 256-bit or four 128-bit vectors.
/// Included once by every instruction set's source, in its own unnamed namespace; no include guard on
/// purpose.
///
/// The same operations in the same order whatever the width: sums over lanes are always taken as halves, and
/// nothing is contracted to a fused multiply-add (-ffp-contract=off), so every instruction set gives the same
/// bits.

#define AUGSWEEP_INLINE [[gnu::always_inline]] inline

/// Machine vectors of `width` doubles, as GCC and Clang have them for every processor.
template <int width>
struct Native;

template <>
struct Native<2> {
  typedef double Vector __attribute__((vector_size(16)));
  typedef std::int64_t Bits __attribute__((vector_size(16)));
};
#if AUGSWEEP_WIDTH >= 4
template <>
struct Native<4> {
  typedef double Vector __attribute__((vector_size(32)));
  typedef std::int64_t Bits __attribute__((vector_size(32)));
};
#endif
#if AUGSWEEP_WIDTH >= 8
template <>
struct Native<8> {
  typedef double Vector __attribute__((vector_size(64)));
  typedef std::int64_t Bits __attribute__((vector_size(64)));
};
#endif

/// n doubles: a machine vector, or two halves.
template <int n, bool native = (n <= AUGSWEEP_WIDTH)>
struct Pack;

template <int n>
struct Pack<n, true> {
  using Vector = typename Native<n>::Vector;
  using Bits = typename Native<n>::Bits;
  Vector v;

  AUGSWEEP_INLINE static Pack load(const double* p) { return {*reinterpret_cast<const Vector*>(p)}; }
  AUGSWEEP_INLINE static Pack load_anywhere(const double* p) {
    Pack pack;
    __builtin_memcpy(&pack.v, p, sizeof pack.v);
    return pack;
  }
  AUGSWEEP_INLINE static Pack splat(double a) { return {a - Vector{}}; }
  /// All bits set, or none.
  AUGSWEEP_INLINE static Pack mask(bool set) {
    return {reinterpret_cast<Vector>(-static_cast<std::int64_t>(set) - Bits{})};
  }
  AUGSWEEP_INLINE void store(double* p) const { *reinterpret_cast<Vector*>(p) = v; }
  AUGSWEEP_INLINE friend Pack operator+(Pack a, Pack b) { return {a.v + b.v}; }
  AUGSWEEP_INLINE friend Pack operator-(Pack a, Pack b) { return {a.v - b.v}; }
  AUGSWEEP_INLINE friend Pack operator*(Pack a, Pack b) { return {a.v * b.v}; }
  AUGSWEEP_INLINE friend Pack operator/(Pack a, Pack b) { return {a.v / b.v}; }
  AUGSWEEP_INLINE friend Pack operator&(Pack a, Pack b) {
    return {reinterpret_cast<Vector>(reinterpret_cast<Bits>(a.v) & reinterpret_cast<Bits>(b.v))};
  }
  /// a > b ? a : b, so b where a is NaN.
  AUGSWEEP_INLINE friend Pack maximum(Pack a, Pack b) {
#if AUGSWEEP_WIDTH >= 8
    if constexpr (n == 8) return {reinterpret_cast<Vector>(_mm512_max_pd(a.v, b.v))};
#endif
#if AUGSWEEP_WIDTH >= 4
    if constexpr (n == 4) return {reinterpret_cast<Vector>(_mm256_max_pd(a.v, b.v))};
#endif
#if defined(__SSE2__)
    if constexpr (n == 2) return {reinterpret_cast<Vector>(_mm_max_pd(a.v, b.v))};
#endif
    return {a.v > b.v ? a.v : b.v};
  }
  /// a < b ? a : b, so b where a is NaN.
  AUGSWEEP_INLINE friend Pack minimum(Pack a, Pack b) {
#if AUGSWEEP_WIDTH >= 8
    if constexpr (n == 8) return {reinterpret_cast<Vector>(_mm512_min_pd(a.v, b.v))};
#endif
#if AUGSWEEP_WIDTH >= 4
    if constexpr (n == 4) return {reinterpret_cast<Vector>(_mm256_min_pd(a.v, b.v))};
#endif
#if defined(__SSE2__)
    if constexpr (n == 2) return {reinterpret_cast<Vector>(_mm_min_pd(a.v, b.v))};
#endif
    return {a.v < b.v ? a.v : b.v};
  }
  /// p 2^k where the integer k stands in the low bits of s: k is added to the exponent.
  AUGSWEEP_INLINE friend Pack scaled(Pack p, Pack s) {
    return {reinterpret_cast<Vector>(reinterpret_cast<Bits>(p.v) + (reinterpret_cast<Bits>(s.v) << 52))};
  }
  /// Bit i: a > b in lane i. False where one is NaN.
  AUGSWEEP_INLINE friend std::uint64_t greater(Pack a, Pack b) {
#if AUGSWEEP_WIDTH >= 8
    if constexpr (n == 8) return _mm512_cmp_pd_mask(a.v, b.v, _CMP_GT_OQ);
#endif
#if AUGSWEEP_WIDTH >= 4
    if constexpr (n == 4)
      return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a.v, b.v, _CMP_GT_OQ)));
#endif
#if defined(__SSE2__)
    if constexpr (n == 2) return static_cast<unsigned>(_mm_movemask_pd(_mm_cmpgt_pd(a.v, b.v)));
#endif
    std::uint64_t bits = 0;
    for (int i = 0; i < n; ++i) bits |= static_cast<std::uint64_t>(a.v[i] > b.v[i]) << i;
    return bits;
  }
  AUGSWEEP_INLINE double sum() const {
    if constexpr (n == 2) {
      return v[0] + v[1];
#if AUGSWEEP_WIDTH >= 4
    } else if constexpr (n == 4) {
      const __m256d whole = reinterpret_cast<__m256d>(v);
      const __m128d half = _mm256_castpd256_pd128(whole) + _mm256_extractf128_pd(whole, 1);
      return half[0] + half[1];
#endif
#if AUGSWEEP_WIDTH >= 8
    } else if constexpr (n == 8) {
      const __m512d whole = reinterpret_cast<__m512d>(v);
      const __m256d half = _mm512_castpd512_pd256(whole) + _mm512_extractf64x4_pd(whole, 1);
      const __m128d quarter = _mm256_castpd256_pd128(half) + _mm256_extractf128_pd(half, 1);
      return quarter[0] + quarter[1];
#endif
    }
  }
};

template <int n>
struct Pack<n, false> {
  using Half = Pack<n / 2>;
  Half low, high;

  AUGSWEEP_INLINE static Pack load(const double* p) { return {Half::load(p), Half::load(p + n / 2)}; }
  AUGSWEEP_INLINE static Pack load_anywhere(const double* p) {
    return {Half::load_anywhere(p), Half::load_anywhere(p + n / 2)};
  }
  AUGSWEEP_INLINE static Pack splat(double a) { return {Half::splat(a), Half::splat(a)}; }
  AUGSWEEP_INLINE static Pack mask(bool set) { return {Half::mask(set), Half::mask(set)}; }
  AUGSWEEP_INLINE void store(double* p) const {
    low.store(p);
    high.store(p + n / 2);
  }
  AUGSWEEP_INLINE friend Pack operator+(Pack a, Pack b) { return {a.low + b.low, a.high + b.high}; }
  AUGSWEEP_INLINE friend Pack operator-(Pack a, Pack b) { return {a.low - b.low, a.high - b.high}; }
  AUGSWEEP_INLINE friend Pack operator*(Pack a, Pack b) { return {a.low * b.low, a.high * b.high}; }
  AUGSWEEP_INLINE friend Pack operator/(Pack a, Pack b) { return {a.low / b.low, a.high / b.high}; }
  AUGSWEEP_INLINE friend Pack operator&(Pack a, Pack b) { return {a.low & b.low, a.high & b.high}; }
  AUGSWEEP_INLINE friend Pack maximum(Pack a, Pack b) {
    return {maximum(a.low, b.low), maximum(a.high, b.high)};
  }
  AUGSWEEP_INLINE friend Pack minimum(Pack a, Pack b) {
    return {minimum(a.low, b.low), minimum(a.high, b.high)};
  }
  AUGSWEEP_INLINE friend Pack scaled(Pack p, Pack s) {
    return {scaled(p.low, s.low), scaled(p.high, s.high)};
  }
  AUGSWEEP_INLINE friend std::uint64_t greater(Pack a, Pack b) {
    return greater(a.low, b.low) | greater(a.high, b.high) << (n / 2);
  }
  AUGSWEEP_INLINE double sum() const { return (low + high).sum(); }
};

using Lanes = Pack<lanes>;

/// sigma(a) = 1 / (1 + e^-a): the method, order and bits of model::sigmoid (math.hpp). NaN gives NaN.
AUGSWEEP_INLINE Lanes sigmoid_of(Lanes a) {
  const Lanes held = minimum(Lanes::splat(700.0), maximum(Lanes::splat(-100.0), a));
  const Lanes round = Lanes::splat(6755399441055744.0);
  const Lanes shifted = round - held * Lanes::splat(1.4426950408889634);
  const Lanes n = shifted - round;
  const Lanes r =
      (held + n * Lanes::splat(6.93147180369123816490e-01)) + n * Lanes::splat(1.90821492927058770002e-10);
  const Lanes z = r * r;
  const Lanes even = (z + Lanes::splat(112.03095681208794)) * z + Lanes::splat(1008.3059299090268);
  const Lanes odd = r * ((Lanes::splat(0.03331817404937718) * z + Lanes::splat(14.002731326502204)) * z +
                         Lanes::splat(504.1529649545134));
  const Lanes upper = even + odd;
  return upper / (upper + scaled(even - odd, shifted));
}
