// Shards and partial files joined into one: complete, partial, overlapping, foreign, missing, damaged.

#include "store/merge.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "example.hpp"
#include "store/digest.hpp"

namespace augsweep::store {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Merge : public StoreTest {
 public:
  /// A finished file of one shard in which these jobs have ended.
  std::filesystem::path shard(std::uint64_t index, std::uint64_t count,
                              const std::vector<std::uint64_t>& jobs,
                              const std::string& text = example_text) const {
    WriterOptions options;
    options.shard = sweep::Shard{index, count};
    const auto name = folder / ("shard" + std::to_string(index) + ".h5");
    Writer writer = Writer::create(name, example_sweep(text), example_provenance(), options);
    write_jobs(writer, jobs);
    writer.close();
    return name;
  }

  MergeReport merged(const std::vector<std::filesystem::path>& inputs,
                     const MergeOptions& options = {}) const {
    return merge(inputs, file, example_provenance(), options);
  }

  static std::string digest_of(const std::filesystem::path& name) {
    const Reader reader(name);
    const Verification verification = verify(reader);
    EXPECT_THAT(verification.problems, IsEmpty());
    return verification.digest;
  }
};

TEST_F(Merge, OfAllShardsIsTheUndividedFile) {
  const auto whole = closed_file({0, 1, 2, 3}, "whole.h5");
  const MergeReport report = merged({shard(2, 2, {1, 2}), shard(1, 2, {0, 3})});
  EXPECT_EQ(report.jobs, 4U);
  EXPECT_EQ(report.ended, 4U);
  EXPECT_THAT(report.missing, IsEmpty());
  EXPECT_THAT(report.gaps, IsEmpty());
  EXPECT_EQ(digest_of(file), digest_of(whole));
  EXPECT_EQ(Reader(file).attribute("shard"), "1/1");
  EXPECT_EQ(Reader(file).row(2).host, "node7") << "where a job ran comes along";
  EXPECT_THAT(listing(), UnorderedElementsAre("out.h5", "shard1.h5", "shard2.h5", "whole.h5"));
}

TEST_F(Merge, OfPartialRunsSaysWhichJobsNoneHas) {
  const MergeReport report = merged({closed_file({0, 3}, "a.h5"), closed_file({1}, "b.h5")});
  EXPECT_EQ(report.ended, 3U);
  EXPECT_THAT(report.missing, ElementsAre(2));
  EXPECT_THAT(done(Reader(file).statuses()), ElementsAre(true, true, false, true));
  EXPECT_EQ(digest_of(file), digest_of(closed_file({0, 1, 3}, "same.h5")));
}

TEST_F(Merge, SaysWhichShardIsMissingAndWhichIsNotComplete) {
  const MergeReport report = merged({shard(1, 3, {0})});
  EXPECT_EQ(report.ended, 1U);
  EXPECT_THAT(report.gaps, UnorderedElementsAre(
                               HasSubstr("is not complete: 1 of its 2 jobs are missing, the first of them 3"),
                               "shard 2 of 3 is missing", "shard 3 of 3 is missing"));
}

TEST_F(Merge, CanBeGoneOnWith) {
  merged({shard(1, 2, {0, 3})});
  Writer writer = Writer::resume(file, example_sweep(), example_provenance());
  EXPECT_THAT(done(writer.statuses()), ElementsAre(true, false, false, true));
  write_jobs(writer, {1, 2});
  writer.close();
  EXPECT_EQ(digest_of(file), digest_of(closed_file({0, 1, 2, 3}, "whole.h5")));
}

TEST_F(Merge, ReadsAFileWhoseWriterWasKilled) {
  const MergeReport report = merged({killed_file({0, 1})});
  EXPECT_EQ(report.ended, 2U);
  EXPECT_EQ(digest_of(file), digest_of(closed_file({0, 1}, "same.h5")));
}

TEST_F(Merge, RefusesTwoFilesThatHaveJobsInCommonAndNamesBoth) {
  const auto a = closed_file({0, 1, 2}, "a.h5");
  const auto b = closed_file({1, 2}, "b.h5");
  EXPECT_THAT(
      complaint([&] {
        merged({a, b});
      }),
      AllOf(HasSubstr("a.h5"), HasSubstr("b.h5"), HasSubstr("overlap: both hold job 1 and 1 others")));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Merge, RefusesTheSameFileTwiceAndItsOwnOutput) {
  const auto a = closed_file({0}, "a.h5");
  EXPECT_THAT(complaint([&] { merged({a, folder / "." / "a.h5"}); }), HasSubstr("are the same file"));
  EXPECT_THAT(complaint([&] { merged({closed_file({0})}); }), HasSubstr("both input and output"));
  EXPECT_THAT(complaint([&] { merged({}); }), HasSubstr("nothing to merge"));
}

TEST_F(Merge, RefusesFilesOfAnotherSweepAndSaysWhatDiffers) {
  std::string other = example_text;
  other.replace(other.find("max_trials = 30"), 15, "max_trials = 40");
  const auto mine = closed_file({0}, "mine.h5");
  Writer::create(folder / "other.h5", example_sweep(other), example_provenance()).close();
  EXPECT_THAT(complaint([&] {
                merged({mine, folder / "other.h5"});
              }),
              AllOf(HasSubstr("other.h5: holds another sweep than"), HasSubstr("max_trials"), HasSubstr("30"),
                    HasSubstr("40")));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(Merge, RefusesRowsOfAProgramThatComputesOtherBits) {
  Provenance other = example_provenance();
  other.numerics = "other";
  const auto mine = closed_file({0}, "mine.h5");
  Writer::create(folder / "other.h5", example_sweep(), other).close();
  EXPECT_THAT(complaint([&] {
                merged({mine, folder / "other.h5"});
              }),
              AllOf(HasSubstr("other.h5"), HasSubstr("differ in their last bits")));
}

TEST_F(Merge, RefusesFilesThatAreMissingOrNoResultFiles) {
  std::ofstream(folder / "text.h5") << "not HDF5";
  EXPECT_THAT(complaint([&] { merged({folder / "text.h5"}); }), HasSubstr("no HDF5 file"));
  EXPECT_THAT(complaint([&] { merged({folder / "none.h5"}); }), HasSubstr("does not exist"));
}

TEST_F(Merge, RefusesADamagedRowAndLeavesAnOldOutputAsItWas) {
  closed_file({3});
  const auto mine = closed_file({0, 1}, "mine.h5");
  {
    // A row whose content does not fit its checksum: `steps` of job 1 in the file, a byte of it turned over.
    const Reader reader(mine);
    const auto steps = static_cast<std::int64_t>(reader.row(1).outcome.steps);
    const auto of_first = static_cast<std::int64_t>(reader.row(0).outcome.steps);
    std::ifstream in(mine, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(in), {}};
    std::string pair(16, '\0');
    std::memcpy(pair.data(), &of_first, 8);
    std::memcpy(pair.data() + 8, &steps, 8);
    const auto place = content.find(pair);
    ASSERT_NE(place, std::string::npos);
    content[place + 8] = static_cast<char>(content[place + 8] ^ 1);
    std::ofstream(folder / "damaged.h5", std::ios::binary) << content;
  }
  MergeOptions options;
  options.overwrite = true;
  EXPECT_THAT(complaint([&] { merged({folder / "damaged.h5"}, options); }),
              AllOf(HasSubstr("damaged.h5"), HasSubstr("job 1 is damaged"), HasSubstr("--resume")));
  EXPECT_THAT(done(Reader(file).statuses()), ElementsAre(false, false, false, true));
  EXPECT_THAT(listing(), UnorderedElementsAre("out.h5", "mine.h5", "damaged.h5"));
}

TEST_F(Merge, ReplacesAnOutputOnlyWhenTold) {
  closed_file({3});
  const auto mine = closed_file({0}, "mine.h5");
  EXPECT_THAT(complaint([&] { merged({mine}); }), HasSubstr("--overwrite"));
  EXPECT_THAT(done(Reader(file).statuses()), ElementsAre(false, false, false, true));
  MergeOptions options;
  options.overwrite = true;
  merged({mine}, options);
  EXPECT_THAT(done(Reader(file).statuses()), ElementsAre(true, false, false, false));
}

TEST_F(Merge, ThatShowsTheRowsOfItsShardsHasTheirDigestAndNeedsThem) {
  const auto first = shard(1, 2, {0, 3});
  const auto second = shard(2, 2, {1, 2});
  MergeOptions options;
  options.show = true;
  merged({first, second}, options);
  EXPECT_EQ(digest_of(file), digest_of(closed_file({0, 1, 2, 3}, "whole.h5")));
  EXPECT_THAT(complaint([&] { merge({file}, folder / "again.h5", example_provenance(), options); }),
              HasSubstr("is itself a virtual file"));
  std::filesystem::remove(second);
  EXPECT_THAT(complaint([&] { Reader reader(file); }), AllOf(HasSubstr("shard2.h5"), HasSubstr("missing")));
}

}  // namespace
}  // namespace augsweep::store
