// Sweeps over MPI that end in ways a test can't look at from within. The program starts itself under mpirun
// as augsweep does, and ctest looks at the exit code.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <thread>

#include "cluster/coordinator.hpp"
#include "cluster/launch.hpp"
#include "cluster/mpi_session.hpp"
#include "cluster/worker.hpp"

namespace {

using namespace augsweep;  // NOLINT(google-build-using-namespace)
using namespace augsweep::cluster;

volatile std::sig_atomic_t stop_requests = 0;

class Sink final : public ResultSink {
 public:
  explicit Sink(std::string mode) : mode_(std::move(mode)) {}
  void accept(const Finished& finished) override {
    if (finished.job < 50) return;
    if (mode_ == "failing_sink") throw std::runtime_error("no space left on device");
    if (mode_ == "killed_coordinator") raise(SIGKILL);
    // mpirun passes SIGUSR1 on to every rank.
    if (mode_ == "stopped_by_signal" && finished.job == 50) kill(getppid(), SIGUSR1);
  }
  void flush_if_due() override {}
  void flush() override {}

 private:
  std::string mode_;
};

training::Outcome run_job(const std::string& mode, std::uint64_t job) {
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (job == 60 && mode == "killed_worker") raise(SIGKILL);
  if (job == 60 && mode == "hung_worker") {
    while (true) std::this_thread::sleep_for(std::chrono::seconds(1));
  }
  training::Outcome outcome;
  outcome.status = training::Status::converged;
  return outcome;
}

int coordinate(MpiSession& session, const std::string& mode) {
  report_listening(process_environment());
  PendingJobs source(std::vector<bool>(mode == "stopped_by_signal" ? 100'000 : 200, true));
  Sink sink(mode);
  CoordinatorOptions options;
  options.job_timeout = Seconds(2.0);
  options.hung_margin = Seconds(2.0);
  options.leave_limit = Seconds(1.0);
  options.stop_requests = [] { return static_cast<int>(stop_requests); };
  Coordinator coordinator(session.transport(), source, sink, options);
  const Report report = coordinator.run();
  for (const std::string& loss : report.losses) std::cout << loss << std::endl;
  const int code = report.ending != Ending::complete ? 75 : report.progress.failures() > 0 ? 2 : 0;
  report_ending(process_environment(), code);
  if (!coordinator.stuck().empty()) session.abort(code);
  return code;
}

int run(const std::string& mode) {
  MpiSession session;
  if (session.rank() == coordinator_rank) return coordinate(session, mode);
  if (mode == "throwing_rank" && session.rank() == 2) throw std::runtime_error("a rank can't go on");
  JobRunner runner = [&](std::uint64_t job, const Ask&) { return run_job(mode, job); };
  Worker(session.transport(), [&](const std::string&) { return runner; }, {}).run();
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  std::signal(SIGUSR1, [](int) { stop_requests = stop_requests + 1; });
  try {
    const Environment environment = process_environment();
    if (!find_launcher(environment)) {
      const auto command = mpirun_of_this_program(2, {argv[1]}, environment);
      if (!command) throw std::runtime_error("there is no mpirun in the PATH");
      return supervise(*command);
    }
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
