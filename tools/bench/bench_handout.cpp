// The hand-out of jobs alone, over MPI: jobs that sleep, or do nothing, and a sink that forgets results. More
// ranks than cores are fine, since a rank that sleeps needs none.
//
//   mpirun -n RANKS bench_handout JOBS MILLISECONDS [SPREAD [BYTES]]
//
// A job sleeps MILLISECONDS on average, between (1 - SPREAD) and (1 + SPREAD) times that (by default 0.5),
// and answers with BYTES bytes (by default 4000). Prints one line of JSON: "efficiency" is the time that
// workers slept in jobs, as a part of workers times the time from the first job to the end; "ideal" the same
// for a hand-out that takes no time, found by replaying the jobs' durations.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "cluster/coordinator.hpp"
#include "cluster/mpi_session.hpp"
#include "cluster/worker.hpp"

namespace {

using namespace augsweep;  // NOLINT(google-build-using-namespace)
using namespace augsweep::cluster;

struct Bench {
  std::uint64_t jobs = 1000;
  double milliseconds = 10.0;
  double spread = 0.5;
  std::size_t bytes = 4000;
};

/// Keeps when and how long the jobs ran.
class Sink final : public ResultSink {
 public:
  explicit Sink(std::uint64_t jobs) : seconds_(jobs) {}
  void accept(const Finished& finished) override {
    seconds_[finished.job] = finished.run.seconds;
    first_ = std::min(first_, finished.run.started);
    last_ = std::max(last_, finished.run.ended);
    busy_ += finished.run.seconds;
  }
  void flush_if_due() override {}
  void flush() override {}

  double busy() const { return busy_; }
  double elapsed() const { return last_ - first_; }
  /// The time that as many workers take who get the next job the moment they are free.
  double ideal(int workers) const {
    std::priority_queue<double, std::vector<double>, std::greater<>> free_at(
        std::greater<>{}, std::vector<double>(workers, 0.0));
    double end = 0.0;
    for (const double duration : seconds_) {
      const double done = free_at.top() + duration;
      free_at.pop();
      free_at.push(done);
      end = std::max(end, done);
    }
    return end;
  }

 private:
  std::vector<double> seconds_;
  double first_ = 1e300, last_ = 0.0, busy_ = 0.0;
};

/// In [-1, 1), the same for the same job.
double scatter(std::uint64_t job) {
  std::uint64_t x = (job + 1) * 0x9E37'79B9'7F4A'7C15U;
  x ^= x >> 31U;
  x *= 0xBF58'476D'1CE4'E5B9U;
  return static_cast<double>(x >> 11U) / static_cast<double>(std::uint64_t{1} << 52U) - 1.0;
}

void coordinate(MpiSession& session, const Bench& bench) {
  PendingJobs source(std::vector<bool>(bench.jobs, true));
  Sink sink(bench.jobs);
  Coordinator coordinator(session.transport(), source, sink, {});
  const Report report = coordinator.run();
  if (!coordinator.stuck().empty()) session.abort(EXIT_FAILURE);
  const int workers = session.size() - 1;
  const double elapsed = sink.elapsed();
  fmt::print(
      "{{\"ranks\": {}, \"workers\": {}, \"jobs\": {}, \"milliseconds\": {}, \"bytes\": {}, \"elapsed\": "
      "{:.6f}, "
      "\"busy\": {:.6f}, \"efficiency\": {:.5f}, \"ideal\": {:.5f}, \"asleep\": {:.6f}, \"whole\": "
      "{:.6f}}}\n",
      session.size(), workers, bench.jobs, bench.milliseconds, bench.bytes, elapsed, sink.busy(),
      sink.busy() / (workers * elapsed), sink.busy() / (workers * sink.ideal(workers)), report.asleep_seconds,
      report.progress.elapsed.count());
}

void run(const Bench& bench) {
  MpiSession session;
  if (session.rank() == coordinator_rank) return coordinate(session, bench);
  const auto pause = [&bench](std::uint64_t job) {
    return std::chrono::duration<double, std::milli>(bench.milliseconds *
                                                     (1.0 + bench.spread * scatter(job)));
  };
  JobRunner runner = [&](std::uint64_t job, const Ask&) {
    if (bench.milliseconds > 0.0) std::this_thread::sleep_for(pause(job));
    training::Outcome outcome;
    outcome.status = training::Status::converged;
    return outcome;
  };
  Packer packer = [&](const training::Outcome&) { return std::vector<std::byte>(bench.bytes); };
  Worker(session.transport(), [&](const std::string&) { return Work(runner, packer); }, {}).run();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 5) {
    fmt::print(stderr, "usage: mpirun -n RANKS bench_handout JOBS MILLISECONDS [SPREAD [BYTES]]\n");
    return EXIT_FAILURE;
  }
  Bench bench;
  bench.jobs = std::strtoull(argv[1], nullptr, 10);
  bench.milliseconds = std::strtod(argv[2], nullptr);
  if (argc > 3) bench.spread = std::strtod(argv[3], nullptr);
  if (argc > 4) bench.bytes = std::strtoull(argv[4], nullptr, 10);
  try {
    run(bench);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_handout: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
