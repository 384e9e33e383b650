#include "app/allocation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace augsweep::app {

namespace {

int at_least_one(double number) {
  return static_cast<int>(std::clamp(std::ceil(number), 1.0, 1e6));
}

}  // namespace

Allocation allocate(const AllocationRequest& request) {
  if (request.tasks_per_node < 2) {
    throw std::invalid_argument(
        "a node with one task would hold the coordinator and no worker: give --tasks-per-node 2 or more");
  }
  const double margin_seconds = request.typical_seconds * time_margin;
  const double job_seconds = std::max(request.typical_seconds / static_cast<double>(request.jobs), 1e-9);
  const int wanted_nodes =
      at_least_one((margin_seconds / request.wanted_seconds + 1.0) / request.tasks_per_node);
  // More workers than jobs would have nothing to do.
  const int useful_nodes = at_least_one((static_cast<double>(request.jobs) + 1.0) / request.tasks_per_node);
  const int all_nodes =
      request.nodes.value_or(std::min({wanted_nodes, useful_nodes, std::max(request.most_nodes, 1)}));

  Allocation allocation;
  const auto workers = [&](int shards) {
    return static_cast<double>(all_nodes) * request.tasks_per_node - shards;
  };
  const auto busy = [&](int shards) {
    return workers(shards) / shards / job_seconds * result_service_seconds;
  };
  const double service_seconds = static_cast<double>(request.jobs) * result_service_seconds;
  const int useful_shards =
      service_seconds < short_service_seconds ? 1 : at_least_one(busy(1) / full_coordinator);
  allocation.shards = request.shards.value_or(std::min(useful_shards, all_nodes));
  if (request.shards && !request.nodes) {
    allocation.nodes = std::max(all_nodes / allocation.shards, 1);
  } else if (allocation.shards > all_nodes) {
    throw std::invalid_argument(fmt::format("{} shards need at least {} nodes, one each; --nodes says {}",
                                            allocation.shards, allocation.shards, all_nodes));
  } else {
    allocation.nodes = (all_nodes + allocation.shards - 1) / allocation.shards;
  }
  allocation.coordinator_busy = std::min(busy(allocation.shards), 1.0);

  const double shard_workers = static_cast<double>(allocation.nodes) * request.tasks_per_node - 1.0;
  const double computing = margin_seconds / allocation.shards / shard_workers;
  const double writing = service_seconds * time_margin / allocation.shards;
  // The last jobs to end may be the longest.
  const double longest_job = request.most_seconds / static_cast<double>(request.jobs) * time_margin;
  const double net = std::max(computing, writing) + longest_job;
  const double longest_net = request.longest_seconds - start_seconds;
  if (longest_net <= longest_job) {
    throw std::invalid_argument(fmt::format(
        "the longest job may take {:.0f} s and would not fit into runs of {:.0f} s: give a longer "
        "--max-time, or fewer max_trials",
        longest_job, request.longest_seconds));
  }
  allocation.runs = at_least_one(net / longest_net);
  allocation.seconds = allocation.runs > 1 ? request.longest_seconds : net + start_seconds;
  return allocation;
}

std::string slurm_time(double seconds) {
  constexpr std::int64_t step = 5;  // minutes; nobody asks for 37
  const auto minutes = static_cast<std::int64_t>(std::ceil(seconds / 60.0 / step)) * step;
  const std::int64_t days = minutes / 1440;
  const std::string clock = fmt::format("{:02}:{:02}:00", minutes % 1440 / 60, minutes % 60);
  return days > 0 ? fmt::format("{}-{}", days, clock) : clock;
}

}  // namespace augsweep::app
