// Whatever stands in a file, the reader answers with a sweep or with a SweepError: never with another
// exception, a crash, or a wait.

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "sweep/sweep.hpp"

namespace augsweep::sweep {
namespace {

enum class Answer { sweep, refusal };

/// Every other exception goes on to the test, which fails.
Answer read(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    const Sweep sweep = Sweep::parse(text, "m.toml", overrides);
    sweep.job(sweep.size() - 1);
    return Answer::sweep;
  } catch (const SweepError&) {
    return Answer::refusal;
  }
}

const std::string valid = R"([sweep]
name = "x"
[task]
name = "12ax"
p_target = 0.5
[network]
leak = [0.7, 1.0]
[learning]
beta = 0.1
[output]
record_trials = { first = 0, count = 3 }
[[points]]
label = "a"
policy = "greedy"
[[points]]
label = "b"
policy = "softmax"
[axes]
gamma = { from = 0.5, to = 0.9, steps = 3, scale = "log" }
units = { together = ["regular_units", "memory_units"], values = [[3, 4], [5, 6]], labels = ["s", "l"] }
seed = { first = 0, count = 3 }
)";

TEST(Malformed, TheStartingPointIsValid) {
  EXPECT_EQ(read(valid), Answer::sweep);
}

TEST(Malformed, TruncatedAnywhere) {
  for (std::size_t length = 0; length < valid.size(); ++length) {
    EXPECT_NO_THROW(read(valid.substr(0, length))) << "cut after " << length << " bytes";
  }
}

TEST(Malformed, EveryValueReplacedByEveryKindOfValue) {
  const std::vector<std::string> odd = {"",
                                        "true",
                                        "-1",
                                        "0",
                                        "1",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "9223372036854775808",
                                        "1e308",
                                        "-1e308",
                                        "5e-324",
                                        "nan",
                                        "-inf",
                                        "0.5",
                                        "-0.0",
                                        "\"\"",
                                        "\"12ax\"",
                                        "\"\\u0000\"",
                                        "'''\n'''",
                                        "[]",
                                        "[[]]",
                                        "[[[]]]",
                                        "{}",
                                        "[{}]",
                                        "1979-05-27",
                                        "07:32:00",
                                        "1979-05-27T07:32:00Z",
                                        "[1, 2]",
                                        "[\"a\", 1]",
                                        "{ first = 0, count = 9223372036854775807 }",
                                        "{ first = 9223372036854775807, count = 9223372036854775807 }",
                                        "{ first = 1e300, count = 1 }",
                                        "{ first = 0, count = nan }",
                                        "{ from = 0, to = 1, steps = 9223372036854775807 }",
                                        "{ from = -1e308, to = 1e308, steps = 3 }",
                                        "{ from = 5e-324, to = 1e308, steps = 10, scale = \"log\" }",
                                        "{ from = 0, to = 0, steps = 2 }",
                                        "{ values = [], labels = [] }",
                                        "{ values = [[]], labels = [1] }",
                                        "{ together = [[]], values = [[]] }",
                                        "{ together = [\"beta\"], values = [[]] }",
                                        "{ first = {}, count = [] }",
                                        "{ first = 0, count = 3, first = 1 }",
                                        "0x7f",
                                        "0b1"};
  const std::vector<std::string> places = {"[sweep]\nname = ",
                                           "[sweep]\nseed = ",
                                           "[sweep]\njob_timeout = ",
                                           "[sweep]\nmax_failures = ",
                                           "[task]\nname = ",
                                           "[task]\np_target = ",
                                           "[task]\ntrials = ",
                                           "[network]\nleak = ",
                                           "[network]\nmemory_units = ",
                                           "[network]\nfeedback = ",
                                           "[network]\nreset = ",
                                           "[learning]\nbeta = ",
                                           "[learning]\nalpha = ",
                                           "[learning]\ngamma = ",
                                           "[learning]\nweight_g = ",
                                           "[training]\nmax_trials = ",
                                           "[training]\ntest_trials = ",
                                           "[output]\nbin_trials = ",
                                           "[output]\nrecord_trials = ",
                                           "[axes]\nseed = ",
                                           "[axes]\nbeta = ",
                                           "[axes]\nleak = ",
                                           "[axes]\ntask = ",
                                           "[axes]\nmemory = ",
                                           "[axes]\nrecord_trials = ",
                                           "[axes]\nmemory_units = ",
                                           "[axes]\np_target = ",
                                           "[axes]\nd = ",
                                           "[[points]]\nbeta = ",
                                           "[[points]]\nlabel = ",
                                           "[[points]]\ntask = ",
                                           "points = ",
                                           "axes = ",
                                           "task = ",
                                           "sweep = ",
                                           "x = "};
  int sweeps = 0;
  for (const std::string& place : places) {
    for (const std::string& value : odd) {
      const bool has_task = place.find("task") != std::string::npos || place.rfind("[task]", 0) == 0;
      const std::string rest = has_task ? "\n" : "\n[task]\nname = \"12ax\"\n";
      Answer answer = Answer::refusal;
      EXPECT_NO_THROW(answer = read(place + value + rest)) << place << value;
      sweeps += answer == Answer::sweep ? 1 : 0;
    }
  }
  // Some of them are right by chance; if none were, the texts around would be wrong.
  EXPECT_GT(sweeps, 50);
}

TEST(Malformed, TableNamesThatBeginOddly) {
  for (const std::string bracket : {"[", "[ ", "[[", "[[ "}) {
    for (const std::string name :
         {"`", ".", "=", "#", "\n", "\r", "[", "\x01", "\x7f", "\xc3\xa9", "\xff", "\"\"\"", "'"}) {
      EXPECT_EQ(read(valid + bracket + name), Answer::refusal) << bracket << name;
      EXPECT_EQ(read(valid + bracket + name + "points]]\n"), Answer::refusal) << bracket << name;
    }
  }
}

TEST(Malformed, LettersOfOtherLanguagesWhereSpaceMayStand) {
  for (const std::string letter : {"\xc2\xa0", "\xc3\xa9", "\xd0\x96", "\xe1\x9a\x81", "\xe2\x80\x83",
                                   "\xe4\xb8\xad", "\xf0\x9f\x8e\xb2"}) {
    EXPECT_EQ(read(letter), Answer::refusal) << letter;
    for (const std::string line :
         {"[sweep]", "[sweep]\nname", "[sweep]\nname = ", "[sweep]\nseed = 1", "[axes]\nbeta = [0.1, "}) {
      EXPECT_EQ(read(line + letter + "\n[task]\nname = \"12ax\"\n"), Answer::refusal) << line << letter;
    }
    EXPECT_EQ(read("[sweep]\nname = \"" + letter + "\" # " + letter + "\n[task]\nname = \"12ax\"\n"),
              Answer::sweep)
        << letter;
  }
}

TEST(Malformed, OverridesOfEveryKind) {
  for (const std::string text : {"",
                                 "=",
                                 "==",
                                 "a=",
                                 "beta==",
                                 "beta=",
                                 ".=1",
                                 "a.=1",
                                 ".a=1",
                                 "a.b.c=1",
                                 "axes.=1",
                                 "axes=1",
                                 "axes.axes=1",
                                 "points=1",
                                 "points.beta=1",
                                 "axes.points=[1]",
                                 "task=",
                                 "beta=[",
                                 "beta=[]",
                                 "beta={}",
                                 "beta={first=0,count=99999999999}",
                                 "beta=\"",
                                 "beta='",
                                 "beta=1 # no",
                                 "beta=1979-01-01",
                                 "seed=-1",
                                 "seed=1e30",
                                 "leak=[[[]]]",
                                 "record_trials=[[]]",
                                 "sweep.seed=[1,2]",
                                 "learning.beta={from=0,to=1,steps=2}",
                                 "name=",
                                 "task.name=\xff",
                                 "\xff=1",
                                 "beta=\x01"}) {
    EXPECT_NO_THROW(read(valid, {text})) << text;
  }
}

TEST(Malformed, RandomBytesInAValidFile) {
  // The same bytes in every run.
  std::mt19937 random(20181112);  // NOLINT(cert-msc32-c,cert-msc51-cpp)
  const std::string interesting = "[]{}=.,\"'#\n\r\t -+0123456789eEinfax_\\\x00\x01\x7f\xc3\xff";
  const std::vector<std::string> pieces = {"[axes]\n",    "[[points]]\n",  "{ first = 0, count = ",
                                           "together = ", "\"task\"",      "nan",
                                           "1e400",       "'''",           "\"\"\"",
                                           "[task.x]\n",  "a.b.c.d = 1\n", "99999999999999999999"};
  for (int round = 0; round < 3000; ++round) {
    std::string text = valid;
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      switch (below(5)) {
        case 0:
          text[at] = interesting[below(interesting.size())];
          break;
        case 1:
          text.insert(at, 1, interesting[below(interesting.size())]);
          break;
        case 2:
          text.erase(at, 1 + below(20));
          break;
        case 3:
          text.insert(at, pieces[below(pieces.size())]);
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(40)));
          break;
      }
    }
    EXPECT_NO_THROW(read(text)) << "round " << round << ":\n" << text;
  }
}

}  // namespace
}  // namespace augsweep::sweep
