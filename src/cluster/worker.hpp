#pragma once
/// @file A worker: takes jobs from the coordinator, runs them one after another, and answers each with its
/// result.

#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/backoff.hpp"
#include "cluster/jobs.hpp"
#include "cluster/protocol.hpp"
#include "cluster/transport.hpp"
#include "training/outcome.hpp"
#include "training/simulation.hpp"

namespace augsweep::cluster {

/// Asked by a running job, between trials, whether to go on.
using Ask = std::function<training::Order()>;

/// Runs the job of an index. Throws training::Abandoned when told to stop; any other exception fails the job,
/// not the sweep.
using JobRunner = std::function<training::Outcome(std::uint64_t job, const Ask& ask)>;

/// What a worker does with a job's index, and with the outcome.
struct Work {
  Work(JobRunner runner, Packer packer = training::encode)
      : run(std::move(runner)), pack(std::move(packer)) {}

  JobRunner run;
  Packer pack;
};

/// Makes the work from the coordinator's setup text, before the first job. What it throws ends the sweep.
using RunnerFactory = std::function<Work(const std::string& setup)>;

struct WorkerOptions {
  std::string program;  ///< identity of the build, as in CoordinatorOptions
  /// Shortest time between two looks for messages while a job runs: what an answer to a stop or a recall
  /// waits for.
  Seconds look_interval{0.001};
};

class Worker {
 public:
  /// `transport` must outlive the worker.
  Worker(Transport& transport, RunnerFactory factory, WorkerOptions options);

  /// Works until sent home. Throws ClusterError if the coordinator has vanished or can't be understood, and
  /// what the factory threw; the coordinator has then been told, if possible.
  Goodbye run();

 private:
  void work();
  void receive();
  void handle(const Message& message);
  void run_next();
  training::Outcome outcome_of(std::uint64_t job);
  std::vector<std::byte> packed(training::Outcome& outcome) const;
  training::Order order();
  void send(Tag tag, std::vector<std::byte> bytes);
  void keep_in_touch();

  Transport& transport_;
  RunnerFactory factory_;
  WorkerOptions options_;
  Setup setup_;
  Work work_{nullptr};
  Ask ask_;
  std::deque<AssignedJob> queue_;
  AwakeClock clock_;
  Seconds heard_{0.0}, told_{0.0};  ///< awake time of the last message from and to the coordinator
  bool stopped_ = false;
  Clock::time_point abandon_at_;  ///< once stopped: the end of the running job's grace
  Clock::time_point job_began_, last_look_;
  std::exception_ptr trouble_;  ///< of the cluster, met while a job was running
  Goodbye times_;
};

/// The name of this machine.
std::string host_name();

}  // namespace augsweep::cluster
