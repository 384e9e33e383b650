// How many rows a second one coordinator writes: rows as workers have packed them, and beside that, in the
// same run, rows that the writer has to compress itself, and the same bytes copied to a plain file, which is
// the floor.
//
//   bench_writer [ROWS [FOLDER]]      by default 20000 rows, in the folder for temporary files
//
// A row has five curves of 600 bins and the weights of a 12AX network: 16 KB.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "store/packing.hpp"
#include "store/writer.hpp"
#include "sweep/sweep.hpp"
#include "tasks/registry.hpp"
#include "training/simulation.hpp"

namespace {

using namespace augsweep;  // NOLINT(google-build-using-namespace)

constexpr std::size_t bins = 600;
constexpr std::size_t different_rows = 64;
constexpr int repetitions = 3;

double seconds_of(const std::function<void()>& action) {
  const auto began = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

sweep::Sweep sweep_of(std::uint64_t rows) {
  const std::string text = fmt::format(
      "[task]\nname = '12ax'\n[training]\nmax_trials = {}\n[axes]\nseed = {{ first = 0, count = {} }}\n",
      50 * bins, rows);
  return sweep::Sweep::parse(text, "bench.toml");
}

/// Rows as real jobs give them: curves that fall with noise on them, weights after some trials.
std::vector<training::Outcome> outcomes(const sweep::Sweep& sweep) {
  std::vector<training::Outcome> rows;
  for (std::size_t i = 0; i < different_rows; ++i) {
    training::Job job = sweep.job(i);
    job.max_trials = 500;
    job.test_trials = 0;
    training::Outcome row = training::run(job, {});
    std::uint32_t noise = 12345 + static_cast<std::uint32_t>(i);
    for (auto& curve : row.curves) {
      if (curve.empty()) continue;
      const bool counts = &curve == row.curves.data();  // the errors are counts among 50 trials
      curve.resize(bins);
      for (std::size_t bin = 0; bin < bins; ++bin) {
        noise = noise * 1664525U + 1013904223U;
        const double level = std::exp(-static_cast<double>(bin) / 200.0) * (0.5 + noise / 8.6e9);
        curve[bin] = static_cast<float>(counts ? std::round(50.0 * level) / 50.0 : level);
      }
    }
    row.trials = static_cast<std::int64_t>(50 * bins);
    rows.push_back(std::move(row));
  }
  return rows;
}

void bench(std::uint64_t rows, const std::filesystem::path& folder) {
  const auto path = folder / fmt::format("bench_writer.{}.h5", ::getpid());
  const auto plain = folder / fmt::format("bench_writer.{}.plain", ::getpid());
  const sweep::Sweep sweep = sweep_of(std::max<std::uint64_t>(rows, different_rows));
  const auto prepared = outcomes(sweep);
  std::vector<std::vector<std::byte>> packed;
  std::size_t raw_bytes = 0;
  std::size_t packed_bytes = 0;
  const double packing = seconds_of([&] {
    for (const auto& row : prepared) packed.push_back(store::pack(row, {.bins = bins}));
  });
  for (std::size_t i = 0; i < different_rows; ++i) {
    raw_bytes += training::encode(prepared[i]).size();
    packed_bytes += packed[i].size();
  }
  fmt::print("row: {} bytes, packed {} bytes; packing takes {:.1f} us, on the worker\n",
             raw_bytes / different_rows, packed_bytes / different_rows, packing / different_rows * 1e6);

  store::WriterOptions options;
  options.overwrite = true;
  const auto fill =
      [&](const std::function<void(store::Writer&, std::uint64_t, const store::RunInfo&)>& write) {
        store::Writer writer = store::Writer::create(path, sweep, {}, options);
        store::RunInfo run;
        run.seconds = 0.02;
        run.host = "node";
        return seconds_of([&] {
          for (std::uint64_t job = 0; job < rows; ++job) {
            write(writer, job, run);
            writer.flush_if_due();
          }
          writer.close();
        });
      };
  double by_packed = 1e9;
  double by_outcome = 1e9;
  double by_copying = 1e9;
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    by_packed =
        std::min(by_packed, fill([&](store::Writer& writer, std::uint64_t job, const store::RunInfo& run) {
                   writer.write_packed(job, packed[job % different_rows], run);
                 }));
    by_outcome =
        std::min(by_outcome, fill([&](store::Writer& writer, std::uint64_t job, const store::RunInfo& run) {
                   writer.write(job, prepared[job % different_rows], run);
                 }));
    by_copying =
        std::min(by_copying, seconds_of([&] {
                   const int file = ::open(plain.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
                   for (std::uint64_t job = 0; job < rows; ++job) {
                     const auto& bytes = packed[job % different_rows];
                     if (::write(file, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
                       std::abort();
                   }
                   if (::fdatasync(file) != 0) std::abort();
                   ::close(file);
                 }));
  }
  const auto size = std::filesystem::file_size(path);
  std::filesystem::remove(path);
  std::filesystem::remove(plain);
  std::filesystem::remove(path.string() + ".lock");
  const auto line = [&](const char* what, double seconds) {
    fmt::print("{:<44} {:>8.0f} rows/s  {:>6.1f} us a row  {:.2f} x packed\n", what,
               static_cast<double>(rows) / seconds, seconds / static_cast<double>(rows) * 1e6,
               by_packed / seconds);
  };
  line("rows packed by workers, durable", by_packed);
  line("rows that the writer compresses, durable", by_outcome);
  line("the packed bytes to a plain file, durable", by_copying);
  fmt::print("{} rows, file of {:.1f} MB; best of {}\n", rows, static_cast<double>(size) / 1e6, repetitions);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bench(argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000,
          argc > 2 ? std::filesystem::path(argv[2]) : std::filesystem::temp_directory_path());
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_writer: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
