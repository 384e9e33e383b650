#include "fleet.hpp"

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/environment.hpp>
#include <utility>

#include "cluster/in_process.hpp"
#include "cluster/launch.hpp"
#include "cluster/mpi_session.hpp"

namespace augsweep::cluster::testing {
namespace {

constexpr int threads_when_alone = 2;

bool in_parallel() {
  return boost::mpi::environment::initialized() && boost::mpi::communicator().size() > 1;
}

void coordinate(Ended& ended, Transport& transport, JobSource& source, ResultSink& sink,
                CoordinatorOptions options) {
  Coordinator coordinator(transport, source, sink, std::move(options));
  try {
    ended.report = coordinator.run();
  } catch (...) {
    ended.error = std::current_exception();
  }
  ended.stuck = coordinator.stuck();
}

}  // namespace

struct FleetSession::State {
  MpiSession mpi;
};

FleetSession::FleetSession() {
  const auto launcher = find_launcher(process_environment());
  if (launcher) state_ = std::make_unique<State>();
}

FleetSession::~FleetSession() = default;

int process_rank() {
  return in_parallel() ? boost::mpi::communicator().rank() : coordinator_rank;
}

int worker_count() {
  return in_parallel() ? boost::mpi::communicator().size() - 1 : threads_when_alone;
}

Ended run_sweep(JobSource& source, ResultSink& sink, const RunnerFactory& factory, CoordinatorOptions options,
                const WorkerOptions& worker_options) {
  Ended ended;
  if (!in_parallel()) {
    InProcessWorkers workers(threads_when_alone, factory, worker_options);
    coordinate(ended, workers.transport(), source, sink, std::move(options));
    return ended;
  }
  // A communicator of its own: what a failed sweep leaves on the way does not reach the next one.
  const boost::mpi::communicator world(boost::mpi::communicator(), boost::mpi::comm_duplicate);
  MpiTransport transport(world);
  if (world.rank() == coordinator_rank) {
    coordinate(ended, transport, source, sink, std::move(options));
    transport.flush(std::chrono::seconds(10));
  } else {
    try {
      Worker(transport, factory, worker_options).run();
    } catch (...) {
      ended.error = std::current_exception();
    }
  }
  world.barrier();
  return ended;
}

}  // namespace augsweep::cluster::testing
