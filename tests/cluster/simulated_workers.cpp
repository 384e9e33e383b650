#include "simulated_workers.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace augsweep::cluster::testing {
namespace {

/// Simulated cost of one look for messages: keeps a coordinator that never waits from standing still in time.
constexpr double cost_of_poll = 1e-6;

}  // namespace

SimulatedWorkers::SimulatedWorkers(std::vector<Behaviour> behaviours) {
  for (Behaviour& behaviour : behaviours) {
    workers_.emplace_back().behaviour = std::move(behaviour);
    const int rank = static_cast<int>(workers_.size());
    const Behaviour& its = workers_.back().behaviour;
    if (!its.joins_after) continue;
    at(*its.joins_after, [this, rank] {
      if (worker(rank).gone) return;
      answer(rank, Tag::hello,
             encode(Hello{.program = worker(rank).behaviour.program,
                          .host = "node" + std::to_string(rank),
                          .cores = "0"}));
    });
  }
}

void SimulatedWorkers::at(double time, std::function<void()> action) {
  events_.push({.time = time, .order = events_made_++, .action = std::move(action)});
}

void SimulatedWorkers::advance_to(double time) {
  while (!events_.empty() && events_.top().time <= time) {
    const Event event = events_.top();
    events_.pop();
    time_ = std::max(time_, event.time);
    event.action();
  }
  time_ = std::max(time_, time);
}

std::optional<Message> SimulatedWorkers::poll() {
  advance_to(time_ + cost_of_poll);
  if (arrived_.empty()) return std::nullopt;
  Message message = std::move(arrived_.front());
  arrived_.pop_front();
  return message;
}

void SimulatedWorkers::wait(Clock::duration longest) {
  ++waits_;
  advance_to(time_ + Seconds(longest).count() + std::exchange(oversleep_, 0.0));
  if (time_ > 1e7) throw std::logic_error("the coordinator waits for ever");
}

void SimulatedWorkers::send(int to, Tag tag, std::vector<std::byte> bytes) {
  worker(to).record.in_order.push_back(tag);
  ++worker(to).record.heard[tag];
  at(time_ + worker(to).behaviour.latency,
     [this, to, message = Message{coordinator_rank, tag, std::move(bytes)}] {
       if (worker(to).hangs) {
         worker(to).unheard.push_back(message);
       } else if (!worker(to).gone) {
         hear(to, message);
       }
     });
}

void SimulatedWorkers::hear(int rank, const Message& message) {
  Worker& one = worker(rank);
  switch (message.tag) {
    case Tag::setup:
      one.record.setup = decode_setup(message.bytes);
      return;
    case Tag::assignment: {
      const auto jobs = decode_jobs(message.bytes);
      one.queue.insert(one.queue.end(), jobs.begin(), jobs.end());
      one.record.batches.push_back(jobs.size());
      one.record.most_held = std::max(one.record.most_held, one.queue.size() + (one.running ? 1U : 0U));
      return begin_next(rank);
    }
    case Tag::recall:
      answer(rank, Tag::returned, encode(std::vector<AssignedJob>(one.queue.begin(), one.queue.end())));
      return one.queue.clear();
    case Tag::stop: {
      one.stopped = true;
      one.queue.clear();
      if (!one.running) return leave(rank);
      at(time_ + decode_stop(message.bytes).grace, [this, rank] {
        worker(rank).running.reset();
        leave(rank);
      });
      return;
    }
    default:
      return;
  }
}

void SimulatedWorkers::begin_next(int rank) {
  Worker& one = worker(rank);
  if (one.running || one.queue.empty() || one.gone) return;
  one.running = one.behaviour.newest_first ? one.queue.back() : one.queue.front();
  one.behaviour.newest_first ? one.queue.pop_back() : one.queue.pop_front();
  const std::uint64_t job = one.running->job;
  one.record.begun.push_back(job);
  if (one.idle_since) one.record.idle += time_ - *one.idle_since;
  one.idle_since.reset();
  const std::uint64_t run = ++one.run;
  if (one.behaviour.leaves_at == job) {
    leave(rank);
  } else if (one.behaviour.faults_at == job) {
    one.gone = true;
    answer(rank, Tag::fault, encode_fault("the recorded trials can't be read"));
  } else if (one.behaviour.hangs_in == job) {
    one.hangs = true;
    at(time_ + one.behaviour.recovers_after, [this, rank] { recover(rank); });
  } else {
    at(time_ + one.behaviour.seconds(job), [this, rank, run] { end_job(rank, run); });
  }
}

void SimulatedWorkers::end_job(int rank, std::uint64_t run) {
  Worker& one = worker(rank);
  if (one.gone || one.run != run || !one.running) return;
  const AssignedJob assigned = *std::exchange(one.running, std::nullopt);
  one.record.last_end = time_;
  auto other = one.behaviour.instead ? one.behaviour.instead(assigned.job) : std::nullopt;
  if (other) {
    answer(rank, other->tag, std::move(other->bytes));
  } else {
    training::Outcome outcome;
    outcome.status = one.behaviour.status(assigned.job);
    outcome.trials = static_cast<std::int64_t>(assigned.job);
    const auto bytes = training::encode(outcome);
    answer(rank, Tag::result,
           encode(Result{.assigned = assigned,
                         .status = outcome.status,
                         .seconds = one.behaviour.seconds(assigned.job),
                         .outcome = bytes}));
  }
  if (one.stopped) return leave(rank);
  one.idle_since = time_;
  begin_next(rank);
}

void SimulatedWorkers::recover(int rank) {
  Worker& one = worker(rank);
  one.hangs = false;
  end_job(rank, one.run);
  while (!one.unheard.empty() && !one.gone) {
    const Message message = std::move(one.unheard.front());
    one.unheard.pop_front();
    hear(rank, message);
  }
}

void SimulatedWorkers::leave(int rank) {
  Worker& one = worker(rank);
  if (std::exchange(one.gone, true)) return;
  answer(rank, Tag::goodbye, encode(Goodbye{.busy_seconds = 2.0, .idle_seconds = 1.0}));
}

void SimulatedWorkers::answer(int rank, Tag tag, std::vector<std::byte> bytes) {
  at(time_ + worker(rank).behaviour.latency,
     [this, message = Message{rank, tag, std::move(bytes)}] { arrived_.push_back(message); });
}

}  // namespace augsweep::cluster::testing
