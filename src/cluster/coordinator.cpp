#include "cluster/coordinator.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace augsweep::cluster {
namespace {

/// Results taken in one go before the sink and the workers are looked after again.
constexpr int messages_at_once = 64;

/// A job that has run this long may run much longer: what waits behind it is better run by an idle worker.
constexpr Seconds long_job{0.002};

/// A worker that has jobs for this long does not wait for an answer, so the coordinator can let results come
/// together and sleep: each time it wakes it takes a processor for some 25 us from somebody who computes. It
/// sleeps a part of the time for which everybody has jobs, since those may be shorter than the mean.
constexpr Seconds provided{0.0015};
constexpr double part_slept = 1.0 / 8.0;
constexpr Seconds shortest_sleep{0.0005};
constexpr Seconds longest_sleep{0.002};

/// Between two looks at all workers for silence, and for idle ones.
constexpr Seconds look_interval{0.1};

/// After a second request to stop, workers get this long to leave.
constexpr Seconds hurried_leave{0.2};

/// Weight of the newest job in the running mean.
constexpr double newest_weight = 0.25;

training::Outcome failure(training::Status status, const std::string& message) {
  training::Outcome outcome;
  outcome.status = status;
  outcome.message = message;
  return outcome;
}

std::uint64_t count_failures(const std::array<std::uint64_t, 6>& by_status) {
  return by_status[static_cast<std::size_t>(training::Status::failed)] +
         by_status[static_cast<std::size_t>(training::Status::timeout)];
}

}  // namespace

std::uint64_t Progress::failures() const {
  return count_failures(by_status);
}

Coordinator::Coordinator(Transport& transport, JobSource& source, ResultSink& sink,
                         CoordinatorOptions options, CoordinatorObserver* observer)
    : transport_(transport),
      source_(source),
      sink_(sink),
      options_(std::move(options)),
      observer_(observer),
      workers_(static_cast<std::size_t>(std::max(transport.size(), 1))),
      began_(transport.now()),
      clock_(began_),
      jobs_(source.remaining()),
      sharers_(transport.size() - 1) {
  if (transport.size() < 2) {
    throw ClusterError(
        "a coordinator needs at least one worker: start at least two ranks, or compute in one process");
  }
  if (options_.max_ahead < 2) throw ClusterError("a worker must be allowed at least two jobs at a time");
}

Report Coordinator::run() {
  const auto send_home = [this](bool accept_results) {
    try {
      dismiss(Seconds(0.0), accept_results);
    } catch (...) {  // The error that brought us here says more than its consequences.
      for (int rank = 1; rank <= last_rank(); ++rank) {
        if (worker(rank).state != State::left) stuck_.push_back(rank);
      }
    }
  };
  try {
    while (finished_ < jobs_ && !check_stop()) {
      const int received = receive();
      clock_.advance(transport_.now());
      look_after_workers();
      sink_.flush_if_due();
      report_progress(false);
      if (received > 0) backoff_.reset();
      if (received == 0 || (received < messages_at_once && provision() > provided)) pause();
    }
    if (stop_ && observer_ != nullptr) observer_->on_stopping(*stop_);
    dismiss(stop_ ? options_.grace : Seconds(0.0), true);
  } catch (const ClusterError&) {
    send_home(true);
    sink_.flush();
    throw;
  } catch (...) {
    send_home(false);
    throw;
  }
  sink_.flush();
  report_progress(true);

  Report report;
  report.ending = finished_ == jobs_ ? Ending::complete : stop_.value_or(Ending::stop_request);
  report.progress = progress();
  report.losses = losses_;
  report.busy_seconds = busy_seconds_;
  report.idle_seconds = idle_seconds_;
  report.asleep_seconds = asleep_seconds_;
  return report;
}

void Coordinator::pause() {
  const Seconds provision = this->provision();
  const Clock::duration longest =
      provision > provided ? as_duration(std::clamp(provision * part_slept, shortest_sleep, longest_sleep))
                           : backoff_.next();
  const auto before = transport_.now();
  transport_.wait(longest);
  asleep_seconds_ += Seconds(transport_.now() - before).count();
}

Seconds Coordinator::provision() const {
  Seconds least = Seconds::max();
  for (int rank = 1; rank <= last_rank(); ++rank) {
    const Worker& one = worker(rank);
    if (one.state == State::awaited) return Seconds(0.0);
    if (one.state != State::working) continue;
    least = std::min(least, static_cast<double>(one.open.size()) * Seconds(one.mean_job.value_or(0.0)));
  }
  return least;
}

int Coordinator::receive() {
  for (int count = 0; count < messages_at_once; ++count) {
    const auto message = transport_.poll();
    if (!message) return count;
    handle(*message);
  }
  return messages_at_once;
}

void Coordinator::handle(const Message& message) {
  if (message.peer < 1 || message.peer > last_rank()) {
    throw ProtocolError(fmt::format("a message came from rank {}, which is no worker", message.peer));
  }
  worker(message.peer).heard = clock_.awake();
  switch (message.tag) {
    case Tag::hello:
      return greet(message.peer, message);
    case Tag::result:
      return take_result(message.peer, message);
    case Tag::returned:
      return take_returned(message.peer, message);
    case Tag::goodbye:
      take_goodbye(message);
      return lose(message.peer, Loss::departed, "it left without being asked to");
    case Tag::fault:
      worker(message.peer).state = State::left;
      throw ClusterError(fmt::format("rank {} on {} can't work: {}", message.peer, worker(message.peer).host,
                                     decode_fault(message.bytes)));
    case Tag::heartbeat:
      return;
    case Tag::setup:
    case Tag::assignment:
    case Tag::recall:
    case Tag::stop:
      break;
  }
  throw ProtocolError(fmt::format("rank {} sent a message of kind {}, which only a coordinator sends",
                                  message.peer, static_cast<int>(message.tag)));
}

void Coordinator::greet(int rank, const Message& message) {
  const Hello hello = decode_hello(message.bytes);
  Worker& joined = worker(rank);
  if (joined.state == State::lost) return;
  if (joined.state != State::awaited) throw ProtocolError(fmt::format("rank {} said hello twice", rank));
  joined.host = hello.host;
  if (hello.program != options_.program) {
    throw ClusterError(
        fmt::format("rank {} on {} runs another build of the program ({}) than the coordinator ({}): give "
                    "all nodes the same one",
                    rank, hello.host, hello.program, options_.program));
  }
  joined.state = State::working;
  if (observer_ != nullptr) observer_->on_worker_joined(rank, hello);
  say(rank, Tag::setup,
      encode(Setup{.job_timeout = options_.job_timeout.value_or(Seconds(0.0)).count(),
                   .heartbeat = options_.heartbeat.count(),
                   .silence_limit = options_.silence_limit.value_or(Seconds(0.0)).count(),
                   .text = options_.setup}));
  top_up(rank);
}

void Coordinator::take_result(int rank, const Message& message) {
  const Result result = decode_result(message.bytes);
  Worker& sender = worker(rank);
  if (sender.state == State::lost) return take_late_result(result, rank);
  const auto open = std::find_if(sender.open.begin(), sender.open.end(),
                                 [&](const OpenJob& job) { return job.assigned.job == result.assigned.job; });
  if (open == sender.open.end()) {
    throw ProtocolError(
        fmt::format("rank {} sent a result of job {}, which it was not given", rank, result.assigned.job));
  }
  sender.open.erase(open);
  --open_;
  sender.front_since = clock_.awake();
  sender.mean_job = sender.mean_job
                        ? (1.0 - newest_weight) * *sender.mean_job + newest_weight * result.seconds
                        : result.seconds;
  deliver(result, rank);
  top_up(rank);
}

void Coordinator::take_late_result(const Result& result, int rank) {
  // The worker was given up too early. If nobody else has begun the job, this saves its repetition.
  const auto waiting = std::find_if(requeued_.begin(), requeued_.end(), [&](const OpenJob& job) {
    return job.assigned.job == result.assigned.job;
  });
  if (waiting == requeued_.end()) return;
  requeued_.erase(waiting);
  deliver(result, rank);
}

void Coordinator::take_returned(int rank, const Message& message) {
  const std::vector<AssignedJob> returned = decode_jobs(message.bytes);
  Worker& sender = worker(rank);
  sender.recalled = false;
  if (sender.state == State::lost) return;
  for (const AssignedJob& assigned : returned) {
    const auto open = std::find_if(sender.open.begin(), sender.open.end(),
                                   [&](const OpenJob& job) { return job.assigned == assigned; });
    if (open == sender.open.end()) {
      throw ProtocolError(fmt::format("rank {} returned job {}, which it was not given", rank, assigned.job));
    }
    requeued_.push_back(*open);
    sender.open.erase(open);
    --open_;
  }
  top_up_all();
}

void Coordinator::take_goodbye(const Message& message) {
  const Goodbye goodbye = decode_goodbye(message.bytes);
  busy_seconds_ += goodbye.busy_seconds;
  idle_seconds_ += goodbye.idle_seconds;
}

void Coordinator::deliver(const Result& result, int rank) {
  ++finished_;
  ++by_status_[static_cast<std::size_t>(result.status)];
  sink_.accept({.job = result.assigned.job,
                .status = result.status,
                .outcome = result.outcome,
                .run = {.rank = rank,
                        .host = worker(rank).host,
                        .attempt = result.assigned.attempt,
                        .seconds = result.seconds,
                        .started = result.started,
                        .ended = result.ended}});
}

std::optional<Coordinator::OpenJob> Coordinator::next_job() {
  if (!requeued_.empty()) {
    const OpenJob job = requeued_.front();
    requeued_.pop_front();
    return job;
  }
  const auto job = source_.next();
  if (!job) return std::nullopt;
  return OpenJob{.assigned = {.job = *job, .attempt = options_.attempt}};
}

void Coordinator::top_up(int rank) {
  Worker& receiver = worker(rank);
  if (receiver.state != State::working || leaving_) return;
  const std::uint64_t left = remaining();
  if (left == 0) return;

  std::uint64_t target = 2;
  if (receiver.mean_job) {
    const double jobs = options_.ahead.count() / std::max(*receiver.mean_job, 1e-9);
    target = jobs < options_.max_ahead ? std::max<std::uint64_t>(2, 1 + static_cast<std::uint64_t>(jobs))
                                       : options_.max_ahead;
  }
  const auto sharers = static_cast<std::uint64_t>(sharers_);
  const std::uint64_t share = (left + 2 * sharers - 1) / (2 * sharers);
  target = std::min(target, share);
  if (receiver.open.size() > target / 2) return;

  std::vector<AssignedJob> jobs;
  jobs.reserve(target - receiver.open.size());
  if (receiver.open.empty()) receiver.front_since = clock_.awake();
  while (receiver.open.size() < target) {
    const auto job = next_job();
    if (!job) break;
    receiver.open.push_back(*job);
    jobs.push_back(job->assigned);
  }
  open_ += jobs.size();
  say(rank, Tag::assignment, encode(jobs));
}

void Coordinator::top_up_all() {
  for (int rank = 1; rank <= last_rank() && remaining() > 0; ++rank) top_up(rank);
}

void Coordinator::recall_waiting_jobs() {
  const auto idle = [](const Worker& one) { return one.state == State::working && one.open.empty(); };
  if (std::none_of(std::next(workers_.begin()), workers_.end(), idle)) return;
  for (int rank = 1; rank <= last_rank(); ++rank) {
    Worker& holder = worker(rank);
    if (holder.state != State::working || holder.recalled || holder.open.size() < 2) continue;
    if (clock_.awake() - holder.front_since < long_job) continue;
    holder.recalled = true;
    say(rank, Tag::recall, {});
  }
}

void Coordinator::look_after_workers() {
  const Seconds awake = clock_.awake();
  if (remaining() == 0 && open_ > 1 && awake >= next_recall_) {
    next_recall_ = awake + long_job;
    recall_waiting_jobs();
  }
  if (awake < next_look_) return;
  next_look_ = awake + look_interval;
  for (int rank = 1; rank <= last_rank(); ++rank) {
    Worker& one = worker(rank);
    if (one.state != State::awaited && one.state != State::working) continue;
    if (options_.job_timeout && !one.open.empty() &&
        awake - one.front_since > *options_.job_timeout + options_.hung_margin) {
      lose(rank, Loss::hung,
           fmt::format("job {} went on long after its time was over", one.open.front().assigned.job));
    } else if (options_.silence_limit && awake - one.heard > *options_.silence_limit) {
      lose(rank, Loss::silent,
           fmt::format("nothing was heard of it for {:.0f} s", (awake - one.heard).count()));
    } else if (one.state == State::working && options_.heartbeat > Seconds(0.0) &&
               awake - one.told > options_.heartbeat) {
      say(rank, Tag::heartbeat, {});
    }
  }
}

void Coordinator::lose(int rank, Loss loss, const std::string& why) {
  Worker& gone = worker(rank);
  gone.state = loss == Loss::departed ? State::left : State::lost;
  --sharers_;
  open_ -= gone.open.size();
  losses_.push_back(fmt::format("rank {}{} was given up: {}", rank,
                                gone.host.empty() ? std::string() : fmt::format(" on {}", gone.host), why));
  if (observer_ != nullptr) observer_->on_worker_lost(rank, losses_.back());

  const std::deque<OpenJob> open = std::exchange(gone.open, {});
  for (std::size_t i = open.size(); i-- > 0;) {
    OpenJob job = open[i];
    if (i == 0 && loss == Loss::hung) {
      fail_by_proxy(job, rank, training::Status::timeout,
                    fmt::format("ran longer than {:.6g} s and did not end when told to",
                                options_.job_timeout->count()));
    } else if (i == 0 && ++job.losses >= options_.max_worker_losses) {
      fail_by_proxy(
          job, rank, training::Status::failed,
          fmt::format("{} workers were lost while running it; the last: {}", job.losses, losses_.back()));
    } else {
      if (i == 0) ++job.assigned.attempt;
      requeued_.push_front(job);
    }
  }
  require_a_worker();
  top_up_all();
}

void Coordinator::fail_by_proxy(const OpenJob& job, int rank, training::Status status,
                                const std::string& message) {
  const std::vector<std::byte> outcome = options_.pack(failure(status, message));
  const double now = Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
  const double seconds = (clock_.awake() - worker(rank).front_since).count();
  deliver({.assigned = job.assigned,
           .status = status,
           .seconds = seconds,
           .started = now - seconds,
           .ended = now,
           .outcome = outcome},
          rank);
}

void Coordinator::require_a_worker() const {
  if (sharers_ > 0 || finished_ == jobs_) return;
  throw ClusterError(
      fmt::format("no worker is left, and {} of {} jobs have not ended: {}; resume the sweep to run them",
                  jobs_ - finished_, jobs_, fmt::join(losses_, "; ")));
}

bool Coordinator::check_stop() {
  if (options_.stop_requests && options_.stop_requests() > 0) {
    stop_ = Ending::stop_request;
  } else if (options_.time_limit && Seconds(transport_.now() - began_) >= *options_.time_limit) {
    stop_ = Ending::time_limit;
  } else if (options_.max_failures && count_failures(by_status_) >= *options_.max_failures) {
    stop_ = Ending::max_failures;
  }
  return stop_.has_value();
}

void Coordinator::dismiss(Seconds grace, bool accept_results) {
  leaving_ = true;
  const auto in_a_hurry = [this] { return options_.stop_requests && options_.stop_requests() > 1; };
  if (in_a_hurry()) grace = Seconds(0.0);
  for (int rank = 1; rank <= last_rank(); ++rank) {
    if (worker(rank).state != State::left) say(rank, Tag::stop, encode(Stop{.grace = grace.count()}));
  }
  const auto stays = [](const Worker& one) { return one.state != State::left; };
  Seconds deadline = clock_.advance(transport_.now()) + grace + options_.leave_limit;
  backoff_.reset();
  while (std::any_of(std::next(workers_.begin()), workers_.end(), stays) &&
         clock_.advance(transport_.now()) < deadline) {
    if (in_a_hurry()) deadline = std::min(deadline, clock_.awake() + hurried_leave);
    const auto message = transport_.poll();
    if (!message) {
      if (accept_results) sink_.flush_if_due();
      transport_.wait(backoff_.next());
      continue;
    }
    backoff_.reset();
    Worker& sender = worker(message->peer);
    if (message->tag == Tag::goodbye) {
      take_goodbye(*message);
      sender.state = State::left;
    } else if (message->tag == Tag::fault) {
      sender.state = State::left;
    } else if (message->tag == Tag::result && accept_results) {
      take_result(message->peer, *message);
    }
  }
  stuck_.clear();
  for (int rank = 1; rank <= last_rank(); ++rank) {
    if (stays(worker(rank))) stuck_.push_back(rank);
  }
}

void Coordinator::say(int rank, Tag tag, std::vector<std::byte> bytes) {
  worker(rank).told = clock_.awake();
  transport_.send(rank, tag, std::move(bytes));
}

void Coordinator::report_progress(bool always) {
  if (observer_ == nullptr) return;
  const Seconds elapsed(transport_.now() - began_);
  if (!always && elapsed < next_progress_) return;
  next_progress_ = elapsed + options_.progress_interval;
  observer_->on_progress(progress());
}

Progress Coordinator::progress() const {
  Progress progress{.jobs = jobs_,
                    .finished = finished_,
                    .by_status = by_status_,
                    .running = open_,
                    .elapsed = transport_.now() - began_};
  for (const Worker& one : workers_) {
    if (one.state != State::working) continue;
    ++progress.workers;
    if (!one.open.empty()) ++progress.busy;
  }
  return progress;
}

std::vector<int> dismiss_workers(Transport& transport, Seconds leave_limit) {
  std::vector<int> present;
  for (int rank = 1; rank < transport.size(); ++rank) {
    present.push_back(rank);
    transport.send(rank, Tag::stop, encode(Stop{}));
  }
  const auto deadline = transport.now() + as_duration(leave_limit);
  Backoff backoff;
  while (!present.empty() && transport.now() < deadline) {
    if (const auto message = transport.poll()) {
      if (message->tag == Tag::goodbye || message->tag == Tag::fault) std::erase(present, message->peer);
    } else {
      transport.wait(backoff.next());
    }
  }
  return present;
}

}  // namespace augsweep::cluster
