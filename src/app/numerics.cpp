#include "app/numerics.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <vector>

#include "store/writer.hpp"
#include "sweep/sweep.hpp"
#include "training/outcome.hpp"
#include "training/simulation.hpp"

namespace augsweep::app {

namespace {

// Every task, both kinds of memory, all three policies; long enough for weights and choices to depend on each
// other.
constexpr const char* sample_sweep = R"(
[training]
max_trials = 30
test_trials = 5
[[points]]
leak = 1.0
policy = "greedy"
[[points]]
leak = [0.7, 1.0]
policy = "eps-greedy"
exploration = "soft"
epsilon = 0.3
weight_g = true
[[points]]
leak = [0.7, 1.0]
policy = "softmax"
feedback = "symmetric"
[axes]
task = ["12ax", "12ax-s", "ax", "12ax-triplets", "sequence", "sequence-cpt", "txor", "saccade"]
)";

}  // namespace

std::string numerics() {
  const sweep::Sweep sweep = sweep::Sweep::parse(sample_sweep, "numerics.toml");
  std::vector<std::byte> all;
  for (std::uint64_t job = 0; job < sweep.size(); ++job) {
    const auto bytes = training::encode(training::run(sweep.job(job)));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return fmt::format("{:016x}", store::checksum_of(all));
}

}  // namespace augsweep::app
