#include "store/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "store/digest.hpp"
#include "store/durable.hpp"
#include "store/h5.hpp"
#include "store/lock.hpp"
#include "store/reader.hpp"
#include "store/virtual_rows.hpp"

namespace augsweep::store {

namespace {

constexpr std::size_t most_named = 10;

/// One of the files to be merged.
struct Input {
  Reader reader;
  sweep::Shard shard;
  std::vector<training::Status> statuses;

  std::string name() const { return reader.file().string(); }
  bool is_shard() const { return shard.count > 1; }
  std::string described() const {
    return is_shard() ? fmt::format("{} (shard {} of {})", name(), shard.index, shard.count) : name();
  }
};

/// Empty for files of programs that did not say.
std::string numerics_of(const Reader& reader) {
  return reader.has_attribute("numerics") ? reader.attribute("numerics") : "";
}

std::vector<Input> open_inputs(const std::vector<std::filesystem::path>& files,
                               const std::filesystem::path& output) {
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::error_code ignored;
    if (std::filesystem::equivalent(files[i], output, ignored)) {
      throw StoreError(fmt::format("{}: is both input and output; choose another output", output.string()));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (std::filesystem::equivalent(files[i], files[j], ignored)) {
        throw StoreError(
            fmt::format("{} and {} are the same file; name it once", files[j].string(), files[i].string()));
      }
    }
    Reader reader(files[i]);
    const auto shard = sweep::Shard::parse(reader.attribute("shard"));
    auto statuses = reader.statuses();
    inputs.push_back({std::move(reader), shard, std::move(statuses)});
  }
  return inputs;
}

/// Names every input that does not belong to the same sweep, or was made by a program that computes other
/// bits.
void refuse_foreign(const std::vector<Input>& inputs) {
  const Reader& first = inputs.front().reader;
  const std::string canonical = first.attribute("sweep_canonical");
  std::string foreign;
  for (const Input& input : inputs) {
    const auto differences = sweep::differences(canonical, input.reader.attribute("sweep_canonical"));
    if (!differences.empty()) {
      foreign +=
          fmt::format("{}{}: holds another sweep than {}; what differs:\n  {}", foreign.empty() ? "" : "\n",
                      input.name(), first.file().string(), fmt::join(differences, "\n  "));
    } else if (numerics_of(input.reader) != numerics_of(first)) {
      foreign += fmt::format(
          "{}{}: was made by a program whose results differ in their last bits from those of the one that "
          "made "
          "{}; run one of them again",
          foreign.empty() ? "" : "\n", input.name(), first.file().string());
    }
  }
  if (!foreign.empty()) {
    throw StoreError(foreign);
  }
}

/// The input in which each job has ended, -1 where there is none. Names every two inputs that have jobs in
/// common.
std::vector<std::int32_t> owners_of(const std::vector<Input>& inputs) {
  struct Overlap {
    std::uint64_t first = 0, count = 0;
  };
  std::map<std::pair<std::int32_t, std::int32_t>, Overlap> overlaps;
  std::vector<std::int32_t> owners(inputs.front().statuses.size(), -1);
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const auto& statuses = inputs[input].statuses;
    for (std::size_t job = 0; job < statuses.size(); ++job) {
      if (statuses[job] == training::Status::pending) {
        continue;
      }
      if (owners[job] < 0) {
        owners[job] = static_cast<std::int32_t>(input);
      } else if (auto& overlap = overlaps[{owners[job], static_cast<std::int32_t>(input)}];
                 overlap.count++ == 0) {
        overlap.first = job;
      }
    }
  }
  if (!overlaps.empty()) {
    std::vector<std::string> sentences;
    for (const auto& [pair, overlap] : overlaps) {
      sentences.push_back(
          fmt::format("{} and {} overlap: both hold job {}{}; leave one of them out",
                      inputs[static_cast<std::size_t>(pair.first)].described(),
                      inputs[static_cast<std::size_t>(pair.second)].described(), overlap.first,
                      overlap.count > 1 ? fmt::format(" and {} others", overlap.count - 1) : ""));
    }
    throw StoreError(fmt::format("{}", fmt::join(sentences, "\n")));
  }
  return owners;
}

/// Which shards did not come, and which came unfinished.
std::vector<std::string> gaps_of(const std::vector<Input>& inputs) {
  std::vector<std::string> gaps;
  std::map<std::uint64_t, std::set<std::uint64_t>> present;  // by the number of shards
  for (const Input& input : inputs) {
    if (input.is_shard()) {
      present[input.shard.count].insert(input.shard.index);
    }
    std::uint64_t mine = 0;
    std::vector<std::uint64_t> pending;
    for (std::uint64_t job = 0; job < input.statuses.size(); ++job) {
      if (input.shard.contains(job, input.statuses.size())) {
        ++mine;
        if (input.statuses[job] == training::Status::pending) {
          pending.push_back(job);
        }
      }
    }
    if (input.is_shard() && !pending.empty()) {
      gaps.push_back(fmt::format("{} is not complete: {} of its {} jobs are missing, the first of them {}",
                                 input.described(), pending.size(), mine, pending.front()));
    }
  }
  for (const auto& [count, indices] : present) {
    std::size_t absent = 0;
    for (std::uint64_t index = 1; index <= count; ++index) {
      if (!indices.contains(index) && ++absent <= most_named) {
        gaps.push_back(fmt::format("shard {} of {} is missing", index, count));
      }
    }
    if (absent > most_named) {
      gaps.push_back(fmt::format("and {} other shards of {} are missing", absent - most_named, count));
    }
  }
  return gaps;
}

/// A pending job is looked for where its shard will have it, so that a virtual file sees what comes later.
void give_pending_jobs_to_their_shards(const std::vector<Input>& inputs, std::vector<std::int32_t>& owners) {
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    for (std::size_t job = 0; job < owners.size(); ++job) {
      if (owners[job] < 0 && inputs[input].shard.contains(job, owners.size())) {
        owners[job] = static_cast<std::int32_t>(input);
      }
    }
  }
}

void copy_rows(const std::vector<Input>& inputs, const std::vector<std::int32_t>& owners, Writer& writer) {
  for (std::uint64_t job = 0; job < owners.size(); ++job) {
    if (owners[job] < 0) {
      continue;
    }
    const Reader& reader = inputs[static_cast<std::size_t>(owners[job])].reader;
    const auto row = reader.intact_row(job);
    if (!row) {
      throw StoreError(
          fmt::format("{}: the row of job {} is damaged; run it again with --resume before merging",
                      reader.file().string(), job));
    }
    writer.write(job, row->outcome, row->run_info());
    writer.flush_if_due();
  }
}

RowSources sources_of(const std::vector<Input>& inputs, std::vector<std::int32_t> owners,
                      const std::filesystem::path& output) {
  RowSources sources;
  for (const Input& input : inputs) {
    if (!input.reader.sources().empty()) {
      throw StoreError(fmt::format("{}: is itself a virtual file; name the files that it shows in its place",
                                   input.name()));
    }
    std::error_code error;
    const auto relative = std::filesystem::relative(input.reader.file(), folder_of(output), error);
    sources.files.push_back(error || relative.empty() ? std::filesystem::absolute(input.reader.file())
                                                      : relative);
  }
  give_pending_jobs_to_their_shards(inputs, owners);
  sources.owner = std::move(owners);
  return sources;
}

}  // namespace

MergeReport merge(const std::vector<std::filesystem::path>& files, const std::filesystem::path& output,
                  const Provenance& provenance, const MergeOptions& options) {
  if (files.empty()) {
    throw StoreError("there is nothing to merge: name at least one input");
  }
  const std::vector<Input> inputs = open_inputs(files, output);
  refuse_foreign(inputs);
  const auto owners = owners_of(inputs);
  const OutputLock lock(output);
  if (!options.overwrite && std::filesystem::exists(output)) {
    throw StoreError(
        fmt::format("{}: exists already; give --overwrite to replace it, or another name", output.string()));
  }

  MergeReport report;
  report.jobs = owners.size();
  for (std::uint64_t job = 0; job < owners.size(); ++job) {
    if (owners[job] >= 0) {
      ++report.ended;
    } else if (report.missing.size() < most_named) {
      report.missing.push_back(job);
    }
  }
  report.gaps = gaps_of(inputs);

  // The output takes its place when it is whole.
  const std::filesystem::path part = output.string() + ".merging";
  const sweep::Sweep sweep = sweep_of(inputs.front().reader);
  Provenance merged = provenance;
  merged.numerics = numerics_of(inputs.front().reader);
  try {
    WriterOptions writer_options;
    writer_options.overwrite = true;
    Writer writer = Writer::create(part, sweep, merged, writer_options);
    if (!options.show) {
      copy_rows(inputs, owners, writer);
    }
    writer.close();
    if (options.show) {
      show_rows_of(sources_of(inputs, owners, output), part, sweep);
    }
    put_in_place(part, output);
  } catch (const std::exception&) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw;
  }
  return report;
}

}  // namespace augsweep::store
