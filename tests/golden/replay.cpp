#include "replay.hpp"

#include <fmt/format.h>

#include <utility>

#include "environment_replay.hpp"
#include "functions_replay.hpp"
#include "model_replay.hpp"
#include "tasks/registry.hpp"

namespace augsweep::golden {

namespace {

void replay_trace(Json content, Report& report, double tolerance) {
  const Trace trace = make_trace(std::move(content), report.file);
  report.model.emplace(tolerance);
  NetworkAgent agent(trace.config.network, initial_weights(trace));
  replay_model(trace, agent, *report.model);
  const std::string name = task_name(trace.config);
  if (tasks::find_task(name) == nullptr) {
    report.note = fmt::format("not replayed: there is no task '{}'", name.empty() ? trace.config.task : name);
    return;
  }
  report.environment.emplace(tolerance);
  const auto task = make_environment(trace);
  replay_environment(trace, *task, *report.environment);
}

std::string line(std::string_view what, const Comparison& comparison) {
  std::string text = fmt::format("  {:<12} {:>8} values, ", what, comparison.values());
  if (comparison.greatest_deviation() > 0.0) {
    text += fmt::format("greatest deviation {:.3g} at {}", comparison.greatest_deviation(),
                        comparison.greatest_place());
  } else {
    text += "no deviation";
  }
  if (comparison.disagreements() > 0) {
    text += fmt::format("\n  {} of them disagree, first {}", comparison.disagreements(),
                        comparison.first_disagreement());
  }
  return text + "\n";
}

}  // namespace

bool Report::passed() const {
  return error.empty() && model && model->passed() && (!environment || environment->passed());
}

std::string Report::text() const {
  std::string text = fmt::format("{}: {}\n", file, passed() ? "agrees" : "FAILED");
  if (!error.empty()) {
    text += fmt::format("  {}\n", error);
  }
  if (model) {
    text += line("model", *model);
  }
  if (environment) {
    text += line("environment", *environment);
  } else if (!note.empty()) {
    text += fmt::format("  environment  {}\n", note);
  }
  return text;
}

Report replay(Json content, const std::string& file, double tolerance) {
  Report report;
  report.file = file;
  try {
    if (is_function_tables(content)) {
      report.model.emplace(tolerance);
      replay_functions(content, file, *report.model);
    } else {
      replay_trace(std::move(content), report, tolerance);
    }
  } catch (const std::exception& error) {
    report.error = error.what();
  }
  return report;
}

Report replay_file(const std::filesystem::path& file, double tolerance) {
  try {
    return replay(read_json(file), file.string(), tolerance);
  } catch (const TraceError& error) {
    Report report;
    report.file = file.string();
    report.error = error.what();
    return report;
  }
}

}  // namespace augsweep::golden
