// Every mistake that a sweep file or a --set can hold, with the whole message that it gets: file, line, key,
// what is wrong, what to do.

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sweep/nearest.hpp"
#include "sweep/sweep.hpp"
#include "tasks/registry.hpp"

namespace augsweep::sweep {
namespace {

const std::string task = "[task]\nname = \"12ax\"\n";

std::string message_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    Sweep::parse(text, "s.toml", overrides);
  } catch (const SweepError& error) {
    return error.what();
  }
  return "no error";
}

std::string message_of_file(const std::filesystem::path& file) {
  try {
    Sweep::read(file);
  } catch (const SweepError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const tasks::TaskEntry& entry : tasks::all_tasks()) {
    names.push_back(entry.name);
  }
  return names;
}

struct Mistake {
  std::string name;
  std::string text;
  std::string message;
};

void PrintTo(const Mistake& mistake, std::ostream* stream) {
  *stream << mistake.text;
}

class MistakeInAFile : public testing::TestWithParam<Mistake> {};

TEST_P(MistakeInAFile, GetsAMessage) {
  EXPECT_EQ(message_of(GetParam().text), GetParam().message);
}

const std::vector<Mistake> mistakes = {
    {"not_toml", task + "beta 0.1\n",
     "s.toml:3: not valid TOML: Error while parsing key-value pair: expected '=', saw '0'; correct this "
     "line"},
    {"unquoted_text", "[task]\nname = 12ax\n",
     "s.toml:2: not valid TOML: Error while parsing decimal integer: expected digit, saw 'a'; correct this "
     "line"},
    {"key_twice", task + "[learning]\nbeta = 0.1\nbeta = 0.2\n",
     "s.toml:5: not valid TOML: Error while parsing key-value pair: cannot redefine existing floating-point "
     "'beta'; correct this line"},
    {"unknown_table", task + "[learnin]\nbeta = 0.1\n",
     "s.toml:3: unknown table [learnin]; did you mean [learning]?"},
    {"unknown_table_far", task + "[hyperparameters]\nbeta = 0.1\n",
     "s.toml:3: unknown table [hyperparameters]; the tables are [sweep], [task], [network], [learning], "
     "[training], [output], [axes], [points]"},
    {"key_outside_of_a_table", "beta = 0.1\n[task]\nname = \"12ax\"\n",
     "s.toml:1: key `beta` stands outside of any table; put it below a line [learning]"},
    {"table_is_a_value", "learning = 3\n[task]\nname = \"12ax\"\n",
     "s.toml:1: `learning` must be a table; write [learning] and its keys below"},
    {"unknown_key", task + "[learning]\nbetta = 0.1\n",
     "s.toml:4: key `betta` in [learning]: unknown key; did you mean `beta`?"},
    {"unknown_key_far", task + "[output]\ncolour = 1\n",
     "s.toml:4: key `colour` in [output]: unknown key; [output] may have bin_trials, curves, weights, "
     "record"},
    {"key_of_another_table", task + "[network]\nbeta = 0.1\n",
     "s.toml:4: key `beta` in [network]: the key belongs in [learning]; move it there"},
    {"unknown_key_in_axes", task + "[axes]\nlaek = [1.0]\n",
     "s.toml:4: key `laek` in [axes]: unknown key `laek`; did you mean `leak`?"},
    {"unknown_key_in_axes_far", task + "[axes]\nwhatever = [1.0]\n",
     "s.toml:4: key `whatever` in [axes]: unknown key `whatever`; docs/sweep-files.md lists the keys (keys "
     "that move together: { together = [...], values = [...] })"},
    {"unknown_key_in_points", task + "[[points]]\nbeat = 0.1\n",
     "s.toml:4: key `beat` in [[points]]: unknown key; did you mean `beta`?"},
    {"unknown_parameter_of_the_task", task + "d = 4\n",
     "s.toml:3: key `d` in [task]: unknown parameter `d` of the task; task 12ax has p_target"},
    {"unknown_parameter_axis", task + "[axes]\nd = [1, 2]\n",
     "s.toml:4: key `d` in [axes]: unknown parameter `d` of the task; task 12ax has p_target"},
    {"misspelt_parameter", task + "p_traget = 0.4\n",
     "s.toml:3: key `p_traget` in [task]: unknown key; did you mean `p_target`?"},
    {"unknown_task", "[task]\nname = \"12-ax\"\n",
     "s.toml:2: key `name` in [task]: unknown name \"12-ax\"; did you mean \"12ax\"?"},
    {"unknown_policy", task + "[learning]\npolicy = \"greddy\"\n",
     "s.toml:4: key `policy` in [learning]: unknown name \"greddy\"; did you mean \"greedy\"?"},
    {"unknown_policy_far", task + "[learning]\npolicy = \"boltzmann\"\n",
     "s.toml:4: key `policy` in [learning]: unknown name \"boltzmann\"; give one of \"greedy\", "
     "\"eps-greedy\", \"softmax\""},
    {"text_for_a_number", task + "[learning]\nbeta = \"fast\"\n",
     "s.toml:4: key `beta` in [learning]: \"fast\" is text; give a number, at least 0"},
    {"number_for_a_name", task + "[learning]\npolicy = 3\n",
     "s.toml:4: key `policy` in [learning]: 3 is a whole number; give one of \"greedy\", \"eps-greedy\", "
     "\"softmax\""},
    {"number_for_a_flag", task + "[output]\ncurves = 1\n",
     "s.toml:4: key `curves` in [output]: 1 is a whole number; give true or false"},
    {"fraction_for_a_count", task + "[network]\nmemory_units = 2.5\n",
     "s.toml:4: key `memory_units` in [network]: 2.5 is no whole number; give a whole number from 1 to "
     "100000"},
    {"list_for_a_number", task + "[learning]\nbeta = [0.1, 0.2]\n",
     "s.toml:4: key `beta` in [learning]: this is a list; give a number, at least 0"},
    {"table_for_a_number", task + "[learning]\nbeta = { from = 0.1, to = 0.2, steps = 2 }\n",
     "s.toml:4: key `beta` in [learning]: this is a table; give a number, at least 0"},
    {"date_for_a_number", task + "[learning]\nbeta = 2020-01-01\n",
     "s.toml:4: key `beta` in [learning]: this is a date or time; give a number, at least 0"},
    {"number_for_a_text", task + "[sweep]\nname = 3\n",
     "s.toml:4: key `name` in [sweep]: 3 is a whole number; give text in quotes"},
    {"empty_name", task + "[sweep]\nname = \"\"\n",
     "s.toml:4: key `name` in [sweep]: the name is empty; give a word or two, or take the line out"},
    {"out_of_range", task + "[learning]\ngamma = 1.5\n",
     "s.toml:4: key `gamma` in [learning]: 1.5 is out of range; give a number from 0 to 1"},
    {"negative_rate", task + "[learning]\nbeta = -0.1\n",
     "s.toml:4: key `beta` in [learning]: -0.1 is out of range; give a number, at least 0"},
    {"no_units", task + "[network]\nregular_units = 0\n",
     "s.toml:4: key `regular_units` in [network]: 0 is out of range; give a whole number from 1 to 100000"},
    {"not_finite", task + "[learning]\nbeta = nan\n",
     "s.toml:4: key `beta` in [learning]: nan is not finite; give a number, at least 0"},
    {"infinite", task + "[learning]\nm = inf\n",
     "s.toml:4: key `m` in [learning]: inf is not finite; give a number, at least 0"},
    {"negative_seed", task + "[sweep]\nseed = -1\n",
     "s.toml:4: key `seed` in [sweep]: -1 is out of range; give a whole number, at least 0"},
    {"negative_seed_axis", task + "[axes]\nseed = { first = -3, count = 2 }\n",
     "s.toml:4: key `seed` in [axes]: -3 is out of range; give a whole number, at least 0"},
    {"parameter_out_of_range", task + "p_target = 1.5\n",
     "s.toml:3: key `p_target` in [task]: 1.5 is out of range; give a number from 0 to 1"},
    {"alpha_and_lambda", task + "[learning]\nlambda = 0.1\nalpha = 0.9\n",
     "s.toml:5: key `alpha` in [learning]: alpha and lambda are both given, but alpha = 1 - lambda gamma; "
     "take out one of the two"},
    {"alpha_and_lambda_axis", task + "[learning]\nalpha = 0.9\n[axes]\nlambda = [0.1, 0.2]\n",
     "s.toml:4: key `alpha` in [learning]: alpha and lambda are both given, but alpha = 1 - lambda gamma; "
     "take out one of the two"},
    {"alpha_and_lambda_in_a_point", task + "[[points]]\nlambda = 0.1\nalpha = 0.9\n",
     "s.toml:5: key `alpha` in [[points]]: alpha and lambda are both given, but alpha = 1 - lambda gamma; "
     "take out one of the two"},
    {"alpha_without_discount", task + "[learning]\nalpha = 0.9\ngamma = 0.0\n",
     "s.toml:4: key `alpha` in [learning]: alpha = 0.9 is not possible with gamma = 0, since alpha = 1 - "
     "lambda gamma; give lambda or another gamma"},
    {"leak_does_not_divide", task + "[network]\nleak = [0.5, 0.7, 1.0]\n",
     "s.toml:4: key `leak` in [network]: 3 values cannot split 20 memory units into equal groups; make "
     "memory_units a multiple of 3, or give another number of values"},
    {"leak_does_not_divide_axis",
     task + "[network]\nmemory_units = 10\n[axes]\nleak = [1.0, [0.5, 0.7, 1.0]]\nseed = [1, 2]\n",
     "s.toml:6: key `leak` in [axes]: 3 values cannot split 10 memory units into equal groups; make "
     "memory_units a multiple of 3, or give another number of values (where leak = [0.5, 0.7, 1])"},
    {"empty_leak", task + "[network]\nleak = []\n",
     "s.toml:4: key `leak` in [network]: this is an empty list; give a number from 0 to 1, or a list of such "
     "numbers, one per group of memory units"},
    {"leak_out_of_range", task + "[network]\nleak = [0.7, 1.2]\n",
     "s.toml:4: key `leak` in [network]: 1.2 is out of range; give a number from 0 to 1, or a list of such "
     "numbers, one per group of memory units"},
    {"empty_axis", task + "[axes]\nbeta = []\n",
     "s.toml:4: key `beta` in [axes]: the axis is empty; give at least one value, or take it out"},
    {"empty_run", task + "[axes]\nseed = { first = 0, count = 0 }\n",
     "s.toml:4: key `seed` in [axes]: a count of 0 leaves the axis empty; give at least 1"},
    {"axis_is_one_value", task + "[axes]\nbeta = 0.1\n",
     "s.toml:4: key `beta` in [axes]: 0.1 is a number, but an axis needs a list of values or a range; a "
     "single value belongs in [learning]"},
    {"axis_of_wrong_type", task + "[axes]\nbeta = [0.1,\n        \"much\"]\n",
     "s.toml:5: key `beta` in [axes]: \"much\" is text; give a number, at least 0"},
    {"sweep_key_as_axis", task + "[axes]\nname = [\"a\", \"b\"]\n",
     "s.toml:4: key `name` in [axes]: `name` cannot be an axis; give it one value in [sweep]"},
    {"sweep_key_in_a_point", task + "[[points]]\ncommon_random_numbers = true\n",
     "s.toml:4: key `common_random_numbers` in [[points]]: `common_random_numbers` cannot differ between "
     "jobs; put it into [sweep]"},
    {"value_twice", task + "[axes]\nbeta = [0.1, 0.2, 0.10]\n",
     "s.toml:4: key `beta` in [axes]: the value 0.1 stands twice, at positions 1 and 3, so jobs would be "
     "duplicated; take one out"},
    {"key_in_table_and_axis", task + "[learning]\nbeta = 0.1\n[axes]\nbeta = [0.1, 0.2]\n",
     "s.toml:6: key `beta` in [axes]: `beta` is set in [learning] (line 4) already; take out one of the two"},
    {"key_on_two_axes",
     task + "[axes]\nbeta = [0.1, 0.2]\nrate = { together = [\"beta\", \"leak\"], values = [[0.1, 1.0]] }\n",
     "s.toml:5: key `rate` in [axes]: `beta` is set in [axes] (line 4) already; take out one of the two"},
    {"key_in_points_and_axis", task + "[axes]\nbeta = [0.1, 0.2]\n[[points]]\nbeta = 0.3\n",
     "s.toml:4: key `beta` in [axes]: `beta` is set in [[points]] (line 6) already; take out one of the two"},
    {"key_in_table_and_points", task + "[learning]\nbeta = 0.1\n[[points]]\nbeta = 0.3\n",
     "s.toml:6: key `beta` in [[points]]: `beta` is set in [learning] (line 4) already; take out one of the "
     "two"},
    {"unknown_range_member", task + "[axes]\nbeta = { from = 0.1, to = 0.2, step = 3 }\n",
     "s.toml:4: key `beta` in [axes]: unknown `step` in the braces; did you mean `steps`?"},
    {"range_member_missing", task + "[axes]\nbeta = { from = 0.1, to = 0.2 }\n",
     "s.toml:4: key `beta` in [axes]: `steps` is missing in the braces; add steps = ..."},
    {"braces_without_a_range", task + "[axes]\nbeta = { low = 0.1 }\n",
     "s.toml:4: key `beta` in [axes]: the braces hold no range; give { from, to, steps }, { first, count }, "
     "{ values, labels } or { together, values }"},
    {"run_for_names", task + "[axes]\npolicy = { first = 0, count = 2 }\n",
     "s.toml:4: key `policy` in [axes]: { first, count } is for keys whose values are numbers; give a list"},
    {"range_for_names", task + "[axes]\npolicy = { from = 0, to = 2, steps = 2 }\n",
     "s.toml:4: key `policy` in [axes]: { from, to, steps } is for keys whose values are numbers; give a "
     "list"},
    {"one_step", task + "[axes]\nbeta = { from = 0.1, to = 0.2, steps = 1 }\n",
     "s.toml:4: key `beta` in [axes]: 1 steps make no range; give at least 2, or a list"},
    {"unknown_scale", task + "[axes]\nbeta = { from = 0.1, to = 0.2, steps = 3, scale = \"cubic\" }\n",
     "s.toml:4: key `beta` in [axes]: the scale is unknown; give \"linear\" or \"log\""},
    {"logarithm_of_zero", task + "[axes]\nbeta = { from = 0, to = 0.2, steps = 3, scale = \"log\" }\n",
     "s.toml:4: key `beta` in [axes]: a logarithmic range needs ends above 0; raise the lower end or use "
     "scale = \"linear\""},
    {"range_without_extent", task + "[axes]\nbeta = { from = 0.1, to = 0.1, steps = 3 }\n",
     "s.toml:4: key `beta` in [axes]: from 0.1 to 0.1 in 3 steps gives the same value more than once; give "
     "other ends or fewer steps"},
    {"range_end_out_of_range", task + "[axes]\ngamma = { from = 0.5, to = 1.5, steps = 3 }\n",
     "s.toml:4: key `gamma` in [axes]: 1.5 is out of range; give a number from 0 to 1"},
    {"range_of_fractions_for_counts", task + "[axes]\nmemory_units = { from = 2, to = 5, steps = 3 }\n",
     "s.toml:4: key `memory_units` in [axes]: the range does not consist of whole numbers; give other ends "
     "or steps, or a list"},
    {"values_is_no_list", task + "[axes]\nleak = { values = 1.0 }\n",
     "s.toml:4: key `leak` in [axes]: `values` must be a list; write values = [...]"},
    {"labels_of_other_length", task + "[axes]\nleak = { values = [1.0, 0.7], labels = [\"standard\"] }\n",
     "s.toml:4: key `leak` in [axes]: `labels` must be a list of 2 texts, one per value"},
    {"label_is_no_text", task + "[axes]\nleak = { values = [1.0, 0.7], labels = [\"standard\", 7] }\n",
     "s.toml:4: key `leak` in [axes]: 7 is a whole number, but a label must be text; put it in quotes"},
    {"label_twice", task + "[axes]\nleak = { values = [1.0, 0.7], labels = [\"a\", \"a\"] }\n",
     "s.toml:4: key `leak` in [axes]: the label \"a\" stands twice; give each position a name of its own"},
    {"empty_label", task + "[axes]\nleak = { values = [1.0, 0.7], labels = [\"a\", \"\"] }\n",
     "s.toml:4: key `leak` in [axes]: a label is empty; give each a name of at least one letter"},
    {"together_under_the_name_of_a_key",
     task + "[axes]\nleak = { together = [\"leak\", \"beta\"], values = [[1.0, 0.1]] }\n",
     "s.toml:4: key `leak` in [axes]: keys that move together need a name of their own, but this one is "
     "taken; write for example memory = { together = [...], values = [...] }"},
    {"together_without_keys", task + "[axes]\nmemory = { together = [], values = [[1.0, 0.1]] }\n",
     "s.toml:4: key `memory` in [axes]: `together` must be a list of keys; write together = [\"leak\", "
     "\"beta\"]"},
    {"together_without_values", task + "[axes]\nmemory = { together = [\"leak\"], values = [] }\n",
     "s.toml:4: key `memory` in [axes]: `values` must be a list with one list per position; write values = "
     "[[...], [...]]"},
    {"together_key_is_no_text", task + "[axes]\nmemory = { together = [1], values = [[1.0]] }\n",
     "s.toml:4: key `memory` in [axes]: 1 is a whole number, not the name of a key; put names in quotes"},
    {"together_unknown_key", task + "[axes]\nmemory = { together = [\"leek\"], values = [[1.0]] }\n",
     "s.toml:4: key `memory` in [axes]: unknown key `leek`; did you mean `leak`?"},
    {"together_key_twice",
     task + "[axes]\nmemory = { together = [\"leak\", \"leak\"], values = [[1.0, 1.0]] }\n",
     "s.toml:4: key `memory` in [axes]: `leak` stands twice in `together`; take one out"},
    {"together_of_other_length",
     task + "[axes]\nmemory = { together = [\"leak\", \"beta\"], values = [[1.0, 0.1], [0.7]] }\n",
     "s.toml:4: key `memory` in [axes]: position 2 of `values` is not a list of 2 values; give one per key "
     "of `together`"},
    {"together_position_twice",
     task + "[axes]\nmemory = { together = [\"leak\", \"beta\"], values = [[1.0, 0.1], [1, 0.10]] }\n",
     "s.toml:4: key `memory` in [axes]: positions 1 and 2 are the same, so jobs would be duplicated; take "
     "one out"},
    {"points_is_no_list", task + "[points]\nbeta = 0.1\n",
     "s.toml:3: `points` must be a list of tables; write [[points]] above the keys of each point"},
    {"points_is_empty", "points = []\n[task]\nname = \"12ax\"\n",
     "s.toml:1: `points` is empty; write a [[points]] table for each point, or take it out"},
    {"point_is_no_table", "points = [1]\n[task]\nname = \"12ax\"\n",
     "s.toml:1: a point must be a table, but 1 is a whole number; write [[points]] above its keys"},
    {"point_without_keys", task + "[[points]]\n",
     "s.toml:3: [[points]]: the point sets no key; give it some, or take it out"},
    {"points_without_keys", task + "[[points]]\n[[points]]\n",
     "s.toml:4: [[points]]: no point sets a key, so jobs would be duplicated; give them keys"},
    {"point_label_is_no_text", task + "[[points]]\nlabel = 3\nbeta = 0.1\n",
     "s.toml:4: key `label` in [[points]]: 3 is a whole number, but a label must be text; put it in quotes"},
    {"point_labels_incomplete", task + "[[points]]\nlabel = \"a\"\nbeta = 0.1\n[[points]]\nbeta = 0.2\n",
     "s.toml:4: key `label` in [[points]]: some points have a label and others have none; label all of them "
     "or none"},
    {"point_twice", task + "[[points]]\nbeta = 0.1\n[[points]]\nbeta = 0.2\n[[points]]\nbeta = 0.10\n",
     "s.toml:7: [[points]]: points 1 and 3 give the same job (where beta = 0.1); take one out or change it"},
    {"point_that_writes_the_default",
     task + "[[points]]\nbeta = 0.1\n[[points]]\nbeta = 0.1\nmemory_units = 20\n",
     "s.toml:5: [[points]]: points 1 and 2 give the same job (where beta = 0.1, memory_units = 20); take one "
     "out or change it"},
    {"point_without_task", "[[points]]\ntask = \"12ax\"\n[[points]]\nbeta = 0.1\n",
     "s.toml:3: [[points]]: this point has no task, but others have; add task = \"...\""},
    {"axis_without_effect", "[axes]\ntask = [\"12ax\", \"sequence\"]\nd = [2, 3]\n",
     "s.toml:3: key `d` in [axes]: task 12ax has no parameter `d`, so its jobs would be duplicated 2 times; "
     "give task and d in [[points]]"},
    {"position_without_effect",
     "[axes]\ntask = [\"12ax\", \"sequence\"]\nload = { together = [\"d\", \"beta\"], values = [[2, 0.1], "
     "[3, 0.1]] }\n",
     "s.toml:2: jobs are duplicated (where task = 12ax, d = 3, beta = 0.1): a value has no effect on this "
     "task; give task and parameters in [[points]]"},
    {"too_many_jobs",
     task +
         "[axes]\nbeta = { from = 0.1, to = 0.2, steps = 1000000 }\nseed = { first = 0, count = 1000000 }\n",
     "s.toml:4: the grid has 1000000000000 jobs, more than the 100000000 that are possible; shorten an axis "
     "or split the sweep"},
    {"absurdly_many_jobs",
     task + "[axes]\nbeta = { from = 0.1, to = 0.2, steps = 10000000 }\nm = { from = 1, to = 2, steps = "
            "10000000 }\nseed = { first = 0, count = 10000000 }\n",
     "s.toml:4: the grid has about 1.0e+21 jobs, more than the 100000000 that are possible; shorten an axis "
     "or split the sweep"},
    {"too_long_an_axis", task + "[axes]\nseed = { first = 0, count = 1000000000000 }\n",
     "s.toml:4: key `seed` in [axes]: 1000000000000 values are too many; an axis has 10000000 at most"},
    {"too_many_steps", task + "[axes]\nbeta = { from = 0.1, to = 0.2, steps = 1000000000000 }\n",
     "s.toml:4: key `beta` in [axes]: 1000000000000 values are too many; an axis has 10000000 at most"},
    {"seeds_beyond_64_bits", task + "[axes]\nseed = { first = 9223372036854775807, count = 2 }\n",
     "s.toml:4: key `seed` in [axes]: 2 values from 9223372036854775807 on leave the range of 64 bits; start "
     "lower"},
    {"too_many_combinations",
     task + "[axes]\np_target = { from = 0.1, to = 0.9, steps = 3000 }\nmax_trials = { first = 1, count = "
            "1000 }\n",
     "s.toml: 3000000 combinations of tasks, task parameters, units and limits would have to be checked, "
     "more than 2000000; split the sweep"},
    {"too_many_bins", task + "[training]\nmax_trials = 10000000\n[output]\nbin_trials = 1\n",
     "s.toml:6: key `bin_trials` in [output]: 10000000 trials in bins of 1 make 10000000 points of a curve, "
     "more than 1000000; give a larger bin_trials or curves = false"},
    {"too_many_recorded_trials", task + "[output]\nrecord_trials = { first = 0, count = 1000000000000 }\n",
     "s.toml:4: key `record_trials` in [output]: 1000000000000 trials are too many to record; give 100000 at "
     "most"},
    {"recorded_trials_given_twice", task + "[output]\nrecord_trials = [1]\nrecord = [2]\n",
     "s.toml:5: key `record` in [output]: `record_trials` is set in [output] (line 4) already; take out one "
     "of "
     "the two"},
    {"recorded_trials_not_ascending", task + "[output]\nrecord_trials = [3, 2]\n",
     "s.toml:4: key `record_trials` in [output]: trial 2 comes after trial 3; give the trials in ascending "
     "order, each once"},
    {"negative_recorded_trial", task + "[output]\nrecord_trials = [-1]\n",
     "s.toml:4: key `record_trials` in [output]: -1 is out of range; give a whole number from 0 to "
     "999999999"},
    {"negative_recorded_count", task + "[output]\nrecord_trials = { first = 0, count = -1 }\n",
     "s.toml:4: key `record_trials` in [output]: a count of -1 is not possible; give 0 or more"},
    {"recorded_trials_is_a_number", task + "[output]\nrecord_trials = 3\n",
     "s.toml:4: key `record_trials` in [output]: 3 is a whole number; give a list of trial numbers in "
     "ascending order, or { first = ..., count = ... }"},
    {"recorded_trial_never_reached", task + "[training]\nmax_trials = 100\n[output]\nrecord_trials = [100]\n",
     "s.toml:6: key `record_trials` in [output]: trial 100 is never reached, since max_trials is 100 and "
     "trials count from 0; take it out or raise max_trials"},
    {"empty_trials_file_name", task + "trials = \"\"\n",
     "s.toml:3: key `trials` in [task]: the file name is empty; name a file, or take the line out for drawn "
     "trials"},
};

INSTANTIATE_TEST_SUITE_P(, MistakeInAFile, testing::ValuesIn(mistakes),
                         [](const auto& instance) { return instance.param.name; });

struct OverrideMistake {
  std::string name;
  std::string text;
  std::string override_text;
  std::string message;
};

void PrintTo(const OverrideMistake& mistake, std::ostream* stream) {
  *stream << mistake.override_text;
}

class MistakeInAnOverride : public testing::TestWithParam<OverrideMistake> {};

TEST_P(MistakeInAnOverride, GetsAMessage) {
  EXPECT_EQ(message_of(GetParam().text, {GetParam().override_text}), GetParam().message);
}

const std::vector<OverrideMistake> override_mistakes = {
    {"set_without_value", task, "beta", "--set beta: no KEY=VALUE; write for example --set beta=0.1"},
    {"set_without_key", task, "=3", "--set =3: no KEY=VALUE; write for example --set beta=0.1"},
    {"set_unknown_key", task, "betta=0.1", "--set betta=0.1: unknown key `betta`; did you mean `beta`?"},
    {"set_unknown_key_far", task, "colour=0.1",
     "--set colour=0.1: unknown key `colour`; docs/sweep-files.md lists the keys"},
    {"set_unknown_table", task, "learnin.beta=0.1",
     "--set learnin.beta=0.1: unknown table [learnin]; did you mean [learning]?"},
    {"set_unknown_key_of_a_table", task, "learning.betta=0.1",
     "--set learning.betta=0.1: key `betta` in [learning]: unknown key; did you mean `beta`?"},
    {"set_ambiguous_key", task, "name=x",
     "--set name=x: `name` is not unique; write sweep.name or task.name"},
    {"set_wrong_type", task, "beta=fast",
     "--set beta=fast: key `beta` in [learning]: \"fast\" is text; give a number, at least 0"},
    {"set_out_of_range", task, "gamma=1.5",
     "--set gamma=1.5: key `gamma` in [learning]: 1.5 is out of range; give a number from 0 to 1"},
    {"set_not_toml", task, "beta=[0.1",
     "--set beta=[0.1: the value is not valid TOML: Error while parsing array: encountered end-of-file; put "
     "the whole in single quotes for the shell"},
    {"set_key_of_a_point", task + "[[points]]\nbeta = 0.1\n[[points]]\nbeta = 0.2\n", "beta=0.3",
     "--set beta=0.3: `beta` is set by the [[points]] of the file; change it there"},
    {"set_key_that_moves_together",
     task + "[axes]\nmemory = { together = [\"leak\", \"beta\"], values = [[1.0, 0.1], [0.7, 0.1]] }\n",
     "beta=0.3",
     "--set beta=0.3: `beta` moves together with other keys on the axis `memory`; override axes.memory as a "
     "whole"},
    {"set_misspelt_axis", task, "axes.seeed=[1, 2]",
     "--set axes.seeed=[1, 2]: key `seeed` in [axes]: unknown key `seeed`; did you mean `seed`?"},
};

INSTANTIATE_TEST_SUITE_P(, MistakeInAnOverride, testing::ValuesIn(override_mistakes),
                         [](const auto& instance) { return instance.param.name; });

TEST(Mistakes, AFileWithoutATaskIsToldTheTasks) {
  const std::string message =
      fmt::format("s.toml: no task is given; add [task] with name = \"{}\" or another ({})",
                  task_names().front(), fmt::join(task_names(), ", "));
  EXPECT_EQ(message_of(""), message);
  EXPECT_EQ(message_of("[learning]\nbeta = 0.1\n"), message);
}

TEST(Mistakes, AnUnknownTaskIsToldTheTasks) {
  EXPECT_EQ(message_of("[task]\nname = \"chess\"\n"),
            fmt::format("s.toml:2: key `name` in [task]: unknown name \"chess\"; give one of \"{}\"",
                        fmt::join(task_names(), "\", \"")));
}

TEST(Mistakes, ATestThatTheTaskDoesNotHaveIsRefusedWithItsReason) {
  const auto made = tasks::make_task("sequence", {{"d", 1.0}}, tasks::rewards_of(tasks::RewardRule::srl));
  const std::string reason = made->info().test_refusal;
  ASSERT_FALSE(reason.empty());
  EXPECT_EQ(message_of("[task]\nname = \"sequence\"\nd = 1\n[training]\ntest_trials = 100\n"),
            fmt::format("s.toml:5: key `test_trials` in [training]: task sequence has no test: {}; take "
                        "test_trials out or set "
                        "it to 0",
                        reason));
  EXPECT_EQ(
      message_of(
          "[task]\nname = \"sequence\"\n[training]\ntest_trials = 100\n[axes]\nd = [1, 2]\nseed = [0, 1]\n"),
      fmt::format("s.toml:4: key `test_trials` in [training]: task sequence has no test: {}; take "
                  "test_trials out or set "
                  "it to 0 (where d = 1)",
                  reason));
}

TEST(Mistakes, ADigitInsteadOfTextIsNoSweepFile) {
  using namespace std::string_literals;
  EXPECT_EQ(message_of("\x89HDF\r\n\0\0"s),
            "s.toml: is not a text file (it contains a zero byte); give a sweep file in TOML");
  EXPECT_EQ(message_of("[task]\nname = \"\xff\xfe\"\n"),
            "s.toml:2: not valid TOML: Encountered invalid utf-8 sequence; correct this line");
}

TEST(Mistakes, DeepNestingIsRefusedBeforeItOverflowsTheStack) {
  std::string dotted;
  for (int i = 0; i < 100'000; ++i) {
    dotted += "a.";
  }
  EXPECT_EQ(message_of(dotted + "a = 1\n"),
            "s.toml:1: a key has more than 32 dots; the keys of a sweep file have one at most, as in "
            "learning.beta");
  EXPECT_THAT(message_of("x = " + std::string(100'000, '[')),
              testing::HasSubstr("s.toml:1: not valid TOML: "));
  EXPECT_EQ(message_of(task, {"beta=[" + dotted + "]"}).substr(0, 12), "--set beta=[");
}

TEST(Mistakes, LongTextsWithManyDotsAreNoDeepNesting) {
  std::string prose;
  for (int i = 0; i < 100; ++i) {
    prose += "One sentence. Another one... ";
  }
  EXPECT_EQ(message_of(task + "[sweep]\ndescription = \"" + prose + "\"\n# " + std::string(200, '.') + "\n"),
            "no error");
}

TEST(Mistakes, AMessageIsOneLineWhateverTheFileSays) {
  EXPECT_EQ(message_of(task, {"beta=0.1\nm=3"}),
            "--set beta=0.1 m=3: the value must be one line of TOML; use one --set per key");
  EXPECT_EQ(message_of(task + "[learning]\n\"be\\nta\" = 1\n").find('\n'), std::string::npos);
}

TEST(Mistakes, OfATrialsFileNameThePath) {
  EXPECT_EQ(message_of(task + "trials = \"nowhere.csv\"\n").substr(0, 51),
            "s.toml:3: key `trials` in [task]: nowhere.csv: cann");
}

TEST(Mistakes, FilesThatCannotBeRead) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "unreadable_sweeps";
  std::filesystem::create_directories(folder);
  EXPECT_EQ(message_of_file(folder / "none.toml"),
            (folder / "none.toml").string() +
                ": cannot be read: No such file or directory; give the path of a sweep file in TOML");
  EXPECT_EQ(message_of_file(folder),
            folder.string() + ": cannot be read: it is a folder; give the path of a sweep file in TOML");
  EXPECT_EQ(message_of_file("/dev/zero"),
            "/dev/zero: cannot be read: it is larger than 16 MB; give the path of a sweep file in TOML");
  const std::filesystem::path secret = folder / "secret.toml";
  std::ofstream(secret) << task;
  std::filesystem::permissions(secret, std::filesystem::perms::none);
  // The superuser may read everything.
  EXPECT_EQ(
      message_of_file(secret),
      geteuid() == 0
          ? "no error"
          : secret.string() + ": cannot be read: Permission denied; give the path of a sweep file in TOML");
  std::filesystem::remove(secret);
}

TEST(Nearest, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(edit_distance("beta", "beta"), 0U);
  EXPECT_EQ(edit_distance("beta", "betta"), 1U);
  EXPECT_EQ(edit_distance("beta", "bta"), 1U);
  EXPECT_EQ(edit_distance("beta", "bera"), 1U);
  EXPECT_EQ(edit_distance("beta", "bate"), 2U);
  EXPECT_EQ(edit_distance("leak", "laek"), 1U);
  EXPECT_EQ(edit_distance("", "leak"), 4U);
}

TEST(Nearest, IsALikelySlipOrNothing) {
  const std::vector<std::string> known = {"memory_units", "max_trials", "m", "beta"};
  EXPECT_EQ(nearest("memory-units", known), "memory_units");
  EXPECT_EQ(nearest("MaxTrials", known), "max_trials");
  EXPECT_EQ(nearest("xyz", known), std::nullopt);
  EXPECT_EQ(nearest("n", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(10'000, 'm'), known), std::nullopt);
}

}  // namespace
}  // namespace augsweep::sweep
