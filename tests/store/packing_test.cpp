// What workers make of an outcome, and what the writer makes of that.

#include "store/packing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "store/reader.hpp"
#include "store/writer.hpp"
#include "sweep/sweep.hpp"
#include "training/simulation.hpp"

namespace {

using namespace augsweep;

constexpr std::uint64_t bins = 8;

sweep::Sweep example() {
  return sweep::Sweep::parse(
      "[task]\nname = '12ax'\n[training]\nmax_trials = 400\ntest_trials = 0\n[axes]\nseed = { first = 0, "
      "count = 5 }\n",
      "example.toml");
}

training::Outcome outcome_of(const sweep::Sweep& sweep, std::uint64_t job) {
  return training::run(sweep.job(job), {});
}

/// The numbers of a chunk, by the definition of HDF5's filters: inflate, then put the bytes back together.
std::vector<float> numbers_of(std::span<const std::byte> chunk, std::size_t length) {
  std::vector<unsigned char> planes(length * sizeof(float));
  uLongf size = planes.size();
  EXPECT_EQ(uncompress(planes.data(), &size, reinterpret_cast<const Bytef*>(chunk.data()), chunk.size()),
            Z_OK);
  EXPECT_EQ(size, planes.size());
  std::vector<float> numbers(length);
  for (std::size_t i = 0; i < length; ++i) {
    std::array<unsigned char, sizeof(float)> bytes{};
    for (std::size_t plane = 0; plane < sizeof(float); ++plane) bytes[plane] = planes[plane * length + i];
    std::memcpy(&numbers[i], bytes.data(), sizeof(float));
  }
  return numbers;
}

TEST(Packing, KeepsEverythingAndTheChecksum) {
  const auto sweep = example();
  const auto outcome = outcome_of(sweep, 2);
  const auto packed = store::pack(outcome, {.bins = bins});
  const auto row = store::unpack(packed);
  EXPECT_EQ(row.checksum, store::checksum_of(training::encode(outcome)));

  training::Outcome whole = row.rest;
  for (std::size_t curve = 0; curve < training::curve_count; ++curve) {
    const auto& values = outcome.curves[curve];
    ASSERT_EQ(row.curves[curve].empty(), values.empty());
    if (values.empty()) continue;
    auto numbers = numbers_of(row.curves[curve], bins);
    numbers.resize(values.size());
    whole.curves[curve] = numbers;
  }
  EXPECT_EQ(training::encode(whole), training::encode(outcome));
}

TEST(Packing, FillsBinsThatWereNotReachedWithNaN) {
  const std::vector<float> values = {0.5F, 0.25F};
  const auto numbers = numbers_of(store::compressed_chunk(values, 100), 100);
  EXPECT_EQ(numbers[0], 0.5F);
  EXPECT_EQ(numbers[1], 0.25F);
  for (std::size_t bin = 2; bin < numbers.size(); ++bin) EXPECT_TRUE(std::isnan(numbers[bin])) << bin;
}

TEST(Packing, MakesSoundChunksOfAnyNumberOfFilledBins) {
  // Few bins are packed in another way than many, and there twice, since the second is a copy of the first.
  for (const std::size_t length : {1U, 7U, 40U, 600U}) {
    for (std::size_t filled = 0; filled <= std::min<std::size_t>(length, 24); ++filled) {
      for (const float start : {0.3F, -1.7F}) {
        std::vector<float> values;
        for (std::size_t bin = 0; bin < filled; ++bin) values.push_back(start / static_cast<float>(bin + 1));
        auto numbers = numbers_of(store::compressed_chunk(values, length), length);
        for (std::size_t bin = filled; bin < length; ++bin) {
          EXPECT_TRUE(std::isnan(numbers[bin])) << filled << " of " << length << ": " << bin;
        }
        numbers.resize(filled);
        EXPECT_EQ(numbers, values) << filled << " of " << length;
      }
    }
  }
}

TEST(Packing, KeepsShortCurvesShort) {
  EXPECT_LT(store::compressed_chunk(std::vector<float>(1, 0.3F), 600).size(), 100U);
}

TEST(Packing, RefusesACurveThatIsLongerThanTheFileIsWide) {
  EXPECT_THROW(store::compressed_chunk(std::vector<float>(11), 10), std::runtime_error);
}

TEST(Packing, RefusesBytesThatWereCutOff) {
  const auto packed = store::pack(outcome_of(example(), 0), {.bins = bins});
  for (std::size_t size = 0; size < packed.size(); size += 7) {
    EXPECT_THROW(store::unpack(std::span(packed).first(size)), std::runtime_error) << size;
  }
}

/// Files of one test, removed at its end.
class Files : public testing::Test {
 protected:
  Files() { std::filesystem::create_directories(folder_); }
  ~Files() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("augsweep_packing." + std::to_string(::getpid()));
};

TEST_F(Files, HoldTheSameWhetherRowsComePackedOrNotAndInWhateverOrder) {
  const auto sweep = example();
  store::RunInfo run;
  run.host = "node";
  const auto write = [&](const std::string& name, const std::vector<std::uint64_t>& order, bool packed) {
    store::Writer writer = store::Writer::create(folder_ / name, sweep, {});
    for (const std::uint64_t job : order) {
      const auto outcome = outcome_of(sweep, job);
      if (packed) {
        writer.write_packed(job, store::pack(outcome, writer.packing()), run);
      } else {
        writer.write(job, outcome, run);
      }
    }
    writer.close();
    return store::Reader(folder_ / name);
  };
  const auto plain = write("plain.h5", {0, 1, 2, 3, 4}, false);
  const auto packed = write("packed.h5", {4, 0, 3, 1, 2}, true);
  for (std::uint64_t job = 0; job < sweep.size(); ++job) {
    const auto row = packed.intact_row(job);
    ASSERT_TRUE(row) << job;
    EXPECT_EQ(training::encode(row->outcome), training::encode(plain.row(job).outcome)) << job;
    EXPECT_EQ(training::encode(row->outcome), training::encode(outcome_of(sweep, job))) << job;
    EXPECT_EQ(row->host, "node");
  }
}

TEST_F(Files, KeepRowsThatAreFarApart) {
  // More blocks of rows than are held in memory at a time, again and again in turn.
  const auto sweep = sweep::Sweep::parse(
      "[task]\nname = '12ax'\n[training]\nmax_trials = 1\ntest_trials = 0\n[output]\ncurves = false\nweights "
      "= false\n"
      "[axes]\nseed = { first = 0, count = 50_000 }\n",
      "long.toml");
  {
    store::Writer writer = store::Writer::create(folder_ / "long.h5", sweep, {});
    for (std::uint64_t i = 0; i < 3; ++i) {
      for (std::uint64_t job = i; job < sweep.size(); job += 4099) {
        training::Outcome outcome;
        outcome.status = training::Status::not_converged;
        outcome.trials = static_cast<std::int64_t>(job + 1);
        writer.write(job, outcome, {});
      }
    }
    writer.close();
  }
  const store::Reader reader(folder_ / "long.h5");
  const auto trials = reader.numbers("trials");
  std::uint64_t written = 0;
  for (std::uint64_t job = 0; job < sweep.size(); ++job) {
    const bool expected = job % 4099 < 3;
    EXPECT_EQ(trials[job], expected ? static_cast<double>(job + 1) : 0.0) << job;
    written += expected ? 1 : 0;
    if (HasFailure()) break;
  }
  EXPECT_EQ(written, 39U);
}

}  // namespace
