#pragma once
/// @file What coordinator and workers say to each other, and its byte form: little-endian numbers at fixed
/// places, then texts or lists whose lengths stand before them.
///
/// A worker says Hello; the coordinator answers with a Setup and then Assignments; the worker answers each
/// job with one Result. Stop makes the worker leave with a Goodbye. Every decoder throws ProtocolError on
/// bytes that no encoder makes.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cluster/transport.hpp"
#include "training/outcome.hpp"

namespace augsweep::cluster {

/// A message that can't be understood: ranks of different builds, or damage on the way.
class ProtocolError : public ClusterError {
 public:
  using ClusterError::ClusterError;
};

struct Hello {
  std::string program;  ///< identity of the program's build; must be the coordinator's own
  std::string host;
  std::string cores;  ///< processor cores that the rank may run on, such as "0-3,8"
  std::int64_t process = 0;

  bool operator==(const Hello&) const = default;
};

/// Durations in seconds; 0 means never.
struct Setup {
  double job_timeout = 0.0;    ///< a job that has run longer ends with Status::timeout
  double heartbeat = 0.0;      ///< a rank that has been silent this long sends a heartbeat
  double silence_limit = 0.0;  ///< a worker that hears nothing from the coordinator this long gives up
  std::string text;            ///< whatever the program needs to make jobs from indices

  bool operator==(const Setup&) const = default;
};

struct AssignedJob {
  std::uint64_t job = 0;      ///< index in the sweep
  std::uint32_t attempt = 1;  ///< 1 for the first time that this job is run

  bool operator==(const AssignedJob&) const = default;
};

struct Result {
  AssignedJob assigned;
  training::Status status = training::Status::pending;
  double seconds = 0.0;                ///< wall time of the job
  double started = 0.0;                ///< seconds since 1970, UTC
  double ended = 0.0;                  ///< the same
  std::span<const std::byte> outcome;  ///< as the Packer made it; when decoded, a view into the message
};

struct Stop {
  double grace = 0.0;  ///< seconds that a running job may go on to end by itself
  bool operator==(const Stop&) const = default;
};

struct Goodbye {
  double busy_seconds = 0.0;  ///< spent in jobs
  double idle_seconds = 0.0;  ///< spent waiting for work between the first and the last job
  bool operator==(const Goodbye&) const = default;
};

std::vector<std::byte> encode(const Hello& hello);
std::vector<std::byte> encode(const Setup& setup);
std::vector<std::byte> encode(std::span<const AssignedJob> jobs);  ///< of an assignment, and of jobs returned
std::vector<std::byte> encode(const Result& result);
std::vector<std::byte> encode(const Stop& stop);
std::vector<std::byte> encode(const Goodbye& goodbye);
std::vector<std::byte> encode_fault(const std::string& text);

Hello decode_hello(std::span<const std::byte> bytes);
Setup decode_setup(std::span<const std::byte> bytes);
std::vector<AssignedJob> decode_jobs(std::span<const std::byte> bytes);
Result decode_result(std::span<const std::byte> bytes);
Stop decode_stop(std::span<const std::byte> bytes);
Goodbye decode_goodbye(std::span<const std::byte> bytes);
std::string decode_fault(std::span<const std::byte> bytes);

}  // namespace augsweep::cluster
