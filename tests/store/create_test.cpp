// A new file, its lock, and what is refused.

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "example.hpp"
#include "store/lock.hpp"

namespace augsweep::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Create : public StoreTest {};

TEST_F(Create, LeavesNothingBesideTheFile) {
  closed_file({0});
  EXPECT_THAT(listing(), ElementsAre("out.h5"));
}

TEST_F(Create, RefusesAnExistingFileUnlessToldToOverwrite) {
  std::ofstream(file) << "precious";
  EXPECT_THAT(complaint([&] { Writer::create(file, example_sweep(), example_provenance()); }),
              HasSubstr("--resume"));
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
  Writer::create(file, example_sweep(), example_provenance(), overwriting()).close();
  EXPECT_EQ(Reader(file).jobs(), 4U);
}

TEST_F(Create, NamesAFolderThatIsMissingOrIsTheOutput) {
  EXPECT_THAT(
      complaint([&] { Writer::create(folder / "no" / "out.h5", example_sweep(), example_provenance()); }),
      HasSubstr("No such file or directory"));
  EXPECT_THAT(complaint([&] { Writer::create(folder, example_sweep(), example_provenance()); }),
              HasSubstr("is a folder"));
}

TEST_F(Create, LeavesTheOldFileAloneUntilTheNewOneStands) {
  closed_file({0, 1});
  std::filesystem::create_directory(part_path(file));  // the new one can't be made
  EXPECT_NE(complaint([&] { Writer::create(file, example_sweep(), example_provenance(), overwriting()); }),
            "");
  EXPECT_THAT(done(Reader(file).statuses()), ElementsAre(true, true, false, false));
}

TEST_F(Create, NoticesThatItsFileOrFolderHasBeenRemoved) {
  Writer writer = Writer::create(file, example_sweep(), example_provenance());
  write_jobs(writer, {0});
  std::filesystem::remove_all(folder);
  EXPECT_THAT(complaint([&] { writer.flush(); }),
              testing::AllOf(HasSubstr(file.string()), HasSubstr("removed or replaced")));
  EXPECT_THAT(complaint([&] { write_jobs(writer, {1}); }), HasSubstr("nothing more is written"));
}

class Lock : public StoreTest {};

TEST_F(Lock, NamesTheHostAndProcessThatHoldIt) {
  const OutputLock held(file);
  char host[256] = {};
  ::gethostname(host, sizeof host - 1);
  const std::string holder = "process " + std::to_string(::getpid()) + " on " + host;
  EXPECT_THAT(
      complaint([&] { const OutputLock second(file); }),
      testing::AllOf(HasSubstr("is being written by " + holder), HasSubstr("wait for it or choose another")));
}

TEST_F(Lock, IsFreeOnceItsHolderIsDone) {
  { const OutputLock held(file); }
  EXPECT_THAT(listing(), ElementsAre());
  const OutputLock next(file);
}

TEST_F(Lock, OfAKilledProcessIsFree) {
  const pid_t child = ::fork();
  if (child == 0) {
    const OutputLock held(file);
    ::kill(::getpid(), SIGKILL);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_THAT(listing(), ElementsAre("out.h5.lock")) << "the name is left, the lock is not";
  EXPECT_EQ(complaint([&] { const OutputLock next(file); }), "");
}

TEST_F(Lock, KeepsASecondWriterAway) {
  Writer writer = Writer::create(file, example_sweep(), example_provenance());
  for (const WriterOptions& options : {WriterOptions(), overwriting()}) {
    EXPECT_THAT(complaint([&] { Writer::create(file, example_sweep(), example_provenance(), options); }),
                HasSubstr("is being written by"));
  }
  EXPECT_THAT(complaint([&] { Writer::resume(file, example_sweep(), example_provenance()); }),
              HasSubstr("is being written by"));
}

}  // namespace
}  // namespace augsweep::store
