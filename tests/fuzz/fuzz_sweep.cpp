// Any bytes as a sweep file: read, refused in a SweepError, or a bug. Built and run by tools/fuzz.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sweep/sweep.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto sweep = augsweep::sweep::Sweep::parse(
        std::string_view(reinterpret_cast<const char*>(data), size), "/nonexistent/fuzz.toml");
    for (const std::uint64_t job : {std::uint64_t{0}, sweep.size() / 2, sweep.size() - 1}) {
      static_cast<void>(sweep.job(job));
      static_cast<void>(sweep.label(job));
      static_cast<void>(sweep.positions(job));
    }
    // What --resume does with the text that it finds in a result file.
    static_cast<void>(augsweep::sweep::differences(sweep.canonical(), sweep.canonical()));
  } catch (const augsweep::sweep::SweepError&) {
  }
  return 0;
}
