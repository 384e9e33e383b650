#include "store/h5.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <ctime>

namespace augsweep::store {

std::string hdf5_version() {
  h5::set_up();  // or this call would set the library up in its own way
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  H5get_libversion(&major, &minor, &release);
  return fmt::format("HDF5 {}.{}.{}", major, minor, release);
}

namespace h5 {

namespace {

constexpr hsize_t most_elements = hsize_t{1}
                                  << 40U;  // along one dimension; more means that the file is damaged
constexpr std::size_t longest_text = std::size_t{64} << 20U;

/// Called for every entry of the error stack, from the call that the program made down to its cause.
herr_t remember_cause(unsigned /*number*/, const H5E_error2_t* error, void* data) {
  auto& text = *static_cast<std::string*>(data);
  if (error->desc != nullptr && *error->desc != '\0') {
    text = error->desc;
  }
  return 0;
}

/// Ends the process with SIGPROF if reading texts takes this thread absurdly long: HDF5 1.10 goes round for
/// ever in a heap of texts whose sizes are damaged, and texts have no checksums. Files of strangers are read
/// in a child process, whose parent says what happened. Computing time is counted, so that a slow disk does
/// no harm.
class TextPatience {
 public:
  explicit TextPatience(hsize_t texts) {
    constexpr time_t seconds = 2;
    constexpr hsize_t texts_per_second = 20'000;
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGPROF;
    set_ = ::timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &timer_) == 0;
    if (set_) {
      itimerspec limit{};
      limit.it_value.tv_sec = seconds + static_cast<time_t>(texts / texts_per_second);
      ::timer_settime(timer_, 0, &limit, nullptr);
    }
  }
  TextPatience(const TextPatience&) = delete;
  TextPatience& operator=(const TextPatience&) = delete;
  ~TextPatience() {
    if (set_) {
      ::timer_delete(timer_);
    }
  }

 private:
  timer_t timer_{};
  bool set_ = false;
};

}  // namespace

void set_up() {
  H5dont_atexit();
  H5open();
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string last_error() {
  std::string cause = "unknown cause";
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, remember_cause, &cause);
  H5Eclear2(H5E_DEFAULT);
  // The library says "..., error message = 'No space left on device', buf = ...": the quoted part is what
  // people need.
  constexpr std::string_view mark = "error message = '";
  if (const auto start = cause.find(mark); start != std::string::npos) {
    const auto from = start + mark.size();
    if (const auto end = cause.find('\'', from); end != std::string::npos) {
      return cause.substr(from, end - from);
    }
  }
  return cause;
}

Handle dataspace(const Extent& extent) {
  if (extent.empty()) {
    return {H5Screate(H5S_SCALAR), H5Sclose, "HDF5 dataspace"};
  }
  return {H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose,
          "HDF5 dataspace"};
}

Handle text_type() {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5 text type");
  checked(H5Tset_size(type.get(), H5T_VARIABLE), "HDF5 text type");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "HDF5 text type");
  return type;
}

Handle fixed_text_type(std::size_t size) {
  Handle type(H5Tcopy(H5T_C_S1), H5Tclose, "HDF5 text type");
  checked(H5Tset_size(type.get(), size), "HDF5 text type");
  checked(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "HDF5 text type");
  checked(H5Tset_cset(type.get(), H5T_CSET_UTF8), "HDF5 text type");
  return type;
}

bool exists(hid_t location, const std::string& path) {
  // Every part of the path has to be asked for by itself.
  for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1)) {
    if (end > 0 && H5Lexists(location, path.substr(0, end).c_str(), H5P_DEFAULT) <= 0) {
      return false;
    }
  }
  return H5Lexists(location, path.c_str(), H5P_DEFAULT) > 0;
}

void put_attribute(hid_t object, const std::string& name, const std::string& value) {
  const std::string what = "attribute " + name;
  const Handle type = text_type();
  const Handle space = dataspace({});
  const Handle attribute(H5Acreate2(object, name.c_str(), type.get(), space.get(), H5P_DEFAULT, H5P_DEFAULT),
                         H5Aclose, what);
  const char* text = value.c_str();
  checked(H5Awrite(attribute.get(), type.get(), static_cast<const void*>(&text)), what);
}

void put_attribute(hid_t object, const std::string& name, double value) {
  const Handle space = dataspace({});
  const Handle attribute(
      H5Acreate2(object, name.c_str(), H5T_IEEE_F64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      "attribute " + name);
  checked(H5Awrite(attribute.get(), H5T_NATIVE_DOUBLE, &value), "attribute " + name);
}

void put_attribute(hid_t object, const std::string& name, std::int64_t value) {
  const Handle space = dataspace({});
  const Handle attribute(
      H5Acreate2(object, name.c_str(), H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      "attribute " + name);
  checked(H5Awrite(attribute.get(), H5T_NATIVE_INT64, &value), "attribute " + name);
}

void put_attribute(hid_t object, const std::string& name, const std::vector<std::int8_t>& values) {
  const Handle space = dataspace({values.size()});
  const Handle attribute(
      H5Acreate2(object, name.c_str(), H5T_STD_I8LE, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose,
      "attribute " + name);
  checked(H5Awrite(attribute.get(), H5T_NATIVE_INT8, values.data()), "attribute " + name);
}

void put_comment(hid_t object, const std::string& comment) {
  checked(H5Oset_comment(object, comment.c_str()), "comment");
}

void describe(hid_t object, const std::string& long_name, const std::string& units) {
  put_attribute(object, "long_name", long_name);
  if (!units.empty()) {
    put_attribute(object, "units", units);
  }
  put_comment(object, units.empty() ? long_name : fmt::format("{} [{}]", long_name, units));
}

void describe_flags(hid_t object, const std::string& long_name, const std::vector<std::string>& flags) {
  put_attribute(object, "long_name", long_name);
  std::vector<std::int8_t> values;
  std::vector<std::string> meanings;
  for (std::size_t i = 0; i < flags.size(); ++i) {
    values.push_back(static_cast<std::int8_t>(i));
    meanings.push_back(fmt::format("{} {}", i, flags[i]));
  }
  put_attribute(object, "flag_values", values);
  put_attribute(object, "flag_meanings", fmt::format("{}", fmt::join(flags, " ")));
  put_comment(object, fmt::format("{}: {}", long_name, fmt::join(meanings, ", ")));
}

bool has_attribute(hid_t object, const std::string& name) {
  return H5Aexists(object, name.c_str()) > 0;
}

std::string text_attribute(hid_t object, const std::string& name) {
  const std::string what = "attribute " + name;
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Handle type(H5Aget_type(attribute.get()), H5Tclose, what);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose, what);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Tis_variable_str(type.get()) <= 0 ||
      H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw StoreError(what + " is not a text");
  }
  char* text = nullptr;
  const Handle memory = text_type();
  const TextPatience patience(1);
  checked(H5Aread(attribute.get(), memory.get(), static_cast<void*>(&text)), what);
  std::string value = text == nullptr ? "" : text;
  checked(H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, static_cast<void*>(&text)), what);
  if (value.size() > longest_text) {
    throw StoreError(what + " is too long to be true");
  }
  return value;
}

std::int64_t integer_attribute(hid_t object, const std::string& name) {
  const std::string what = "attribute " + name;
  const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, what);
  const Handle space(H5Aget_space(attribute.get()), H5Sclose, what);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) {
    throw StoreError(what + " is not one number");
  }
  std::int64_t value = 0;
  checked(H5Aread(attribute.get(), H5T_NATIVE_INT64, &value), what);
  return value;
}

Extent extent_of(hid_t dataset) {
  const Handle space(H5Dget_space(dataset), H5Sclose, "dataspace of a dataset");
  const int rank = checked(H5Sget_simple_extent_ndims(space.get()), "rank of a dataset");
  Extent extent(static_cast<std::size_t>(rank));
  checked(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), "size of a dataset");
  for (const hsize_t size : extent) {
    if (size > most_elements) {
      throw StoreError(fmt::format(
          "a dataset says that it has {} elements along one dimension: the file is damaged", size));
    }
  }
  return extent;
}

namespace {

Handle selected(hid_t dataset, const Extent& start, const Extent& count, std::string_view what) {
  Handle space(H5Dget_space(dataset), H5Sclose, what);
  const Extent extent = extent_of(dataset);
  bool fits = extent.size() == start.size() && extent.size() == count.size();
  for (std::size_t i = 0; fits && i < extent.size(); ++i) {
    fits = start[i] <= extent[i] && count[i] <= extent[i] - start[i];
  }
  if (!fits) {
    throw StoreError(fmt::format("{}: has another size than this program expects", what));
  }
  checked(H5Sselect_hyperslab(space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr),
          what);
  return space;
}

}  // namespace

void write_block(hid_t dataset, const Extent& start, const Extent& count, hid_t memory_type, const void* data,
                 std::string_view what) {
  const Handle file_space = selected(dataset, start, count, what);
  const Handle memory_space = dataspace(count);
  checked(H5Dwrite(dataset, memory_type, memory_space.get(), file_space.get(), H5P_DEFAULT, data), what);
}

void read_block(hid_t dataset, const Extent& start, const Extent& count, hid_t memory_type, void* data,
                std::string_view what) {
  const Handle file_space = selected(dataset, start, count, what);
  const Handle memory_space = dataspace(count);
  checked(H5Dread(dataset, memory_type, memory_space.get(), file_space.get(), H5P_DEFAULT, data), what);
}

void write_chunk(hid_t dataset, const Extent& start, std::span<const std::byte> bytes,
                 std::string_view what) {
  constexpr std::uint32_t no_filter_skipped = 0;
  checked(H5Dwrite_chunk(dataset, H5P_DEFAULT, no_filter_skipped, start.data(), bytes.size(), bytes.data()),
          what);
}

void write_texts(hid_t dataset, hsize_t start, const std::vector<std::string>& texts, std::string_view what) {
  std::vector<const char*> pointers;
  pointers.reserve(texts.size());
  for (const std::string& text : texts) {
    pointers.push_back(text.c_str());
  }
  const Handle type = text_type();
  write_block(dataset, {start}, {texts.size()}, type.get(), static_cast<const void*>(pointers.data()), what);
}

std::vector<std::string> read_texts(hid_t dataset, hsize_t start, hsize_t count, std::string_view what) {
  const Handle file_type(H5Dget_type(dataset), H5Tclose, what);
  if (H5Tget_class(file_type.get()) != H5T_STRING || H5Tis_variable_str(file_type.get()) <= 0) {
    throw StoreError(fmt::format("{}: does not hold texts", what));
  }
  std::vector<char*> pointers(count, nullptr);
  const Handle type = text_type();
  const TextPatience patience(count);
  read_block(dataset, {start}, {count}, type.get(), static_cast<void*>(pointers.data()), what);
  std::vector<std::string> texts;
  texts.reserve(count);
  for (const char* pointer : pointers) {
    texts.emplace_back(pointer == nullptr ? "" : pointer);
  }
  const Handle space = dataspace({count});
  H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, static_cast<void*>(pointers.data()));
  return texts;
}

}  // namespace h5
}  // namespace augsweep::store
