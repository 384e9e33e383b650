// Any bytes as a result file: read, refused in a sentence, or a bug. Built and run by tools/fuzz.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <iostream>
#include <span>
#include <string>

#include "store/digest.hpp"
#include "store/h5.hpp"
#include "store/reader.hpp"
#include "sweep/sweep.hpp"

namespace {

/// One file in memory, filled anew for each input. It needs a path: HDF5 opens nothing without one.
class MemoryFile {
 public:
  MemoryFile() : name_("/dev/shm/augsweep-fuzz-" + std::to_string(::getpid()) + ".h5") {
    descriptor_ = ::open(name_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor_ < 0) {
      std::cerr << name_ << ": cannot be made\n";
      std::abort();
    }
  }
  ~MemoryFile() {
    ::unlink(name_.c_str());
    std::cerr << "read to the end: " << read_to_the_end << "\n";  // tools/fuzz looks for it
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& name() const { return name_; }
  std::span<const std::uint8_t> content() const { return content_; }
  void fill(std::span<const std::uint8_t> content) {
    content_ = content;
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, content.data(), content.size(), 0) != static_cast<ssize_t>(content.size())) {
      std::abort();
    }
  }

  std::uint64_t read_to_the_end = 0;  ///< inputs; if none is, the fuzzer tests nothing

 private:
  std::string name_;
  int descriptor_ = -1;
  std::span<const std::uint8_t> content_;
};

MemoryFile& file() {
  static MemoryFile the_file;
  return the_file;
}

/// Whether the global heap at that address (File Format Specification III.E) is whole and holds this object.
bool heap_holds(std::uint64_t address, std::uint64_t index) {
  const auto bytes = file().content();
  const auto number = [&](std::uint64_t place, unsigned size) {
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes[place], size);
    return value;
  };
  constexpr std::uint64_t head = 16;
  if (bytes.size() < head || address > bytes.size() - head || std::memcmp(&bytes[address], "GCOL", 4) != 0) {
    return true;  // the library's own checks see that
  }
  const std::uint64_t size = number(address + 8, 8);
  if (size < head || size > bytes.size() - address) {
    return true;
  }
  bool found = false;
  std::uint64_t place = head;
  while (size - place >= head) {
    const std::uint64_t object = number(address + place, 2);
    const std::uint64_t length = number(address + place + 8, 8);
    if (length > size - place || (object == 0 && length < head)) {
      return false;
    }
    found = found || (object != 0 && object == index);
    place +=
        object == 0 ? length : head + (length + 7) / 8 * 8;  // object 0 is what is free, its head included
    if (place > size) {
      return false;
    }
  }
  return found;
}

}  // namespace

// Where a checksum does not fit, the HDF5 library waits and reads again, as there may be a writer. Here there
// is none.
extern "C" int nanosleep(const timespec* /*duration*/, timespec* /*left*/) {
  return 0;
}

// HDF5 1.10 believes what a global heap, where texts are, says of its sizes: it crashes, or goes round for
// ever. The program reads in a child process for that reason (app/child.hpp). The fuzzer has none, and is to
// find what is ours: so the library gets the check that it lacks.
struct HeapReference {  // as in the library's H5HGprivate.h
  std::uint64_t address;
  std::size_t index;
};
extern "C" void* H5HG_read(void* h5_file, HeapReference* reference, void* object, std::size_t* size) {
  using Function = void* (*)(void*, HeapReference*, void*, std::size_t*);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "H5HG_read"));
  return heap_holds(reference->address, reference->index) ? real(h5_file, reference, object, size) : nullptr;
}

namespace {

/// What status, summary, verify, merge and run --resume ask of a file. Whether it could be read to the end.
bool read(const std::string& name) {
  try {
    const augsweep::store::Reader reader(name);
    reader.closed_properly();
    reader.highest_attempt();
    for (const char* variable : {"convergence_trial", "run/started", "seed"}) {
      reader.numbers(variable);
    }
    reader.texts("leak");
    augsweep::store::verify(reader);
    for (std::uint64_t job = 0; job < reader.jobs() && job < 4; ++job) {
      reader.intact_row(job);
    }
    return true;
  } catch (const augsweep::store::StoreError&) {
  } catch (const augsweep::sweep::SweepError&) {
  }
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*count*/, char*** /*arguments*/) {
  augsweep::store::h5::set_up();
  // Or the library would give half a megabyte back, and take it anew, for every file that it opens.
  H5set_free_list_limits(-1, -1, -1, -1, -1, -1);
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  file().fill({data, size});
  file().read_to_the_end += read(file().name()) ? 1 : 0;
  return 0;
}
