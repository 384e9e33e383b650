#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "app/commands.hpp"
#include "app/numerics.hpp"
#include "app/version.hpp"
#include "store/digest.hpp"
#include "store/reader.hpp"
#include "store/schema.hpp"
#include "store/trace.hpp"
#include "tasks/registry.hpp"
#include "training/simulation.hpp"

namespace augsweep::app {

namespace {

struct RerunOptions {
  std::string file;
  std::uint64_t job = 0;
  std::string trace;
  std::int64_t first_trial = 0;
  std::int64_t last_trial = std::numeric_limits<std::int64_t>::max();
  std::vector<std::string> state;
  bool overwrite = false;
};

/// What of the network's state can be traced beyond its activities.
const std::vector<std::string> traceable = {"T_vr", "T_wr", "T_vm", "T_wm", "X", "h"};

/// Collects every step of the trials asked for.
class Tracer final : public training::Observer {
 public:
  explicit Tracer(const RerunOptions& options) : options_(options) {}

  void on_trial(std::int64_t number, bool /*reset*/) override {
    trial_ = number;
    step_in_trial_ = 0;
    tracing_ = number >= options_.first_trial && number <= options_.last_trial;
  }

  void on_step(const tasks::Observation& seen, const model::Network& network, int chosen) override {
    if (!tracing_) {
      return;
    }
    trial.push_back(trial_);
    trial_step.push_back(step_in_trial_++);
    cue.push_back(seen.cue);
    repeated.push_back(seen.repeat ? 1 : 0);
    response.push_back(chosen);
    target.push_back(seen.target);
    reward.push_back(training::not_a_number);
    rpe.push_back(training::not_a_number);
    append(transient, network.transient());
    append(q, network.values());
    append(regular, network.regular_activity());
    append(memory, network.memory_activity());
  }

  void on_learn(double learned, bool terminal) override {
    // A step learns from the reward of the step before; the terminal one from that of its own.
    if (tracing_) {
      const std::size_t back = terminal ? 1 : 2;
      if (rpe.size() >= back) {
        rpe[rpe.size() - back] = learned;
      }
    }
  }

  void on_tag(const model::Network& network) override {
    if (!tracing_) {
      return;
    }
    const model::Tags tags = options_.state.empty() ? model::Tags() : network.tags();
    for (const std::string& name : options_.state) {
      std::vector<double>& values = state[name];
      if (name == "X") {
        append(values, network.traces());
      } else if (name == "h") {
        append(values, network.memory());
      } else {
        append(values, name == "T_vr"   ? tags.v_r
                       : name == "T_wr" ? tags.w_r
                       : name == "T_vm" ? tags.v_m
                                        : tags.w_m);
      }
    }
  }

  void on_consequence(const tasks::Consequence& consequence) override {
    if (tracing_ && consequence.reward) {
      reward.back() = *consequence.reward;
    }
  }

  std::vector<std::int64_t> trial, trial_step, cue, repeated, response, target;
  std::vector<double> reward, rpe, transient, q, regular, memory;
  std::map<std::string, std::vector<double>> state;

 private:
  template <class Array>
  static void append(std::vector<double>& values, const Array& array) {
    values.insert(values.end(), array.data(), array.data() + array.size());
  }

  const RerunOptions& options_;
  std::int64_t trial_ = 0, step_in_trial_ = 0;
  bool tracing_ = false;
};

store::Trace job_trace(Tracer& tracer, const store::Reader& reader, const training::Job& job,
                       std::uint64_t index, const tasks::TaskInfo& info) {
  const model::Shape shape = training::shape_of(job, info);
  store::Trace trace;
  trace.steps = tracer.trial.size();
  trace.dimensions = {
      {"stimulus", "stimulus unit, by what switches it on", info.stimulus_labels},
      {"transient", "transient unit: + at the onset of the stimulus, - at its offset",
       store::transient_labels(info.stimulus_labels)},
      {"regular", "regular unit", static_cast<std::uint64_t>(shape.regular)},
      {"memory", "memory unit", static_cast<std::uint64_t>(shape.memory)},
      {"response", "response", info.response_labels},
      {"cue_label", "what can be shown; the variable cue counts these from 0", info.cue_labels},
  };
  std::vector<double> stimulus;
  for (const auto cue : tracer.cue) {
    const auto& shown = info.cues[static_cast<std::size_t>(cue)];
    stimulus.insert(stimulus.end(), shown.begin(), shown.end());
  }
  auto& variables = trace.variables;
  const auto add = [&](const std::string& name, std::vector<std::string> dims, const std::string& long_name,
                       auto& values) {
    variables.push_back({name, std::move(dims), long_name, std::move(values)});
  };
  add("trial", {}, "trial, from 0", tracer.trial);
  add("trial_step", {}, "step of the trial, from 0", tracer.trial_step);
  add("cue", {}, "cue shown: index into cue_label", tracer.cue);
  add("repeated", {}, "1 if the stimulus is shown once more: no transients", tracer.repeated);
  add("response_chosen", {}, "response chosen: index into response", tracer.response);
  add("target", {}, "response asked for; -1: none", tracer.target);
  add("reward", {}, "reward that followed; NaN where none is defined", tracer.reward);
  add("rpe", {}, "RPE that this response's value got; NaN where nothing was learned from it", tracer.rpe);
  add("stimulus_activity", {"stimulus"}, "stimulus s", stimulus);
  add("transient_activity", {"transient"}, "transient input x", tracer.transient);
  add("regular_activity", {"regular"}, "activity y_r of the regular units", tracer.regular);
  add("memory_activity", {"memory"}, "activity y_m of the memory units", tracer.memory);
  add("q", {"response"}, "Q-values", tracer.q);
  const std::map<std::string, std::pair<std::vector<std::string>, std::string>> state = {
      {"T_vr", {{"stimulus", "regular"}, "tags of V_r, after the response"}},
      {"T_wr", {{"regular", "response"}, "tags of W_r, after the response"}},
      {"T_vm", {{"transient", "memory"}, "tags of V_m, after the response"}},
      {"T_wm", {{"memory", "response"}, "tags of W_m, after the response"}},
      {"X", {{"transient", "memory"}, "synaptic traces, after the response"}},
      {"h", {{"memory"}, "accumulated input of the memory units"}},
  };
  for (auto& [name, values] : tracer.state) {
    add(name, state.at(name).first, state.at(name).second, values);
  }
  trace.attributes = {
      {"Conventions", "CF-1.8"},
      {"format", "augsweep-trace"},
      {"title", fmt::format("job {} of {}, step by step", index, reader.attribute("title"))},
      {"task", job.task},
      {"job", training::canonical(job)},
      {"sweep_sha256", reader.attribute("sweep_sha256")},
      {"program_version", program_version()},
      {"git_revision", git_revision()},
      {"numerics", numerics()},
  };
  return trace;
}

/// Throws where the job can't be expected to come out as it did.
void refuse_what_cannot_be_repeated(const store::Reader& reader, std::uint64_t job) {
  const std::string file = reader.file().string();
  if (job >= reader.jobs()) {
    throw std::invalid_argument(
        fmt::format("{}: has no job {}; its jobs are 0 to {}", file, job, reader.jobs() - 1));
  }
  const training::Status status = reader.statuses()[job];
  if (status == training::Status::pending) {
    throw std::invalid_argument(fmt::format(
        "{}: job {} has not ended, so there is nothing to repeat; 'run --resume' runs it", file, job));
  }
  if (status == training::Status::timeout || status == training::Status::failed) {
    throw std::invalid_argument(
        fmt::format("{}: job {} ended as {}, which depends on the machine; only finished jobs can be "
                    "repeated bit for bit",
                    file, job, name_of(status)));
  }
  if (!reader.has_attribute("numerics")) {
    throw std::invalid_argument(fmt::format(
        "{}: does not say how its numbers were computed, so they can't be expected again; it was made by an "
        "older program, augsweep {} (revision {})",
        file, reader.attribute("program_version"), reader.attribute("git_revision")));
  }
  if (reader.attribute("numerics") != numerics()) {
    throw std::invalid_argument(
        fmt::format("{}: was made by augsweep {} (revision {}, {}), whose results differ in their last bits "
                    "from those of "
                    "this program ({}, {}); repeat the job with that one",
                    file, reader.attribute("program_version"), reader.attribute("git_revision"),
                    reader.attribute("compiler"), git_revision(), compiler()));
  }
}

}  // namespace

void add_rerun_command(CLI::App& program, ExitCode& exit_code) {
  auto* command = program.add_subcommand(
      "rerun",
      "Run one job of a result file again, alone, and check that every bit comes out as in its row; with "
      "--trace write every step to a file.\n\n"
      "Exit code 1 if anything differs, or if this program computes other bits than the one that made the "
      "file.\n\nExamples:\n"
      "  augsweep rerun out.h5 --job 17\n"
      "  augsweep rerun out.h5 --job 17 --trace job17.h5 --first-trial 0 --last-trial 99 --state T_vm,X\n");
  auto options = std::make_shared<RerunOptions>();
  command->add_option("FILE", options->file, "result file")->required();
  command->add_option("--job", options->job, "index of the job")->required();
  command->add_option("--trace", options->trace, "write every step to this file (HDF5)");
  command->add_option("--first-trial", options->first_trial, "first trial to trace, from 0");
  command->add_option("--last-trial", options->last_trial, "last trial to trace; by default to the end");
  command
      ->add_option("--state", options->state,
                   "trace these too: tags T_vr, T_wr, T_vm, T_wm, synaptic traces X, memory h; large")
      ->delimiter(',')
      ->check(CLI::IsMember(traceable));
  command->add_flag("--overwrite", options->overwrite, "replace the trace file if it exists");
  command->callback([options, &exit_code] {
    const store::Reader reader(options->file);
    refuse_what_cannot_be_repeated(reader, options->job);
    const training::Job job = store::sweep_of(reader).job(options->job);
    Tracer tracer(*options);
    const bool traced = !options->trace.empty();
    const training::Outcome outcome = training::run(job, {}, traced ? &tracer : nullptr);
    const store::Row row = reader.row(options->job);
    if (training::encode(outcome) != training::encode(row.outcome)) {
      throw std::runtime_error(
          fmt::format("{}: job {} came out differently: {} after {} trials now, {} after {} trials in the "
                      "file; 'augsweep "
                      "verify' says whether the file is damaged",
                      options->file, options->job, name_of(outcome.status), outcome.trials,
                      name_of(row.outcome.status), row.outcome.trials));
    }
    fmt::print("job {}: {} after {} trials, {} steps; the same as in the file, bit for bit\n", options->job,
               name_of(outcome.status), outcome.trials, outcome.steps);
    if (traced) {
      const auto task = tasks::make_task(job.task, job.task_parameters, tasks::rewards_of(job.reward));
      const store::Trace trace = job_trace(tracer, reader, job, options->job, task->info());
      store::write_trace(options->trace, trace, options->overwrite);
      fmt::print("trace    {} ({} steps)\n", options->trace, trace.steps);
    }
    exit_code = ExitCode::complete;
  });
}

}  // namespace augsweep::app
