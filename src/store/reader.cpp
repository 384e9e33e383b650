#include "store/reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "store/h5.hpp"
#include "store/schema.hpp"
#include "store/virtual_rows.hpp"
#include "tasks/registry.hpp"

namespace augsweep::store {

namespace {

using h5::Extent;
using h5::Handle;

/// Greatest number of jobs that a file can say it has; the sweep room's own limit.
constexpr std::uint64_t most_jobs = sweep::max_jobs;

/// The byte of HDF5's superblock (version 3) that says whether a writer has the file open; File Format
/// Specification, II.A.
std::optional<unsigned char> consistency_flags(const std::filesystem::path& file) {
  std::array<char, 12> head{};
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(head.data(), head.size())) {
    return std::nullopt;
  }
  const auto version = static_cast<unsigned char>(head[8]);
  return version >= 3 ? static_cast<unsigned char>(head[11]) : static_cast<unsigned char>(0);
}

bool is_hdf5(const std::filesystem::path& file) {
  constexpr std::array<char, 8> signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::array<char, 8> head{};
  std::ifstream stream(file, std::ios::binary);
  return stream.read(head.data(), head.size()) && head == signature;
}

/// The version of HDF5's superblock; files that can be read while they are written have version 3. Older ones
/// carry no checksums, and the library is not fit to read those of strangers.
constexpr int superblock_of_swmr = 3;

int superblock_version(const std::filesystem::path& file) {
  std::array<char, 9> head{};
  std::ifstream stream(file, std::ios::binary);
  return stream.read(head.data(), head.size()) ? static_cast<unsigned char>(head[8]) : -1;
}

/// A piece of metadata whose checksum does not fit may be in the middle of being written, so the library
/// reads it again, after 1, 2, 4, 8 ns and so on. Its own limit of 100 times means to hang for ever over a
/// damaged file; with this one it gives up after 2^25 ns, a thirtieth of a second.
constexpr unsigned read_attempts = 25;

constexpr std::chrono::seconds writer_patience{3};
constexpr std::chrono::milliseconds writer_pause{20};

}  // namespace

class Reader::Implementation {
 public:
  explicit Implementation(std::filesystem::path file, bool may_be_virtual = true) : file_(std::move(file)) {
    h5::set_up();
    std::error_code error;
    if (!std::filesystem::exists(file_, error)) {
      throw StoreError(fmt::format("{}: does not exist", file_.string()));
    }
    if (std::filesystem::is_directory(file_, error)) {
      throw StoreError(fmt::format("{}: is a folder, not a result file", file_.string()));
    }
    if (!std::ifstream(file_, std::ios::binary)) {
      throw StoreError(fmt::format("{}: cannot be read; check its permissions", file_.string()));
    }
    if (!is_hdf5(file_)) {
      throw StoreError(fmt::format("{}: is no HDF5 file, so no result file of augsweep", file_.string()));
    }
    if (const int version = superblock_version(file_); version != superblock_of_swmr) {
      throw StoreError(fmt::format(
          "{}: is no result file of augsweep: its superblock has version {}, so it was made or rewritten by "
          "another program",
          file_.string(), version));
    }
    try {
      open();
    } catch (const StoreError& reason) {
      throw StoreError(
          fmt::format("{}: is no readable result file of augsweep: {}", file_.string(), reason.what()));
    }
    if (!sources_.empty()) {
      if (!may_be_virtual) {
        throw StoreError(
            fmt::format("{}: is itself a virtual file; merge the files that it shows", file_.string()));
      }
      check_sources();
    }
  }

  template <class Action>
  auto reading(Action action) const {
    try {
      return action();
    } catch (const StoreError& reason) {
      throw StoreError(fmt::format("{}: is damaged: {}", file_.string(), reason.what()));
    }
  }

  const std::filesystem::path& file() const { return file_; }
  std::uint64_t jobs() const { return jobs_; }
  bool closed_properly() const { return (consistency_flags(file_).value_or(0) & 0x05U) == 0; }
  std::string attribute(const std::string& name) const {
    return reading([&] { return h5::text_attribute(h5_file_.get(), name); });
  }
  bool has_attribute(const std::string& name) const {
    return reading([&] { return h5::has_attribute(h5_file_.get(), name); });
  }
  bool has(const std::string& name) const { return h5::exists(h5_file_.get(), name); }
  std::vector<std::filesystem::path> sources() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& source : sources_.files) {
      paths.push_back(path_of(source));
    }
    return paths;
  }

  template <class Number>
  std::vector<Number> column(const std::string& name, hid_t memory_type) const {
    const Handle& dataset = open_dataset(name);
    if (h5::extent_of(dataset.get()) != Extent{jobs_}) {
      throw StoreError(fmt::format("variable {} has another size than the number of jobs, {}", name, jobs_));
    }
    std::vector<Number> values(jobs_);
    h5::read_block(dataset.get(), {0}, {jobs_}, memory_type, values.data(), name);
    return values;
  }

  std::vector<training::Status> statuses() const {
    return reading([&] {
      const auto numbers = column<std::int8_t>("status", H5T_NATIVE_INT8);
      std::vector<training::Status> statuses(numbers.size());
      std::transform(numbers.begin(), numbers.end(), statuses.begin(), status_of);
      return statuses;
    });
  }

  int highest_attempt() const {
    return reading([&] {
      const auto attempts = column<std::int32_t>("run/attempt", H5T_NATIVE_INT32);
      return attempts.empty() ? 0 : *std::max_element(attempts.begin(), attempts.end());
    });
  }

  std::vector<double> numbers(const std::string& name) const {
    return reading([&] { return column<double>(name, H5T_NATIVE_DOUBLE); });
  }

  std::vector<std::string> texts(const std::string& name) const {
    return reading([&] { return name == "leak" ? leak_texts() : column_texts(name); });
  }

  Row row(std::uint64_t job) const {
    if (job < sources_.owner.size() && sources_.owner[job] >= 0) {
      // Through HDF5 each access would look at all pieces of all sources.
      return source(static_cast<std::size_t>(sources_.owner[job])).row(job);
    }
    return reading([&] { return read_row(job); });
  }

 private:
  struct Group {
    std::string name;
    std::vector<std::int64_t> jobs;  // ascending
  };

  static training::Status status_of(std::int8_t number) {
    if (number < 0 || static_cast<std::size_t>(number) >= Names<training::Status>::names.size()) {
      throw StoreError(fmt::format("there is no status {}", number));
    }
    return static_cast<training::Status>(number);
  }

  void open() {
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file access properties");
    h5::checked(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "file format");
    h5::checked(H5Pset_metadata_read_attempts(access.get(), read_attempts), "file access properties");
    h5_file_ = open_for_reading(access.get());
    if (!h5::has_attribute(h5_file_.get(), "format") ||
        h5::text_attribute(h5_file_.get(), "format") != format_name) {
      throw StoreError("it was made by another program");
    }
    const std::int64_t version = h5::integer_attribute(h5_file_.get(), "format_version");
    if (version != format_version) {
      throw StoreError(
          fmt::format("its format has version {}, this program reads version {}", version, format_version));
    }
    const Extent extent = h5::extent_of(open_dataset("status").get());
    if (extent.size() != 1 || extent[0] == 0 || extent[0] > most_jobs) {
      throw StoreError("its number of jobs is absurd");
    }
    jobs_ = extent[0];
    sources_ = row_sources(h5_file_.get(), jobs_);
  }

  /// HDF5 looks for sources in the folder of the file that names them.
  std::filesystem::path path_of(const std::filesystem::path& source) const {
    return file_.parent_path() / source;
  }

  const Implementation& source(std::size_t index) const {
    auto& slot = source_files_[index];
    if (slot == nullptr) {
      slot = std::make_unique<Implementation>(path_of(sources_.files[index]), false);
    }
    return *slot;
  }

  /// Where a source is missing HDF5 says nothing, and its jobs look as if they had not run.
  void check_sources() {
    std::vector<std::string> missing;
    for (const auto& source : sources_.files) {
      std::error_code ignored;
      if (!std::filesystem::exists(path_of(source), ignored)) {
        missing.push_back(path_of(source).string());
      }
    }
    if (!missing.empty()) {
      throw StoreError(fmt::format(
          "{}: shows the rows of other files, and {} of {} are missing: {}; put them back, or merge again",
          file_.string(), missing.size(), sources_.files.size(), fmt::join(missing, ", ")));
    }
    const std::string sweep = attribute("sweep_canonical");
    for (const auto& source : sources_.files) {
      const Implementation reader(path_of(source), false);
      if (reader.attribute("sweep_canonical") != sweep || reader.jobs() != jobs_) {
        throw StoreError(
            fmt::format("{}: shows the rows of {}, which holds another sweep by now; merge again",
                        file_.string(), path_of(source).string()));
      }
    }
  }

  /// A writer that is just opening the file locks it for that moment.
  Handle open_for_reading(hid_t access) const {
    const auto deadline = std::chrono::steady_clock::now() + writer_patience;
    for (;;) {
      const hid_t file = H5Fopen(file_.c_str(), H5F_ACC_RDONLY | H5F_ACC_SWMR_READ, access);
      if (file >= 0) {
        return {file, H5Fclose, "cannot be opened"};
      }
      const std::string cause = h5::last_error();
      if (cause != std::strerror(EAGAIN) || std::chrono::steady_clock::now() >= deadline) {
        throw StoreError("cannot be opened: " + cause);
      }
      std::this_thread::sleep_for(writer_pause);
    }
  }

  const Handle& open_dataset(const std::string& path) const {
    auto found = datasets_.find(path);
    if (found == datasets_.end()) {
      if (!h5::exists(h5_file_.get(), path)) {
        throw StoreError(fmt::format("variable {} is missing", path));
      }
      found = datasets_
                  .emplace(path, Handle(H5Dopen2(h5_file_.get(), path.c_str(), H5P_DEFAULT), H5Dclose,
                                        "variable " + path))
                  .first;
    }
    return found->second;
  }

  std::vector<std::string> column_texts(const std::string& name) const {
    const Handle& dataset = open_dataset(name);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose, name);
    if (H5Tget_class(type.get()) == H5T_STRING) {
      if (H5Tis_variable_str(type.get()) > 0) {
        return h5::read_texts(dataset.get(), 0, jobs_, name);
      }
      std::vector<std::string> texts(jobs_);
      for (std::uint64_t job = 0; job < jobs_; ++job) {
        texts[job] = fixed_text(name, job);
      }
      return texts;
    }
    std::vector<std::string> texts;
    texts.reserve(jobs_);
    if (h5::has_attribute(dataset.get(), "flag_meanings")) {
      const std::string meanings = h5::text_attribute(dataset.get(), "flag_meanings");
      std::vector<std::string> names(1);
      for (const char character : meanings) {
        if (character == ' ') {
          names.emplace_back();
        } else {
          names.back() += character;
        }
      }
      for (const std::int8_t value : column<std::int8_t>(name, H5T_NATIVE_INT8)) {
        if (value < 0 || static_cast<std::size_t>(value) >= names.size()) {
          throw StoreError(fmt::format("variable {} has a value without a name, {}", name, value));
        }
        texts.push_back(names[static_cast<std::size_t>(value)]);
      }
      return texts;
    }
    for (const double value : column<double>(name, H5T_NATIVE_DOUBLE)) {
      texts.push_back(fmt::format("{}", value));
    }
    return texts;
  }

  std::vector<std::string> leak_texts() const {
    const Handle& dataset = open_dataset("leak");
    const Extent extent = h5::extent_of(dataset.get());
    if (extent.size() != 2 || extent[0] != jobs_ || extent[1] == 0 || extent[1] > 65'536) {
      throw StoreError("variable leak has an absurd size");
    }
    std::vector<double> values(extent[0] * extent[1]);
    h5::read_block(dataset.get(), {0, 0}, extent, H5T_NATIVE_DOUBLE, values.data(), "leak");
    std::vector<std::string> texts;
    texts.reserve(jobs_);
    for (std::uint64_t job = 0; job < jobs_; ++job) {
      std::vector<double> leak;
      for (std::uint64_t group = 0; group < extent[1]; ++group) {
        const double value = values[job * extent[1] + group];
        if (!std::isnan(value)) {
          leak.push_back(value);
        }
      }
      texts.push_back(leak.size() == 1 ? fmt::format("{}", leak[0])
                                       : fmt::format("[{}]", fmt::join(leak, ",")));
    }
    return texts;
  }

  /// Elements of a variable over jobs, read many at a time: one read of HDF5's costs about as much for one
  /// element as for a thousand, and rows are mostly asked for in order.
  struct Stretch {
    std::uint64_t start = 0;
    std::uint64_t count = 0;
    std::vector<std::byte> elements;
  };
  static constexpr std::uint64_t stretch_rows = 4096;

  std::uint64_t stretch_start(std::uint64_t job) const { return job / stretch_rows * stretch_rows; }
  std::uint64_t stretch_count(std::uint64_t start) const { return std::min(stretch_rows, jobs_ - start); }

  const std::byte* element(const std::string& name, std::uint64_t job, hid_t memory_type,
                           std::size_t size) const {
    Stretch& stretch = stretches_[name];
    if (job < stretch.start || job - stretch.start >= stretch.count) {
      stretch.count = 0;
      const std::uint64_t start = stretch_start(job);
      const std::uint64_t count = stretch_count(start);
      stretch.elements.resize(count * size);
      h5::read_block(open_dataset(name).get(), {start}, {count}, memory_type, stretch.elements.data(), name);
      stretch.start = start;
      stretch.count = count;
    }
    return stretch.elements.data() + (job - stretch.start) * size;
  }

  template <class Number>
  Number cell(const std::string& name, std::uint64_t job, hid_t memory_type) const {
    Number value{};
    std::memcpy(&value, element(name, job, memory_type, sizeof value), sizeof value);
    return value;
  }
  double number(const std::string& name, std::uint64_t job) const {
    return cell<double>(name, job, H5T_NATIVE_DOUBLE);
  }
  std::int64_t whole(const std::string& name, std::uint64_t job) const {
    return cell<std::int64_t>(name, job, H5T_NATIVE_INT64);
  }

  std::string fixed_text(const std::string& name, std::uint64_t job) const {
    const Handle& dataset = open_dataset(name);
    const Handle type(H5Dget_type(dataset.get()), H5Tclose, name);
    const std::size_t size = H5Tget_size(type.get());
    if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) != 0 || size == 0 ||
        size > 65'536) {
      throw StoreError(fmt::format("variable {} holds no texts of a fixed length", name));
    }
    const Handle memory = h5::fixed_text_type(size);
    const auto* first = reinterpret_cast<const char*>(element(name, job, memory.get(), size));
    return {first, std::find(first, first + size, '\0')};
  }

  const std::string& task_of(std::uint64_t job) const {
    if (job < tasks_start_ || job - tasks_start_ >= tasks_.size()) {
      tasks_start_ = stretch_start(job);
      tasks_ = h5::read_texts(open_dataset("task").get(), tasks_start_, stretch_count(tasks_start_), "task");
    }
    return tasks_[job - tasks_start_];
  }

  /// Which curves a task has.
  struct CurvesOfTask {
    bool split_loss = false;  ///< into target and other cues
    bool fixation = false;
  };
  const CurvesOfTask& curves_of(const std::string& task_name) const {
    auto found = curves_of_task_.find(task_name);
    if (found == curves_of_task_.end()) {
      const tasks::TaskEntry* entry = tasks::find_task(task_name);
      if (entry == nullptr) {
        throw StoreError(fmt::format("there is no task '{}'", task_name));
      }
      const auto task = tasks::make_task(entry->name, {}, {});
      found = curves_of_task_
                  .emplace(task_name, CurvesOfTask{task->info().target_response != tasks::no_target,
                                                   task->info().test_parts.size() > 1})
                  .first;
    }
    return found->second;
  }

  /// The members of a group over jobs ("weights" or "record"), read once.
  const std::vector<Group>& groups(const std::string& parent) const {
    auto found = groups_.find(parent);
    if (found != groups_.end()) {
      return found->second;
    }
    std::vector<Group> groups;
    if (h5::exists(h5_file_.get(), parent)) {
      const Handle group(H5Gopen2(h5_file_.get(), parent.c_str(), H5P_DEFAULT), H5Gclose, "group " + parent);
      H5G_info_t info{};
      h5::checked(H5Gget_info(group.get(), &info), "group " + parent);
      for (hsize_t i = 0; i < info.nlinks; ++i) {
        std::array<char, 256> name{};
        const auto size = H5Lget_name_by_idx(group.get(), ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(),
                                             name.size(), H5P_DEFAULT);
        h5::checked(size, "group " + parent);
        Group member;
        member.name = parent + "/" + std::string(name.data());
        const Handle& dataset = open_dataset(member.name + "/job");
        const Extent extent = h5::extent_of(dataset.get());
        if (extent.size() != 1 || extent[0] > jobs_) {
          throw StoreError(fmt::format("group {} has an absurd number of jobs", member.name));
        }
        member.jobs.resize(extent[0]);
        h5::read_block(dataset.get(), {0}, extent, H5T_NATIVE_INT64, member.jobs.data(), member.name);
        groups.push_back(std::move(member));
      }
    }
    return groups_.emplace(parent, std::move(groups)).first->second;
  }

  struct GroupRow {
    std::string group;
    hsize_t row = 0;
  };
  std::optional<GroupRow> find_row(const std::string& parent, std::uint64_t job) const {
    for (const Group& group : groups(parent)) {
      const auto found =
          std::lower_bound(group.jobs.begin(), group.jobs.end(), static_cast<std::int64_t>(job));
      if (found != group.jobs.end() && *found == static_cast<std::int64_t>(job)) {
        return GroupRow{group.name, static_cast<hsize_t>(found - group.jobs.begin())};
      }
    }
    return std::nullopt;
  }

  model::Matrix matrix(const GroupRow& place, const std::string& name) const {
    const std::string path = place.group + "/" + name;
    const Extent extent = checked_extent(path, 3);
    model::Matrix values(static_cast<Eigen::Index>(extent[1]), static_cast<Eigen::Index>(extent[2]));
    h5::read_block(open_dataset(path).get(), {place.row, 0, 0}, {1, extent[1], extent[2]}, H5T_NATIVE_DOUBLE,
                   values.data(), path);
    return values;
  }

  /// The size of a variable whose rows are to be read whole.
  Extent checked_extent(const std::string& path, std::size_t rank) const {
    Extent extent = h5::extent_of(open_dataset(path).get());
    hsize_t elements = 1;
    bool good = extent.size() == rank;
    for (std::size_t i = 1; good && i < rank; ++i) {
      good = extent[i] < (hsize_t{1} << 30U) && (elements *= extent[i]) < (hsize_t{1} << 31U);
    }
    if (!good) {
      throw StoreError(fmt::format("variable {} has an absurd size", path));
    }
    return extent;
  }

  template <class Number>
  std::vector<Number> block(const GroupRow& place, const std::string& name, std::size_t rank,
                            hid_t memory_type) const {
    const std::string path = place.group + "/" + name;
    Extent count = checked_extent(path, rank);
    Extent start(rank, 0);
    start[0] = place.row;
    count[0] = 1;
    std::size_t size = 1;
    for (const hsize_t extent : count) {
      size *= extent;
    }
    std::vector<Number> values(size);
    h5::read_block(open_dataset(path).get(), start, count, memory_type, values.data(), path);
    return values;
  }

  void read_recording(std::uint64_t job, training::Recording& recording) const {
    const auto place = find_row("record", job);
    if (!place) {
      return;
    }
    const auto trial = block<std::int64_t>(*place, "trial", 2, H5T_NATIVE_INT64);
    const auto steps = block<std::int32_t>(*place, "steps", 2, H5T_NATIVE_INT32);
    const auto cue = block<std::int32_t>(*place, "cue", 3, H5T_NATIVE_INT32);
    const auto response = block<std::int32_t>(*place, "response_chosen", 3, H5T_NATIVE_INT32);
    const auto target = block<std::int32_t>(*place, "target", 3, H5T_NATIVE_INT32);
    const auto reward = block<double>(*place, "reward", 3, H5T_NATIVE_DOUBLE);
    const auto rpe = block<double>(*place, "rpe", 3, H5T_NATIVE_DOUBLE);
    const auto q = block<double>(*place, "q", 4, H5T_NATIVE_DOUBLE);
    const auto memory = block<double>(*place, "memory_activity", 4, H5T_NATIVE_DOUBLE);
    if (trial.empty() || trial.size() != steps.size() || cue.size() % trial.size() != 0 || cue.empty()) {
      throw StoreError("a recording has an absurd size");
    }
    const std::size_t longest = cue.size() / trial.size();
    const std::size_t responses = q.size() / cue.size();
    const std::size_t units = memory.size() / cue.size();
    for (std::size_t slot = 0; slot < trial.size(); ++slot) {
      for (std::int32_t step = 0; step < std::min(steps[slot], static_cast<std::int32_t>(longest)); ++step) {
        const std::size_t place_in_row = slot * longest + static_cast<std::size_t>(step);
        recording.trial.push_back(trial[slot]);
        recording.step.push_back(step);
        recording.cue.push_back(cue[place_in_row]);
        recording.response.push_back(response[place_in_row]);
        recording.target.push_back(target[place_in_row]);
        recording.reward.push_back(reward[place_in_row]);
        recording.rpe.push_back(rpe[place_in_row]);
        recording.q.insert(recording.q.end(), &q[place_in_row * responses],
                           &q[place_in_row * responses] + responses);
        recording.memory.insert(recording.memory.end(), &memory[place_in_row * units],
                                &memory[place_in_row * units] + units);
      }
    }
  }

  /// Curves have as many values as bins were begun by the trials that count.
  void read_curves(std::uint64_t job, training::Outcome& outcome) const {
    const CurvesOfTask& defined = curves_of(task_of(job));
    const std::int64_t bin_trials = whole("bin_trials", job);
    const std::int64_t counted = outcome.trials - (outcome.status == training::Status::diverged ? 1 : 0);
    if (bin_trials <= 0 || counted < 0) {
      throw StoreError("its numbers of trials are absurd");
    }
    const auto bins = static_cast<hsize_t>((counted + bin_trials - 1) / bin_trials);
    for (std::size_t curve = 0; curve < training::curve_count; ++curve) {
      const auto which = static_cast<training::Curve>(curve);
      const bool split = which == training::Curve::loss_target || which == training::Curve::loss_nontarget;
      if ((split && !defined.split_loss) || (which == training::Curve::fixation_error && !defined.fixation)) {
        continue;
      }
      const std::string name(name_of(which));
      if (bins > checked_extent(name, 2)[1]) {
        throw StoreError(fmt::format("job {} says that it has more bins than variable {}", job, name));
      }
      outcome.curves[curve].resize(bins);
      h5::read_block(open_dataset(name).get(), {job, 0}, {1, bins}, H5T_NATIVE_FLOAT,
                     outcome.curves[curve].data(), name);
    }
  }

  bool has_fixation_test() const {
    if (!fixation_test_) {
      fixation_test_ = has(fmt::format("test_fixation_{}", name_of(training::Readout::explore)));
    }
    return *fixation_test_;
  }

  Row read_row(std::uint64_t job) const {
    if (job >= jobs_) {
      throw StoreError(fmt::format("there is no job {} in a sweep of {}", job, jobs_));
    }
    Row row;
    training::Outcome& outcome = row.outcome;
    outcome.status = status_of(cell<std::int8_t>("status", job, H5T_NATIVE_INT8));
    outcome.convergence_trial = number("convergence_trial", job);
    outcome.divergence_trial = number("divergence_trial", job);
    outcome.trials = whole("trials", job);
    outcome.steps = whole("steps", job);
    outcome.message = fixed_text("message", job);
    for (std::size_t readout = 0; readout < training::readout_count; ++readout) {
      const std::string name(name_of(static_cast<training::Readout>(readout)));
      outcome.tests[0][readout] = number("test_" + name, job);
      if (has_fixation_test()) {
        outcome.tests[1][readout] = number("test_fixation_" + name, job);
      }
    }
    const bool ran = outcome.status == training::Status::converged ||
                     outcome.status == training::Status::not_converged ||
                     outcome.status == training::Status::diverged;
    if (ran && whole("keeps_curves", job) != 0) {
      read_curves(job, outcome);
    }
    if (ran && whole("keeps_weights", job) != 0) {
      const auto place = find_row("weights", job);
      if (!place) {
        throw StoreError(fmt::format("the weights of job {} are missing", job));
      }
      outcome.weights =
          model::Weights{matrix(*place, "V_r"), matrix(*place, "W_r"),      matrix(*place, "V_m"),
                         matrix(*place, "W_m"), matrix(*place, "W_r_back"), matrix(*place, "W_m_back")};
    }
    if (ran) {
      read_recording(job, outcome.recording);
    }
    row.checksum = cell<std::uint64_t>("run/checksum", job, H5T_NATIVE_UINT64);
    row.run.seconds = number("run/seconds", job);
    row.run.started = number("run/started", job);
    row.run.ended = number("run/ended", job);
    row.run.rank = static_cast<int>(whole("run/rank", job));
    row.run.attempt = static_cast<int>(whole("run/attempt", job));
    row.host = fixed_text("run/host", job);
    return row;
  }

  std::filesystem::path file_;
  Handle h5_file_;
  mutable std::map<std::string, Handle> datasets_;            // opened when first asked for
  mutable std::map<std::string, std::vector<Group>> groups_;  // the same
  mutable std::map<std::string, Stretch> stretches_;
  mutable std::uint64_t tasks_start_ = 0;
  mutable std::vector<std::string> tasks_;  // of the jobs from there on
  mutable std::map<std::string, CurvesOfTask> curves_of_task_;
  mutable std::optional<bool> fixation_test_;
  std::uint64_t jobs_ = 0;
  RowSources sources_;
  mutable std::map<std::size_t, std::unique_ptr<Implementation>> source_files_;  // the same
};

Reader::Reader(const std::filesystem::path& file) : implementation_(std::make_unique<Implementation>(file)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

const std::filesystem::path& Reader::file() const {
  return implementation_->file();
}
std::string Reader::attribute(const std::string& name) const {
  return implementation_->attribute(name);
}
bool Reader::has_attribute(const std::string& name) const {
  return implementation_->has_attribute(name);
}
bool Reader::closed_properly() const {
  return implementation_->closed_properly();
}
std::uint64_t Reader::jobs() const {
  return implementation_->jobs();
}
std::vector<std::filesystem::path> Reader::sources() const {
  return implementation_->sources();
}
std::vector<training::Status> Reader::statuses() const {
  return implementation_->statuses();
}
int Reader::highest_attempt() const {
  return implementation_->highest_attempt();
}
bool Reader::has(const std::string& name) const {
  return implementation_->has(name);
}
std::vector<double> Reader::numbers(const std::string& name) const {
  return implementation_->numbers(name);
}
std::vector<std::string> Reader::texts(const std::string& name) const {
  return implementation_->texts(name);
}
Row Reader::row(std::uint64_t job) const {
  return implementation_->row(job);
}

std::optional<Row> Reader::intact_row(std::uint64_t job) const {
  try {
    Row row = implementation_->row(job);
    if (row.checksum == checksum_of(training::encode(row.outcome))) {
      return row;
    }
  } catch (const StoreError&) {
    return std::nullopt;  // a chunk that can't be read any more
  }
  return std::nullopt;
}

}  // namespace augsweep::store
