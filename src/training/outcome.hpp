#pragma once
/// @file What comes out of one simulation: plain data, and its fixed byte form for messages and checksums.

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/names.hpp"
#include "model/network.hpp"

namespace augsweep::training {

/// A run has diverged when a Q-value is greater than this (or no number at all). Values that a network learns
/// are of the size of its rewards; where learning is unstable they grow by orders of magnitude within a few
/// trials, but need not overflow: sigmoids saturate first, and the weights stop at 10^10 or so.
inline constexpr double greatest_value = 1e8;

/// How a job stands. The numbers are those of the result file.
enum class Status : std::int8_t {
  pending,        ///< not run yet
  converged,      ///< met its criterion
  not_converged,  ///< did not within max_trials
  diverged,       ///< a Q-value exceeded greatest_value, or it or a weight stopped being a finite number
  failed,         ///< an error; the message says which
  timeout         ///< took longer than the sweep's job_timeout
};

/// Curves over trials, as means per bin of trials.
enum class Curve {
  error,           ///< fraction of trials with a wrong response
  reward,          ///< summed reward of a trial
  loss,            ///< 1/2 mean of RPE^2 over the learning events of a trial
  loss_target,     ///< the same over target cues only (those asking for TaskInfo::target_response)
  loss_nontarget,  ///< the same over the other cues
  fixation_error   ///< saccade: fraction of trials with a fixation error
};
inline constexpr std::size_t curve_count = 6;

/// The read-outs of the test phase: three policies on the same Q-values.
enum class Readout { explore, greedy, softmax };
inline constexpr std::size_t readout_count = 3;

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Every step of the recorded trials, in order; all vectors have one element a step, but q (A a step) and
/// memory (M a step).
struct Recording {
  std::vector<std::int64_t> trial;
  std::vector<std::int32_t> step;      ///< 0-based within the trial
  std::vector<std::int32_t> cue;       ///< index into TaskInfo::cues
  std::vector<std::int32_t> response;  ///< chosen
  std::vector<std::int32_t> target;    ///< asked for, or tasks::no_target
  std::vector<double> reward;          ///< NaN where none is defined
  std::vector<double> rpe;  ///< that the response's value got; NaN where nothing was learned from it
  std::vector<double> q;
  std::vector<double> memory;  ///< y_m
};

struct Outcome {
  Status status = Status::pending;
  std::string message;                      ///< of a failure; else empty
  double convergence_trial = not_a_number;  ///< 0-based; NaN unless converged
  double divergence_trial = not_a_number;   ///< 0-based; NaN unless diverged
  std::int64_t trials = 0;                  ///< trials run in training
  std::int64_t steps = 0;                   ///< network steps in training
  /// Per curve one value a bin; the last bin may hold fewer trials. NaN where a bin has no such event; empty:
  /// not kept, or not defined for the task.
  std::array<std::vector<float>, curve_count> curves;
  /// [part][read-out]: percent of test trials without an error; NaN: not tested. Part 0 is the task itself,
  /// part 1 (saccade) the fixation.
  std::array<std::array<double, readout_count>, 2> tests{
      {{not_a_number, not_a_number, not_a_number}, {not_a_number, not_a_number, not_a_number}}};
  std::optional<model::Weights> weights;  ///< at the end of training, where the job keeps them
  Recording recording;
};

/// The bytes of everything scientific in an outcome, little endian, as docs/file-format.md lays down. Equal
/// outcomes give equal bytes.
std::vector<std::byte> encode(const Outcome& outcome);

/// The same as if the outcome had no curves.
std::vector<std::byte> encode_without_curves(const Outcome& outcome);

/// The inverse of encode. Throws std::runtime_error if the bytes are no outcome (too short, too long, absurd
/// sizes).
Outcome decode(std::span<const std::byte> bytes);

}  // namespace augsweep::training

template <>
struct augsweep::Names<augsweep::training::Status> {
  static constexpr std::string_view what = "status";
  static constexpr std::array<std::string_view, 6> names = {"pending",  "converged", "not_converged",
                                                            "diverged", "failed",    "timeout"};
};
template <>
struct augsweep::Names<augsweep::training::Curve> {
  static constexpr std::string_view what = "curve";
  static constexpr std::array<std::string_view, 6> names = {
      "error", "reward", "loss", "loss_target", "loss_nontarget", "fixation_error"};
};
template <>
struct augsweep::Names<augsweep::training::Readout> {
  static constexpr std::string_view what = "read-out";
  static constexpr std::array<std::string_view, 3> names = {"explore", "greedy", "softmax"};
};
