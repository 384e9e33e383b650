// The sweep files that come with the program, and those in the documentation, are understood.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "sweep/schema.hpp"
#include "sweep/sweep.hpp"
#include "tasks/registry.hpp"

namespace augsweep::sweep {
namespace {

const std::filesystem::path source = AUGSWEEP_SOURCE_DIR;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(Files, ThePublishedExperimentsAreAllThereAndExpand) {
  const std::vector<std::pair<std::string, std::uint64_t>> experiments = {{"12ax-policies", 7},
                                                                          {"12ax-memory", 3},
                                                                          {"12ax-m", 22},
                                                                          {"12ax-no-reset", 6},
                                                                          {"12ax-triplets", 2},
                                                                          {"12ax-feedback", 6},
                                                                          {"12ax-input-weights", 6},
                                                                          {"sequence-distractors", 33},
                                                                          {"sequence-cpt", 11},
                                                                          {"sequence-leak", 9},
                                                                          {"saccade", 3},
                                                                          {"txor", 3},
                                                                          {"12ax-s", 3},
                                                                          {"ax", 3}};
  for (const auto& [name, cells] : experiments) {
    const Sweep sweep = Sweep::read(source / "sweeps" / (name + ".toml"));
    EXPECT_EQ(sweep.name(), name);
    EXPECT_EQ(sweep.size(), 200 * cells) << name;
    EXPECT_FALSE(sweep.description().empty()) << name;
    EXPECT_EQ(sweep.axes().back().name, "seed") << name;
  }
  EXPECT_EQ(Sweep::read(source / "sweeps" / "quickstart.toml").size(), 48U);
  EXPECT_EQ(Sweep::read(source / "sweeps" / "12ax-grid.toml").size(), 1280U);
}

TEST(Files, EveryFileSaysWhatItIsAndHowLongItTakes) {
  for (const auto& entry : std::filesystem::directory_iterator(source / "sweeps")) {
    if (entry.path().extension() != ".toml") {
      continue;
    }
    const std::string text = content(entry.path());
    EXPECT_THAT(text, testing::StartsWith("# ")) << entry.path();
    EXPECT_THAT(text, testing::HasSubstr("\n# Publication: ")) << entry.path();
    EXPECT_THAT(text, testing::HasSubstr("\n# Time on two cores: ")) << entry.path();
    EXPECT_NO_THROW(Sweep::read(entry.path())) << entry.path();
  }
}

TEST(Documentation, ItsExamplesAreSweeps) {
  const std::string text = content(source / "docs" / "sweep-files.md");
  const std::string open = "```toml\n", close = "```\n";
  int examples = 0;
  for (auto at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const auto begin = at + open.size();
    const std::string example = text.substr(begin, text.find(close, begin) - begin);
    EXPECT_NO_THROW(Sweep::parse(example, "example.toml")) << example;
    ++examples;
  }
  EXPECT_GE(examples, 6);
}

TEST(Documentation, NamesEveryKeyAndEveryChoice) {
  const std::string text = content(source / "docs" / "sweep-files.md");
  for (const Key& key : keys()) {
    if (key.field == Field::task_parameter) {
      continue;
    }
    EXPECT_THAT(text, testing::HasSubstr("| `" + key.entry + "` |")) << key.name;
    if (key.field != Field::task) {
      for (const std::string& choice : key.choices) {
        EXPECT_THAT(text, testing::HasSubstr("`\"" + choice + "\"`")) << key.name;
      }
    }
  }
}

TEST(Documentation, ItsFirstExampleHasAsManyJobsAsItSays) {
  const std::string text = content(source / "docs" / "sweep-files.md");
  const auto begin = text.find("```toml\n") + 8;
  EXPECT_EQ(Sweep::parse(text.substr(begin, text.find("```\n", begin) - begin), "example.toml").size(), 240U);
}

}  // namespace
}  // namespace augsweep::sweep
