#pragma once
/// @file Which instruction sets the network's kernel is compiled for, and which this processor has. All of
/// them give the same bits (docs/kernel.md); they differ in speed alone.

#include <array>
#include <string_view>
#include <vector>

#include "model/kernel/state.hpp"
#include "model/names.hpp"

namespace augsweep::model {

enum class Isa {
  baseline,  ///< whatever the compiler's target has: SSE2 on x86-64
  avx2,      ///< 256-bit vectors
  avx512     ///< 512-bit vectors (F, DQ, VL, BW)
};

/// Whether the program holds code for that instruction set and this processor runs it.
bool is_supported(Isa isa);

/// Those that are supported, in ascending order of width.
std::vector<Isa> supported_isas();

/// The fastest that is supported.
Isa best_isa();

/// The one with that name. Throws std::invalid_argument, in a whole sentence, if there is none, or if this
/// processor lacks it.
Isa usable_isa(std::string_view name);

namespace kernel {

/// The functions for networks with that many vectors of units. Throws std::invalid_argument if the processor
/// lacks the instruction set.
const Functions& functions(Isa isa, int vectors);

/// The random numbers' functions. Throws as `functions`.
const RandomFunctions& random_functions(Isa isa);

}  // namespace kernel

}  // namespace augsweep::model

template <>
struct augsweep::Names<augsweep::model::Isa> {
  static constexpr std::string_view what = "instruction set";
  static constexpr std::array<std::string_view, 3> names = {"baseline", "avx2", "avx512"};
};
