#include "cluster/worker.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <utility>

#include "cluster/launch.hpp"

namespace augsweep::cluster {
namespace {

/// A leaving worker waits this long for its last messages to go out.
constexpr std::chrono::seconds last_words{30};

double unix_time() {
  return Seconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

training::Outcome failed(const std::string& message) {
  training::Outcome outcome;
  outcome.status = training::Status::failed;
  outcome.message = message;
  return outcome;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

Worker::Worker(Transport& transport, RunnerFactory factory, WorkerOptions options)
    : transport_(transport),
      factory_(std::move(factory)),
      options_(std::move(options)),
      ask_([this] { return order(); }),
      clock_(transport.now()) {}

Goodbye Worker::run() {
  try {
    send(Tag::hello, encode(Hello{.program = options_.program,
                                  .host = host_name(),
                                  .cores = usable_cores_text(),
                                  .process = getpid()}));
    work();
    send(Tag::goodbye, encode(times_));
  } catch (const std::exception& error) {
    try {
      send(Tag::fault, encode_fault(error.what()));
      transport_.flush(last_words);
    } catch (const ClusterError&) {  // The line is broken: the first error is the one to report.
    }
    throw;
  }
  if (!transport_.flush(last_words)) {
    throw ClusterError(
        fmt::format("rank {} could not say goodbye: the coordinator does not listen", transport_.rank()));
  }
  return times_;
}

void Worker::work() {
  Backoff backoff;
  Seconds idle{0.0};  // counted once the next job comes: waiting at the two ends is nobody's fault
  bool worked = false;
  while (true) {
    receive();
    if (stopped_) return;
    if (!queue_.empty()) {
      if (worked) times_.idle_seconds += idle.count();
      run_next();
      worked = true;
      idle = Seconds(0.0);
      backoff.reset();
      if (trouble_) std::rethrow_exception(trouble_);
      continue;
    }
    const auto before = transport_.now();
    transport_.wait(backoff.next());
    idle += transport_.now() - before;
    keep_in_touch();
  }
}

void Worker::receive() {
  while (const auto message = transport_.poll()) handle(*message);
}

void Worker::handle(const Message& message) {
  heard_ = clock_.advance(transport_.now());
  switch (message.tag) {
    case Tag::setup:
      setup_ = decode_setup(message.bytes);
      work_ = factory_(setup_.text);
      return;
    case Tag::assignment:
      if (!work_.run) throw ProtocolError("jobs came before the setup");
      for (const AssignedJob& assigned : decode_jobs(message.bytes)) queue_.push_back(assigned);
      return;
    case Tag::recall:
      send(Tag::returned, encode(std::vector<AssignedJob>(queue_.begin(), queue_.end())));
      queue_.clear();
      return;
    case Tag::stop:
      stopped_ = true;
      queue_.clear();
      abandon_at_ = transport_.now() + as_duration(Seconds(decode_stop(message.bytes).grace));
      return;
    case Tag::heartbeat:
      return;
    case Tag::hello:
    case Tag::result:
    case Tag::returned:
    case Tag::goodbye:
    case Tag::fault:
      break;
  }
  throw ProtocolError(fmt::format("the coordinator sent a message of kind {}, which only a worker sends",
                                  static_cast<int>(message.tag)));
}

void Worker::run_next() {
  const AssignedJob assigned = queue_.front();
  queue_.pop_front();
  const double started = unix_time();
  job_began_ = last_look_ = transport_.now();
  try {
    training::Outcome outcome = outcome_of(assigned.job);
    const double seconds = Seconds(transport_.now() - job_began_).count();
    times_.busy_seconds += seconds;
    const std::vector<std::byte> bytes = packed(outcome);
    send(Tag::result, encode(Result{.assigned = assigned,
                                    .status = outcome.status,
                                    .seconds = seconds,
                                    .started = started,
                                    .ended = started + seconds,
                                    .outcome = bytes}));
  } catch (const training::Abandoned&) {
    // Told to stop. The job has no result and stays pending.
  }
}

/// The outcome's bytes. One that can't be packed becomes a failure, which can.
std::vector<std::byte> Worker::packed(training::Outcome& outcome) const {
  try {
    return work_.pack(outcome);
  } catch (const std::exception& error) {
    outcome = failed(error.what());
    return work_.pack(outcome);
  }
}

training::Outcome Worker::outcome_of(std::uint64_t job) {
  try {
    training::Outcome outcome = work_.run(job, ask_);
    if (outcome.status == training::Status::pending) return failed("the job ended without a status");
    return outcome;
  } catch (const training::Abandoned&) {
    if (stopped_ || trouble_) throw;
    return failed("the job was abandoned though nobody asked for it");
  } catch (const std::exception& error) {
    return failed(error.what());
  } catch (...) {
    return failed("the job ended with an error that says nothing about itself");
  }
}

training::Order Worker::order() {
  const auto now = transport_.now();
  if (now - last_look_ >= as_duration(options_.look_interval)) {
    last_look_ = now;
    try {
      receive();
      keep_in_touch();
    } catch (...) {  // Not the job's error, and not to be taken for one.
      trouble_ = std::current_exception();
    }
  }
  if (trouble_ || (stopped_ && now >= abandon_at_)) return training::Order::stop;
  if (setup_.job_timeout > 0.0 && Seconds(now - job_began_).count() >= setup_.job_timeout) {
    return training::Order::time_out;
  }
  return training::Order::go_on;
}

void Worker::send(Tag tag, std::vector<std::byte> bytes) {
  told_ = clock_.awake();
  transport_.send(coordinator_rank, tag, std::move(bytes));
}

void Worker::keep_in_touch() {
  const Seconds awake = clock_.advance(transport_.now());
  if (setup_.silence_limit > 0.0 && (awake - heard_).count() > setup_.silence_limit) {
    throw ClusterError(fmt::format("rank {} has heard nothing from the coordinator for {:.0f} s and gives up",
                                   transport_.rank(), (awake - heard_).count()));
  }
  if (setup_.heartbeat > 0.0 && (awake - told_).count() > setup_.heartbeat) send(Tag::heartbeat, {});
}

}  // namespace augsweep::cluster
