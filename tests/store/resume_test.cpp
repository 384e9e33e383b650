// Going on with a file, whatever state it was left in.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "example.hpp"
#include "store/digest.hpp"

namespace augsweep::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// Changes one bit of the only place in the file that holds these bytes.
template <class Value>
void flip_bit(const std::filesystem::path& file, const Value& value) {
  std::string bytes = content(file);
  const std::string wanted(reinterpret_cast<const char*>(&value), sizeof value);
  const auto place = bytes.find(wanted);
  ASSERT_NE(place, std::string::npos);
  ASSERT_EQ(bytes.find(wanted, place + 1), std::string::npos) << "the value occurs twice";
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(place));
  stream.put(static_cast<char>(bytes[place] ^ 1));
}

class Resume : public StoreTest {
 public:
  static Writer resumed(const std::filesystem::path& file, const WriterOptions& options = {}) {
    return Writer::resume(file, example_sweep(), example_provenance(), options);
  }
  static void finish(const std::filesystem::path& file) {
    Writer writer = resumed(file);
    for (std::uint64_t job = 0; job < outcomes().size(); ++job) {
      if (writer.statuses()[job] == training::Status::pending) {
        writer.write(job, outcomes()[job], example_run(writer.attempt()));
      }
    }
    writer.close();
  }
  std::string digest_of_one_run() const {
    return verify(Reader(closed_file({0, 1, 2, 3}, "undisturbed.h5"))).digest;
  }
};

TEST_F(Resume, GoesOnWithAClosedFileWhereItEnded) {
  closed_file({1, 3});
  EXPECT_THAT(done(resumed(file).statuses()), ElementsAre(false, true, false, true));
  finish(file);
  const auto verification = verify(Reader(file));
  EXPECT_THAT(verification.problems, testing::IsEmpty());
  EXPECT_EQ(verification.digest, digest_of_one_run());
}

TEST_F(Resume, KeepsEveryFlushedRowOfAKilledFileUnchanged) {
  const auto killed = killed_file({0, 2});
  EXPECT_FALSE(Reader(killed).closed_properly());
  finish(killed);
  const Reader reader(killed);
  EXPECT_TRUE(reader.closed_properly());
  EXPECT_EQ(reader.row(0).run.attempt, 1);
  EXPECT_EQ(reader.row(1).run.attempt, 2);
  EXPECT_EQ(reader.row(2).run.attempt, 1);
  EXPECT_EQ(verify(reader).digest, digest_of_one_run());
}

TEST_F(Resume, CountsItsAttempts) {
  closed_file({0});
  for (int attempt = 2; attempt < 5; ++attempt) {
    Writer writer = resumed(file);
    EXPECT_EQ(writer.attempt(), attempt);
    write_jobs(writer, {static_cast<std::uint64_t>(attempt) - 1});
    writer.close();
  }
}

/// A row whose steps are a number that occurs nowhere else.
constexpr std::int64_t marked_steps = 0x1234'5678'9ABC'DEF1;

TEST_F(Resume, RunsAHalfWrittenRowAgain) {
  std::filesystem::path killed;
  {
    Writer writer = Writer::create(folder / "alive.h5", example_sweep(), example_provenance());
    write_jobs(writer, {0});
    training::Outcome marked = outcomes()[1];
    marked.steps = marked_steps;
    writer.write(1, marked, example_run());
    writer.flush();
    killed = folder / "killed.h5";
    std::filesystem::copy_file(folder / "alive.h5", killed);
  }
  flip_bit(killed, marked_steps);
  Writer writer = resumed(killed);
  EXPECT_EQ(writer.damaged_rows(), 1U);
  EXPECT_THAT(done(writer.statuses()), ElementsAre(true, false, false, false));
}

TEST_F(Resume, RepairsADamagedRowOfAClosedFileIfAskedTo) {
  {
    Writer writer = Writer::create(file, example_sweep(), example_provenance());
    training::Outcome marked = outcomes()[1];
    marked.steps = marked_steps;
    writer.write(1, marked, example_run());
    writer.close();
  }
  flip_bit(file, marked_steps);
  EXPECT_EQ(verify(Reader(file)).problems.size(), 1U);
  {
    WriterOptions options;
    options.repair = true;
    Writer writer = resumed(file, options);
    EXPECT_EQ(writer.damaged_rows(), 1U);
    writer.close();
  }
  EXPECT_THAT(verify(Reader(file)).problems, testing::IsEmpty());
}

TEST_F(Resume, LeavesTheOnlyGoodCopyAloneWhenItFails) {
  const auto killed = killed_file({0, 1, 2});
  const std::string before = content(killed);
  std::filesystem::create_directory(part_path(killed));  // the new file can't be made
  EXPECT_THAT(complaint([&] { resumed(killed); }), HasSubstr(killed.string()));
  EXPECT_EQ(content(killed), before);
}

TEST_F(Resume, RefusesAChangedSweepAndSaysWhatDiffers) {
  closed_file({0});
  std::string changed = example_text;
  changed.replace(changed.find("max_trials = 30"), 15, "max_trials = 31");
  const std::string said =
      complaint([&] { Writer::resume(file, example_sweep(changed), example_provenance(), {}); });
  EXPECT_THAT(said, testing::AllOf(HasSubstr("max_trials"), HasSubstr("30"), HasSubstr("31")));
}

TEST_F(Resume, DoesNotMindCommentsSpellingAndTheOrderOfKeys) {
  closed_file({0});
  std::string same = "# a comment\n" + example_text;
  same.replace(same.find("max_trials = 30\ntest_trials = 5"), 31, "test_trials = 0x5\nmax_trials = 3_0");
  EXPECT_EQ(complaint([&] { Writer::resume(file, example_sweep(same), example_provenance(), {}); }), "");
}

TEST_F(Resume, RefusesAnotherShardAndOtherNumerics) {
  closed_file({0});
  WriterOptions options;
  options.shard = sweep::Shard::parse("1/2");
  EXPECT_THAT(complaint([&] { resumed(file, options); }), HasSubstr("shard"));
  Provenance other = example_provenance();
  other.numerics = "other";
  EXPECT_THAT(complaint([&] { Writer::resume(file, example_sweep(), other, {}); }), HasSubstr("last bits"));
}

TEST_F(Resume, OfAFileLeftBehindByATornLayoutStartsFromTheFileThatStands) {
  const auto killed = killed_file({0, 1});
  std::ofstream(part_path(killed)) << "rubbish of a run that was killed while it copied";
  finish(killed);
  EXPECT_THAT(verify(Reader(killed)).problems, testing::IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(part_path(killed)));
}

TEST_F(Resume, WaitsForAReaderWhoHasTheFileLockedAndThenSaysSo) {
  closed_file({0});
  const int reader = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(reader, LOCK_SH | LOCK_NB), 0);
  EXPECT_THAT(complaint([&] { resumed(file); }), HasSubstr("another program has it open for reading"));
  std::thread leaves([reader] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ::close(reader);
  });
  EXPECT_EQ(complaint([&] { resumed(file); }), "");
  leaves.join();
}

class Flush : public StoreTest {
 public:
  /// How the file on the disk stands: what a kill at this moment would leave.
  std::vector<bool> on_disk() const {
    std::filesystem::copy_file(file, folder / "copy.h5", std::filesystem::copy_options::overwrite_existing);
    return done(Reader(folder / "copy.h5").statuses());
  }
};

TEST_F(Flush, HappensWhenTheIntervalIsOver) {
  Writer writer =
      Writer::create(file, example_sweep(), example_provenance(), flushing_every(std::chrono::hours(1)));
  write_jobs(writer, {0});
  writer.flush_if_due();
  EXPECT_THAT(on_disk(), ElementsAre(false, false, false, false));
  writer.flush();
  EXPECT_THAT(on_disk(), ElementsAre(true, false, false, false));
}

TEST_F(Flush, HappensAtOnceWithoutAnInterval) {
  Writer writer =
      Writer::create(file, example_sweep(), example_provenance(), flushing_every(std::chrono::seconds(0)));
  write_jobs(writer, {2});
  writer.flush_if_due();
  EXPECT_THAT(on_disk(), ElementsAre(false, false, true, false));
}

TEST_F(Flush, HappensWhenTheWriterGoesWithoutBeingClosed) {
  {
    Writer writer = Writer::create(file, example_sweep(), example_provenance());
    write_jobs(writer, {3});
  }
  EXPECT_TRUE(Reader(file).closed_properly());
  EXPECT_THAT(on_disk(), ElementsAre(false, false, false, true));
}

}  // namespace
}  // namespace augsweep::store
