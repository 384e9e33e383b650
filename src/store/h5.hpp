#pragma once
/// @file A thin layer over the C interface of HDF5: handles that close themselves, calls that throw.
///
/// A handle is an open thing of the library (file, dataset, type); a dataset is an array in the file; a
/// dataspace says which part of it is meant; a dimension scale is a dataset that names the places along one
/// dimension of others.

#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augsweep::store {

/// What can go wrong with a result file. what() is a whole sentence: the file, what was tried, why not, what
/// to do.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// "HDF5 1.10.8": the library that the program runs with.
std::string hdf5_version();

namespace h5 {

/// Keeps the library from printing its own error stack, and from writing to files at the process's exit: a
/// file that could not be written any more is left as it was last flushed. To be called before any function
/// of the library.
void set_up();

/// The deepest message on HDF5's error stack, with the system's error if it holds one ("No space left on
/// device").
std::string last_error();

/// Throws StoreError with `what` and last_error() if `result` is an error (negative). Returns it otherwise.
template <class Result>
Result checked(Result result, std::string_view what) {
  if (result < 0) {
    throw StoreError(std::string(what) + ": " + last_error());
  }
  return result;
}

/// An open handle.
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  /// Takes over a handle; throws StoreError with `what` if it is none.
  Handle(hid_t id, Closer closer, std::string_view what) : id_(checked(id, what)), closer_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), closer_(other.closer_) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      close();
      id_ = std::exchange(other.id_, H5I_INVALID_HID);
      closer_ = other.closer_;
    }
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close(); }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  void close() noexcept {
    if (id_ >= 0) {
      closer_(std::exchange(id_, H5I_INVALID_HID));
    }
  }
  /// Forgets the handle without closing it.
  void abandon() noexcept { id_ = H5I_INVALID_HID; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Closer closer_ = nullptr;
};

using Extent = std::vector<hsize_t>;

Handle dataspace(const Extent& extent);
Handle text_type();                        ///< variable-length UTF-8
Handle fixed_text_type(std::size_t size);  ///< UTF-8 of at most `size` bytes, padded with zeros
bool exists(hid_t location, const std::string& path);

/// Attributes.
void put_attribute(hid_t object, const std::string& name, const std::string& value);
void put_attribute(hid_t object, const std::string& name, double value);
void put_attribute(hid_t object, const std::string& name, std::int64_t value);
void put_attribute(hid_t object, const std::string& name, const std::vector<std::int8_t>& values);
/// Says what a variable or group is: as the attributes `long_name` and `units` (if any), and as the comment
/// that `h5dump -H` prints.
void describe(hid_t object, const std::string& long_name, const std::string& units = "");
/// The same with the meanings of its values 0, 1, ...: as the CF attributes `flag_values` and
/// `flag_meanings`.
void describe_flags(hid_t object, const std::string& long_name, const std::vector<std::string>& flags);
/// The comment alone.
void put_comment(hid_t object, const std::string& comment);
/// Throws StoreError if it is missing, no text, or absurdly long.
std::string text_attribute(hid_t object, const std::string& name);
std::int64_t integer_attribute(hid_t object, const std::string& name);
bool has_attribute(hid_t object, const std::string& name);

/// The size of every dimension of an open dataset. Throws StoreError if one is absurd.
Extent extent_of(hid_t dataset);

/// Writes or reads the block of `count` elements at `start` of an open dataset; `memory_type` is that of the
/// elements.
void write_block(hid_t dataset, const Extent& start, const Extent& count, hid_t memory_type, const void* data,
                 std::string_view what);
void read_block(hid_t dataset, const Extent& start, const Extent& count, hid_t memory_type, void* data,
                std::string_view what);

/// Writes one whole chunk as the dataset's filters would have made it; `start` is its first element. Throws
/// StoreError.
void write_chunk(hid_t dataset, const Extent& start, std::span<const std::byte> bytes, std::string_view what);

/// Texts of a dataset of variable-length strings.
void write_texts(hid_t dataset, hsize_t start, const std::vector<std::string>& texts, std::string_view what);
std::vector<std::string> read_texts(hid_t dataset, hsize_t start, hsize_t count, std::string_view what);

}  // namespace h5
}  // namespace augsweep::store
