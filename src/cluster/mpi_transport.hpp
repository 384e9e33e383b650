#pragma once
/// @file The transport over MPI: bytes of any length, sends that keep their own buffer until they are
/// through, receives that never wait for a slow sender.

#include <boost/mpi/communicator.hpp>
#include <boost/mpi/request.hpp>
#include <deque>
#include <list>
#include <optional>
#include <vector>

#include "cluster/transport.hpp"

namespace augsweep::cluster {

class MpiTransport final : public Transport {
 public:
  /// MPI must be initialised, and stay so as long as the transport lives.
  explicit MpiTransport(const boost::mpi::communicator& world);

  /// Messages still on their way out are lost; flush() first.
  ~MpiTransport() override = default;
  MpiTransport(const MpiTransport&) = delete;
  MpiTransport& operator=(const MpiTransport&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  void send(int to, Tag tag, std::vector<std::byte> bytes) override;
  std::optional<Message> poll() override;
  Clock::time_point now() const override { return Clock::now(); }
  void wait(Clock::duration longest) override;
  bool flush(Clock::duration longest) override;

 private:
  struct Transfer {
    Message message;  ///< its peer is the other end, whichever way the message goes
    boost::mpi::request request;
    bool complete = false;
  };

  void reap_sends();
  void reap_all_sends();
  std::optional<Message> take_arrived();

  boost::mpi::communicator world_;
  int rank_, size_;
  std::list<Transfer> outgoing_;  ///< a list: buffers and requests stay where MPI knows them
  std::size_t sweep_at_;          ///< length of outgoing_ at which all of it is looked through
  std::list<Transfer> incoming_;  ///< matched and not complete, in order of matching
};

}  // namespace augsweep::cluster
