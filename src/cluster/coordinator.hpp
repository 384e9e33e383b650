#pragma once
/// @file Rank 0: hands out jobs, receives results, and keeps a sweep going whatever becomes of jobs and
/// workers. Knows neither MPI nor files.
///
/// How jobs are handed out. Every worker has work in advance: at least one job besides the running one, and
/// as many as fill CoordinatorOptions::ahead where jobs are tiny. Near the end a worker gets no more than its
/// share of what is left, and jobs that wait behind a long one are recalled when another worker has nothing
/// to do; so workers end together.

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/backoff.hpp"
#include "cluster/jobs.hpp"
#include "cluster/protocol.hpp"
#include "cluster/transport.hpp"
#include "training/outcome.hpp"

namespace augsweep::cluster {

struct CoordinatorOptions {
  std::string program;             ///< identity of the build; a worker of another one is refused
  std::string setup;               ///< text that every worker gets before its first job
  Packer pack = training::encode;  ///< for failures that the coordinator itself has to state
  std::uint32_t attempt = 1;       ///< of the jobs handed out: 1 for a new sweep, one more with each resume

  Seconds ahead{0.020};           ///< time that a worker's jobs in advance should last
  std::uint32_t max_ahead = 256;  ///< most jobs that one worker has at a time; at least 2

  std::optional<Seconds> job_timeout;    ///< longest time for one job
  Seconds hung_margin{10.0};             ///< a worker silent this long after a job's timeout is given up
  std::optional<Seconds> silence_limit;  ///< a rank unheard of this long is given up, by either side
  Seconds heartbeat{5.0};                ///< a rank with nothing to say sends a heartbeat this often
  std::uint32_t max_worker_losses =
      2;  ///< a job that was running on this many lost workers is failed, not tried again

  std::optional<Seconds> time_limit;          ///< of the whole run
  std::optional<std::uint64_t> max_failures;  ///< failed and timed-out jobs after which the sweep is given up
  /// How often a stop has been requested: 1 stops in good order, 2 or more at once. Asked every few
  /// milliseconds.
  std::function<int()> stop_requests;
  Seconds grace{0.3};        ///< after a stop, a running job may go on this long; then it is abandoned
  Seconds leave_limit{4.0};  ///< further time that workers get to leave; one that has not left then is stuck

  Seconds progress_interval{0.1};  ///< between two calls of CoordinatorObserver::on_progress
};

/// Why a sweep ended.
enum class Ending {
  complete,      ///< every job has ended
  stop_request,  ///< asked to stop
  time_limit,    ///< out of time
  max_failures   ///< too many failed jobs
};

struct Progress {
  std::uint64_t jobs = 0;                    ///< to be run by this call in all
  std::uint64_t finished = 0;                ///< of these
  std::array<std::uint64_t, 6> by_status{};  ///< finished jobs per training::Status
  std::uint64_t running = 0;                 ///< handed out and not finished
  int workers = 0;                           ///< that have joined and are not lost
  int busy = 0;                              ///< workers that have a job
  Seconds elapsed{0.0};

  /// Jobs that failed or timed out.
  std::uint64_t failures() const;
};

struct Report {
  Ending ending = Ending::complete;
  Progress progress;                ///< at the end
  std::vector<std::string> losses;  ///< one sentence per worker that was given up
  double busy_seconds = 0.0;        ///< that workers spent in jobs, as they said when they left
  double idle_seconds = 0.0;        ///< that they waited for work
  double asleep_seconds = 0.0;      ///< that the coordinator slept
};

/// Is told what happens, to show it. Every call has an empty default.
class CoordinatorObserver {
 public:
  CoordinatorObserver() = default;
  CoordinatorObserver(const CoordinatorObserver&) = delete;
  CoordinatorObserver& operator=(const CoordinatorObserver&) = delete;
  virtual ~CoordinatorObserver() = default;

  virtual void on_progress(const Progress& /*progress*/) {}
  virtual void on_worker_joined(int /*rank*/, const Hello& /*hello*/) {}
  virtual void on_worker_lost(int /*rank*/, std::string_view /*sentence*/) {}
  virtual void on_stopping(Ending /*why*/) {}
};

class Coordinator {
 public:
  /// All references must outlive the coordinator; `observer` may be null. Throws ClusterError if the
  /// transport has no worker or an option is out of range.
  Coordinator(Transport& transport, JobSource& source, ResultSink& sink, CoordinatorOptions options,
              CoordinatorObserver* observer = nullptr);

  /// Runs the sweep until it is complete or stopped, and sends the workers home. Throws what the sink threw;
  /// ClusterError if no worker is left or one can't work. Workers have then been sent home too. To be called
  /// once.
  Report run();

  /// Ranks that have not left when run() ended, with a result or an error: they hang in a job or are dead.
  /// MPI can't be ended in good order then; the caller closes its files and aborts.
  const std::vector<int>& stuck() const { return stuck_; }

 private:
  enum class State { awaited, working, lost, left };

  /// How a worker was lost.
  enum class Loss {
    hung,     ///< in a job whose time is over
    silent,   ///< unheard of
    departed  ///< it said goodbye
  };

  struct OpenJob {
    AssignedJob assigned;
    std::uint32_t losses = 0;  ///< workers lost while running it
  };

  struct Worker {
    State state = State::awaited;
    std::string host;
    std::deque<OpenJob> open;        ///< handed out and unanswered; the first one is being run
    std::optional<double> mean_job;  ///< running mean of seconds per job
    Seconds front_since{0.0};        ///< awake time since when it can be at its first open job
    Seconds heard{0.0}, told{0.0};   ///< awake time of the last message from and to it
    bool recalled = false;           ///< a recall is not answered yet
  };

  int receive();
  void handle(const Message& message);
  void greet(int rank, const Message& message);
  void take_result(int rank, const Message& message);
  void take_late_result(const Result& result, int rank);
  void take_returned(int rank, const Message& message);
  void take_goodbye(const Message& message);
  void deliver(const Result& result, int rank);

  std::uint64_t remaining() const { return source_.remaining() + requeued_.size(); }
  std::optional<OpenJob> next_job();
  void top_up(int rank);
  void top_up_all();
  void recall_waiting_jobs();
  void look_after_workers();
  void lose(int rank, Loss loss, const std::string& why);
  void fail_by_proxy(const OpenJob& job, int rank, training::Status status, const std::string& message);
  void require_a_worker() const;

  bool check_stop();
  void dismiss(Seconds grace, bool accept_results);
  void say(int rank, Tag tag, std::vector<std::byte> bytes);
  void pause();
  /// For how long the worker with the least to do has jobs, by the mean of its latest ones.
  Seconds provision() const;
  void report_progress(bool always);
  Progress progress() const;
  Worker& worker(int rank) { return workers_[static_cast<std::size_t>(rank)]; }
  const Worker& worker(int rank) const { return workers_[static_cast<std::size_t>(rank)]; }
  int last_rank() const { return static_cast<int>(workers_.size()) - 1; }

  Transport& transport_;
  JobSource& source_;
  ResultSink& sink_;
  CoordinatorOptions options_;
  CoordinatorObserver* observer_;

  std::vector<Worker> workers_;   ///< by rank; the first is unused
  std::deque<OpenJob> requeued_;  ///< come back from recalls and lost workers, to be handed out first
  Clock::time_point began_;
  AwakeClock clock_;
  Backoff backoff_;
  std::uint64_t jobs_ = 0;
  std::uint64_t finished_ = 0;
  std::uint64_t open_ = 0;  ///< over all workers that are not lost
  std::array<std::uint64_t, 6> by_status_{};
  int sharers_;           ///< workers not lost, joined or still awaited
  bool leaving_ = false;  ///< workers are being sent home: nothing more is handed out
  std::optional<Ending> stop_;
  Seconds next_look_{0.0}, next_recall_{0.0};  ///< awake time
  Seconds next_progress_{0.0};                 ///< elapsed time
  double busy_seconds_ = 0.0, idle_seconds_ = 0.0, asleep_seconds_ = 0.0;
  std::vector<std::string> losses_;
  std::vector<int> stuck_;
};

/// Sends all workers home before any coordinator has run, say because the output can't be opened. Returns the
/// ranks that did not leave within the limit.
std::vector<int> dismiss_workers(Transport& transport, Seconds leave_limit = Seconds(5.0));

}  // namespace augsweep::cluster
