// The replay must notice every kind of error that a network, a task or a trace can have: each test breaks one
// thing.
#include "replay.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/random.hpp"
#include "model_replay.hpp"
#include "textbook_agent.hpp"

namespace augsweep::golden {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::filesystem::path data(const std::string& name) {
  return std::filesystem::path(AUGSWEEP_SOURCE_DIR) / "tests" / "golden" / "data" / (name + ".json.gz");
}

/// The trace of a case; read once.
const Json& recorded(const std::string& name) {
  static std::map<std::string, Json> read;
  const auto found = read.find(name);
  return found != read.end() ? found->second : read.emplace(name, read_json(data(name))).first->second;
}

/// Index of the n-th event of a kind.
std::size_t event_index(const Json& content, const std::string& kind, int n = 0) {
  std::size_t index = 0;
  for (const Json& event : content.at("events")) {
    if (event.at("ev") == kind && n-- == 0) {
      return index;
    }
    ++index;
  }
  throw std::out_of_range("no such event");
}

Json& event_of(Json& content, const std::string& kind, int n = 0) {
  return content.at("events").at(event_index(content, kind, n));
}

/// The report on the AX trace after a change.
Report changed(const std::function<void(Json&)>& change) {
  Json content = recorded("ax");
  change(content);
  return replay(std::move(content), "changed.json.gz");
}

/// Replays a trace through an agent made from it.
template <class MakeAgent>
Comparison with_agent(const std::string& name, MakeAgent make_agent) {
  const Trace trace = make_trace(recorded(name), name);
  Comparison comparison(default_tolerance);
  const auto agent = make_agent(trace);
  replay_model(trace, *agent, comparison);
  return comparison;
}

template <class Wrong>
Comparison with_wrapper(const std::string& name) {
  const Trace trace = make_trace(recorded(name), name);
  Comparison comparison(default_tolerance);
  NetworkAgent network(trace.config.network, initial_weights(trace));
  Wrong wrong(network);
  replay_model(trace, wrong, comparison);
  return comparison;
}

TEST(Replay, AgreesWithTheTraceAsRecorded) {
  const Report report = changed([](Json&) {});
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.model->values(), 14'854);
  EXPECT_LT(report.model->greatest_deviation(), 1e-13);
  EXPECT_THAT(report.text(), AllOf(HasSubstr("changed.json.gz: agrees"), HasSubstr("14854 values")));
}

TEST(Replay, AgreesForTheTextbookNetworkToo) {
  for (const char* name :
       {"ax", "saccade_explore", "12ax_symmetric", "seq_pred_cpt_d3_late", "txor_identity"}) {
    const Comparison comparison = with_agent(name, [](const Trace& trace) {
      return std::make_unique<TextbookAgent>(trace.config.network, initial_weights(trace));
    });
    EXPECT_TRUE(comparison.passed()) << name << ": " << comparison.first_disagreement();
  }
}

Json rows_of(std::span<const double> values, const QuantityInfo& info) {
  if (info.rows == 0) {
    return std::vector<double>(values.begin(), values.end());
  }
  Json rows = Json::array();
  for (std::size_t i = 0; i < info.rows; ++i) {
    const auto row = values.subspan(i * info.columns, info.columns);
    rows.push_back(std::vector<double>(row.begin(), row.end()));
  }
  return rows;
}

Json list_of(std::span<const double> values) {
  return std::vector<double>(values.begin(), values.end());
}

/// A trace that the textbook network records of itself: a network of any kind in trials of five steps.
Json textbook_trace(const model::NetworkParameters& parameters) {
  model::RandomStream stream(model::key_of("textbook trace"), model::Purpose::weights);
  FlatWeights weights;
  Json content;
  std::size_t i = 0;
  for (const QuantityInfo& info : weight_quantities(parameters.shape)) {
    for (std::size_t n = 0; n < info.rows * info.columns; ++n) {
      weights.at(i).push_back(stream.uniform() - 0.5);
    }
    content["initial_weights"][info.name] = rows_of(weights.at(i++), info);
  }
  content["format"] = 1;
  content["config"] = {{"task", "tXOR"},
                       {"S", parameters.shape.stimuli},
                       {"R", parameters.shape.regular},
                       {"M", parameters.shape.memory},
                       {"A", parameters.shape.responses},
                       {"beta", parameters.beta},
                       {"discount", parameters.gamma},
                       {"alpha", parameters.alpha},
                       {"leak", parameters.leak},
                       {"feedback", name_of(parameters.feedback)},
                       {"learn_V", parameters.input_weights == model::InputWeights::learned},
                       {"policy", {{"policy", "eps_greedy"}, {"t_weighted", 0}}}};

  TextbookAgent agent(parameters, weights);
  Json& events = content["events"];
  std::vector<double> stimulus(static_cast<std::size_t>(parameters.shape.stimuli));
  for (int trial = 0; trial < 40; ++trial) {
    agent.reset(true);
    events.push_back({{"ev", "reset"}});
    double reward = 0.0;
    double value = 0.0;
    for (int step = 0; step < 5; ++step) {
      for (double& unit : stimulus) {
        unit = stream.below(3) == 0 ? stream.uniform() : stream.below(2);
      }
      agent.forward(stimulus, false);
      const auto q = agent.get(Quantity::values);
      const int action = stream.below(parameters.shape.responses);
      const double chosen = q[static_cast<std::size_t>(action)];
      events.push_back({{"ev", "step"},
                        {"s", stimulus},
                        {"s_trans", list_of(agent.get(Quantity::transient))},
                        {"y_r", list_of(agent.get(Quantity::regular_activity))},
                        {"y_m", list_of(agent.get(Quantity::memory_activity))},
                        {"Q", list_of(q)},
                        {"action", action}});
      if (step > 0) {
        const double rpe = reward + parameters.gamma * chosen - value;
        agent.learn(rpe);
        events.push_back({{"ev", "learn"}, {"rpe", rpe}, {"terminal", false}});
      }
      agent.tag(action);
      reward = stream.uniform() - 0.5;
      value = chosen;
      events.push_back({{"ev", "tags"}});
      events.push_back({{"ev", "reward"}, {"r", reward}, {"target", nullptr}});
    }
    agent.learn(reward - value);
    events.push_back({{"ev", "learn"}, {"rpe", reward - value}, {"terminal", true}});
    events.push_back({{"ev", "trial_end"}, {"trial", trial}, {"correct", true}});
  }
  for (const QuantityInfo& info : state_quantities(parameters.shape)) {
    content["final"][info.name] = rows_of(agent.get(info.quantity), info);
  }
  return content;
}

TEST(Replay, AgreesForNetworksOfAnySizeAndKind) {
  model::NetworkParameters parameters;
  for (const model::Shape& shape : {model::Shape{1, 1, 6, 1}, model::Shape{3, 7, 12, 5},
                                    model::Shape{17, 2, 6, 3}, model::Shape{2, 33, 30, 2}}) {
    for (const auto& leak :
         {std::vector{0.85}, std::vector{0.2, 0.9}, std::vector{1.0, 0.0, 0.3, 0.5, 0.7, 0.9}}) {
      for (const auto feedback :
           {model::Feedback::plastic, model::Feedback::symmetric, model::Feedback::fixed_random}) {
        for (const auto input_weights : {model::InputWeights::learned, model::InputWeights::fixed_random}) {
          parameters = {shape, leak, feedback, input_weights, model::MemoryInput::transient, 0.07, 0.55, 0.4};
          Json content = textbook_trace(parameters);
          if (feedback == model::Feedback::symmetric) {
            // As recorded there, the initial feedback is the transpose.
            TextbookAgent agent(parameters, initial_weights(make_trace(content, "textbook")));
            for (const QuantityInfo& info : weight_quantities(shape)) {
              content["initial_weights"][info.name] = rows_of(agent.get(info.quantity), info);
            }
          }
          const Trace trace = make_trace(std::move(content), "textbook");
          Comparison comparison(default_tolerance);
          NetworkAgent network(trace.config.network, initial_weights(trace));
          replay_model(trace, network, comparison);
          EXPECT_TRUE(comparison.passed()) << to_string(shape) << ": " << comparison.first_disagreement();
        }
      }
    }
  }
}

TEST(Replay, SeesANetworkThatTagsBeforeItLearns) {
  const Comparison comparison = with_wrapper<TagsFirst>("ax");
  EXPECT_GT(comparison.disagreements(), 1000);
}

TEST(Replay, SeesAResetToZeroInsteadOfOneMillionth) {
  const Comparison comparison = with_agent("ax", [](const Trace& trace) {
    return std::make_unique<TextbookAgent>(trace.config.network, initial_weights(trace), 0.0);
  });
  EXPECT_GT(comparison.disagreements(), 1000);
  // It shows first in the memory units of the first step: leak * 1e-6 is missing there.
  EXPECT_THAT(comparison.first_disagreement(), HasSubstr("event 1 (step): y_m[0]"));
}

TEST(Replay, SeesAPreviousStimulusThatIsForgottenBetweenTrials) {
  const Comparison comparison = with_wrapper<ForgetsStimulus>("ax");
  EXPECT_THAT(comparison.first_disagreement(), HasSubstr("s_trans"));
}

TEST(Replay, SeesAPreviousStimulusThatIsKeptWhereTheTaskClearsIt) {
  const Comparison comparison = with_wrapper<KeepsStimulus>("txor_hybrid");
  // The last screen of a trial is empty, so nothing is carried over there; in sequence prediction something
  // is.
  EXPECT_TRUE(comparison.passed());
  EXPECT_THAT(with_wrapper<KeepsStimulus>("seq_pred_d4_hybrid").first_disagreement(), HasSubstr("s_trans"));
}

TEST(Replay, SeesTransientsAtARepeatedStimulus) {
  EXPECT_THAT(with_wrapper<ShowsRepeatsAnew>("saccade_standard").first_disagreement(), HasSubstr("s_trans"));
}

TEST(Replay, SeesADeviationOfOneBillionthInAnyRecordedNumber) {
  for (const char* name : {"y_r", "y_m", "Q"}) {
    const Report report = changed([&](Json& content) {
      Json& value = event_of(content, "step", 100).at(name).at(1);
      value = value.get<double>() + 1e-9;
    });
    EXPECT_FALSE(report.passed()) << name;
    EXPECT_EQ(report.model->disagreements(), 1) << name;
    EXPECT_THAT(report.model->first_disagreement(), HasSubstr(fmt::format("(step): {}[1] is", name)));
  }
  const Report rpe = changed([](Json& content) {
    Json& value = event_of(content, "learn", 100).at("rpe");
    value = value.get<double>() + 1e-9;
  });
  EXPECT_EQ(rpe.model->disagreements(), 1);
  for (const char* name : {"V_r", "W_r", "V_m", "W_m", "W_r_back", "W_m_back", "Tag_v_r", "Tag_w_r",
                           "Tag_v_m", "Tag_w_m", "sTRACE"}) {
    const auto shift = [&](Json& state) {
      Json& value = state.at(name).at(1).at(1);
      value = value.get<double>() + 1e-9;
    };
    const Report snapshot = changed([&](Json& content) { shift(event_of(content, "snapshot", 2)); });
    EXPECT_EQ(snapshot.model->disagreements(), 1) << name;
    const Report final_state = changed([&](Json& content) { shift(content.at("final")); });
    EXPECT_EQ(final_state.model->disagreements(), 1) << name;
  }
}

TEST(Replay, SeesADeviationInARecordedProbability) {
  Json content = recorded("12ax_leaky");
  for (Json& event : content.at("events")) {
    if (event.contains("p")) {
      event["p"][0] = event["p"][0].get<double>() + 1e-9;
      break;
    }
  }
  const Report report = replay(std::move(content), "changed");
  EXPECT_EQ(report.model->disagreements(), 1);
  EXPECT_THAT(report.model->first_disagreement(), HasSubstr("p[0]"));
}

TEST(Replay, SeesAWrongWeightingOfG) {
  Json content = recorded("12ax_hybrid");
  content["config"]["policy"]["m"] = 9.0;
  EXPECT_GT(replay(std::move(content), "changed").model->disagreements(), 0);
  content = recorded("12ax_hybrid");
  content["config"]["policy"]["gain"] = 2.0;
  EXPECT_GT(replay(std::move(content), "changed").model->disagreements(), 0);
}

TEST(Replay, SeesAnActionThatTheGreedyPolicyWouldNotChoose) {
  Json content = recorded("12ax_greedy");
  Json& action = event_of(content, "step", 50).at("action");
  action = 1 - action.get<int>();
  EXPECT_THAT(replay(std::move(content), "changed").model->first_disagreement(),
              HasSubstr("action: the first maximum of Q is"));
}

TEST(Replay, SeesAWrongTransient) {
  const Report report =
      changed([](Json& content) { event_of(content, "step", 5).at("s_trans").at(0) = 0.5; });
  EXPECT_EQ(report.model->disagreements(), 1);
}

TEST(Replay, SeesListsOfAnotherLength) {
  const Report report = changed([](Json& content) { event_of(content, "step", 5).at("Q").push_back(0.0); });
  EXPECT_THAT(report.model->first_disagreement(), HasSubstr("Q has 2 values, recorded 3"));
}

TEST(Replay, TakesAnyLeakThatANetworkCanHave) {
  // Two equal leaks are the scalar.
  const Report report = changed([](Json& content) { content["config"]["leak"] = {1.0, 1.0}; });
  EXPECT_TRUE(report.passed()) << report.text();
  const Report refused = changed([](Json& content) { content["config"]["leak"] = {1.0, 1.0, 1.0}; });
  EXPECT_THAT(refused.error, HasSubstr("10 memory units cannot be split into 3 equal groups"));
}

TEST(Replay, NamesTheEventAndTheFieldThatIsMissing) {
  struct Removal {
    const char* kind;
    const char* field;
  };
  for (const Removal& removal :
       {Removal{"step", "s"}, Removal{"step", "s_trans"}, Removal{"step", "y_r"}, Removal{"step", "y_m"},
        Removal{"step", "Q"}, Removal{"step", "action"}, Removal{"learn", "rpe"},
        Removal{"learn", "terminal"}, Removal{"reward", "r"}, Removal{"reward", "target"},
        Removal{"trial_end", "trial"}, Removal{"trial_end", "correct"}, Removal{"snapshot", "W_m"},
        Removal{"snapshot", "trial"}, Removal{"snapshot", "cumulative_memory"}}) {
    std::size_t index = 0;
    const Report report = changed([&](Json& content) {
      index = event_index(content, removal.kind);
      content.at("events").at(index).erase(removal.field);
    });
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(report.error, fmt::format("changed.json.gz: event {} ({}): field '{}' is missing", index,
                                        removal.kind, removal.field));
  }
}

TEST(Replay, NamesThePartOfTheTraceThatIsMissing) {
  for (const char* part : {"format", "config", "initial_weights", "events", "final"}) {
    EXPECT_EQ(changed([&](Json& content) { content.erase(part); }).error,
              fmt::format("changed.json.gz: field '{}' is missing", part));
  }
  for (const char* part :
       {"task", "S", "R", "M", "A", "beta", "discount", "leak", "feedback", "learn_V", "policy"}) {
    EXPECT_EQ(changed([&](Json& content) { content["config"].erase(part); }).error,
              fmt::format("changed.json.gz, config: field '{}' is missing", part));
  }
  EXPECT_THAT(changed([](Json& content) { content["final"].erase("sTRACE"); }).error,
              HasSubstr("final: field 'sTRACE' is missing"));
  EXPECT_THAT(changed([](Json& content) { content["initial_weights"].erase("V_m"); }).error,
              HasSubstr("initial_weights: field 'V_m' is missing"));
}

TEST(Replay, CanDoWithoutTheFieldsThatSayNothingNew) {
  const Report report = changed([](Json& content) {
    for (const char* part :
         {"alpha", "case", "variant", "seed", "n_trials", "pretrained_trials", "eps", "prop"}) {
      content["config"].erase(part);  // alpha = 1 - lambda discount
    }
  });
  EXPECT_TRUE(report.model->passed()) << report.text();
}

TEST(Replay, RefusesATraceWithoutEventsOrSteps) {
  EXPECT_EQ(changed([](Json& content) { content["events"] = Json::array(); }).error,
            "changed.json.gz: has no events: there is nothing to replay");
  EXPECT_EQ(changed([](Json& content) {
              content["events"] = {{{"ev", "reset"}}};
            }).error,
            "changed.json.gz: has no step: there is nothing to replay");
}

TEST(Replay, RefusesAnUnknownEvent) {
  const Report report = changed([](Json& content) { event_of(content, "tags", 3)["ev"] = "taggs"; });
  EXPECT_THAT(report.error, HasSubstr("unknown event 'taggs'"));
  EXPECT_FALSE(report.passed());
}

TEST(Replay, RefusesEventsThatCannotComeWhereTheyStand) {
  const auto without = [](const char* kind) {
    return changed([&](Json& content) { content["events"].erase(event_index(content, kind)); }).error;
  };
  EXPECT_THAT(without("step"), HasSubstr("event 1 (tags): tags must follow a step, once"));
  EXPECT_THAT(without("reward"), HasSubstr("(learn): nothing can be learned before"));
  EXPECT_THAT(changed([](Json& content) {
                const std::size_t learn = event_index(content, "learn");
                std::swap(content["events"][learn], content["events"][learn + 1]);  // with the tags event
              }).error,
              HasSubstr("must stand between step and tags"));
}

TEST(Replay, RefusesValuesOfTheWrongKind) {
  EXPECT_THAT(changed([](Json& content) { event_of(content, "step")["Q"][0] = nullptr; }).error,
              HasSubstr("field 'Q' holds something that is not a number"));
  EXPECT_THAT(changed([](Json& content) { event_of(content, "step")["action"] = 2; }).error,
              HasSubstr("action 2 is none of the 2 responses"));
  EXPECT_THAT(changed([](Json& content) { event_of(content, "step")["action"] = 0.5; }).error,
              HasSubstr("field 'action' is not an integer"));
  EXPECT_THAT(changed([](Json& content) { event_of(content, "step")["s"].push_back(1); }).error,
              HasSubstr("field 's' has 5 values instead of 4"));
  EXPECT_THAT(changed([](Json& content) { event_of(content, "learn")["terminal"] = "no"; }).error,
              HasSubstr("field 'terminal' is neither true nor false"));
  EXPECT_THAT(changed([](Json& content) { content["initial_weights"]["V_r"].erase(0); }).error,
              HasSubstr("field 'V_r' has 3 rows instead of 4"));
  EXPECT_THAT(changed([](Json& content) { content["config"]["feedback"] = "std"; }).error,
              HasSubstr("unknown feedback 'std'"));
  EXPECT_THAT(changed([](Json& content) { content["config"]["task"] = "chess"; }).error,
              HasSubstr("unknown task 'chess'"));
  EXPECT_THAT(changed([](Json& content) { content["config"]["M"] = 0; }).error, HasSubstr("size M is 0"));
  EXPECT_THAT(changed([](Json& content) { content["format"] = 2; }).error,
              HasSubstr("only format 1 is known"));
  EXPECT_THAT(changed([](Json& content) { content = Json::array(); }).error,
              HasSubstr("is not a JSON object"));
}

/// A file that is gone with the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content)
      : path_(std::filesystem::temp_directory_path() / fmt::format("augsweep-replay-{}.json.gz", getpid())) {
    std::ofstream(path_, std::ios::binary) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(ReplayFile, RefusesFilesThatCannotBeRead) {
  EXPECT_THAT(replay_file("/does/not/exist.json.gz").error,
              HasSubstr("/does/not/exist.json.gz: cannot be opened"));
  EXPECT_THAT(replay_file(std::filesystem::temp_directory_path()).error, HasSubstr("is a folder"));
  EXPECT_FALSE(replay_file("/does/not/exist.json.gz").passed());
}

TEST(ReplayFile, RefusesDamagedFiles) {
  std::ifstream stream(data("ax"), std::ios::binary);
  const std::string whole{std::istreambuf_iterator<char>(stream), {}};
  ASSERT_GT(whole.size(), 1000U);
  EXPECT_TRUE(replay_file(TemporaryFile(whole).path()).model->passed());
  EXPECT_THAT(replay_file(TemporaryFile(whole.substr(0, whole.size() / 2)).path()).error,
              HasSubstr("is damaged or cut short"));
  EXPECT_THAT(replay_file(TemporaryFile(whole.substr(0, whole.size() - 4)).path()).error,
              HasSubstr("is damaged or cut short"));
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x40);
  EXPECT_FALSE(replay_file(TemporaryFile(flipped).path()).error.empty());
}

TEST(ReplayFile, RefusesWhatIsNoJson) {
  EXPECT_THAT(replay_file(TemporaryFile("{\"format\": 1,").path()).error, HasSubstr("is no valid JSON"));
  EXPECT_THAT(replay_file(TemporaryFile("").path()).error, HasSubstr("is no valid JSON"));
}

/// The report on the function tables after a change.
Report changed_functions(const std::function<void(Json&)>& change) {
  Json content = recorded("functions");
  change(content);
  return replay(std::move(content), "functions");
}

TEST(ReplayFunctions, SeesADeviationInEveryTable) {
  EXPECT_TRUE(changed_functions([](Json&) {}).passed());
  const auto shifted = [](const std::function<Json&(Json&)>& find) {
    return changed_functions([&](Json& content) {
      Json& value = find(content);
      value = value.get<double>() + 1e-9;
    });
  };
  const std::map<std::string, std::function<Json&(Json&)>> places = {
      {"sigmoid", [](Json& c) -> Json& { return c["sigmoid"][7][1]; }},
      {"h_after", [](Json& c) -> Json& { return c["memory_unit"][1]["h_after"][2]; }},
      {"y", [](Json& c) -> Json& { return c["memory_unit"][3]["y"][3]; }},
      {"s_trans", [](Json& c) -> Json& { return c["transient"][0]["s_trans"][1]; }},
      {"p", [](Json& c) -> Json& { return c["softmax_time_weighted"][3]["p"][0]; }},
      {"p with m", [](Json& c) -> Json& { return c["softmax_explore_with_m"][4]["p"][1]; }},
      {"eps_effective", [](Json& c) -> Json& { return c["eps_time_weighted"][2]["eps_effective"]; }},
      {"reward rule", [](Json& c) -> Json& { return c["reward_rules"]["BRL"][0]; }}};
  for (const auto& [name, find] : places) {
    const Report report = shifted(find);
    EXPECT_EQ(report.model->disagreements(), 1) << name << "\n" << report.text();
  }
  EXPECT_EQ(changed_functions([](Json& c) { c["greedy"][5]["action"] = 0; }).model->disagreements(), 1);
}

TEST(ReplayFunctions, RefusesMissingEmptyAndUnknownTables) {
  for (const char* table : {"memory_unit", "transient", "softmax_time_weighted", "softmax_explore_with_m",
                            "greedy", "eps_time_weighted", "reward_rules"}) {
    EXPECT_THAT(changed_functions([&](Json& c) { c.erase(table); }).error,
                HasSubstr(fmt::format("field '{}' is missing", table)));
    EXPECT_FALSE(changed_functions([&](Json& c) { c[table] = Json::array(); }).passed()) << table;
  }
  EXPECT_THAT(changed_functions([](Json& c) { c["cosine"] = Json::array(); }).error,
              HasSubstr("unknown table 'cosine'"));
}

TEST(Comparison, AllowsTheToleranceRelativeToLargeNumbersOnly) {
  Comparison comparison(1e-3);
  comparison.number("small", 0.0, 1e-3);
  comparison.number("large", 1000.0, 1000.9);
  EXPECT_TRUE(comparison.passed());
  comparison.at("here");
  comparison.number("bad", 1.0, 1.01);
  EXPECT_FALSE(comparison.passed());
  EXPECT_THAT(comparison.first_disagreement(), HasSubstr("here: bad is 1, recorded 1.01"));
}

TEST(Comparison, NeverTakesNaNForANumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Comparison comparison(1e-3);
  comparison.number("both", nan, nan);
  EXPECT_TRUE(comparison.passed());
  comparison.number("ours", nan, 0.0);
  comparison.number("recorded", 0.0, nan);
  EXPECT_EQ(comparison.disagreements(), 2);
}

TEST(Comparison, DoesNotPassIfNothingWasCompared) {
  EXPECT_FALSE(Comparison(1.0).passed());
}

}  // namespace
}  // namespace augsweep::golden
