#include "cluster/mpi_transport.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/mpi/exception.hpp>
#include <boost/mpi/status.hpp>
#include <limits>
#include <thread>
#include <utility>

namespace augsweep::cluster {
namespace {

/// What MPI reports becomes a ClusterError with MPI's own text.
template <typename Call>
auto checked(const char* what, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const boost::mpi::exception& error) {
    throw ClusterError(fmt::format("MPI failed while {} a message: {}", what, error.what()));
  }
}

/// Boost.MPI sends char as MPI_CHAR, a fixed layout: no serialisation, no length sent ahead.
char* characters(std::vector<std::byte>& bytes) {
  return reinterpret_cast<char*>(bytes.data());
}

/// Shortest list of sends in which it is worth looking behind the first.
constexpr std::size_t least_sweep = 64;

}  // namespace

MpiTransport::MpiTransport(const boost::mpi::communicator& world)
    : world_(world), rank_(world.rank()), size_(world.size()), sweep_at_(least_sweep) {}

void MpiTransport::send(int to, Tag tag, std::vector<std::byte> bytes) {
  if (bytes.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw ClusterError(fmt::format(
        "a message of {} bytes is more than MPI can carry: keep less output per job", bytes.size()));
  }
  reap_sends();
  Transfer& transfer =
      outgoing_.emplace_back(Transfer{.message = {to, tag, std::move(bytes)}, .request = {}});
  auto& buffer = transfer.message.bytes;
  transfer.request = checked("sending", [&] {
    return world_.isend(to, static_cast<int>(tag), characters(buffer), static_cast<int>(buffer.size()));
  });
}

std::optional<Message> MpiTransport::poll() {
  reap_sends();
  if (auto message = take_arrived()) return message;
  const auto probed = checked("looking for", [&] { return world_.iprobe(); });
  if (!probed) return std::nullopt;
  const auto size = probed->count<char>();
  if (!size)
    throw ClusterError(fmt::format("rank {} sent a message that is not made of bytes", probed->source()));
  Transfer& transfer =
      incoming_.emplace_back(Transfer{.message = {probed->source(), static_cast<Tag>(probed->tag()),
                                                  std::vector<std::byte>(static_cast<std::size_t>(*size))},
                                      .request = {}});
  // A large message arrives while its sender lets MPI work, which may be later: never wait for it here.
  transfer.request = checked("receiving", [&] {
    return world_.irecv(probed->source(), probed->tag(), characters(transfer.message.bytes), *size);
  });
  return take_arrived();
}

std::optional<Message> MpiTransport::take_arrived() {
  for (auto one = incoming_.begin(); one != incoming_.end(); ++one) {
    if (!one->complete) one->complete = checked("receiving", [&] { return one->request.test().has_value(); });
    if (!one->complete) continue;
    const bool overtakes = std::any_of(incoming_.begin(), one, [&](const Transfer& earlier) {
      return earlier.message.peer == one->message.peer;
    });
    if (overtakes) continue;
    Message message = std::move(one->message);
    incoming_.erase(one);
    return message;
  }
  return std::nullopt;
}

void MpiTransport::wait(Clock::duration longest) {
  std::this_thread::sleep_for(longest);
}

bool MpiTransport::flush(Clock::duration longest) {
  const auto deadline = now() + longest;
  while (true) {
    reap_all_sends();
    if (outgoing_.empty()) return true;
    if (now() >= deadline) return false;
    wait(std::chrono::microseconds(50));
  }
}

void MpiTransport::reap_sends() {
  // Sends mostly complete in order, so the first is looked at only; but one to a rank that no longer listens
  // never does.
  while (!outgoing_.empty() &&
         checked("sending", [&] { return outgoing_.front().request.test().has_value(); })) {
    outgoing_.pop_front();
  }
  if (outgoing_.size() >= sweep_at_) {
    reap_all_sends();
    sweep_at_ = std::max(least_sweep, 2 * outgoing_.size());
  }
}

void MpiTransport::reap_all_sends() {
  std::erase_if(outgoing_, [](Transfer& one) {
    return checked("sending", [&] { return one.request.test().has_value(); });
  });
}

}  // namespace augsweep::cluster
