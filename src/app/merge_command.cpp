#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/provenance.hpp"
#include "app/sharding.hpp"
#include "store/merge.hpp"
#include "store/reader.hpp"
#include "sweep/shard.hpp"

namespace augsweep::app {

namespace {

/// Rows are copied by job, so shards of a program that divided sweeps otherwise merge as well, but what is
/// said of their gaps is not to be trusted; a virtual file looks for pending jobs by shard and is refused.
void look_for_other_divisions(const std::vector<std::filesystem::path>& inputs, bool show) {
  for (const auto& input : inputs) {
    const store::Reader reader(input);
    const std::string sentence =
        divided_otherwise(input.string(), sweep::Shard::parse(reader.attribute("shard")), reader.statuses());
    if (!sentence.empty() && show) {
      throw std::runtime_error(sentence + "; leave --virtual away to copy its rows");
    }
    if (!sentence.empty()) {
      spdlog::warn("{}; its rows are copied, but which jobs a shard lacks is counted in this program's way",
                   sentence);
    }
  }
}

}  // namespace

void add_merge_command(CLI::App& program, ExitCode& exit_code) {
  struct MergeWishes {
    std::vector<std::string> inputs;
    std::string output;
    store::MergeOptions options;
  };
  auto* command = program.add_subcommand(
      "merge",
      "Join shards, or partial runs of one sweep, into one file with the digest of an undivided run.\n\n"
      "What is missing is said, and is no error: '--resume' on the merged file, or on the shard, runs it.\n\n"
      "Examples:\n"
      "  augsweep merge shard-*.h5 -o all.h5            copies all rows\n"
      "  augsweep merge shard-*.h5 -o all.h5 --virtual  shows them where they are; keep the shards\n");
  auto wishes = std::make_shared<MergeWishes>();
  command->add_option("FILE", wishes->inputs, "result files of one sweep")->required();
  command->add_option("-o,--output", wishes->output, "file to write")->required();
  command->add_flag("--overwrite", wishes->options.overwrite, "replace the output if it exists");
  command->add_flag(
      "--virtual", wishes->options.show,
      "leave the rows in the inputs and only show them (HDF5's virtual datasets): at once, whatever "
      "their size. The inputs must stay where they are, seen from the output");
  command->callback([wishes, &exit_code] {
    const std::vector<std::filesystem::path> inputs(wishes->inputs.begin(), wishes->inputs.end());
    look_for_other_divisions(inputs, wishes->options.show);
    const store::MergeReport report = store::merge(inputs, wishes->output, provenance(), wishes->options);
    fmt::print("{} of {} jobs in {}\n", report.ended, report.jobs, wishes->output);
    for (const std::string& gap : report.gaps) {
      spdlog::warn("{}", gap);
    }
    if (report.ended < report.jobs) {
      spdlog::warn("{} jobs are in none of the files, the first of them {}; '--resume' {} runs them",
                   report.jobs - report.ended, fmt::join(report.missing, ", "),
                   wishes->options.show ? "on the shards" : "on the shards, or on the merged file,");
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
