#pragma once
// A small sweep, its outcomes, and a folder of its own for each test.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "store/reader.hpp"
#include "store/writer.hpp"
#include "sweep/sweep.hpp"
#include "training/simulation.hpp"

namespace augsweep::store {

/// Four jobs of 12AX with everything that a row can hold.
inline const std::string example_text = R"([sweep]
name = "example"
[task]
name = "12ax"
[training]
max_trials = 30
test_trials = 5
[output]
bin_trials = 10
record_trials = [0, 29]
[axes]
leak = [1.0, [0.7, 1.0]]
seed = [1, 2]
)";

inline sweep::Sweep example_sweep(const std::string& text = example_text) {
  return sweep::Sweep::parse(text, "example.toml");
}

inline Provenance example_provenance() {
  return {.program_version = "1.2.3",
          .git_revision = "abc",
          .compiler = "test",
          .libraries = "test",
          .command_line = "augsweep run",
          .numerics = "test"};
}

inline WriterOptions overwriting() {
  WriterOptions options;
  options.overwrite = true;
  return options;
}

inline WriterOptions flushing_every(std::chrono::duration<double> interval) {
  WriterOptions options;
  options.flush_interval = interval;
  return options;
}

inline RunInfo example_run(int attempt = 1) {
  return {.seconds = 0.5, .started = 100.0, .ended = 100.5, .rank = 3, .attempt = attempt, .host = "node7"};
}

/// A folder that goes with the test.
class StoreTest : public testing::Test {
 public:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "augsweep-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no folder for the test");
    }
    folder = name;
    file = folder / "out.h5";
  }
  ~StoreTest() override { std::filesystem::remove_all(folder); }
  StoreTest(const StoreTest&) = delete;
  StoreTest& operator=(const StoreTest&) = delete;

  /// The outcomes of all jobs, run once.
  static const std::vector<training::Outcome>& outcomes() {
    static const std::vector<training::Outcome> all = [] {
      std::vector<training::Outcome> made;
      const auto sweep = example_sweep();
      for (std::uint64_t job = 0; job < sweep.size(); ++job) {
        made.push_back(training::run(sweep.job(job)));
      }
      return made;
    }();
    return all;
  }

  static void write_jobs(Writer& writer, const std::vector<std::uint64_t>& jobs) {
    for (const std::uint64_t job : jobs) {
      writer.write(job, outcomes()[job], example_run(writer.attempt()));
    }
  }

  /// A finished file with some of the jobs.
  std::filesystem::path closed_file(const std::vector<std::uint64_t>& jobs,
                                    const std::string& name = "out.h5") const {
    Writer writer = Writer::create(folder / name, example_sweep(), example_provenance());
    write_jobs(writer, jobs);
    writer.close();
    return folder / name;
  }

  /// What a kill leaves behind after these jobs were flushed: the file as it lies on the disk while its
  /// writer has it open.
  std::filesystem::path killed_file(const std::vector<std::uint64_t>& jobs,
                                    const std::string& name = "killed.h5") const {
    Writer writer = Writer::create(folder / "alive.h5", example_sweep(), example_provenance());
    write_jobs(writer, jobs);
    writer.flush();
    std::filesystem::copy_file(folder / "alive.h5", folder / name);
    return folder / name;
  }

  /// All names in the folder.
  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  std::filesystem::path folder, file;
};

inline std::vector<bool> done(const std::vector<training::Status>& statuses) {
  std::vector<bool> ended;
  for (const training::Status status : statuses) {
    ended.push_back(status != training::Status::pending);
  }
  return ended;
}

/// The message of the error that an action throws; empty if it throws none.
template <class Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return {};
}

}  // namespace augsweep::store
