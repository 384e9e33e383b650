#pragma once
/// @file How coordinator and workers reach each other: bytes with a tag, from rank to rank, and the clock
/// that both go by. Nothing above this interface knows whether MPI, threads of one process or a test's script
/// carries the messages.

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <vector>

namespace augsweep::cluster {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

inline Clock::duration as_duration(Seconds seconds) {
  return std::chrono::duration_cast<Clock::duration>(seconds);
}

/// An error of the cluster itself, as opposed to one of a job. what() is a whole sentence for the user.
class ClusterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The rank that hands out jobs and receives results; all others are workers.
inline constexpr int coordinator_rank = 0;

/// Kinds of message. The numbers are those of the MPI tags.
enum class Tag : int {
  hello = 1,   ///< worker: here I am
  setup,       ///< coordinator: what every worker needs to know before its first job
  assignment,  ///< coordinator: jobs to run, behind those assigned before
  result,      ///< worker: one job has ended
  recall,      ///< coordinator: give back what you have not begun
  returned,    ///< worker: the jobs given back
  stop,        ///< coordinator: drop what you have not begun and leave
  goodbye,     ///< worker: I leave, this is my last message
  fault,       ///< worker: I can't go on, and why
  heartbeat    ///< either: I am alive
};

struct Message {
  int peer = 0;  ///< the rank that sent it
  Tag tag = Tag::heartbeat;
  std::vector<std::byte> bytes;
};

/// One rank's end of the line. Messages from one rank to another arrive in the order of sending. Used by one
/// thread.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual int rank() const = 0;
  virtual int size() const = 0;  ///< ranks in all, the coordinator included

  /// Sends without waiting for the receiver. Throws ClusterError if the line is broken.
  virtual void send(int to, Tag tag, std::vector<std::byte> bytes) = 0;

  /// The next message that is here already; never waits. Throws ClusterError if the line is broken.
  virtual std::optional<Message> poll() = 0;

  virtual Clock::time_point now() const = 0;

  /// Gives the processor away for at most about this long; may return early when a message comes.
  virtual void wait(Clock::duration longest) = 0;

  /// Waits until everything sent has gone out, at most this long. False if something has not.
  virtual bool flush(Clock::duration longest) = 0;
};

}  // namespace augsweep::cluster
