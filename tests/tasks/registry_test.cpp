// The list of tasks, and how parameters get into them.
#include "tasks/registry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "trials.hpp"

namespace augsweep::tasks {
namespace {

using testing::HasSubstr;

TEST(Registry, ListsEveryTaskInOrder) {
  std::vector<std::string> names;
  for (const TaskEntry& entry : all_tasks()) {
    names.push_back(entry.name);
  }
  EXPECT_THAT(names, testing::ElementsAre("12ax", "12ax-s", "ax", "12ax-triplets", "sequence", "sequence-cpt",
                                          "txor", "saccade", "delayed-match"));
}

TEST(Registry, FindsATaskByItsWholeName) {
  ASSERT_NE(find_task("12ax-s"), nullptr);
  EXPECT_EQ(find_task("12ax-s")->name, "12ax-s");
  EXPECT_EQ(find_task("12AX"), nullptr);
  EXPECT_EQ(find_task("12a"), nullptr);
  EXPECT_EQ(find_task(""), nullptr);
}

TEST(Registry, DescribesEveryTask) {
  for (const TaskEntry& entry : all_tasks()) {
    EXPECT_FALSE(entry.title.empty()) << entry.name;
    EXPECT_GT(entry.description.size(), 100u) << entry.name;
    for (const ParameterInfo& parameter : entry.parameters) {
      EXPECT_FALSE(parameter.description.empty()) << entry.name << ", " << parameter.name;
    }
  }
}

TEST(Registry, CompletesParametersWithTheirDefaults) {
  EXPECT_EQ(complete_parameters(*find_task("12ax"), {}), (Parameters{{"p_target", 0.5}}));
  EXPECT_EQ(complete_parameters(*find_task("12ax"), {{"p_target", 0.3}}), (Parameters{{"p_target", 0.3}}));
  EXPECT_EQ(complete_parameters(*find_task("sequence"), {}), (Parameters{{"d", 4.0}}));
  EXPECT_EQ(complete_parameters(*find_task("sequence-cpt"), {{"d", 6.0}}),
            (Parameters{{"d", 6.0}, {"step_reward", 0.75}, {"final_reward", 1.5}}));
  EXPECT_EQ(complete_parameters(*find_task("txor"), {}), Parameters{});
  EXPECT_EQ(complete_parameters(*find_task("saccade"), {}),
            (Parameters{{"shape_factor", 0.2}, {"final_factor", 1.5}}));
}

TEST(Registry, RefusesAnUnknownTaskAndNamesTheOthers) {
  EXPECT_EQ(complaint([] { make("13ax"); }),
            "there is no task '13ax'; there are 12ax, 12ax-s, ax, 12ax-triplets, sequence, sequence-cpt, "
            "txor, saccade, delayed-match");
}

TEST(Registry, RefusesAnUnknownParameterAndNamesTheOthers) {
  EXPECT_EQ(complaint([] { make("12ax", {{"d", 3.0}}); }), "task 12ax has no parameter 'd'; it has p_target");
  EXPECT_EQ(complaint([] {
              make("sequence-cpt", {{"reward", 3.0}});
            }),
            "task sequence-cpt has no parameter 'reward'; it has d, step_reward, final_reward");
  EXPECT_EQ(complaint([] { make("txor", {{"d", 3.0}}); }), "task txor has no parameter 'd'; it has none");
}

TEST(Registry, RefusesAValueOutOfRange) {
  EXPECT_EQ(complaint([] {
              make("12ax", {{"p_target", 1.5}});
            }),
            "p_target of task 12ax is 1.5, outside [0, 1]");
  EXPECT_EQ(complaint([] {
              make("sequence", {{"d", -1.0}});
            }),
            "d of task sequence is -1, outside [0, 1000]");
  EXPECT_THAT(complaint([] {
                make("ax", {{"p_target", std::numeric_limits<double>::quiet_NaN()}});
              }),
              HasSubstr("outside [0, 1]"));
}

TEST(Registry, RefusesAFractionWhereAWholeNumberIsMeant) {
  EXPECT_EQ(complaint([] {
              make("sequence", {{"d", 2.5}});
            }),
            "d of task sequence is 2.5, but must be a whole number");
}

TEST(RewardRule, IsARewardForRightAndOneForWrong) {
  const auto rule = [](std::string_view name) {
    const Rewards rewards = rewards_of(from_name<RewardRule>(name).value());
    return std::pair(rewards.correct, rewards.wrong);
  };
  EXPECT_EQ(rule("RL"), std::pair(1.0, 0.0));
  EXPECT_EQ(rule("PL"), std::pair(0.0, -1.0));
  EXPECT_EQ(rule("SRL"), std::pair(1.0, -1.0));
  EXPECT_EQ(rule("BRL"), std::pair(0.1, -1.0));
}

/// The published settings: R, M, beta, lambda, reward, policy, exploration, g(t), trial limit.
struct Published {
  const char* task;
  int regular_units, memory_units;
  double beta, lambda;
  RewardRule reward;
  const char* policy;
  const char* exploration;
  bool weight_g;
  std::int64_t max_trials;
};

class PublishedDefaults : public testing::TestWithParam<Published> {};

TEST_P(PublishedDefaults, AreThoseOfTheTask) {
  const Published& published = GetParam();
  const Defaults& defaults = find_task(published.task)->defaults;
  EXPECT_EQ(defaults.regular_units, published.regular_units);
  EXPECT_EQ(defaults.memory_units, published.memory_units);
  EXPECT_EQ(defaults.beta, published.beta);
  EXPECT_EQ(defaults.lambda, published.lambda);
  EXPECT_EQ(defaults.gamma, 0.9);
  EXPECT_EQ(defaults.epsilon, 0.025);
  EXPECT_EQ(defaults.reward, published.reward);
  EXPECT_EQ(defaults.policy, published.policy);
  if (defaults.policy == "eps-greedy") {
    EXPECT_EQ(defaults.exploration, published.exploration);
  }
  EXPECT_EQ(defaults.weight_g, published.weight_g);
  EXPECT_EQ(defaults.max_trials, published.max_trials);
}

INSTANTIATE_TEST_SUITE_P(
    OfTask, PublishedDefaults,
    testing::Values(
        Published{"12ax", 10, 20, 0.15, 0.15, RewardRule::brl, "softmax", "", true, 100'000},
        Published{"12ax-triplets", 10, 20, 0.15, 0.15, RewardRule::brl, "softmax", "", true, 100'000},
        Published{"12ax-s", 10, 10, 0.1, 0.5, RewardRule::brl, "eps-greedy", "soft", true, 100'000},
        Published{"ax", 10, 10, 0.15, 0.5, RewardRule::brl, "eps-greedy", "soft", true, 10'000},
        Published{"sequence", 3, 4, 0.15, 0.15, RewardRule::srl, "eps-greedy", "soft", false, 10'000},
        Published{"sequence-cpt", 3, 8, 0.15, 0.2, RewardRule::brl, "eps-greedy", "unif", false, 10'000},
        Published{"txor", 3, 4, 0.15, 0.15, RewardRule::rl, "eps-greedy", "unif", false, 10'000},
        Published{"saccade", 3, 4, 0.15, 0.2, RewardRule::rl, "eps-greedy", "unif", false, 25'000}));

}  // namespace
}  // namespace augsweep::tasks
