#include "sweep/builder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "model/random.hpp"
#include "sweep/canonical.hpp"
#include "sweep/nearest.hpp"
#include "sweep/sweep.hpp"
#include "tasks/registry.hpp"
#include "training/trials_file.hpp"

namespace augsweep::sweep {

namespace {

const Key& the_key(Field field) {
  return *std::ranges::find(keys(), field, &Key::field);
}

/// What of a value decides whether it fits together with others, as a text: values of equal class fit with
/// the same others.
std::string class_of(const Key& key, const Value& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    return "-";
  }
  switch (key.field) {
    case Field::task:
    case Field::trials_file:
    case Field::task_parameter:
    case Field::input_weights:
    case Field::memory_units:
    case Field::max_trials:
    case Field::bin_trials:
    case Field::curves:
      return to_text(key, value);
    case Field::leak:
      return fmt::format("{}", std::get<std::vector<double>>(value).size());
    case Field::gamma:
      return std::get<double>(value) == 0.0 ? "none" : "some";
    case Field::alpha:
      return std::get<double>(value) == 1.0 ? "one" : "less";
    case Field::test_trials:
      return std::get<std::int64_t>(value) == 0 ? "none" : "some";
    case Field::record_trials: {
      const auto& trials = std::get<std::vector<std::int64_t>>(value);
      return trials.empty() ? "none" : fmt::format("{}", trials.back());
    }
    default:
      return "";
  }
}

/// The positions of an axis that have to be tried with those of the others: one of each class.
std::vector<std::uint64_t> representatives(const AxisValues& axis) {
  const std::uint64_t size = axis.columns.front().size();
  const bool matters = std::ranges::any_of(axis.keys, [](const Key* key) {
    static constexpr std::array fields = {Field::task,          Field::trials_file,  Field::task_parameter,
                                          Field::input_weights, Field::memory_units, Field::max_trials,
                                          Field::bin_trials,    Field::curves,       Field::leak,
                                          Field::gamma,         Field::alpha,        Field::test_trials,
                                          Field::record_trials};
    return std::ranges::find(fields, key->field) != fields.end();
  });
  if (!matters) {
    return {0};
  }
  std::vector<std::uint64_t> positions;
  std::set<std::string> seen;
  for (std::uint64_t position = 0; position < size; ++position) {
    std::string all;
    for (std::size_t i = 0; i < axis.keys.size(); ++i) {
      all += class_of(*axis.keys[i], axis.columns[i].at(position)) + '\n';
    }
    if (seen.insert(std::move(all)).second) {
      positions.push_back(position);
    }
  }
  return positions;
}

/// Calls visit(positions) for every combination of the representatives.
template <class Visitor>
void for_each_choice(const std::vector<std::vector<std::uint64_t>>& choices, Visitor visit) {
  std::vector<std::size_t> chosen(choices.size(), 0);
  std::vector<std::uint64_t> positions(choices.size());
  while (true) {
    for (std::size_t i = 0; i < choices.size(); ++i) {
      positions[i] = choices[i][chosen[i]];
    }
    visit(positions);
    std::size_t axis = choices.size();
    while (axis > 0 && ++chosen[axis - 1] == choices[axis - 1].size()) {
      chosen[--axis] = 0;
    }
    if (axis == 0) {
      return;
    }
  }
}

/// Whether the word stands in the sentence, as a word of its own.
bool names_word(std::string_view sentence, std::string_view word) {
  const auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  for (auto at = sentence.find(word); at != std::string_view::npos; at = sentence.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_letter(sentence[at - 1])) && (end == sentence.size() || !is_letter(sentence[end]))) {
      return true;
    }
  }
  return false;
}

std::string short_number(double number) {
  return number < 1e15 ? fmt::format("{:.0f}", number) : fmt::format("about {:.1e}", number);
}

}  // namespace

Built Builder::build() {
  read_entries();
  read_points();
  read_axes();
  check_rivals();
  find_tasks();
  check_task_parameters();
  check_size();
  read_trials_files();

  std::vector<PlanAxis> axes;
  for (const AxisValues& axis : axes_) {
    PlanAxis plan_axis;
    plan_axis.size = axis.columns.front().size();
    plan_axis.points = axes.empty() && document_.has_points();
    for (std::size_t i = 0; i < axis.keys.size(); ++i) {
      plan_axis.settings.push_back({axis.keys[i], std::make_shared<const Column>(axis.columns[i])});
    }
    axes.push_back(std::move(plan_axis));
  }
  built_.plan = std::make_shared<const Plan>(fixed_, std::move(axes), trials_files_);
  check_combinations();
  check_duplicates();
  built_.axes = std::move(axes_);
  return std::move(built_);
}

std::vector<std::string> Builder::known_entries(std::string_view table) const {
  std::vector<std::string> known;
  for (const Key& key : keys()) {
    if (key.table == table) {
      known.push_back(key.entry);
    }
  }
  return known;
}

void Builder::mention(const Key& key, const Entry& entry, bool fixed) {
  const auto [old, is_new] = mentions_.emplace(&key, Mention{&entry, fixed, axes_.size()});
  if (is_new || (entry.table == "points" && old->second.entry->table == "points")) {
    return;
  }
  const Entry& other = *old->second.entry;
  const std::string place =
      other.where.override_index
          ? std::string("by another --set")
          : fmt::format("in {} (line {})",
                        other.table == "points" ? "[[points]]" : fmt::format("[{}]", other.table),
                        other.where.line);
  document_.fail(entry, fmt::format("`{}` is set {} already; take out one of the two", key.name, place));
}

void Builder::read_entries() {
  for (const Entry& entry : document_.entries()) {
    const Key* key = find_entry(entry.table, entry.key);
    if (key == nullptr) {
      const Key* elsewhere = find_key(entry.key);
      if (elsewhere != nullptr && elsewhere->table != entry.table) {
        document_.fail(entry, fmt::format("the key belongs in [{}]; move it there", elsewhere->table));
      }
      const std::vector<std::string> known = known_entries(entry.table);
      const auto near = nearest(entry.key, known);
      document_.fail(
          entry, near ? fmt::format("unknown key; did you mean `{}`?", *near)
                      : fmt::format("unknown key; [{}] may have {}", entry.table, fmt::join(known, ", ")));
    }
    mention(*key, entry, true);
    const Value value = reader_.value(*key, entry, *entry.node);
    switch (key->field) {
      case Field::name:
        built_.name = std::get<std::string>(value);
        if (built_.name.empty()) {
          document_.fail(entry, "the name is empty; give a word or two, or take the line out");
        }
        break;
      case Field::description:
        built_.description = std::get<std::string>(value);
        break;
      case Field::job_timeout:
        built_.job_timeout = std::get<double>(value);
        break;
      case Field::max_failures:
        built_.max_failures = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
        break;
      default:
        fixed_.push_back({key, value});
    }
  }
}

void Builder::read_points() {
  if (!document_.has_points()) {
    return;
  }
  AxisValues axis;
  axis.name = "points";
  const std::vector<Point>& points = document_.points();
  std::vector<std::vector<Value>> values;  // [key][point]
  std::vector<std::string> names(points.size());
  const Entry* label = nullptr;
  std::size_t labelled = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::size_t set_here = 0;
    for (const Entry& entry : points[i].entries) {
      if (entry.key == "label") {
        const auto* text = entry.node->as_string();
        if (text == nullptr) {
          document_.fail(
              entry, fmt::format("{}, but a label must be text; put it in quotes", describe(*entry.node)));
        }
        names[i] = text->get();
        label = &entry;
        ++labelled;
        continue;
      }
      const Key* key = find_key(entry.key);
      if (key == nullptr || !key->may_be_axis) {
        std::vector<std::string> known = {"label"};
        for (const Key& one : keys()) {
          if (one.may_be_axis) {
            known.push_back(one.name);
          }
        }
        const auto near = nearest(entry.key, known);
        document_.fail(entry, key != nullptr
                                  ? fmt::format("`{}` cannot differ between jobs; put it into [{}]",
                                                key->name, key->table)
                              : near ? fmt::format("unknown key; did you mean `{}`?", *near)
                                     : "unknown key; docs/sweep-files.md lists the keys");
      }
      mention(*key, entry, false);
      ++set_here;
      auto known = std::ranges::find(axis.keys, key);
      if (known == axis.keys.end()) {
        axis.keys.push_back(key);
        values.emplace_back(points.size());
        known = axis.keys.end() - 1;
      }
      values[static_cast<std::size_t>(known - axis.keys.begin())][i] =
          reader_.value(*key, entry, *entry.node);
    }
    if (set_here == 0 && points.size() == 1) {
      document_.fail(points[i].where, "[[points]]: the point sets no key; give it some, or take it out");
    }
  }
  if (axis.keys.empty()) {
    document_.fail(points.back().where,
                   "[[points]]: no point sets a key, so jobs would be duplicated; give them keys");
  }
  if (labelled != 0) {
    if (labelled != points.size()) {
      document_.fail(*label, "some points have a label and others have none; label all of them or none");
    }
    reader_.check_names(*label, names);
    axis.names = std::move(names);
  }
  for (std::vector<Value>& column : values) {
    axis.columns.emplace_back(std::move(column));
  }
  axes_.push_back(std::move(axis));
}

void Builder::read_axes() {
  for (const Entry& entry : document_.axes()) {
    AxisValues axis = reader_.axis(entry);
    for (const Key* key : axis.keys) {
      mention(*key, entry, false);
    }
    axes_.push_back(std::move(axis));
  }
}

void Builder::check_rivals() const {
  const auto alpha = mentions_.find(&the_key(Field::alpha));
  const auto lambda = mentions_.find(&the_key(Field::lambda));
  if (alpha == mentions_.end() || lambda == mentions_.end()) {
    return;
  }
  const std::string message =
      "alpha and lambda are both given, but alpha = 1 - lambda gamma; take out one of the two";
  // Points may use the one here and the other there, but not both at once.
  if (alpha->second.entry->table == "points" && lambda->second.entry->table == "points") {
    for (const Point& point : document_.points()) {
      const auto first = std::ranges::find(point.entries, "alpha", &Entry::key);
      if (first != point.entries.end() &&
          std::ranges::find(point.entries, "lambda", &Entry::key) != point.entries.end()) {
        document_.fail(*first, message);
      }
    }
    return;
  }
  document_.fail(*alpha->second.entry, message);
}

void Builder::find_tasks() {
  const std::span<const tasks::TaskEntry> all = tasks::all_tasks();
  const Key& key = the_key(Field::task);
  std::set<std::int64_t> numbers;
  for (const Plan::Fixed& one : fixed_) {
    if (one.key == &key) {
      numbers.insert(std::get<std::int64_t>(one.value));
    }
  }
  for (const AxisValues& axis : axes_) {
    const auto at = std::ranges::find(axis.keys, &key);
    if (at == axis.keys.end()) {
      continue;
    }
    const Column& column = axis.columns[static_cast<std::size_t>(at - axis.keys.begin())];
    for (std::uint64_t i = 0; i < column.size(); ++i) {
      const Value value = column.at(i);
      if (std::holds_alternative<std::monostate>(value)) {
        document_.fail(document_.points()[i].where,
                       "[[points]]: this point has no task, but others have; add task = \"...\"");
      }
      numbers.insert(std::get<std::int64_t>(value));
    }
  }
  if (numbers.empty()) {
    document_.fail(Where{}, fmt::format("no task is given; add [task] with name = \"{}\" or another ({})",
                                        all.front().name, fmt::join(key.choices, ", ")));
  }
  for (const std::int64_t number : numbers) {
    tasks_.push_back(&all[static_cast<std::size_t>(number)]);
  }
}

std::string Builder::task_list() const {
  std::vector<std::string> texts;
  for (const tasks::TaskEntry* task : tasks_) {
    std::vector<std::string> parameters;
    for (const tasks::ParameterInfo& parameter : task->parameters) {
      parameters.push_back(parameter.name);
    }
    texts.push_back(parameters.empty()
                        ? fmt::format("task {} has no parameters", task->name)
                        : fmt::format("task {} has {}", task->name, fmt::join(parameters, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

void Builder::check_parameter(const tasks::ParameterInfo& parameter, const tasks::TaskEntry& task,
                              const Key& key, const Entry& entry, const Value& value) const {
  if (std::holds_alternative<std::monostate>(value)) {
    return;
  }
  const double number = key.kind == Kind::integer ? static_cast<double>(std::get<std::int64_t>(value))
                                                  : std::get<double>(value);
  const bool whole = number == std::floor(number);
  if (number < parameter.least || number > parameter.most || (parameter.integer && !whole)) {
    document_.fail(entry, fmt::format("{} = {} is out of range for task {}; give a {}number from {} to {}",
                                      key.name, number, task.name, parameter.integer ? "whole " : "",
                                      parameter.least, parameter.most));
  }
}

void Builder::check_task_parameters() const {
  for (const auto& [key, mention] : mentions_) {
    if (key->field != Field::task_parameter) {
      continue;
    }
    const Entry& entry = *mention.entry;
    std::vector<const tasks::TaskEntry*> having;
    const tasks::TaskEntry* lacking = nullptr;
    for (const tasks::TaskEntry* task : tasks_) {
      if (find_parameter(*task, key->name) != nullptr) {
        having.push_back(task);
      } else {
        lacking = task;
      }
    }
    if (having.empty()) {
      document_.fail(entry, fmt::format("unknown parameter `{}` of the task; {}", key->name, task_list()));
    }
    for (const tasks::TaskEntry* task : having) {
      const tasks::ParameterInfo& parameter = *find_parameter(*task, key->name);
      if (mention.fixed) {
        const auto fixed = std::ranges::find(fixed_, key, &Plan::Fixed::key);
        check_parameter(parameter, *task, *key, entry, fixed->value);
        continue;
      }
      const AxisValues& axis = axes_[mention.axis];
      const Column& column =
          axis.columns[static_cast<std::size_t>(std::ranges::find(axis.keys, key) - axis.keys.begin())];
      for (std::uint64_t i = 0; i < column.size(); ++i) {
        // A point or a position that moves together with the task has one task only; see check_combinations
        // for those.
        if (std::ranges::find(axis.keys, &the_key(Field::task)) == axis.keys.end()) {
          check_parameter(parameter, *task, *key, entry, column.at(i));
        }
      }
    }
    const bool own_axis = !mention.fixed && axes_[mention.axis].keys.size() == 1;
    if (lacking != nullptr && own_axis && axes_[mention.axis].columns.front().size() > 1) {
      document_.fail(
          entry,
          fmt::format("task {} has no parameter `{}`, so its jobs would be duplicated {} times; give "
                      "task and {} in [[points]]",
                      lacking->name, key->name, axes_[mention.axis].columns.front().size(), key->name));
    }
  }
}

void Builder::check_size() const {
  double jobs = 1.0;
  for (const AxisValues& axis : axes_) {
    jobs *= static_cast<double>(axis.columns.front().size());
  }
  if (jobs > static_cast<double>(max_jobs)) {
    const Where where = document_.axes().empty() ? Where{} : document_.axes().front().where;
    document_.fail(
        where,
        fmt::format("the grid has {} jobs, more than the {} that are possible; shorten an axis or split "
                    "the sweep",
                    short_number(jobs), max_jobs));
  }
}

void Builder::read_trials_files() {
  const Key& key = the_key(Field::trials_file);
  const auto found = mentions_.find(&key);
  if (found == mentions_.end()) {
    return;
  }
  const auto read = [&](const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
      return;
    }
    const std::string& written = std::get<std::string>(value);
    if (written.empty()) {
      document_.fail(*found->second.entry,
                     "the file name is empty; name a file, or take the line out for drawn trials");
    }
    TrialsFile file{(folder_ / written).lexically_normal().string(), ""};
    try {
      file.digest = training::file_digest(file.path);
    } catch (const std::runtime_error& error) {
      document_.fail(*found->second.entry,
                     fmt::format("{}; check the path, which is relative to the sweep file", error.what()));
    }
    trials_files_.emplace(written, std::move(file));
  };
  if (found->second.fixed) {
    read(std::ranges::find(fixed_, &key, &Plan::Fixed::key)->value);
    return;
  }
  const AxisValues& axis = axes_[found->second.axis];
  const Column& column =
      axis.columns[static_cast<std::size_t>(std::ranges::find(axis.keys, &key) - axis.keys.begin())];
  for (std::uint64_t i = 0; i < column.size(); ++i) {
    read(column.at(i));
  }
}

std::string Builder::where_in_grid(const std::vector<std::uint64_t>& positions) const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    for (std::size_t j = 0; j < axes_[i].keys.size(); ++j) {
      const Value value = axes_[i].columns[j].at(positions[i]);
      if (axes_[i].keys[j]->field != Field::seed && !std::holds_alternative<std::monostate>(value)) {
        texts.push_back(fmt::format("{} = {}", axes_[i].keys[j]->name, to_text(*axes_[i].keys[j], value)));
      }
    }
  }
  return texts.empty() ? "" : fmt::format(" (where {})", fmt::join(texts, ", "));
}

void Builder::fail_about(const Key& key, const std::string& message,
                         const std::vector<std::uint64_t>& positions) const {
  const auto found = mentions_.find(&key);
  const std::string whole = message + where_in_grid(positions);
  if (found == mentions_.end()) {
    document_.fail(Where{}, whole);
  }
  document_.fail(*found->second.entry, whole);
}

void Builder::check_combinations() const {
  std::vector<std::vector<std::uint64_t>> choices;
  double combinations = 1.0;
  for (const AxisValues& axis : axes_) {
    choices.push_back(representatives(axis));
    combinations *= static_cast<double>(choices.back().size());
  }
  if (combinations > static_cast<double>(max_combinations)) {
    document_.fail(Where{},
                   fmt::format("{} combinations of tasks, task parameters, units and limits would have to be "
                               "checked, more than {}; split the sweep",
                               short_number(combinations), max_combinations));
  }
  std::set<std::pair<std::string, std::string>> files_read;
  for_each_choice(choices, [&](const std::vector<std::uint64_t>& positions) {
    const training::Job job = built_.plan->job(positions);
    check_job(job, positions);
    if (job.trials_file.empty()) {
      return;
    }
    std::string task = job.task;
    for (const auto& [name, value] : job.task_parameters) {
      task += fmt::format(" {}={}", name, value);
    }
    if (files_read.emplace(job.trials_file, task).second) {
      try {
        const auto made = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
        training::read_trials(job.trials_file, made->info());
      } catch (const std::runtime_error& error) {
        fail_about(the_key(Field::trials_file), error.what(), positions);
      }
    }
  });
}

void Builder::check_job(const training::Job& job, const std::vector<std::uint64_t>& positions) const {
  const std::size_t groups = job.leak.size();
  if (static_cast<std::size_t>(job.memory_units) % groups != 0) {
    fail_about(
        the_key(Field::leak),
        fmt::format(
            "{} values cannot split {} memory units into equal groups; make memory_units a multiple of "
            "{}, or give another number of values",
            groups, job.memory_units, groups),
        positions);
  }
  if (job.gamma == 0.0 && job.alpha != 1.0) {
    fail_about(
        the_key(Field::alpha),
        fmt::format(
            "alpha = {} is not possible with gamma = 0, since alpha = 1 - lambda gamma; give lambda or "
            "another gamma",
            job.alpha),
        positions);
  }
  const std::int64_t bins = (job.max_trials + job.bin_trials - 1) / job.bin_trials;
  if (job.curves && bins > max_bins) {
    fail_about(
        the_key(mentions_.contains(&the_key(Field::bin_trials)) ? Field::bin_trials : Field::max_trials),
        fmt::format(
            "{} trials in bins of {} make {} points of a curve, more than {}; give a larger bin_trials or "
            "curves = false",
            job.max_trials, job.bin_trials, bins, max_bins),
        positions);
  }
  if (!job.record_trials.empty() && job.record_trials.back() >= job.max_trials) {
    fail_about(
        the_key(Field::record_trials),
        fmt::format(
            "trial {} is never reached, since max_trials is {} and trials count from 0; take it out or "
            "raise max_trials",
            job.record_trials.back(), job.max_trials),
        positions);
  }
  try {
    const TaskFacts facts = facts_of(job);
    if (job.test_trials > 0 && facts.test_trials == 0) {
      fail_about(the_key(Field::test_trials),
                 fmt::format("task {} has no test: {}; take test_trials out or set it to 0", job.task,
                             facts.test_refusal),
                 positions);
    }
    training::check(job);
  } catch (const std::invalid_argument& error) {
    // The sentence names the key; the first one that the file sets is the place to look at.
    const std::string_view sentence = error.what();
    const auto named = std::ranges::find_if(mentions_, [&](const auto& one) {
      return one.first->field != Field::task && names_word(sentence, one.first->name);
    });
    fail_about(named == mentions_.end() ? the_key(Field::task) : *named->first, std::string(sentence),
               positions);
  }
}

void Builder::check_duplicates() const {
  // Values of an axis differ, so two jobs can be equal only where a value has no effect (a parameter that the
  // task does not have) or where a point leaves out what another point sets to the default.
  const auto sets = [&](std::size_t axis, Field field) {
    return std::ranges::any_of(axes_[axis].keys, [&](const Key* key) { return key->field == field; });
  };
  const bool points = document_.has_points();
  bool idle_parameter = false;
  for (const auto& [key, mention] : mentions_) {
    idle_parameter =
        idle_parameter || (key->field == Field::task_parameter && !mention.fixed &&
                           std::ranges::any_of(tasks_, [&, name = key->name](const tasks::TaskEntry* task) {
                             return find_parameter(*task, name) == nullptr;
                           }));
  }
  if (!points && !idle_parameter) {
    return;
  }
  std::vector<bool> takes_part(axes_.size());
  double combinations = 1.0;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    takes_part[i] = (points && i == 0) || sets(i, Field::task) || sets(i, Field::task_parameter) ||
                    sets(i, Field::input_weights) || sets(i, Field::gamma);
    combinations *= takes_part[i] ? static_cast<double>(axes_[i].columns.front().size()) : 1.0;
  }
  if (combinations > static_cast<double>(max_combinations)) {
    document_.fail(
        Where{},
        fmt::format("{} combinations of points, tasks and their parameters would have to be compared, "
                    "more than {}; split the sweep",
                    short_number(combinations), max_combinations));
  }
  struct Hash {
    std::size_t operator()(const model::StreamKey& key) const { return key.words[0]; }
  };
  std::unordered_map<model::StreamKey, std::vector<std::uint64_t>, Hash> seen;
  for_each_combination(built_.plan->axes(), takes_part, [&](const std::vector<std::uint64_t>& positions) {
    const training::Job job = built_.plan->job(positions);
    const auto [first, is_new] = seen.emplace(model::key_of(training::canonical(job)), positions);
    if (is_new) {
      return;
    }
    const Where where = points ? document_.points()[positions.front()].where : document_.axes().front().where;
    if (points && first->second.front() != positions.front()) {
      document_.fail(
          where, fmt::format("[[points]]: points {} and {} give the same job{}; take one out or change it",
                             first->second.front() + 1, positions.front() + 1, where_in_grid(positions)));
    }
    document_.fail(where,
                   fmt::format("jobs are duplicated{}: a value has no effect on this task; give task and "
                               "parameters in [[points]]",
                               where_in_grid(positions)));
  });
}

}  // namespace augsweep::sweep
