/// @file Random numbers in bulk, compiled for the instruction sets with wide vectors (avx2.cpp, avx512.cpp)
/// in a namespace of its own. No include guard on purpose.
///
/// Philox4x64-10 (Salmon et al., 2011) as Random123 has it, one block of four numbers in every lane. Integers
/// alone, so nothing of it depends on the order of operations; tests/model/random_test.cpp holds it against
/// the library.

typedef std::uint64_t Words __attribute__((vector_size(8 * AUGSWEEP_WIDTH)));
typedef double Reals __attribute__((vector_size(8 * AUGSWEEP_WIDTH)));

#if AUGSWEEP_WIDTH >= 8

/// The products of the lower halves of two vectors' words.
AUGSWEEP_INLINE Words product_of_halves(Words a, Words b) {
  return reinterpret_cast<Words>(
      _mm512_mul_epu32(reinterpret_cast<__m512i>(a), reinterpret_cast<__m512i>(b)));
}

struct Product {
  Words high, low;
};

/// All 128 bits of a times a constant.
AUGSWEEP_INLINE Product product(Words a, std::uint64_t factor) {
  constexpr std::uint64_t half = 0xffffffff;
  const Words b = factor - Words{};
  const Words low = product_of_halves(a, b);
  const Words middle = product_of_halves(a >> 32U, b) + (low >> 32U);
  const Words other = product_of_halves(a, b >> 32U) + (middle & half);
  const Words high = product_of_halves(a >> 32U, b >> 32U) + (middle >> 32U) + (other >> 32U);
  return {high, (other << 32U) | (low & half)};
}

/// RandomFunctions::fill.
inline void fill(const std::uint64_t* key, std::uint64_t first, std::uint64_t purpose,
                 std::uint64_t* numbers) {
  constexpr int rounds = 10;
  constexpr int blocks = random_batch / 4;
  for (int block = 0; block < blocks; block += AUGSWEEP_WIDTH) {
    Words c0{};
    for (int lane = 0; lane < AUGSWEEP_WIDTH; ++lane)
      c0[lane] = first + static_cast<std::uint64_t>(block + lane);
    Words c1 = purpose - Words{};
    Words c2{};
    Words c3{};
    std::uint64_t k0 = key[0];
    std::uint64_t k1 = key[1];
    for (int round = 0; round < rounds; ++round) {
      const Product p0 = product(c0, 0xD2E7470EE14C6C93);
      const Product p2 = product(c2, 0xCA5A826395121157);
      c0 = p2.high ^ c1 ^ k0;
      c1 = p2.low;
      c2 = p0.high ^ c3 ^ k1;
      c3 = p0.low;
      k0 += 0x9E3779B97F4A7C15;  // the golden ratio
      k1 += 0xBB67AE8584CAA73B;  // sqrt(3) - 1
    }
    for (int lane = 0; lane < AUGSWEEP_WIDTH; ++lane) {
      std::uint64_t* of_block = numbers + 4 * (block + lane);
      of_block[0] = c0[lane];
      of_block[1] = c1[lane];
      of_block[2] = c2[lane];
      of_block[3] = c3[lane];
    }
  }
}

#endif

/// RandomFunctions::log_odds.
inline void log_odds(const std::uint64_t* numbers, double* found) {
  for (int i = 0; i < random_batch; i += AUGSWEEP_WIDTH) {
    Words bits;
    __builtin_memcpy(&bits, numbers + i, sizeof bits);
    const Reals reals = log_odds_of<Reals, Words>(bits);
    __builtin_memcpy(found + i, &reals, sizeof reals);
  }
}
