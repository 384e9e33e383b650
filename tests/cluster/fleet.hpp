#pragma once
/// @file A coordinator and its workers as tests see them: the ranks of mpirun, or threads if the program was
/// started alone.

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>

#include "cluster/coordinator.hpp"
#include "cluster/worker.hpp"

namespace augsweep::cluster::testing {

/// Rank of this process; 0 if it was started alone.
int process_rank();

/// What came of a sweep; on ranks other than the coordinator's, only the worker's error.
struct Ended {
  std::optional<Report> report;
  std::exception_ptr error;
  std::vector<int> stuck;

  bool here() const { return process_rank() == coordinator_rank; }
};

/// Runs one sweep over all ranks (or with two threads as workers). Every rank must call it with the same
/// arguments; `source` and `sink` matter on the coordinator only.
Ended run_sweep(JobSource& source, ResultSink& sink, const RunnerFactory& factory,
                CoordinatorOptions options = {}, const WorkerOptions& worker_options = {});

/// Number of workers that run_sweep() has.
int worker_count();

/// MPI for the length of main() if mpirun has started this program with more than one rank; otherwise
/// nothing.
class FleetSession {
 public:
  FleetSession();
  ~FleetSession();
  FleetSession(const FleetSession&) = delete;
  FleetSession& operator=(const FleetSession&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace augsweep::cluster::testing
