#include "app/provenance.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <iterator>

#include "app/numerics.hpp"
#include "app/version.hpp"

namespace augsweep::app {

std::vector<std::string> command_line_arguments() {
  std::ifstream stream("/proc/self/cmdline", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::vector<std::string> words;
  std::string word;
  for (const char character : text) {
    if (character == '\0') {
      words.push_back(std::move(word));
      word = {};
    } else {
      word += character;
    }
  }
  if (!words.empty()) {
    words.erase(words.begin());
  }
  return words;
}

std::string program_identity() {
  return fmt::format("{} {} {}", program_version(), git_revision(), compiler());
}

store::Provenance provenance() {
  return {program_version(),
          git_revision(),
          compiler(),
          library_versions(),
          fmt::format("augsweep {}", fmt::join(command_line_arguments(), " ")),
          numerics()};
}

}  // namespace augsweep::app
