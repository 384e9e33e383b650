#pragma once
/// @file Coordinator and workers as threads of one process, for machines without MPI and for tests. Same code
/// on both sides of the transport; no MPI call is made.

#include <memory>
#include <thread>
#include <vector>

#include "cluster/transport.hpp"
#include "cluster/worker.hpp"

namespace augsweep::cluster {

/// Workers as threads, for as long as the object lives.
class InProcessWorkers {
 public:
  /// Starts the threads. Each makes its own runner by the factory, which must therefore be safe to call from
  /// several threads.
  InProcessWorkers(int workers, const RunnerFactory& factory, const WorkerOptions& options);

  /// Waits for the threads; a coordinator or dismiss_workers() must have sent them home. A thread that is
  /// stuck in a job can't be ended: see leave_behind().
  ~InProcessWorkers();
  InProcessWorkers(const InProcessWorkers&) = delete;
  InProcessWorkers& operator=(const InProcessWorkers&) = delete;

  /// The coordinator's end of the line.
  Transport& transport() { return *coordinator_; }

  /// Gives up waiting for the threads. They keep what they need of this object alive, but not what the
  /// factory and its runners refer to: end the process without cleaning up (std::_Exit).
  void leave_behind();

 private:
  std::unique_ptr<Transport> coordinator_;
  std::vector<std::thread> threads_;
};

}  // namespace augsweep::cluster
