// Any bytes as a result file: read, refused in a sentence, or a bug. Built and run by tools/fuzz.

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/digest.hpp"
#include "store/h5.hpp"
#include "store/reader.hpp"
#include "sweep/sweep.hpp"

namespace {

/// A file in memory that has a name.
class MemoryFile {
 public:
  MemoryFile(const std::uint8_t* data, std::size_t size) : descriptor_(::memfd_create("fuzz.h5", 0)) {
    if (descriptor_ < 0 || ::write(descriptor_, data, size) != static_cast<ssize_t>(size)) {
      std::abort();
    }
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile file(data, size);
  try {
    // What status, summary, verify, merge and run --resume ask of a file.
    const augsweep::store::Reader reader(file.name());
    reader.closed_properly();
    reader.highest_attempt();
    for (const char* name : {"convergence_trial", "run/started", "seed"}) {
      reader.numbers(name);
    }
    reader.texts("leak");
    augsweep::store::verify(reader);
    for (std::uint64_t job = 0; job < reader.jobs() && job < 4; ++job) {
      reader.intact_row(job);
    }
  } catch (const augsweep::store::StoreError&) {
  } catch (const augsweep::sweep::SweepError&) {
  }
  return 0;
}
