#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <string>

#include "app/commands.hpp"
#include "store/digest.hpp"
#include "store/reader.hpp"

namespace augsweep::app {

void add_verify_command(CLI::App& program, ExitCode& exit_code) {
  auto* command =
      program.add_subcommand("verify",
                             "Check every finished job of a result file and print its science digest.\n\n"
                             "The digest is equal for two files if and only if all their scientific content "
                             "is. Exit code 1 if anything is wrong.\n\n"
                             "Examples:\n"
                             "  augsweep verify out.h5\n");
  auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "result file")->required();
  command->callback([file, &exit_code] {
    const store::Reader reader(*file);
    const store::Verification verification = store::verify(reader);
    for (const std::string& problem : verification.problems) {
      fmt::print(stderr, "augsweep: {}: {}\n", *file, problem);
    }
    fmt::print("jobs     {} of {} done\n", verification.ended, verification.jobs);
    fmt::print("problems {}\n", verification.problems.size());
    fmt::print("digest   {}\n", verification.digest);
    exit_code = verification.problems.empty() ? ExitCode::complete : ExitCode::bad_input;
  });
}

}  // namespace augsweep::app
