#include "cluster/jobs.hpp"

#include <algorithm>

namespace augsweep::cluster {

PendingJobs::PendingJobs(std::vector<bool> pending)
    : pending_(std::move(pending)),
      remaining_(static_cast<std::uint64_t>(std::count(pending_.begin(), pending_.end(), true))) {}

std::optional<std::uint64_t> PendingJobs::next() {
  if (remaining_ == 0) return std::nullopt;
  while (!pending_[position_]) ++position_;
  --remaining_;
  return position_++;
}

}  // namespace augsweep::cluster
