#include "model/kernel.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace augsweep::model {

bool is_supported(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") != 0;
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
             __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512bw") != 0;
    case Isa::baseline:
      break;
  }
#endif
  return isa == Isa::baseline;
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::baseline, Isa::avx2, Isa::avx512}) {
    if (is_supported(isa)) {
      isas.push_back(isa);
    }
  }
  return isas;
}

Isa best_isa() {
  return supported_isas().back();
}

namespace {

[[noreturn]] void refuse(std::string_view name) {
  std::string supported;
  for (const Isa isa : supported_isas()) {
    supported += fmt::format("{}{}", supported.empty() ? "" : ", ", name_of(isa));
  }
  throw std::invalid_argument(
      fmt::format("this processor can't run instruction set {}; it has {}", name, supported));
}

}  // namespace

Isa usable_isa(std::string_view name) {
  const auto isa = from_name<Isa>(name);
  if (!isa || !is_supported(*isa)) {
    refuse(name);
  }
  return *isa;
}

namespace kernel {

const Functions& functions(Isa isa, int vectors) {
  if (!is_supported(isa)) {
    refuse(name_of(isa));
  }
  const int index = vectors <= specialised ? vectors : 0;
#if defined(__x86_64__)
  if (isa == Isa::avx512) {
    return avx512_functions[index];
  }
  if (isa == Isa::avx2) {
    return avx2_functions[index];
  }
#endif
  return baseline_functions[index];
}

const RandomFunctions& random_functions(Isa isa) {
  if (!is_supported(isa)) {
    refuse(name_of(isa));
  }
#if defined(__x86_64__)
  if (isa == Isa::avx512) {
    return avx512_random;
  }
  if (isa == Isa::avx2) {
    return avx2_random;
  }
#endif
  return baseline_random;
}

}  // namespace kernel

}  // namespace augsweep::model
