#pragma once
/// @file What the kernel computes on: plain numbers and pointers into one block of memory that the network
/// owns. No functions, so that nothing compiled for one instruction set can be taken for the same thing
/// compiled for another. docs/kernel.md explains the layout.

#include <cstdint>

namespace augsweep::model::kernel {

/// Doubles in one vector of the source; narrower machines take several instructions for it. All arrays over
/// units are padded to it.
inline constexpr int lanes = 8;

/// How an event, a row of V that is switched on in a step, acts on the units.
enum class Touch : std::int32_t {
  both,    ///< stimulus value 1, with an onset: all units take the row as it is
  memory,  ///< a transient alone: the memory units take the row
  regular  ///< a stimulus value alone: the regular units take `value` times the row
};

/// Stimulus values and what a step asks about them.
struct Pattern {
  const double* values;        ///< [S]
  const std::uint64_t* shown;  ///< [ceil(S / 64)], a bit for every stimulus unit: the value is not 0
  const std::uint64_t* one;    ///< the same: the value is 1
  bool binary;                 ///< whether all values are 0 or 1
  /// The unit, if one alone is shown, and with value 1; S if none is; -1 for any other, and if S > 64.
  std::int32_t single;
};

struct Event {
  std::int32_t row;  ///< of V, in [0, 2S)
  Touch touch;
  std::int32_t entry;     ///< of the history
  std::int32_t previous;  ///< the event before it on the same row in this history, or -1
  double value;           ///< of the stimulus, for Touch::regular
};

/// Units are numbered regular first, then memory: u in [0, R + M), padded to `stride` = 8 `vectors`. Every
/// array over units is [stride] long, aligned to 64 bytes, and 0 in the lanes that mean nothing.
struct State {
  // Sizes.
  int stimuli, responses, vectors, stride, rows;  ///< rows = 2S
  int longest_history;                            ///< entries after which it is folded
  bool learns_inputs, feedback_follows, from_traces;
  double kept;  ///< lambda gamma: what tags keep from step to step

  // Constants over units.
  double* phi;           ///< leak; 0 at regular units, which keep nothing
  double* unit_mask;     ///< all bits set where there is a unit
  double* memory_mask;   ///< ... a memory unit
  double* regular_mask;  ///< ... a regular unit
  double* fresh_tag;     ///< 1e-6 at every unit: a tag after a reset
  double* fresh_trace;   ///< 1e-6 at every memory unit: a trace, and the memory, after a reset

  // Weights. The true value of row i of V is v[i] + v_common + what the history has taught this row beyond
  // what it has taught all.
  double* v;             ///< [rows + 1][stride]: row i < S holds V_r,i and V_m,i; row S + i only V_m,S+i
  double* v_common;      ///< [stride]: what rows have learned that nothing has switched on
  double* common_tag;    ///< [stride]: tag of such a row, unless `carried`
  double* common_trace;  ///< [longest + 1][stride]: its trace at every entry of a history, unless `carried`
  double* w;             ///< [A][stride]: W transposed
  double* w_tag;         ///< [A][stride]
  double* feedback;      ///< [A][stride]: W' - W transposed (plastic, symmetric), or W' (fixed)
  double* choice;  ///< [2A - 1]: 1 in the middle, else 0; from A - 1 - k on: whether response k is chosen

  // Activities.
  double* h;              ///< [stride]: input of the regular units and accumulated input of the memory units
  double* y;              ///< [stride]
  double* q;              ///< [A]
  double* q_parts;        ///< [A][8]
  std::uint64_t* onset;   ///< [ceil(S / 64)], a bit for every stimulus unit: transients of now
  std::uint64_t* offset;  ///< the same
  /// The previous stimulus: the bits of a binary one, or else the values.
  bool binary_before;
  std::uint64_t* shown_before;  ///< [ceil(S / 64)]
  std::int32_t shown_row;       ///< S + Pattern::single of the previous stimulus; -1 if that is negative
  double* stimulus_before;      ///< [S]
  std::uint64_t* scratch;       ///< [2 ceil(S / 64)], for the bits of a stimulus that comes as values

  // The history since the last reset or fold. Entry 0 stands for the state before it, entry n for the n-th
  // tag update.
  int entries;         ///< n
  int learned;         ///< the last entry from which anything was learned; -1: none
  double* rate;        ///< [longest + 1]: sum of beta RPE learned with the tags of that entry
  double* discounted;  ///< [longest + 1]: scratch, rate[e] + kept rate[e + 1] + kept^2 rate[e + 2] + ...
  double* gate;        ///< [longest + 1][stride]: y (1 - y) W'[k]
  /// Whether every step of the history, and the last forward pass, switched one stimulus unit on and at most
  /// one off, as one-hot cues do. Then the rows are here, and there are no events.
  bool one_hot;
  std::int32_t* on_row;   ///< [longest + 2]
  std::int32_t* off_row;  ///< [longest + 2]: 2S, a row that means nothing, if no unit was switched off
  Event* events;
  std::int32_t* first_event;  ///< [longest + 2]: events of entry e are first_event[e] to first_event[e + 1]
  std::int32_t* last_event;   ///< [rows]: the last event of the history on a row, or -1
  std::int32_t pending;       ///< number of events of the last forward pass, behind the history's
  /// Whether tags and traces before the history are those of `tag` and `trace`; else they are fresh.
  bool carried;
  double* tag;    ///< [rows][stride]
  double* trace;  ///< [rows][stride]: 0 at regular units (with from_traces: the stimulus)
};

/// The kernel of one instruction set, for one number of vectors.
struct Functions {
  /// Transients, then h, y, q. `repeat`: the stimulus of before once more.
  void (*forward)(State&, const Pattern& stimulus, bool repeat);
  /// Every learned weight += rate (its tag).
  void (*learn)(State&, double rate);
  /// Traces and tags for a response.
  void (*tag)(State&, int response);
  /// learn, then tag, in one pass.
  void (*learn_and_tag)(State&, double rate, int response);
  /// learn_and_tag, then forward: a whole step, from one choice to the next.
  void (*learn_tag_and_forward)(State&, double rate, int response, const Pattern& stimulus, bool repeat);
  /// Memory, traces, tags as after a reset.
  void (*reset)(State&);
  /// Input weights, their tags and traces as whole arrays [rows][stride], all but v_common. They may be the
  /// state's own.
  void (*expand)(const State&, double* v, double* tag, double* trace);
};

/// Functions for 1, 2, 3, 4 vectors; [0]: for any number.
inline constexpr int specialised = 4;
using Table = Functions[specialised + 1];

extern const Table baseline_functions;
#if defined(__x86_64__)
extern const Table avx2_functions;
extern const Table avx512_functions;
#endif

/// Random numbers made at a time: so many that the widest vectors are full.
inline constexpr int random_batch = 32;

/// Random numbers in bulk (RandomStream).
struct RandomFunctions {
  /// Philox4x64-10 with the counters {first, purpose, 0, 0}, {first + 1, ...}, ..., block after block.
  void (*fill)(const std::uint64_t* key, std::uint64_t first, std::uint64_t purpose, std::uint64_t* numbers);
  /// ln((1 - u) / u) of each number's u.
  void (*log_odds)(const std::uint64_t* numbers, double* found);
};
/// Its `fill` with Random123 (random.cpp).
void fill_by_library(const std::uint64_t* key, std::uint64_t first, std::uint64_t purpose,
                     std::uint64_t* numbers);
extern const RandomFunctions baseline_random;
#if defined(__x86_64__)
extern const RandomFunctions avx2_random;
extern const RandomFunctions avx512_random;
#endif

}  // namespace augsweep::model::kernel
