#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/provenance.hpp"
#include "store/merge.hpp"

namespace augsweep::app {

void add_merge_command(CLI::App& program, ExitCode& exit_code) {
  struct MergeOptions {
    std::vector<std::string> inputs;
    std::string output;
    bool overwrite = false;
  };
  auto* command = program.add_subcommand("merge",
                                         "Join shards, or partial runs of one sweep, into one file with the "
                                         "digest of an undivided run.\n\nExamples:\n"
                                         "  augsweep merge shard-*.h5 -o all.h5\n");
  auto options = std::make_shared<MergeOptions>();
  command->add_option("FILE", options->inputs, "result files of one sweep")->required();
  command->add_option("-o,--output", options->output, "file to write")->required();
  command->add_flag("--overwrite", options->overwrite, "replace the output if it exists");
  command->callback([options, &exit_code] {
    const std::vector<std::filesystem::path> inputs(options->inputs.begin(), options->inputs.end());
    const store::MergeReport report = store::merge(inputs, options->output, provenance(), options->overwrite);
    fmt::print("{} of {} jobs in {}\n", report.ended, report.jobs, options->output);
    if (report.ended < report.jobs) {
      spdlog::warn("{} jobs are in none of the files, the first of them {}; '--resume' runs them",
                   report.jobs - report.ended, fmt::join(report.missing, ", "));
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
