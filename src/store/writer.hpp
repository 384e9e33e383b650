#pragma once
/// @file Writes a result file while a sweep runs, so that readers can follow it and no kill loses what was
/// flushed.
///
/// The whole file is laid out beforehand under another name and moved into place; from then on only rows are
/// filled in (HDF5's single-writer, multiple-reader mode). A row counts as done when its status is not
/// pending and its checksum fits its content, so a half-written row of a killed run is found and run again.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/packing.hpp"
#include "sweep/shard.hpp"
#include "sweep/sweep.hpp"
#include "training/outcome.hpp"

namespace augsweep::store {

/// What made the file; root attributes.
struct Provenance {
  std::string program_version, git_revision, compiler, libraries, command_line;
  std::string numerics;  ///< equal for programs that compute the same bits
};

/// Where, when and how long a job ran; group run/.
struct RunInfo {
  double seconds = 0.0;  ///< wall time
  double started = 0.0;  ///< seconds since 1970, UTC
  double ended = 0.0;    ///< the same
  int rank = 0;
  int attempt = 1;
  std::string_view host;  ///< at most host_size bytes are kept
};

struct WriterOptions {
  bool overwrite = false;
  bool repair = false;  ///< resume(): check every row, also of a file that was closed properly
  std::chrono::duration<double> flush_interval{1.0};  ///< most that a kill can lose
  std::optional<sweep::Shard> shard;                  ///< the jobs that this file is for; all if none
};

class Writer {
 public:
  /// Lays out a new file. Throws StoreError if it exists and is not to be overwritten, can't be written, or
  /// is being written by another process. An old file stays as it is until the new one stands.
  static Writer create(const std::filesystem::path& file, const sweep::Sweep& sweep,
                       const Provenance& provenance, const WriterOptions& options = {});

  /// Goes on with a file. One that was not closed properly is copied row by row, the good ones only, to a new
  /// file that then takes its place. Throws StoreError if the sweep is another one (saying what differs), the
  /// shard is, or the file is no result file.
  static Writer resume(const std::filesystem::path& file, const sweep::Sweep& sweep,
                       const Provenance& provenance, const WriterOptions& options = {});

  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();  ///< closes the file if close() has not, without a word on errors

  /// How every job stands.
  const std::vector<training::Status>& statuses() const;

  /// The number of this start of the sweep: 1, or one more than the highest in the file.
  int attempt() const;

  /// How many rows resume() found damaged; they are pending again.
  std::uint64_t damaged_rows() const;

  /// Fills in the row of a job. Throws StoreError, also when space runs out: before it does, in fact, so that
  /// what has been written can still be flushed. After an error nothing more is written.
  void write(std::uint64_t job, const training::Outcome& outcome, const RunInfo& run);

  /// The same for an outcome that a worker has packed for this file. Throws std::runtime_error if it is none.
  void write_packed(std::uint64_t job, std::span<const std::byte> packed, const RunInfo& run);

  /// What workers have to know to pack outcomes for this file.
  Packing packing() const;

  /// Flushes if the flush interval is over and there is something to flush.
  void flush_if_due();

  /// Makes everything written durable (fsync).
  void flush();

  /// Flushes and closes; the file then carries no mark of an unfinished writer.
  void close();

 private:
  class Implementation;
  explicit Writer(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

/// Where a file is put together before it takes its place: OUT.h5.part.
std::filesystem::path part_path(const std::filesystem::path& file);

/// XXH3-64 of the byte form of an outcome: the row's checksum.
std::uint64_t checksum_of(std::span<const std::byte> outcome);

/// The outcome as a file can hold it: a message that is too long is cut.
training::Outcome storable(training::Outcome outcome);

}  // namespace augsweep::store
