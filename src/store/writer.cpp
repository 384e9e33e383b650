#include "store/writer.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5_hl.h>
#include <openssl/sha.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <ctime>
#include <map>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

#include "store/durable.hpp"
#include "store/h5.hpp"
#include "store/lock.hpp"
#include "store/packing.hpp"
#include "store/reader.hpp"
#include "store/row_blocks.hpp"
#include "store/schema.hpp"
#include "store/write_driver.hpp"

namespace augsweep::store {

namespace {

using h5::Extent;
using h5::Handle;

/// Room that is kept free on the disk: what HDF5 still holds in memory has to find a place when the file is
/// flushed.
constexpr std::uint64_t reserve_bytes = std::uint64_t{8} << 20U;
constexpr int rows_between_checks = 64;
constexpr hsize_t block_rows =
    4096;  // rows per chunk of small variables, and per block of writing parameters

/// Messages that are held in memory at most.
constexpr std::size_t most_messages = 64;

hid_t file_type(Type type) {
  switch (type) {
    case Type::f64:
      return H5T_IEEE_F64LE;
    case Type::f32:
      return H5T_IEEE_F32LE;
    case Type::i64:
      return H5T_STD_I64LE;
    case Type::u64:
      return H5T_STD_U64LE;
    case Type::i32:
      return H5T_STD_I32LE;
    case Type::i8:
      return H5T_STD_I8LE;
    default:
      throw StoreError("texts have no plain type");
  }
}

Handle type_of(Type type) {
  switch (type) {
    case Type::text:
      return h5::text_type();
    case Type::message:
      return h5::fixed_text_type(message_size);
    case Type::host:
      return h5::fixed_text_type(host_size);
    default:
      return {H5Tcopy(file_type(type)), H5Tclose, "HDF5 type"};
  }
}

/// The type of a variable's elements in memory, and their size.
std::pair<Handle, std::size_t> memory_type(Type type) {
  const auto plain = [](hid_t native, std::size_t size) {
    return std::pair(Handle(H5Tcopy(native), H5Tclose, "HDF5 type"), size);
  };
  switch (type) {
    case Type::f64:
      return plain(H5T_NATIVE_DOUBLE, sizeof(double));
    case Type::i64:
      return plain(H5T_NATIVE_INT64, sizeof(std::int64_t));
    case Type::u64:
      return plain(H5T_NATIVE_UINT64, sizeof(std::uint64_t));
    case Type::i32:
      return plain(H5T_NATIVE_INT32, sizeof(std::int32_t));
    case Type::i8:
      return plain(H5T_NATIVE_INT8, sizeof(std::int8_t));
    case Type::host:
      return {h5::fixed_text_type(host_size), host_size};
    default:
      throw StoreError("a variable that is written row by row has no type of a fixed size");
  }
}

/// The value that a variable has before its job has ended.
template <class Number>
void set_fill(hid_t properties, hid_t memory_type, Number value) {
  h5::checked(H5Pset_fill_value(properties, memory_type, &value), "fill value");
}

void set_fill(hid_t properties, const Variable& variable) {
  const bool none = variable.path == "run/rank" || variable.path == "trial" || variable.path == "cue" ||
                    variable.path == "response_chosen" || variable.path == "target";
  switch (variable.type) {
    case Type::f64:
      return set_fill(properties, H5T_NATIVE_DOUBLE, training::not_a_number);
    case Type::f32:
      return set_fill(properties, H5T_NATIVE_FLOAT, std::numeric_limits<float>::quiet_NaN());
    case Type::i32:
      return set_fill(properties, H5T_NATIVE_INT32, std::int32_t{none ? -1 : 0});
    case Type::i64:
      return set_fill(properties, H5T_NATIVE_INT64, std::int64_t{none ? -1 : 0});
    default:
      return;  // zero
  }
}

std::string now_text() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

std::string sha256_hex(std::string_view text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  std::string hex;
  for (const unsigned char byte : digest) {
    hex += fmt::format("{:02x}", byte);
  }
  return hex;
}

/// Lays out the groups, dimension scales and variables of a new file.
class Builder {
 public:
  Builder(hid_t file, const Layout& layout) : file_(file), layout_(layout) {}

  void build(const sweep::Sweep& sweep) {
    add_root();
    for (const Variable& variable : result_variables(layout_)) {
      add_variable(file_, "", variable);
    }
    add_group("run", "provenance: where, when and how the jobs ran; not science");
    for (const Variable& variable : run_variables()) {
      add_variable(file_, "", variable);
    }
    add_shapes(sweep);
    add_parameters(sweep);
    add_labels(sweep);
  }

 private:
  /// Dimensions by name in the group that is being filled, and the scale of each.
  struct Dimension {
    hsize_t size = 0;
    std::string path;
  };

  void add_group(const std::string& path, const std::string& long_name) {
    const Handle group(H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
                       "group " + path);
    h5::describe(group.get(), long_name);
  }

  Handle create(const std::string& path, Type type, const Extent& extent, hid_t properties) {
    const Handle space = h5::dataspace(extent);
    const Handle stored = type_of(type);
    return {H5Dcreate2(file_, path.c_str(), stored.get(), space.get(), H5P_DEFAULT, properties, H5P_DEFAULT),
            H5Dclose, "variable " + path};
  }

  static Handle creation_properties() {
    Handle properties(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "creation properties");
    // The order of attributes and links is no matter, but netCDF wants attributes to be many.
    h5::checked(H5Pset_attr_phase_change(properties.get(), 16, 8), "creation properties");
    return properties;
  }

  void finish_scale(const Handle& scale, const std::string& name, const std::string& long_name,
                    const std::string& units = "") {
    h5::checked(H5DSset_scale(scale.get(), name.c_str()), "dimension scale " + name);
    h5::describe(scale.get(), long_name, units);
  }

  /// A dimension whose coordinates are whole numbers.
  void add_numbers(const std::string& group, const std::string& name, const std::vector<std::int64_t>& values,
                   const std::string& long_name, const std::string& units = "") {
    const std::string path = group.empty() ? name : group + "/" + name;
    const Handle properties = creation_properties();
    const Handle scale = create(path, Type::i64, {values.size()}, properties.get());
    h5::write_block(scale.get(), {0}, {values.size()}, H5T_NATIVE_INT64, values.data(), path);
    finish_scale(scale, name, long_name, units);
    dimensions_[name] = {values.size(), path};
  }

  /// A dimension whose coordinates are names.
  void add_names(const std::string& group, const std::string& name, const std::vector<std::string>& values,
                 const std::string& long_name) {
    const std::string path = group + "/" + name;
    const Handle properties = creation_properties();
    const Handle scale = create(path, Type::text, {values.size()}, properties.get());
    h5::write_texts(scale.get(), 0, values, path);
    finish_scale(scale, name, long_name);
    dimensions_[name] = {values.size(), path};
  }

  static std::vector<std::int64_t> counting(std::uint64_t size, std::int64_t step = 1) {
    std::vector<std::int64_t> values(size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<std::int64_t>(i) * step;
    }
    return values;
  }

  void add_root() {
    add_numbers("", "job", counting(layout_.jobs), "index of the job in sweep order");
    add_numbers("", "leak_group", counting(layout_.leak_groups), "group of memory units with one leak");
    if (layout_.bins > 0) {
      if (layout_.bin_trials > 0) {
        add_numbers("", "bin", counting(layout_.bins, layout_.bin_trials), "first trial of the bin", "trial");
      } else {
        add_numbers("", "bin", counting(layout_.bins), "bin of bin_trials trials");
      }
    }
  }

  /// What a parameter is in most jobs: rows that hold nothing else need not be written.
  using Common = std::variant<double, std::int64_t, std::uint64_t, std::string>;

  static void set_common(hid_t properties, const Common& common) {
    if (const auto* number = std::get_if<double>(&common)) {
      set_fill(properties, H5T_NATIVE_DOUBLE, *number);
    } else if (const auto* whole = std::get_if<std::int64_t>(&common)) {
      set_fill(properties, H5T_NATIVE_INT64, *whole);
    } else if (const auto* natural = std::get_if<std::uint64_t>(&common)) {
      set_fill(properties, H5T_NATIVE_UINT64, *natural);
    } else {
      const Handle type = h5::text_type();
      set_fill(properties, type.get(), std::get<std::string>(common).c_str());
    }
  }

  /// With `common` the variable is a parameter, written once and compressed.
  void add_variable(hid_t location, const std::string& group, const Variable& variable,
                    const std::optional<Common>& common = std::nullopt) {
    const std::string path = group.empty() ? variable.path : group + "/" + variable.path;
    Extent extent;
    for (const std::string& name : variable.dims) {
      extent.push_back(dimensions_.at(name).size);
    }
    const Handle properties = creation_properties();
    Extent chunk = extent;
    chunk[0] = variable.row_chunks ? 1 : std::min<hsize_t>(extent[0], block_rows);
    h5::checked(H5Pset_chunk(properties.get(), static_cast<int>(chunk.size()), chunk.data()),
                "chunks of " + path);
    if ((variable.row_chunks && variable.type == Type::f32) || (common && variable.type != Type::text)) {
      h5::checked(H5Pset_shuffle(properties.get()), "compression of " + path);
      h5::checked(H5Pset_deflate(properties.get(), 1), "compression of " + path);
    }
    if (common) {
      set_common(properties.get(), *common);
    } else {
      set_fill(properties.get(), variable);
    }
    const Handle dataset = create(path, variable.type, extent, properties.get());
    for (std::size_t i = 0; i < variable.dims.size(); ++i) {
      const std::string& scale_path = dimensions_.at(variable.dims[i]).path;
      const Handle scale(H5Dopen2(location, scale_path.c_str(), H5P_DEFAULT), H5Dclose,
                         "dimension scale " + scale_path);
      h5::checked(H5DSattach_scale(dataset.get(), scale.get(), static_cast<unsigned>(i)),
                  "dimension scale of " + path);
    }
    if (variable.flags.empty()) {
      h5::describe(dataset.get(), variable.long_name, variable.units);
    } else {
      h5::describe_flags(dataset.get(), variable.long_name, variable.flags);
    }
  }

  void add_shapes(const sweep::Sweep& sweep) {
    if (layout_.weights) {
      add_group("weights", "weights at the end of training, a group for each task and network shape");
    }
    const bool records = std::any_of(layout_.shapes.begin(), layout_.shapes.end(),
                                     [](const ShapeGroup& group) { return group.record_trials > 0; });
    if (records) {
      add_group("record", "chosen trials step by step, a group for each task and network shape");
    }
    const auto root_dimensions = dimensions_;
    for (const ShapeGroup& shape : layout_.shapes) {
      if (layout_.weights) {
        const std::string group = "weights/" + shape.name;
        add_group(group, "final weights of the jobs with this task and network shape");
        add_shape_dimensions(group, shape);
        add_numbers(group, "regular", counting(static_cast<std::uint64_t>(shape.shape.regular)),
                    "regular unit");
        add_names(group, "stimulus", shape.stimulus_labels, "stimulus unit, by what switches it on");
        add_names(group, "transient", transient_labels(shape.stimulus_labels),
                  "transient unit: + at the onset of the stimulus, - at its offset");
        for (const Variable& variable : weight_variables()) {
          const bool leak = variable.path == "memory_leak";
          add_variable(file_, group, variable, leak ? std::optional<Common>(1.0) : std::nullopt);
        }
        write_leaks(sweep, group, shape);
      }
      if (shape.record_trials > 0) {
        const std::string group = "record/" + shape.name;
        add_group(group, "recorded trials of the jobs with this task and network shape");
        add_shape_dimensions(group, shape);
        add_numbers(group, "record_trial", counting(shape.record_trials), "recorded trial, counted from 0");
        add_numbers(group, "step", counting(shape.longest_trial), "step of the trial");
        add_names(group, "cue_label", shape.cue_labels,
                  "what can be shown; the variable cue counts these from 0");
        for (const Variable& variable : record_variables()) {
          add_variable(file_, group, variable);
        }
      }
      dimensions_ = root_dimensions;
    }
  }

  void add_shape_dimensions(const std::string& group, const ShapeGroup& shape) {
    add_numbers(group, "job", shape.jobs, "index of the job in sweep order");
    add_numbers(group, "memory", counting(static_cast<std::uint64_t>(shape.shape.memory)), "memory unit");
    add_names(group, "response", shape.response_labels, "response");
  }

  void write_leaks(const sweep::Sweep& sweep, const std::string& group, const ShapeGroup& shape) {
    const std::string path = group + "/memory_leak";
    const Handle dataset(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), H5Dclose, path);
    const auto units = static_cast<std::size_t>(shape.shape.memory);
    for (std::size_t start = 0; start < shape.jobs.size(); start += block_rows) {
      const std::size_t count = std::min<std::size_t>(block_rows, shape.jobs.size() - start);
      std::vector<double> leaks;
      leaks.reserve(count * units);
      for (std::size_t i = 0; i < count; ++i) {
        const auto leak = sweep.job(static_cast<std::uint64_t>(shape.jobs[start + i])).leak;
        for (std::size_t unit = 0; unit < units; ++unit) {
          leaks.push_back(leak[unit * leak.size() / units]);
        }
      }
      if (!all_equal(leaks, 1.0)) {
        h5::write_block(dataset.get(), {start, 0}, {count, units}, H5T_NATIVE_DOUBLE, leaks.data(), path);
      }
    }
  }

  void add_parameters(const sweep::Sweep& sweep) {
    const auto columns = parameter_columns(layout_);
    std::vector<Handle> datasets;
    const training::Job first = sweep.job(0);
    std::vector<Common> common;
    for (const ParameterColumn& column : columns) {
      common.push_back(column.get(first));
      add_variable(file_, "", column.variable, common.back());
      datasets.emplace_back(H5Dopen2(file_, column.variable.path.c_str(), H5P_DEFAULT), H5Dclose,
                            column.variable.path);
    }
    const Variable leak = {"leak",
                           Type::f64,
                           {"job", "leak_group"},
                           "leak (retention factor) of the groups of memory units; NaN beyond the last one",
                           "",
                           {},
                           false};
    add_variable(file_, "", leak, training::not_a_number);
    const Handle leak_dataset(H5Dopen2(file_, "leak", H5P_DEFAULT), H5Dclose, "leak");

    for (std::uint64_t start = 0; start < layout_.jobs; start += block_rows) {
      const std::uint64_t count = std::min<std::uint64_t>(block_rows, layout_.jobs - start);
      std::vector<training::Job> jobs;
      jobs.reserve(count);
      std::vector<double> leaks(count * layout_.leak_groups, training::not_a_number);
      for (std::uint64_t i = 0; i < count; ++i) {
        jobs.push_back(sweep.job(start + i));
        std::copy(jobs.back().leak.begin(), jobs.back().leak.end(),
                  leaks.begin() + static_cast<std::ptrdiff_t>(i * layout_.leak_groups));
      }
      h5::write_block(leak_dataset.get(), {start, 0}, {count, layout_.leak_groups}, H5T_NATIVE_DOUBLE,
                      leaks.data(), "leak");
      for (std::size_t column = 0; column < columns.size(); ++column) {
        write_parameter(datasets[column], columns[column], common[column], jobs, start);
      }
    }
  }

  void add_labels(const sweep::Sweep& sweep) {
    for (const LabelColumn& column : label_columns(sweep)) {
      add_variable(file_, "", column.variable);
      const std::string& path = column.variable.path;
      const Handle dataset(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), H5Dclose, path);
      h5::put_attribute(dataset.get(), "axis_keys",
                        fmt::format("{}", fmt::join(sweep.axes()[column.axis].keys, " ")));
      for (std::uint64_t start = 0; start < layout_.jobs; start += block_rows) {
        std::vector<std::string> texts;
        for (std::uint64_t job = start; job < std::min<std::uint64_t>(start + block_rows, layout_.jobs);
             ++job) {
          texts.push_back(label_of(column, sweep, job));
        }
        h5::write_texts(dataset.get(), start, texts, path);
      }
    }
  }

  template <class Value>
  static bool all_equal(const std::vector<Value>& values, const Value& common) {
    return std::all_of(values.begin(), values.end(), [&](const Value& value) {
      if constexpr (std::is_same_v<Value, double>) {
        return value == common || (std::isnan(value) && std::isnan(common));
      } else {
        return value == common;
      }
    });
  }

  template <class Number>
  static void write_numbers(const Handle& dataset, const ParameterColumn& column, const Common& common,
                            const std::vector<training::Job>& jobs, std::uint64_t start, hid_t memory_type) {
    std::vector<Number> values;
    values.reserve(jobs.size());
    for (const training::Job& job : jobs) {
      values.push_back(std::get<Number>(column.get(job)));
    }
    if (all_equal(values, std::get<Number>(common))) {
      return;
    }
    h5::write_block(dataset.get(), {start}, {values.size()}, memory_type, values.data(),
                    column.variable.path);
  }

  static void write_parameter(const Handle& dataset, const ParameterColumn& column, const Common& common,
                              const std::vector<training::Job>& jobs, std::uint64_t start) {
    switch (column.variable.type) {
      case Type::f64:
        return write_numbers<double>(dataset, column, common, jobs, start, H5T_NATIVE_DOUBLE);
      case Type::u64:
        return write_numbers<std::uint64_t>(dataset, column, common, jobs, start, H5T_NATIVE_UINT64);
      case Type::text: {
        std::vector<std::string> texts;
        texts.reserve(jobs.size());
        for (const training::Job& job : jobs) {
          texts.push_back(std::get<std::string>(column.get(job)));
        }
        if (all_equal(texts, std::get<std::string>(common))) {
          return;
        }
        return h5::write_texts(dataset.get(), start, texts, column.variable.path);
      }
      default:
        return write_numbers<std::int64_t>(dataset, column, common, jobs, start, H5T_NATIVE_INT64);
    }
  }

  hid_t file_;
  const Layout& layout_;
  std::map<std::string, Dimension> dimensions_;
};

void put_root_attributes(hid_t file, const sweep::Sweep& sweep, const Provenance& provenance,
                         const std::optional<sweep::Shard>& shard, const std::string& created) {
  h5::put_attribute(file, "Conventions", std::string("CF-1.8"));
  h5::put_attribute(file, "format", std::string(format_name));
  h5::put_attribute(file, "format_version", format_version);
  h5::put_attribute(file, "title", sweep.name());
  h5::put_attribute(file, "description", sweep.description());
  h5::put_attribute(file, "sweep_file", sweep.file_name());
  h5::put_attribute(file, "sweep_text", sweep.text());
  h5::put_attribute(file, "sweep_sha256", sha256_hex(sweep.text()));
  h5::put_attribute(file, "sweep_overrides", fmt::format("{}", fmt::join(sweep.overrides(), "\n")));
  h5::put_attribute(file, "sweep_canonical", sweep.canonical());
  h5::put_attribute(file, "sweep_axes", fmt::format("{}", fmt::join(sweep.varying(), "\n")));
  h5::put_attribute(file, "shard",
                    shard ? fmt::format("{}/{}", shard->index, shard->count) : std::string("1/1"));
  h5::put_attribute(file, "program_version", provenance.program_version);
  h5::put_attribute(file, "git_revision", provenance.git_revision);
  h5::put_attribute(file, "compiler", provenance.compiler);
  h5::put_attribute(file, "libraries", provenance.libraries);
  h5::put_attribute(file, "command_line", provenance.command_line);
  h5::put_attribute(file, "numerics", provenance.numerics);
  h5::put_attribute(file, "created", created);
  h5::put_comment(
      file,
      fmt::format("augsweep {}: a sweep of {} AuGMEnT simulations, {}. One row a job: parameters, status, "
                  "convergence, curves, test scores; run: where and when; weights: by task and shape. The "
                  "attributes hold the sweep file and the versions; docs/file-format.md of augsweep "
                  "describes every variable.",
                  provenance.program_version, sweep.size(), sweep.name()));
}

Handle latest_format() {
  Handle properties(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "file access properties");
  h5::checked(H5Pset_libver_bounds(properties.get(), H5F_LIBVER_V110, H5F_LIBVER_V110), "file format");
  join_writes(properties.get());
  return properties;
}

/// Removes a file that could not be laid out.
class PartRemover {
 public:
  explicit PartRemover(std::filesystem::path part) : part_(std::move(part)) {}
  PartRemover(const PartRemover&) = delete;
  PartRemover& operator=(const PartRemover&) = delete;
  ~PartRemover() {
    if (!part_.empty()) {
      std::error_code ignored;
      std::filesystem::remove(part_, ignored);
    }
  }
  void keep() { part_.clear(); }

 private:
  std::filesystem::path part_;
};

void lay_out(const std::filesystem::path& part, const std::filesystem::path& file, const sweep::Sweep& sweep,
             const Layout& layout, const Provenance& provenance, const std::optional<sweep::Shard>& shard,
             const std::string& created) {
  const std::string what = file.string() + ": cannot be created";
  const Handle access = latest_format();
  const Handle h5_file(H5Fcreate(part.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose, what);
  put_root_attributes(h5_file.get(), sweep, provenance, shard, created);
  Builder(h5_file.get(), layout).build(sweep);
  h5::checked(H5Fflush(h5_file.get(), H5F_SCOPE_GLOBAL), what);
}

/// HDF5 locks a file for the moment of opening it, a plain reader as long as it has it open: a writer waits
/// this long for them.
constexpr std::chrono::seconds lock_patience{5};
constexpr std::chrono::milliseconds lock_pause{20};

/// Opens a finished layout for writing, from the first moment in the mode that lets readers in and survives a
/// kill.
Handle open_for_rows(const std::filesystem::path& path, const std::string& what) {
  const Handle access = latest_format();
  // There is nobody else who could be writing what does not fit its checksum.
  h5::checked(H5Pset_metadata_read_attempts(access.get(), 1), what);
  const auto deadline = std::chrono::steady_clock::now() + lock_patience;
  for (;;) {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR | H5F_ACC_SWMR_WRITE, access.get());
    if (file >= 0) {
      return {file, H5Fclose, what};
    }
    const std::string cause = h5::last_error();
    if (cause != std::strerror(EAGAIN)) {
      throw StoreError(fmt::format("{}: {}", what, cause));
    }
    if (std::chrono::steady_clock::now() >= deadline) {
      throw StoreError(
          fmt::format("{}: another program has it open for reading (Python, HDFView or the like); close it "
                      "there and try again. While a sweep runs, read with h5py's swmr=True",
                      what));
    }
    std::this_thread::sleep_for(lock_pause);
  }
}

/// Rows of programs that compute other bits do not belong into one file.
void refuse_other_numerics(const Reader& reader, const Provenance& provenance,
                           const std::filesystem::path& file) {
  if (reader.has_attribute("numerics") && reader.attribute("numerics") != provenance.numerics) {
    throw StoreError(fmt::format(
        "{}: was made by augsweep {} (revision {}), whose results differ in their last bits from those of "
        "this program; go on with that one, or choose another output",
        file.string(), reader.attribute("program_version"), reader.attribute("git_revision")));
  }
}

void refuse_another_sweep(const Reader& reader, const sweep::Sweep& sweep,
                          const std::optional<sweep::Shard>& shard, const std::filesystem::path& file) {
  const auto differences = sweep::differences(reader.attribute("sweep_canonical"), sweep.canonical());
  if (!differences.empty()) {
    throw StoreError(fmt::format(
        "{}: holds another sweep than {}; what differs:\n  {}\nGo on with the sweep as it was, or choose "
        "another output",
        file.string(), sweep.file_name(), fmt::join(differences, "\n  ")));
  }
  const std::string now = shard ? fmt::format("{}/{}", shard->index, shard->count) : "1/1";
  if (reader.attribute("shard") != now) {
    throw StoreError(fmt::format("{}: holds shard {} of the sweep, not {}; give --shard {} to go on with it",
                                 file.string(), reader.attribute("shard"), now, reader.attribute("shard")));
  }
}

}  // namespace

std::filesystem::path part_path(const std::filesystem::path& file) {
  return file.string() + ".part";
}

std::uint64_t checksum_of(std::span<const std::byte> outcome) {
  const std::uint64_t sum = XXH3_64bits(outcome.data(), outcome.size());
  return sum == 0 ? 1 : sum;  // 0 says that there is none yet
}

training::Outcome storable(training::Outcome outcome) {
  if (outcome.message.size() > message_size) {
    std::size_t size = message_size;
    while (size > 0 && (static_cast<unsigned char>(outcome.message[size]) & 0xC0U) == 0x80U) {
      --size;  // not in the middle of a character
    }
    outcome.message.resize(size);
  }
  return outcome;
}

/// An open file in which rows are being filled in.
class Writer::Implementation {
 public:
  Implementation(std::filesystem::path file, OutputLock lock, Layout layout, const WriterOptions& options)
      : file_(std::move(file)), lock_(std::move(lock)), layout_(std::move(layout)), options_(options) {
    statuses_.assign(layout_.jobs, training::Status::pending);
    place_of_job_.resize(layout_.jobs);
    for (std::size_t group = 0; group < layout_.shapes.size(); ++group) {
      const auto& jobs = layout_.shapes[group].jobs;
      for (std::size_t row = 0; row < jobs.size(); ++row) {
        place_of_job_[static_cast<std::size_t>(jobs[row])] = {static_cast<std::uint32_t>(group),
                                                              static_cast<std::uint32_t>(row)};
      }
    }
    for (ShapeGroup& group : layout_.shapes) {
      group.jobs = {};  // from here on place_of_job_ says it
    }
  }

  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;
  ~Implementation() {
    if (working_ != file_) {  // never finished, so never to be seen
      abandon();
      std::error_code ignored;
      std::filesystem::remove(working_, ignored);
      return;
    }
    try {
      close();
    } catch (const StoreError&) {
      abandon();
    }
  }

  /// Opens a finished layout, in its place or (until move_into_place) beside it, to fill in rows.
  void open(const std::filesystem::path& path) {
    working_ = path;
    const std::string what = file_.string() + ": cannot be opened for writing";
    h5_file_ = open_for_rows(path, what);
    try {
      open_variables();
    } catch (const StoreError& reason) {
      throw StoreError(
          fmt::format("{}: {}; --resume --repair copies what is good in it", what, reason.what()));
    }
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) {
      throw StoreError(fmt::format("{}: {}", what, std::strerror(errno)));
    }
  }

  /// Gives a file that was opened beside its place its name. It stays open: readers never meet the file at a
  /// moment when HDF5 would let them lock its writer out.
  void move_into_place() {
    dirty_ = true;
    flush();
    guard([this] { put_in_place(working_, file_); });
    working_ = file_;
  }

  void set_statuses(std::vector<training::Status> statuses, int attempt) {
    statuses_ = std::move(statuses);
    attempt_ = attempt;
  }

  const std::vector<training::Status>& statuses() const { return statuses_; }
  int attempt() const { return attempt_; }
  std::uint64_t damaged = 0;

  void write(std::uint64_t job, const training::Outcome& outcome, const RunInfo& run) {
    write_packed(job, pack(outcome, packing()), run);
  }

  Packing packing() const { return {.bins = layout_.bins}; }

  void write_packed(std::uint64_t job, std::span<const std::byte> packed, const RunInfo& run) {
    if (job >= layout_.jobs) {
      throw StoreError(
          fmt::format("{}: there is no job {} in a sweep of {}", file_.string(), job, layout_.jobs));
    }
    const PackedRow row = unpack(packed);
    guard([&] {
      check_space();
      write_curves(job, row);
      const training::Outcome& outcome = row.rest;
      const auto [group, group_row] = place_of_job_[job];
      if (outcome.weights && layout_.weights) {
        write_weights(group, group_row, *outcome.weights);
      }
      if (!outcome.recording.trial.empty()) {
        write_recording(group, group_row, outcome.recording);
      }
      if (!outcome.message.empty()) {
        messages_.emplace_back(job, outcome.message);
      }
      write_cells(job, row, run);
      statuses_[job] = outcome.status;
      dirty_ = true;
      if (rows_->full() || messages_.size() >= most_messages) {
        write_gathered();
      }
    });
  }

  void flush_if_due() {
    if (dirty_ && Clock::now() - last_flush_ >= options_.flush_interval) {
      flush();
    }
  }

  void flush() {
    if (!dirty_) {
      return;
    }
    guard([this] {
      check_place();
      write_gathered();
      h5::checked(H5Fflush(h5_file_.get(), H5F_SCOPE_GLOBAL), "flush");
      if (::fdatasync(descriptor_) != 0) {
        throw StoreError(fmt::format("flush: {}", std::strerror(errno)));
      }
    });
    dirty_ = false;
    last_flush_ = Clock::now();
  }

  void close() {
    if (!h5_file_) {
      return;
    }
    if (broken_) {
      abandon();
      return;
    }
    flush();
    guard([this] {
      rows_.reset();
      datasets_.clear();
      h5::checked(H5Fclose(h5_file_.get()), "close");
      h5_file_.abandon();
      if (::fsync(descriptor_) != 0) {
        throw StoreError(fmt::format("close: {}", std::strerror(errno)));
      }
    });
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Place {
    std::uint32_t group = 0;
    std::uint32_t row = 0;
  };
  struct WeightVariable {
    hid_t dataset = H5I_INVALID_HID;
    hsize_t rows = 0, columns = 0;
    std::string name;
  };
  /// In the order of write_weights.
  static constexpr std::array<const char*, 6> weight_names = {"V_r", "W_r",      "V_m",
                                                              "W_m", "W_r_back", "W_m_back"};

  static std::string key(std::size_t group, const std::string& path) {
    return fmt::format("{}:{}", group, path);
  }

  void open_variables() {
    rows_.emplace(layout_.jobs, block_rows);
    for (const auto* variables : {&results_, &runs_}) {
      for (const Variable& variable : *variables) {
        open_dataset(variable.path, variable.path);
        if (!variable.row_chunks && variable.type != Type::message) {
          auto [type, size] = memory_type(variable.type);
          columns_[variable.path] = rows_->add(dataset(variable.path), std::move(type), size, variable.path);
        }
      }
    }
    find_cells();
    weights_.clear();
    for (std::size_t group = 0; group < layout_.shapes.size(); ++group) {
      const ShapeGroup& shape = layout_.shapes[group];
      if (layout_.weights) {
        auto& weights = weights_.emplace_back();
        for (const char* name : weight_names) {
          const std::string name_in_file = fmt::format("weights/{}/{}", shape.name, name);
          open_dataset(key(group, name), name_in_file);
          const Handle& opened = dataset(key(group, name));
          const Extent extent = h5::extent_of(opened.get());
          if (extent.size() != 3) {
            throw StoreError(fmt::format("variable {} has no matrix a job", name_in_file));
          }
          weights.push_back({opened.get(), extent[1], extent[2], name_in_file});
        }
      }
      if (shape.record_trials > 0) {
        for (const Variable& variable : record_variables()) {
          open_dataset(key(group, "record/" + variable.path), "record/" + shape.name + "/" + variable.path);
        }
      }
    }
  }

  void open_dataset(const std::string& name, const std::string& path) {
    datasets_.emplace(
        name, Handle(H5Dopen2(h5_file_.get(), path.c_str(), H5P_DEFAULT), H5Dclose, "variable " + path));
  }
  const Handle& dataset(const std::string& name) const { return datasets_.at(name); }

  /// Runs something that writes; after an error nothing is written any more, so that the file stays as it was
  /// last flushed.
  template <class Action>
  void guard(Action action) {
    if (broken_) {
      throw StoreError(fmt::format("{}: writing has failed before; nothing more is written", file_.string()));
    }
    try {
      action();
    } catch (const StoreError& error) {
      broken_ = true;
      throw StoreError(
          fmt::format("{}: cannot be written: {}. What had been flushed before is safe: mend the cause and "
                      "go on with --resume",
                      file_.string(), error.what()));
    }
  }

  /// Forgets the file without letting HDF5 write to it.
  void abandon() noexcept {
    for (auto& [name, handle] : datasets_) {
      handle.abandon();
    }
    h5_file_.abandon();
    if (descriptor_ >= 0) {
      ::close(std::exchange(descriptor_, -1));
    }
  }

  /// Throws before the disk, or the limit on a file's size, is so full that a flush might fail.
  void check_space() {
    if (rows_until_check_-- > 0) {
      return;
    }
    rows_until_check_ = rows_between_checks;
    struct statvfs disk {};
    if (::fstatvfs(descriptor_, &disk) == 0) {
      const std::uint64_t free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
      const std::uint64_t whole = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
      if (free < std::min(reserve_bytes, whole / 16)) {
        throw StoreError(
            fmt::format("no space left on its disk ({} KiB free of {} KiB)", free / 1024, whole / 1024));
      }
      if (free < 2 * reserve_bytes) {
        rows_until_check_ = 0;  // nearly full: look at every row
      }
    }
    struct rlimit limit {};
    struct stat status {};
    if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        ::fstat(descriptor_, &status) == 0) {
      const auto size = static_cast<std::uint64_t>(status.st_size);
      if (size + std::min<std::uint64_t>(reserve_bytes, limit.rlim_cur / 16) > limit.rlim_cur) {
        throw StoreError(
            fmt::format("the limit on file sizes is reached ({} KiB; ulimit -f)", limit.rlim_cur / 1024));
      }
    }
    check_place();
  }

  /// Throws if what is being written is no longer what people would find.
  void check_place() const {
    struct stat held {};
    struct stat named {};
    if (::fstat(descriptor_, &held) == 0 &&
        (::stat(working_.c_str(), &named) != 0 || held.st_ino != named.st_ino)) {
      throw StoreError("the file has been removed or replaced while it was being written");
    }
  }

  void put_block(const std::string& name, hid_t memory_type, const Extent& start, const Extent& count,
                 const void* data) {
    h5::write_block(dataset(name).get(), start, count, memory_type, data, name);
  }
  void put_text(std::uint64_t job, const std::string& name, std::string_view text, std::size_t size) {
    std::string padded(text.substr(0, size));
    padded.resize(size, '\0');
    const Handle type = h5::fixed_text_type(size);
    put_block(name, type.get(), {job}, {1}, padded.data());
  }

  /// Numbers of the small variables in rows_.
  struct Cells {
    std::size_t status, convergence_trial, divergence_trial, trials, steps;
    std::array<std::array<std::size_t, training::readout_count>, 2> tests;
    std::size_t checksum, seconds, started, ended, rank, attempt, host;
  };

  void find_cells() {
    const auto number = [this](const std::string& name) { return columns_.at(name); };
    cells_ = {.status = number("status"),
              .convergence_trial = number("convergence_trial"),
              .divergence_trial = number("divergence_trial"),
              .trials = number("trials"),
              .steps = number("steps"),
              .tests = {},
              .checksum = number("run/checksum"),
              .seconds = number("run/seconds"),
              .started = number("run/started"),
              .ended = number("run/ended"),
              .rank = number("run/rank"),
              .attempt = number("run/attempt"),
              .host = number("run/host")};
    for (std::size_t readout = 0; readout < training::readout_count; ++readout) {
      const std::string name(name_of(static_cast<training::Readout>(readout)));
      cells_.tests[0][readout] = number("test_" + name);
      cells_.tests[1][readout] = layout_.fixation_test ? number("test_fixation_" + name) : 0;
    }
    for (std::size_t curve = 0; curve < training::curve_count; ++curve) {
      const std::string name(name_of(static_cast<training::Curve>(curve)));
      curves_[curve] = layout_.curves[curve] ? dataset(name).get() : H5I_INVALID_HID;
    }
  }

  void write_cells(std::uint64_t job, const PackedRow& row, const RunInfo& run) {
    const training::Outcome& outcome = row.rest;
    rows_->put(job, cells_.convergence_trial, outcome.convergence_trial);
    rows_->put(job, cells_.divergence_trial, outcome.divergence_trial);
    rows_->put(job, cells_.trials, outcome.trials);
    rows_->put(job, cells_.steps, outcome.steps);
    for (std::size_t part = 0; part < (layout_.fixation_test ? 2U : 1U); ++part) {
      for (std::size_t readout = 0; readout < training::readout_count; ++readout) {
        rows_->put(job, cells_.tests[part][readout], outcome.tests[part][readout]);
      }
    }
    rows_->put(job, cells_.seconds, run.seconds);
    rows_->put(job, cells_.started, run.started);
    rows_->put(job, cells_.ended, run.ended);
    rows_->put(job, cells_.rank, static_cast<std::int32_t>(run.rank));
    rows_->put(job, cells_.attempt, static_cast<std::int32_t>(run.attempt));
    rows_->put_text(job, cells_.host, run.host);
    rows_->put(job, cells_.checksum, row.checksum);
    rows_->put(job, cells_.status, static_cast<std::int8_t>(outcome.status));
  }

  /// Hands to HDF5 what is held back in memory.
  void write_gathered() {
    rows_->write();
    for (const auto& [job, message] : messages_) {
      put_text(job, "message", message, message_size);
    }
    messages_.clear();
  }

  void write_curves(std::uint64_t job, const PackedRow& row) {
    for (std::size_t curve = 0; curve < training::curve_count; ++curve) {
      if (!row.curves[curve].empty() && curves_[curve] >= 0) {
        h5::write_chunk(curves_[curve], {job, 0}, row.curves[curve],
                        name_of(static_cast<training::Curve>(curve)));
      }
    }
  }

  void write_matrix(std::size_t group, std::uint32_t row, std::size_t which, const model::Matrix& matrix) {
    const WeightVariable& variable = weights_.at(group).at(which);
    if (variable.rows != static_cast<hsize_t>(matrix.rows()) ||
        variable.columns != static_cast<hsize_t>(matrix.cols())) {
      throw StoreError(fmt::format("{}: has another size than this program expects", variable.name));
    }
    if (matrix.size() > 0) {
      h5::write_chunk(variable.dataset, {row, 0, 0},
                      std::as_bytes(std::span(matrix.data(), static_cast<std::size_t>(matrix.size()))),
                      variable.name);
    }
  }

  void write_weights(std::size_t group, std::uint32_t row, const model::Weights& weights) {
    std::size_t which = 0;
    for (const model::Matrix* matrix :
         {&weights.v_r, &weights.w_r, &weights.v_m, &weights.w_m, &weights.w_r_back, &weights.w_m_back}) {
      write_matrix(group, row, which++, *matrix);
    }
  }

  void write_recording(std::size_t group, std::uint32_t row, const training::Recording& recording) {
    const ShapeGroup& shape = layout_.shapes[group];
    const auto responses = static_cast<std::size_t>(shape.shape.responses);
    const auto units = static_cast<std::size_t>(shape.shape.memory);
    std::vector<std::int64_t> trial(shape.record_trials, -1);
    std::vector<std::int32_t> steps(shape.record_trials, 0);
    const std::size_t cells = shape.record_trials * shape.longest_trial;
    std::vector<std::int32_t> cue(cells, -1);
    std::vector<std::int32_t> response(cells, -1);
    std::vector<std::int32_t> target(cells, -1);
    std::vector<double> reward(cells, training::not_a_number);
    std::vector<double> rpe(cells, training::not_a_number);
    std::vector<double> q(cells * responses, training::not_a_number);
    std::vector<double> memory(cells * units, training::not_a_number);
    std::ptrdiff_t slot = -1;
    for (std::size_t i = 0; i < recording.trial.size(); ++i) {
      if (recording.step[i] == 0) {
        ++slot;
      }
      const auto place = static_cast<std::size_t>(slot);
      const std::size_t cell = place * shape.longest_trial + static_cast<std::size_t>(recording.step[i]);
      if (slot < 0 || place >= shape.record_trials ||
          static_cast<std::size_t>(recording.step[i]) >= shape.longest_trial) {
        throw StoreError("a recording has more trials or steps than the file was laid out for");
      }
      trial[place] = recording.trial[i];
      ++steps[place];
      cue[cell] = recording.cue[i];
      response[cell] = recording.response[i];
      target[cell] = recording.target[i];
      reward[cell] = recording.reward[i];
      rpe[cell] = recording.rpe[i];
      std::copy_n(&recording.q[i * responses], responses, &q[cell * responses]);
      std::copy_n(&recording.memory[i * units], units, &memory[cell * units]);
    }
    const hsize_t trials = shape.record_trials;
    const hsize_t length = shape.longest_trial;
    const auto name = [group](const char* variable) { return key(group, std::string("record/") + variable); };
    put_block(name("trial"), H5T_NATIVE_INT64, {row, 0}, {1, trials}, trial.data());
    put_block(name("steps"), H5T_NATIVE_INT32, {row, 0}, {1, trials}, steps.data());
    put_block(name("cue"), H5T_NATIVE_INT32, {row, 0, 0}, {1, trials, length}, cue.data());
    put_block(name("response_chosen"), H5T_NATIVE_INT32, {row, 0, 0}, {1, trials, length}, response.data());
    put_block(name("target"), H5T_NATIVE_INT32, {row, 0, 0}, {1, trials, length}, target.data());
    put_block(name("reward"), H5T_NATIVE_DOUBLE, {row, 0, 0}, {1, trials, length}, reward.data());
    put_block(name("rpe"), H5T_NATIVE_DOUBLE, {row, 0, 0}, {1, trials, length}, rpe.data());
    put_block(name("q"), H5T_NATIVE_DOUBLE, {row, 0, 0, 0}, {1, trials, length, responses}, q.data());
    put_block(name("memory_activity"), H5T_NATIVE_DOUBLE, {row, 0, 0, 0}, {1, trials, length, units},
              memory.data());
  }

  std::filesystem::path file_, working_;
  OutputLock lock_;
  Layout layout_;
  WriterOptions options_;
  std::vector<training::Status> statuses_;
  int attempt_ = 1;
  std::vector<Place> place_of_job_;
  std::vector<Variable> results_ = result_variables(layout_);
  std::vector<Variable> runs_ = run_variables();
  Handle h5_file_;
  std::map<std::string, Handle> datasets_;  // closed before the file
  std::optional<RowBlocks> rows_;           // the small variables, of which these are the numbers:
  std::map<std::string, std::size_t> columns_;
  Cells cells_{};
  std::array<hid_t, training::curve_count> curves_{};            // of datasets_
  std::vector<std::vector<WeightVariable>> weights_;             // [group]
  std::vector<std::pair<std::uint64_t, std::string>> messages_;  // not handed to HDF5 yet
  int descriptor_ = -1;
  bool dirty_ = false;
  bool broken_ = false;
  int rows_until_check_ = 0;
  Clock::time_point last_flush_ = Clock::now();
};

Writer::Writer(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

Writer Writer::create(const std::filesystem::path& file, const sweep::Sweep& sweep,
                      const Provenance& provenance, const WriterOptions& options) {
  h5::set_up();
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw StoreError(fmt::format("{}: is a folder; name a file for the output", file.string()));
  }
  OutputLock lock(file);
  if (!options.overwrite && std::filesystem::exists(file, ignored)) {
    throw StoreError(fmt::format(
        "{}: exists already; give --resume to go on with it, --overwrite to replace it, or another name",
        file.string()));
  }
  Layout layout = layout_of(sweep);
  const auto part = part_path(file);
  std::unique_ptr<Implementation> implementation;  // holds the lock, so it goes after the part file
  PartRemover remover(part);
  lay_out(part, file, sweep, layout, provenance, options.shard, now_text());
  implementation = std::make_unique<Implementation>(file, std::move(lock), std::move(layout), options);
  implementation->open(part);
  remover.keep();
  implementation->move_into_place();
  return Writer(std::move(implementation));
}

Writer Writer::resume(const std::filesystem::path& file, const sweep::Sweep& sweep,
                      const Provenance& provenance, const WriterOptions& options) {
  h5::set_up();
  OutputLock lock(file);
  const auto part = part_path(file);
  Layout layout = layout_of(sweep);
  std::vector<training::Status> statuses;
  std::uint64_t damaged = 0;
  int attempt = 1;
  bool in_place = false;
  std::unique_ptr<Implementation> implementation;
  {
    const Reader reader(file);
    if (!reader.sources().empty()) {
      throw StoreError(
          fmt::format("{}: shows the rows of other files and has none of its own; go on with {} and the "
                      "others, each with its "
                      "own --shard",
                      file.string(), reader.sources().front().string()));
    }
    refuse_another_sweep(reader, sweep, options.shard, file);
    refuse_other_numerics(reader, provenance, file);
    statuses = reader.statuses();
    attempt = reader.highest_attempt() + 1;
    if (reader.closed_properly() && !options.repair) {
      implementation = std::make_unique<Implementation>(file, std::move(lock), std::move(layout), options);
      in_place = true;  // once the reader has gone: the library has a file open only one way
    } else {
      // The only good copy is not touched: its good rows go to a new file, which then takes its place.
      PartRemover remover(part);
      lay_out(part, file, sweep, layout, provenance, options.shard, reader.attribute("created"));
      implementation = std::make_unique<Implementation>(file, std::move(lock), layout, options);
      implementation->open(part);
      remover.keep();
      for (std::uint64_t job = 0; job < statuses.size(); ++job) {
        if (statuses[job] == training::Status::pending) {
          continue;
        }
        if (const auto row = reader.intact_row(job)) {
          implementation->write(job, row->outcome, row->run_info());
        } else {
          statuses[job] = training::Status::pending;
          ++damaged;
        }
      }
      implementation->move_into_place();
    }
  }
  if (in_place) {
    implementation->open(file);
  }
  implementation->set_statuses(std::move(statuses), attempt);
  implementation->damaged = damaged;
  return Writer(std::move(implementation));
}

const std::vector<training::Status>& Writer::statuses() const {
  return implementation_->statuses();
}
int Writer::attempt() const {
  return implementation_->attempt();
}
std::uint64_t Writer::damaged_rows() const {
  return implementation_->damaged;
}
void Writer::write(std::uint64_t job, const training::Outcome& outcome, const RunInfo& run) {
  implementation_->write(job, outcome, run);
}
void Writer::write_packed(std::uint64_t job, std::span<const std::byte> packed, const RunInfo& run) {
  implementation_->write_packed(job, packed, run);
}
Packing Writer::packing() const {
  return implementation_->packing();
}
void Writer::flush_if_due() {
  implementation_->flush_if_due();
}
void Writer::flush() {
  implementation_->flush();
}
void Writer::close() {
  implementation_->close();
}

}  // namespace augsweep::store
