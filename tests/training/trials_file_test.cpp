// Recorded data sets.
#include "training/trials_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "tasks/registry.hpp"

namespace augsweep::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class TrialsFile : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& content) {
    std::ofstream(file_, std::ios::binary) << content;
    return file_;
  }
  std::vector<tasks::Trial> read(const std::string& content) {
    return read_trials(write(content), task_->info());
  }

  // One file a test: ctest runs several at once.
  std::filesystem::path file_ =
      std::filesystem::path(testing::TempDir()) /
      (std::string("augsweep_") + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv");
  std::unique_ptr<tasks::Task> task_ =
      tasks::make_task("12ax", {}, tasks::rewards_of(tasks::RewardRule::brl));
};

TEST_F(TrialsFile, GroupsLinesByTrial) {
  const auto trials = read("trial,cue\n1,1\n1,A\n1,X\n2,2\n2,B\n2,Y\n");
  ASSERT_EQ(trials.size(), 2U);
  EXPECT_EQ(trials[0].cues.size(), 3U);
  EXPECT_TRUE(trials[0].targets.empty()) << "the task's own rule";
}

TEST_F(TrialsFile, ReadsTargetsAndWindowsLineEnds) {
  const auto trials = read("trial,cue,target\r\n1,1,L\r\n1,A,\r\n1,X,R\r\n");
  EXPECT_THAT(trials.at(0).targets, ElementsAre(0, tasks::no_target, 1));
}

TEST_F(TrialsFile, NamesFileLineAndLabelOfAMistake) {
  EXPECT_THAT([&] { read("trial,cue\n1,1\n1,Q\n"); },
              ThrowsMessage<std::runtime_error>(
                  testing::AllOf(HasSubstr("csv:3"), HasSubstr("'Q'"), HasSubstr("1, 2, A"))));
  EXPECT_THAT([&] { read("a,b\n1,1\n"); }, ThrowsMessage<std::runtime_error>(HasSubstr("csv:1")));
  EXPECT_THAT([&] { read("trial,cue\n1\n"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("1 fields where the header has 2")));
  EXPECT_THAT([&] { read("trial,cue\n"); }, ThrowsMessage<std::runtime_error>(HasSubstr("no trial")));
  EXPECT_THAT([&] { read_trials("/nonexistent/x.csv", task_->info()); },
              ThrowsMessage<std::runtime_error>(HasSubstr("/nonexistent/x.csv: cannot be read")));
}

TEST_F(TrialsFile, DigestIsTheSha256OfItsContent) {
  EXPECT_EQ(file_digest(write("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace augsweep::training
