#include "store/merge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

#include "store/digest.hpp"
#include "store/h5.hpp"
#include "store/reader.hpp"

namespace augsweep::store {

namespace {

constexpr std::size_t most_named = 10;

/// Empty for files of programs that did not say.
std::string numerics_of(const Reader& reader) {
  return reader.has_attribute("numerics") ? reader.attribute("numerics") : "";
}

/// Checks that the inputs are of one sweep and that no job has ended in two of them, before anything is
/// written.
std::vector<int> owners_of(const std::vector<Reader>& readers) {
  const std::string canonical = readers.front().attribute("sweep_canonical");
  std::vector<int> owners(readers.front().jobs(), -1);
  for (std::size_t input = 0; input < readers.size(); ++input) {
    const auto differences = sweep::differences(canonical, readers[input].attribute("sweep_canonical"));
    if (!differences.empty()) {
      throw StoreError(fmt::format("{}: holds another sweep than {}; what differs:\n  {}",
                                   readers[input].file().string(), readers.front().file().string(),
                                   fmt::join(differences, "\n  ")));
    }
    if (numerics_of(readers[input]) != numerics_of(readers.front())) {
      throw StoreError(fmt::format(
          "{}: was made by a program whose results differ in their last bits from those of the one that made "
          "{}; run one of them again",
          readers[input].file().string(), readers.front().file().string()));
    }
    const auto statuses = readers[input].statuses();
    for (std::size_t job = 0; job < statuses.size(); ++job) {
      if (statuses[job] == training::Status::pending) {
        continue;
      }
      if (owners[job] >= 0) {
        throw StoreError(fmt::format("{} and {} overlap: both hold job {}; leave one of them out",
                                     readers[static_cast<std::size_t>(owners[job])].file().string(),
                                     readers[input].file().string(), job));
      }
      owners[job] = static_cast<int>(input);
    }
  }
  return owners;
}

}  // namespace

MergeReport merge(const std::vector<std::filesystem::path>& inputs, const std::filesystem::path& output,
                  const Provenance& provenance, bool overwrite) {
  if (inputs.empty()) {
    throw StoreError("there is nothing to merge: name at least one input");
  }
  std::vector<Reader> readers;
  for (const auto& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(input, output, ignored)) {
      throw StoreError(fmt::format("{}: is both input and output; choose another output", output.string()));
    }
    readers.emplace_back(input);
  }
  const auto owners = owners_of(readers);
  WriterOptions options;
  options.overwrite = overwrite;
  const sweep::Sweep sweep = sweep_of(readers.front());
  Provenance merged = provenance;
  merged.numerics = numerics_of(readers.front());
  Writer writer = Writer::create(output, sweep, merged, options);
  MergeReport report;
  report.jobs = owners.size();
  for (std::uint64_t job = 0; job < owners.size(); ++job) {
    if (owners[job] < 0) {
      if (report.missing.size() < most_named) {
        report.missing.push_back(job);
      }
      continue;
    }
    const Reader& reader = readers[static_cast<std::size_t>(owners[job])];
    const auto row = reader.intact_row(job);
    if (!row) {
      std::filesystem::remove(output);
      throw StoreError(
          fmt::format("{}: the row of job {} is damaged; run it again with --resume before merging",
                      reader.file().string(), job));
    }
    writer.write(job, row->outcome, row->run_info());
    writer.flush_if_due();
    ++report.ended;
  }
  writer.close();
  return report;
}

}  // namespace augsweep::store
