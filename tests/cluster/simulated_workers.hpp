#pragma once
/// @file Workers that exist only as a script, in a time that exists only as a number: the coordinator's
/// transport in its unit tests. Every run is the same run, an hour takes a millisecond, and workers can do
/// what no test should have to provoke.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "cluster/protocol.hpp"
#include "cluster/transport.hpp"

namespace augsweep::cluster::testing {

/// How one worker behaves. All by itself: a good worker whose every job takes 10 ms.
struct Behaviour {
  std::string program = "this build";
  std::optional<double> joins_after = 0.0;  ///< seconds until it says hello; none: never
  std::function<double(std::uint64_t job)> seconds = [](std::uint64_t) { return 0.010; };
  std::function<training::Status(std::uint64_t job)> status = [](std::uint64_t) {
    return training::Status::converged;
  };
  bool newest_first = false;               ///< runs the job that came last first
  double latency = 0.0;                    ///< seconds that each of its messages takes
  std::optional<std::uint64_t> hangs_in;   ///< in this job it stops doing anything
  double recovers_after = 1e9;             ///< seconds, from hanging on; then it answers the job and goes on
  std::optional<std::uint64_t> leaves_at;  ///< says goodbye in place of running this job
  std::optional<std::uint64_t> faults_at;  ///< reports a fault in place of running this job
  /// In place of the result of a job: anything.
  std::function<std::optional<Message>(std::uint64_t job)> instead;
};

class SimulatedWorkers final : public Transport {
 public:
  explicit SimulatedWorkers(std::vector<Behaviour> behaviours);

  int rank() const override { return coordinator_rank; }
  int size() const override { return static_cast<int>(workers_.size()) + 1; }
  void send(int to, Tag tag, std::vector<std::byte> bytes) override;
  std::optional<Message> poll() override;
  Clock::time_point now() const override { return Clock::time_point() + duration(time_); }
  void wait(Clock::duration longest) override;
  bool flush(Clock::duration /*longest*/) override { return true; }

  /// Simulated seconds since the beginning.
  double time() const { return time_; }

  /// How often the coordinator has slept.
  int waits() const { return waits_; }

  /// Has this done at a simulated time.
  void at(double time, std::function<void()> action);

  /// Lets a message arrive at the coordinator now.
  void deliver(Message message) { arrived_.push_back(std::move(message)); }

  /// The coordinator's next wait takes this much longer, as if its whole machine had been suspended.
  void oversleep(double seconds) { oversleep_ = seconds; }

  struct Record {
    std::size_t most_held = 0;         ///< jobs at one time
    std::vector<std::size_t> batches;  ///< sizes of the assignments, in order
    std::vector<std::uint64_t> begun;  ///< jobs, in order
    std::map<Tag, int> heard;          ///< messages from the coordinator, by kind
    double idle = 0.0;                 ///< seconds without work between its first and last job
    double last_end = 0.0;             ///< when its last job ended
    std::vector<Tag> in_order;         ///< kinds of all messages from the coordinator
    std::optional<Setup> setup;
  };
  const Record& record(int rank) const { return workers_.at(static_cast<std::size_t>(rank) - 1).record; }

 private:
  struct Worker {
    Behaviour behaviour;
    Record record;
    std::deque<AssignedJob> queue;
    std::optional<AssignedJob> running;
    std::uint64_t run =
        0;  ///< counts jobs begun, so that the end of an abandoned one is not taken for another's
    bool hangs = false;
    std::deque<Message> unheard;  ///< came while it hung
    bool stopped = false, gone = false;
    std::optional<double> idle_since;
  };
  struct Event {
    double time = 0.0;
    std::uint64_t order = 0;
    std::function<void()> action;
    bool operator>(const Event& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  static Clock::duration duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
  }
  void advance_to(double time);
  void hear(int rank, const Message& message);
  void begin_next(int rank);
  void end_job(int rank, std::uint64_t run);
  void recover(int rank);
  void leave(int rank);
  void answer(int rank, Tag tag, std::vector<std::byte> bytes);
  Worker& worker(int rank) { return workers_.at(static_cast<std::size_t>(rank) - 1); }

  std::vector<Worker> workers_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t events_made_ = 0;
  std::deque<Message> arrived_;
  double time_ = 0.0;
  int waits_ = 0;
  double oversleep_ = 0.0;
};

}  // namespace augsweep::cluster::testing
