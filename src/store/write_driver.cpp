#include "store/write_driver.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace augsweep::store {

// The interface of drivers is another one from HDF5 1.13 on; there the library's own driver does the writing.
#if !H5_VERSION_GE(1, 13, 0)

namespace {

/// Bytes that are held back at most, and the room that the library takes at a time for small chunks.
constexpr std::size_t most_held = std::size_t{256} << 10U;

/// A file of the library's default driver, and bytes that are to be written at its place `start` next.
struct JoiningFile {
  H5FD_t base{};  // first: the library knows the file by this part
  H5FD_t* inner = nullptr;
  haddr_t start = 0;
  std::vector<std::byte> held;

  herr_t write_held() {
    if (held.empty()) {
      return 0;
    }
    const herr_t result =
        inner->cls->write(inner, H5FD_MEM_DRAW, H5P_DEFAULT, start, held.size(), held.data());
    held.clear();
    return result;
  }
};

JoiningFile& joining(H5FD_t* file) {
  return *reinterpret_cast<JoiningFile*>(file);
}
const JoiningFile& joining(const H5FD_t* file) {
  return *reinterpret_cast<const JoiningFile*>(file);
}

H5FD_t* open_file(const char* name, unsigned flags, hid_t /*access*/, haddr_t greatest) {
  auto file = std::make_unique<JoiningFile>();
  file->inner = H5FDopen(name, flags, H5P_DEFAULT, greatest);
  if (file->inner == nullptr) {
    return nullptr;
  }
  file->held.reserve(most_held);
  return &file.release()->base;
}

herr_t close_file(H5FD_t* file) {
  const std::unique_ptr<JoiningFile> owned(&joining(file));
  const herr_t written = owned->write_held();
  // The call clears the library's stack of errors, which may hold the reason for closing.
  const hid_t reason = H5Eget_current_stack();
  const herr_t closed = H5FDclose(owned->inner);
  if (closed < 0) {
    H5Eclose_stack(reason);
  } else {
    H5Eset_current_stack(reason);
  }
  return written < 0 ? written : closed;
}

int compare(const H5FD_t* left, const H5FD_t* right) {
  return H5FDcmp(joining(left).inner, joining(right).inner);
}

herr_t query(const H5FD_t* file, unsigned long* flags) {
  // Before a file is open the library asks with none.
  const H5FD_t* inner = file == nullptr ? nullptr : joining(file).inner;
  if (inner != nullptr) {
    return inner->cls->query(inner, flags);
  }
  *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
           H5FD_FEAT_AGGREGATE_SMALLDATA | H5FD_FEAT_SUPPORTS_SWMR_IO;
  return 0;
}

haddr_t allocated_end(const H5FD_t* file, H5FD_mem_t type) {
  const H5FD_t* inner = joining(file).inner;
  return inner->cls->get_eoa(inner, type);
}

herr_t set_allocated_end(H5FD_t* file, H5FD_mem_t type, haddr_t end) {
  H5FD_t* inner = joining(file).inner;
  return inner->cls->set_eoa(inner, type, end);
}

haddr_t end_of_file(const H5FD_t* file, H5FD_mem_t type) {
  const JoiningFile& self = joining(file);
  const haddr_t end = self.inner->cls->get_eof(self.inner, type);
  return self.held.empty() ? end : std::max<haddr_t>(end, self.start + self.held.size());
}

herr_t get_handle(H5FD_t* file, hid_t access, void** handle) {
  H5FD_t* inner = joining(file).inner;
  return inner->cls->get_handle(inner, access, handle);
}

herr_t read(H5FD_t* file, H5FD_mem_t type, hid_t transfer, haddr_t start, std::size_t size, void* target) {
  JoiningFile& self = joining(file);
  if (self.write_held() < 0) {
    return -1;
  }
  return self.inner->cls->read(self.inner, type, transfer, start, size, target);
}

herr_t write(H5FD_t* file, H5FD_mem_t type, hid_t transfer, haddr_t start, std::size_t size,
             const void* source) {
  JoiningFile& self = joining(file);
  const bool continues = !self.held.empty() && start == self.start + self.held.size();
  if ((!continues || self.held.size() + size > most_held) && self.write_held() < 0) {
    return -1;
  }
  // What describes the data goes out at once, behind the data.
  if (type != H5FD_MEM_DRAW || size > most_held) {
    return self.write_held() < 0 ? -1
                                 : self.inner->cls->write(self.inner, type, transfer, start, size, source);
  }
  if (self.held.empty()) {
    self.start = start;
  }
  const auto* bytes = static_cast<const std::byte*>(source);
  self.held.insert(self.held.end(), bytes, bytes + size);
  return 0;
}

herr_t flush(H5FD_t* file, hid_t transfer, hbool_t closing) {
  JoiningFile& self = joining(file);
  if (self.write_held() < 0) {
    return -1;
  }
  return self.inner->cls->flush == nullptr ? 0 : self.inner->cls->flush(self.inner, transfer, closing);
}

herr_t truncate(H5FD_t* file, hid_t transfer, hbool_t closing) {
  JoiningFile& self = joining(file);
  if (self.write_held() < 0) {
    return -1;
  }
  return self.inner->cls->truncate(self.inner, transfer, closing);
}

herr_t lock(H5FD_t* file, hbool_t exclusive) {
  H5FD_t* inner = joining(file).inner;
  return inner->cls->lock(inner, exclusive);
}

herr_t unlock(H5FD_t* file) {
  H5FD_t* inner = joining(file).inner;
  return inner->cls->unlock(inner);
}

hid_t register_driver() {
  H5FD_class_t driver{};
  driver.name = "augsweep_joining";
  driver.maxaddr = (haddr_t{1} << 62U);
  driver.fc_degree = H5F_CLOSE_WEAK;
  driver.open = open_file;
  driver.close = close_file;
  driver.cmp = compare;
  driver.query = query;
  driver.get_eoa = allocated_end;
  driver.set_eoa = set_allocated_end;
  driver.get_eof = end_of_file;
  driver.get_handle = get_handle;
  driver.read = read;
  driver.write = write;
  driver.flush = flush;
  driver.truncate = truncate;
  driver.lock = lock;
  driver.unlock = unlock;
  constexpr std::array<H5FD_mem_t, H5FD_MEM_NTYPES> free_lists = H5FD_FLMAP_DICHOTOMY;
  std::copy(free_lists.begin(), free_lists.end(), std::begin(driver.fl_map));
  return h5::checked(H5FDregister(&driver), "HDF5 file driver");
}

}  // namespace

void join_writes(hid_t file_access_properties) {
  static const hid_t driver = register_driver();
  h5::checked(H5Pset_driver(file_access_properties, driver, nullptr), "HDF5 file driver");
  h5::checked(H5Pset_small_data_block_size(file_access_properties, most_held), "HDF5 file driver");
}

#else

void join_writes(hid_t /*file_access_properties*/) {}

#endif

}  // namespace augsweep::store
