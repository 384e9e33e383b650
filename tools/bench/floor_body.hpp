/// @file What one instruction set can do at best: each kind of work of a step, on independent data, so that
/// nothing waits. Included once by every instruction set's source, after model/kernel/lanes.hpp; no include
/// guard on purpose.

constexpr int chains = 12;  // independent ones: enough to fill two units of latency 4

/// `count` times `chains` additions and as many multiplications; the result keeps the optimiser honest.
static double arithmetic(int count) {
  Lanes sum[chains];
  for (int i = 0; i < chains; ++i) sum[i] = Lanes::splat(1.0 + i);
  const Lanes factor = Lanes::splat(0.999);
  const Lanes term = Lanes::splat(0.001);
#pragma GCC unroll 1
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < chains; ++i) sum[i] = sum[i] * factor + term;
  }
  double total = 0.0;
  for (int i = 0; i < chains; ++i) total += sum[i].sum();
  return total;
}

/// `count` times 4 divisions.
static double divisions(int count) {
  Lanes sum[4];
  for (int i = 0; i < 4; ++i) sum[i] = Lanes::splat(1.0 + i);
#pragma GCC unroll 1
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < 4; ++i) sum[i] = Lanes::splat(1.0) / sum[i];
  }
  return (sum[0] + sum[1] + sum[2] + sum[3]).sum();
}

/// `count` times 4 sigmoids, of numbers in memory that do not depend on each other.
static double sigmoids(int count, const double* in, double* out) {
#pragma GCC unroll 1
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < 4; ++i) sigmoid_of(Lanes::load(in + lanes * i)).store(out + lanes * i);
    __asm__ volatile("" ::: "memory");
  }
  return out[0];
}

/// `count` times 8 loads, and 4 stores.
static double memory_traffic(int count, const double* in, double* out) {
#pragma GCC unroll 1
  for (int n = 0; n < count; ++n) {
    for (int i = 0; i < 4; ++i) {
      const Lanes a = Lanes::load(in + 2 * lanes * i);
      const Lanes b = Lanes::load(in + 2 * lanes * i + lanes);
      (a & b).store(out + lanes * i);
    }
    __asm__ volatile("" ::: "memory");
  }
  return out[0];
}
