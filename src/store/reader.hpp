#pragma once
/// @file Reads a result file: finished, being written at this moment, or left behind by a killed run.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "store/writer.hpp"
#include "training/outcome.hpp"

namespace augsweep::store {

/// The row of one job that has ended.
struct Row {
  training::Outcome outcome;
  RunInfo run;  ///< its host is empty: see run_info
  std::string host;
  std::uint64_t checksum = 0;

  /// `run` with the host; valid as long as this row.
  RunInfo run_info() const {
    RunInfo info = run;
    info.host = host;
    return info;
  }
};

/// An open result file. It shows the state at the time of opening: open another one to see what has been
/// written since. All calls throw StoreError, in a sentence that names the file, where it is damaged or
/// foreign.
class Reader {
 public:
  explicit Reader(const std::filesystem::path& file);
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader();

  const std::filesystem::path& file() const;

  /// A text attribute of the root group, such as "sweep_text".
  std::string attribute(const std::string& name) const;
  bool has_attribute(const std::string& name) const;

  /// Whether the last writer closed the file; if not it is being written, or its writer was killed.
  bool closed_properly() const;

  std::uint64_t jobs() const;

  /// The files that hold the rows of a virtual file (`merge --virtual`); none for all others. Opening the
  /// reader has made sure that they are there and of the same sweep.
  std::vector<std::filesystem::path> sources() const;

  std::vector<training::Status> statuses() const;

  /// The greatest run/attempt; 0 if no job has ended.
  int highest_attempt() const;

  /// Whether there is a variable over `job` of that name at the root, and its values as numbers or texts.
  /// Enumerations are given by their names as texts, the leak as "0.7" or "[0.7,1]".
  bool has(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;
  std::vector<std::string> texts(const std::string& name) const;

  /// The row of a job, whatever its checksum says. Its status must not be pending.
  Row row(std::uint64_t job) const;

  /// The row if its content fits its checksum.
  std::optional<Row> intact_row(std::uint64_t job) const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace augsweep::store
