// What is written is what is read, for every task.

#include <gmock/gmock.h>

#include "example.hpp"
#include "tasks/registry.hpp"

namespace augsweep::store {
namespace {

class RoundTrip : public StoreTest, public testing::WithParamInterface<std::string> {};

std::vector<std::string> all_tasks() {
  std::vector<std::string> names;
  for (const auto& entry : tasks::all_tasks()) {
    names.emplace_back(entry.name);
  }
  return names;
}

TEST_P(RoundTrip, GivesBackEveryByteOfARow) {
  const auto sweep =
      example_sweep("[task]\nname = \"" + GetParam() +
                    "\"\n[training]\nmax_trials = 25\ntest_trials = 4\n[output]\nbin_trials = 10\n"
                    "record_trials = [0, 3]\n[axes]\nleak = [1.0, [0.7, 1.0]]\n");
  std::vector<std::vector<std::byte>> written;
  {
    Writer writer = Writer::create(file, sweep, example_provenance());
    for (std::uint64_t job = 0; job < sweep.size(); ++job) {
      const auto outcome = training::run(sweep.job(job));
      written.push_back(training::encode(outcome));
      writer.write(job, outcome, example_run());
    }
    writer.close();
  }
  const Reader reader(file);
  EXPECT_TRUE(reader.closed_properly());
  ASSERT_EQ(reader.jobs(), sweep.size());
  for (std::uint64_t job = 0; job < sweep.size(); ++job) {
    const auto row = reader.intact_row(job);
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(training::encode(row->outcome), written[job]);
    EXPECT_EQ(row->checksum, checksum_of(written[job]));
    EXPECT_EQ(row->host, "node7");
    EXPECT_EQ(row->run.rank, 3);
    EXPECT_EQ(row->run.seconds, 0.5);
  }
}

INSTANTIATE_TEST_SUITE_P(Tasks, RoundTrip, testing::ValuesIn(all_tasks()), [](const auto& one) {
  std::string name = one.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

class Rows : public StoreTest {};

TEST_F(Rows, OfFailedJobsKeepTheirMessageAndNothingElse) {
  training::Outcome failed;
  failed.status = training::Status::failed;
  failed.message = "no memory for 10\xC2\xB9\xC2\xB2 units";
  {
    Writer writer = Writer::create(file, example_sweep(), example_provenance());
    writer.write(2, failed, example_run());
    writer.close();
  }
  const auto row = Reader(file).intact_row(2);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(training::encode(row->outcome), training::encode(failed));
}

TEST_F(Rows, WithAMessageTooLongAreCutBetweenCharactersAndStayIntact) {
  training::Outcome failed;
  failed.status = training::Status::failed;
  for (int i = 0; i < 300; ++i) {
    failed.message += "\xC3\xBC";  // two bytes each, so that an odd limit falls inside one
  }
  failed.message.insert(0, "x");
  const std::string kept = storable(failed).message;
  EXPECT_LE(kept.size(), 240U);
  EXPECT_EQ(kept.size() % 2, 1U) << "x and whole characters";
  {
    Writer writer = Writer::create(file, example_sweep(), example_provenance());
    writer.write(0, failed, example_run());
    writer.close();
  }
  const auto row = Reader(file).intact_row(0);
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->outcome.message, kept);
}

TEST_F(Rows, OfTheParametersAreWhatTheSweepSays) {
  closed_file({});
  const Reader reader(file);
  EXPECT_THAT(reader.texts("leak"), testing::ElementsAre("1", "1", "[0.7,1]", "[0.7,1]"));
  EXPECT_THAT(reader.numbers("seed"), testing::ElementsAre(1, 2, 1, 2));
  EXPECT_THAT(reader.texts("task"), testing::Each("12ax"));
}

TEST_F(Rows, BeyondTheSweepAreRefused) {
  Writer writer = Writer::create(file, example_sweep(), example_provenance());
  EXPECT_THROW(writer.write(4, outcomes()[0], example_run()), std::runtime_error);
}

}  // namespace
}  // namespace augsweep::store
