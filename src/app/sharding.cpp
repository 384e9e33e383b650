#include "app/sharding.hpp"

#include <fmt/format.h>

namespace augsweep::app {

std::string divided_otherwise(const std::string& file, const sweep::Shard& shard,
                              const std::vector<training::Status>& statuses) {
  std::uint64_t foreign = 0, first = 0;
  for (std::uint64_t job = 0; job < statuses.size(); ++job) {
    if (statuses[job] != training::Status::pending && !shard.contains(job, statuses.size()) &&
        foreign++ == 0) {
      first = job;
    }
  }
  if (foreign == 0) {
    return {};
  }
  return fmt::format(
      "{}: holds {} jobs (the first of them {}) that are not of its shard {}/{} as this program divides the "
      "sweep: it was made by an augsweep that divided sweeps otherwise",
      file, foreign, first, shard.index, shard.count);
}

}  // namespace augsweep::app
