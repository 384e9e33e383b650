#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/child.hpp"
#include "app/commands.hpp"
#include "app/progress.hpp"
#include "app/provenance.hpp"
#include "app/sharding.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"
#include "cluster/coordinator.hpp"
#include "cluster/in_process.hpp"
#include "cluster/launch.hpp"
#include "cluster/mpi_session.hpp"
#include "cluster/worker.hpp"
#include "store/writer.hpp"
#include "sweep/shard.hpp"
#include "sweep/sweep.hpp"
#include "training/simulation.hpp"

namespace augsweep::app {

namespace {

struct RunOptions {
  std::string file;
  std::string output;
  bool resume = false;
  bool repair = false;
  bool overwrite = false;
  std::vector<std::string> overrides;
  std::string shard;
  std::optional<int> workers;
  double time_limit = 0.0;         // seconds; 0: none
  double job_timeout = 0.0;        // the same
  double flush_interval = 1.0;     // seconds
  std::uint64_t max_failures = 0;  // 0: any number
  std::string isa;                 // empty: the fastest
  bool quiet = false;
  bool verbose = false;
  bool log_jobs = false;
};

/// What a worker needs to make jobs and to pack their outcomes: the number of bins, and the sweep as the
/// coordinator has read it; texts joined by zero bytes.
std::string setup_text(const sweep::Sweep& sweep, const store::Packing& packing) {
  std::string text = fmt::format("{}", packing.bins) + '\0' + sweep.file_name() + '\0' + sweep.text();
  for (const std::string& setting : sweep.overrides()) {
    text += '\0' + setting;
  }
  return text;
}

cluster::Packer packer(const store::Packing& packing) {
  return [packing](const training::Outcome& outcome) { return store::pack(outcome, packing); };
}

model::Isa isa_of(const RunOptions& options) {
  return options.isa.empty() ? model::best_isa() : model::usable_isa(options.isa);
}

cluster::RunnerFactory runner_factory(const RunOptions& options) {
  return [&options](const std::string& setup) -> cluster::Work {
    std::vector<std::string> parts(1);
    for (const char character : setup) {
      if (character == '\0') {
        parts.emplace_back();
      } else {
        parts.back() += character;
      }
    }
    parts.resize(std::max<std::size_t>(parts.size(), 3));
    const store::Packing packing{.bins = std::stoull(parts[0])};
    auto sweep = std::make_shared<const sweep::Sweep>(
        sweep::Sweep::parse(parts[2], parts[1], {parts.begin() + 3, parts.end()}));
    cluster::JobRunner run = [sweep, isa = isa_of(options)](std::uint64_t index, const cluster::Ask& ask) {
      return training::run(sweep->job(index), ask, nullptr, isa);
    };
    return {run, packer(packing)};
  };
}

cluster::WorkerOptions worker_options() {
  cluster::WorkerOptions options;
  options.program = program_identity();
  return options;
}

/// Where results go: into the result file.
class StoreSink final : public cluster::ResultSink {
 public:
  StoreSink(store::Writer& writer, bool log) : writer_(writer), log_(log) {}

  void accept(const cluster::Finished& finished) override {
    store::RunInfo run;
    run.seconds = finished.run.seconds;
    run.started = finished.run.started;
    run.ended = finished.run.ended;
    run.rank = finished.run.rank;
    run.attempt = static_cast<int>(finished.run.attempt);
    run.host = finished.run.host;
    writer_.write_packed(finished.job, finished.outcome, run);
    if (log_) {
      spdlog::info("job {}: {} on rank {} in {:.3g} s", finished.job, name_of(finished.status), run.rank,
                   run.seconds);
    }
  }
  void flush_if_due() override { writer_.flush_if_due(); }
  void flush() override { writer_.flush(); }

 private:
  store::Writer& writer_;
  bool log_;
};

/// Shows what the coordinator does.
class Display final : public cluster::CoordinatorObserver {
 public:
  Display(std::uint64_t done, std::uint64_t total, const RunOptions& options)
      : done_(done),
        progress_(done, total, options.quiet ? Progress::Style::none : Progress::Style::automatic),
        verbose_(options.verbose) {}

  void on_progress(const cluster::Progress& progress) override {
    progress_.update(done_ + progress.finished, progress.failures());
  }
  void on_worker_joined(int rank, const cluster::Hello& hello) override {
    if (verbose_) {
      spdlog::info("rank {}: process {} on {}, cores {}", rank, hello.process, hello.host, hello.cores);
    }
  }
  void on_worker_lost(int /*rank*/, std::string_view sentence) override { spdlog::warn("{}", sentence); }
  void on_stopping(cluster::Ending why) override {
    progress_.finish();
    spdlog::warn("{}; {}",
                 why == cluster::Ending::time_limit     ? "the time limit is reached"
                 : why == cluster::Ending::max_failures ? "too many jobs have failed"
                                                        : "asked to stop",
                 "running jobs may end now or are given up; a second request stops at once");
  }
  void finish() { progress_.finish(); }

 private:
  std::uint64_t done_;
  Progress progress_;
  bool verbose_;
};

store::Writer open_output(const RunOptions& options, const sweep::Sweep& sweep) {
  store::WriterOptions writer;
  writer.overwrite = options.overwrite;
  writer.repair = options.repair;
  writer.flush_interval = std::chrono::duration<double>(options.flush_interval);
  if (!options.shard.empty()) {
    writer.shard = sweep::Shard::parse(options.shard);
  }
  const bool goes_on = options.resume && std::filesystem::exists(options.output);
  return goes_on ? store::Writer::resume(options.output, sweep, provenance(), writer)
                 : store::Writer::create(options.output, sweep, provenance(), writer);
}

/// What is wrong with the output is better said before any process has been started. The lock and the
/// contents are looked at later, by the one that writes.
void check_output(const RunOptions& options) {
  std::error_code ignored;
  const std::filesystem::path output(options.output);
  if (!options.resume && !options.overwrite && std::filesystem::exists(output, ignored)) {
    throw std::runtime_error(fmt::format(
        "{}: exists already; give --resume to go on with it, --overwrite to replace it, or another name",
        options.output));
  }
  const auto folder = output.has_parent_path() ? output.parent_path() : std::filesystem::path(".");
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw std::runtime_error(
        fmt::format("{}: there is no folder {}; make it first", options.output, folder.string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw std::runtime_error(
        fmt::format("{}: folder {} can't be written to: {}; choose another one, or ask for the right",
                    options.output, folder.string(), std::strerror(errno)));
  }
}

/// An output that crashes its reader is refused. Before MPI is initialised and any thread started.
std::optional<std::string> crash_of_output(const RunOptions& options) {
  if (!options.resume || !std::filesystem::exists(options.output)) {
    return std::nullopt;
  }
  const auto signal = crash_of_reading(options.output);
  return signal ? std::optional(crash_sentence(options.output, *signal)) : std::nullopt;
}

/// Going on with a shard of a program that divided sweeps otherwise would run jobs that another shard has.
void refuse_another_division(const RunOptions& options, const sweep::Shard& shard,
                             const std::vector<training::Status>& statuses) {
  const std::string sentence = divided_otherwise(options.output, shard, statuses);
  if (!sentence.empty()) {
    throw std::runtime_error(sentence +
                             "; go on with that program, or run the shard again into another file");
  }
}

/// The coordinator's part, whatever carries the messages.
ExitCode coordinate(const RunOptions& options, const sweep::Sweep& sweep, cluster::Transport& transport,
                    StopSignals& signals, std::vector<int>& stuck) {
  std::optional<store::Writer> writer;
  std::optional<sweep::Shard> shard;
  try {
    writer.emplace(open_output(options, sweep));
    if (!options.shard.empty()) {
      shard = sweep::Shard::parse(options.shard);
      refuse_another_division(options, *shard, writer->statuses());
    }
  } catch (...) {
    stuck = cluster::dismiss_workers(transport);
    throw;
  }
  const auto& statuses = writer->statuses();
  std::vector<bool> pending(statuses.size());
  std::uint64_t mine = 0;
  std::uint64_t left = 0;
  for (std::uint64_t job = 0; job < statuses.size(); ++job) {
    const bool in_shard = !shard || shard->contains(job, statuses.size());
    pending[job] = in_shard && statuses[job] == training::Status::pending;
    mine += in_shard ? 1 : 0;
    left += pending[job] ? 1 : 0;
  }
  if (writer->damaged_rows() > 0) {
    spdlog::warn("{} rows were damaged when the last run ended; their jobs are run again",
                 writer->damaged_rows());
  }
  if (options.resume && left < mine) {
    spdlog::info("{} of {} jobs are done already", mine - left, mine);
  }

  cluster::CoordinatorOptions coordinator_options;
  coordinator_options.program = program_identity();
  coordinator_options.setup = setup_text(sweep, writer->packing());
  coordinator_options.pack = packer(writer->packing());
  coordinator_options.attempt = static_cast<std::uint32_t>(writer->attempt());
  const double job_timeout = options.job_timeout > 0.0 ? options.job_timeout : sweep.job_timeout();
  if (job_timeout > 0.0) {
    coordinator_options.job_timeout = cluster::Seconds(job_timeout);
  }
  if (options.time_limit > 0.0) {
    coordinator_options.time_limit = cluster::Seconds(options.time_limit);
  }
  const std::uint64_t max_failures = options.max_failures > 0 ? options.max_failures : sweep.max_failures();
  if (max_failures > 0) {
    coordinator_options.max_failures = max_failures;
  }
  coordinator_options.stop_requests = [&signals] { return signals.count(); };

  cluster::PendingJobs jobs(std::move(pending));
  StoreSink sink(*writer, options.log_jobs);
  Display display(mine - left, mine, options);
  cluster::Coordinator coordinator(transport, jobs, sink, coordinator_options, &display);
  cluster::Report report;
  try {
    report = coordinator.run();
  } catch (...) {
    stuck = coordinator.stuck();
    throw;
  }
  stuck = coordinator.stuck();
  writer->close();
  display.finish();

  const std::uint64_t failures = report.progress.failures();
  if (options.verbose) {
    spdlog::info("workers: {:.1f} s in jobs, {:.1f} s waiting; coordinator: {:.1f} s asleep of {:.1f} s",
                 report.busy_seconds, report.idle_seconds, report.asleep_seconds,
                 report.progress.elapsed.count());
  }
  if (report.ending != cluster::Ending::complete) {
    spdlog::warn("{} of {} jobs are done; 'augsweep run {} -o {} --resume' goes on",
                 mine - left + report.progress.finished, mine, options.file, options.output);
    return report.ending == cluster::Ending::max_failures ? ExitCode::some_failed : ExitCode::stopped;
  }
  std::uint64_t failed = 0;
  for (const training::Status status : writer->statuses()) {
    failed += status == training::Status::failed || status == training::Status::timeout ? 1 : 0;
  }
  if (failed > 0) {
    spdlog::warn("{} jobs failed or timed out; 'augsweep status {}' says why", failed, options.output);
  } else if (failures == 0) {
    spdlog::info("complete: {} jobs in {}", mine, options.output);
  }
  return failed > 0 ? ExitCode::some_failed : ExitCode::complete;
}

ExitCode run_in_this_process(const RunOptions& options, const sweep::Sweep& sweep, int workers) {
  if (const auto crash = crash_of_output(options)) {
    throw std::runtime_error(*crash);
  }
  StopSignals signals;
  cluster::InProcessWorkers threads(workers, runner_factory(options), worker_options());
  std::vector<int> stuck;
  try {
    const ExitCode code = coordinate(options, sweep, threads.transport(), signals, stuck);
    if (!stuck.empty()) {
      threads.leave_behind();
      std::_Exit(static_cast<int>(code));
    }
    return code;
  } catch (const std::exception& error) {
    if (!stuck.empty()) {
      threads.leave_behind();
      fmt::print(stderr, "augsweep: {}\n", error.what());
      std::_Exit(static_cast<int>(ExitCode::bad_input));
    }
    throw;
  }
}

ExitCode run_as_rank(const RunOptions& options) {
  StopSignals signals;
  const cluster::Environment environment = cluster::process_environment();
  cluster::check_launcher(environment);
  std::optional<std::string> crash;
  if (cluster::rank_before_mpi(environment) == cluster::coordinator_rank) {
    crash = crash_of_output(options);
  }
  cluster::MpiSession session;
  cluster::check_world(session.size(), environment);
  if (session.rank() != cluster::coordinator_rank) {
    try {
      cluster::Worker(session.transport(), runner_factory(options), worker_options()).run();
    } catch (const std::exception& error) {
      // The coordinator has been told, if it is still there, and speaks for all.
      spdlog::error("rank {}: {}", session.rank(), error.what());
      session.abort(static_cast<int>(ExitCode::bad_input));
    }
    return ExitCode::complete;
  }
  if (options.verbose) {
    spdlog::info("rank 0: process {} on {}, cores {}; it hands out and writes", ::getpid(),
                 cluster::host_name(), cluster::usable_cores_text());
  }
  if (!cluster::report_listening(environment)) {
    // Under a launcher of the user's own there is nobody who could say it afterwards.
    spdlog::info("should this run be ended before its time, the same command with --resume goes on");
  }
  std::vector<int> stuck;
  ExitCode code = ExitCode::bad_input;
  try {
    const sweep::Sweep sweep = [&] {
      try {
        return sweep::Sweep::read(options.file, options.overrides);
      } catch (...) {
        stuck = cluster::dismiss_workers(session.transport());
        throw;
      }
    }();
    if (crash) {
      stuck = cluster::dismiss_workers(session.transport());
      throw std::runtime_error(*crash);
    }
    if (session.size() == 1) {
      throw cluster::LaunchError(
          "one rank alone has no worker: give mpirun at least -n 2, or leave mpirun away");
    }
    code = coordinate(options, sweep, session.transport(), signals, stuck);
  } catch (const std::exception& error) {
    fmt::print(stderr, "augsweep: {}\n", error.what());
    std::fflush(stderr);
  }
  cluster::report_ending(environment, static_cast<int>(code));
  if (!stuck.empty()) {
    session.abort(static_cast<int>(code));
  }
  return code;
}

/// Starts this program again as several ranks.
ExitCode run_under_mpirun(const RunOptions& options, const cluster::Command& command, int workers) {
  if (options.verbose) {
    spdlog::info("starting {} workers under {}", workers, command.words.front());
  }
  const int code = cluster::supervise(command);
  if (code == 128 + SIGUSR1) {
    // Only a request to stop sends this signal, and once the ranks are up they take it for one.
    spdlog::warn("asked to stop before the sweep had begun");
    return ExitCode::stopped;
  }
  if (code > 128) {
    throw std::runtime_error(
        fmt::format("the sweep was ended by signal {}; what was flushed is safe: 'augsweep run {} -o {} "
                    "--resume' goes on",
                    code - 128, options.file, options.output));
  }
  return static_cast<ExitCode>(code);
}

ExitCode run(const RunOptions& options, const std::vector<std::string>& arguments) {
  ignore_file_size_signal();
  if (options.quiet) {
    spdlog::set_level(spdlog::level::warn);
  }
  const cluster::Environment environment = cluster::process_environment();
  if (cluster::find_launcher(environment)) {
    return run_as_rank(options);
  }
  if (options.verbose) {
    spdlog::info("instruction set {}", name_of(isa_of(options)));
  }
  isa_of(options);  // refused before anything has been started
  const sweep::Sweep sweep = sweep::Sweep::read(options.file, options.overrides);
  check_output(options);
  if (!options.shard.empty()) {
    sweep::Shard::parse(options.shard);
  }
  const int workers = options.workers.value_or(
      cluster::default_workers(environment, static_cast<int>(cluster::usable_cores().size())));
  if (workers == 0) {
    return run_in_this_process(options, sweep, 1);
  }
  const auto command = cluster::mpirun_of_this_program(workers, arguments, environment);
  if (!command) {
    spdlog::info("there is no mpirun in the PATH: computing in this process with {} threads", workers);
    return run_in_this_process(options, sweep, workers);
  }
  return run_under_mpirun(options, *command, workers);
}

}  // namespace

void add_run_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "run",
      "Run a sweep and write its results to one HDF5 file.\n\nExamples:\n"
      "  augsweep run sweeps/quickstart.toml -o out.h5              on all cores of this machine\n"
      "  augsweep run sweeps/quickstart.toml -o out.h5 --resume     go on after a stop or a kill\n"
      "  mpirun -n 64 augsweep run sweeps/12ax-grid.toml -o out.h5  on a cluster: rank 0 writes, 63 workers\n"
      "  augsweep run s.toml -o 2.h5 --shard 2/8 --time-limit 23h   the second of eight shards, 23 hours at "
      "most\n");
  auto options = std::make_shared<RunOptions>();
  const std::map<std::string, double> units = {
      {"s", 1.0}, {"min", 60.0}, {"m", 60.0}, {"h", 3600.0}, {"d", 86'400.0}};
  command->add_option("SWEEP", options->file, "sweep file (TOML; docs/sweep-files.md)")->required();
  command->add_option("-o,--output", options->output, "result file to write (HDF5; docs/file-format.md)")
      ->required();
  auto* resume = command->add_flag("--resume", options->resume, "go on with the output if it exists");
  command
      ->add_flag(
          "--repair", options->repair,
          "with --resume: check every row against its checksum, and run the jobs of damaged ones again")
      ->needs(resume);
  command->add_flag("--overwrite", options->overwrite, "replace the output if it exists")->excludes(resume);
  command
      ->add_option("--set", options->overrides, "KEY=VALUE in place of what the file says; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--shard", options->shard, "I/N: run only the I-th of N equal parts");
  command
      ->add_option("--workers", options->workers,
                   "workers to start, by default one per core; 0: compute in this process")
      ->check(CLI::Range(0, 100'000));
  command
      ->add_option("--time-limit", options->time_limit,
                   "stop in good order after this long: 90, 30min, 23h, 2d")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::DEFAULT, "DURATION"));
  command
      ->add_option("--job-timeout", options->job_timeout,
                   "give a job up after this long; its status is timeout")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::DEFAULT, "DURATION"));
  command->add_option("--max-failures", options->max_failures,
                      "give the sweep up after this many failed jobs");
  command
      ->add_option("--flush-interval", options->flush_interval,
                   "seconds between two flushes: what a kill can lose")
      ->check(CLI::Range(0.0, 3600.0))
      ->capture_default_str();
  command->add_option("--isa", options->isa,
                      "instruction set to compute with: baseline, avx2 or avx512; by default the fastest of "
                      "the processor. The results are the same, bit for bit");
  auto* quiet = command->add_flag("-q,--quiet", options->quiet, "no progress, only warnings");
  command->add_flag("-v,--verbose", options->verbose, "say which rank runs where, and where the time went")
      ->excludes(quiet);
  command->add_flag("--log-jobs", options->log_jobs, "a line for every job that has ended");
  command->callback([options, &exit_code] { exit_code = run(*options, command_line_arguments()); });
}

}  // namespace augsweep::app
