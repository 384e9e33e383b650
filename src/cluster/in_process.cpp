#include "cluster/in_process.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <utility>

namespace augsweep::cluster {
namespace {

/// What has been sent to one rank and not been taken.
class Mailbox {
 public:
  void put(Message message) {
    {
      const std::lock_guard lock(mutex_);
      messages_.push_back(std::move(message));
    }
    filled_.notify_one();
  }
  std::optional<Message> take() {
    const std::lock_guard lock(mutex_);
    if (messages_.empty()) return std::nullopt;
    Message message = std::move(messages_.front());
    messages_.pop_front();
    return message;
  }
  void wait(Clock::duration longest) {
    std::unique_lock lock(mutex_);
    filled_.wait_for(lock, longest, [this] { return !messages_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Message> messages_;
};

using Mailboxes = std::vector<Mailbox>;  // by rank

class MailboxTransport final : public Transport {
 public:
  MailboxTransport(std::shared_ptr<Mailboxes> boxes, int rank) : boxes_(std::move(boxes)), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(boxes_->size()); }
  void send(int to, Tag tag, std::vector<std::byte> bytes) override {
    boxes_->at(static_cast<std::size_t>(to)).put({.peer = rank_, .tag = tag, .bytes = std::move(bytes)});
  }
  std::optional<Message> poll() override { return mine().take(); }
  Clock::time_point now() const override { return Clock::now(); }
  void wait(Clock::duration longest) override { mine().wait(longest); }
  bool flush(Clock::duration /*longest*/) override { return true; }

 private:
  Mailbox& mine() { return boxes_->at(static_cast<std::size_t>(rank_)); }

  std::shared_ptr<Mailboxes> boxes_;
  int rank_;
};

}  // namespace

InProcessWorkers::InProcessWorkers(int workers, const RunnerFactory& factory, const WorkerOptions& options) {
  if (workers < 1) throw ClusterError("computing in one process needs at least one worker thread");
  const auto boxes = std::make_shared<Mailboxes>(static_cast<std::size_t>(workers) + 1);
  coordinator_ = std::make_unique<MailboxTransport>(boxes, coordinator_rank);
  for (int rank = 1; rank <= workers; ++rank) {
    threads_.emplace_back([boxes, rank, factory, options] {
      MailboxTransport transport(boxes, rank);
      try {
        Worker(transport, factory, options).run();
      } catch (const std::exception&) {
        // The coordinator has been told, and ends the sweep with the message.
      }
    });
  }
}

InProcessWorkers::~InProcessWorkers() {
  for (std::thread& thread : threads_) thread.join();
}

void InProcessWorkers::leave_behind() {
  for (std::thread& thread : threads_) thread.detach();
  threads_.clear();
}

}  // namespace augsweep::cluster
