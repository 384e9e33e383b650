// Replays recorded traces of the reference implementation with this program's network and tasks.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <vector>

#include "replay.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App app(
      "Replays recorded traces (gzip JSON) with the network and the tasks of this build and compares every "
      "recorded "
      "number. Exit code: 0 if all files agree, 1 if not.",
      "replay_golden");
  std::vector<std::filesystem::path> files;
  double tolerance = augsweep::golden::default_tolerance;
  app.add_option("FILE", files, "traces, or the tables of elementary functions")->required();
  app.add_option("--tolerance", tolerance, "greatest |a - b| / max(1, |b|) that counts as equal")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 1;
  }

  std::size_t failed = 0;
  for (const auto& file : files) {
    const auto report = augsweep::golden::replay_file(file, tolerance);
    fmt::print("{}", report.text());
    failed += report.passed() ? 0 : 1;
  }
  fmt::print("{} of {} files agree (tolerance {})\n", files.size() - failed, files.size(), tolerance);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fputs(error.what(), stderr);
    std::fputs("\n", stderr);
    return 1;
  }
}
