#include "training/trials_file.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace augsweep::training {

namespace {

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream) {
    throw std::runtime_error(fmt::format("{}: cannot be read: {}", file.string(), std::strerror(errno)));
  }
  return content;
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char character : line) {
    if (character == ',') {
      fields.emplace_back();
    } else if (character != '\r') {
      fields.back() += character;
    }
  }
  return fields;
}

int index_of(const std::vector<std::string>& labels, const std::string& label, const char* what,
             const std::string& place) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found == labels.end()) {
    std::string known;
    for (const std::string& each : labels) {
      known += (known.empty() ? "" : ", ") + each;
    }
    throw std::runtime_error(
        fmt::format("{}: '{}' is no {} of this task; it has {}", place, label, what, known));
  }
  return static_cast<int>(found - labels.begin());
}

}  // namespace

std::vector<tasks::Trial> read_trials(const std::filesystem::path& file, const tasks::TaskInfo& info) {
  std::istringstream lines(content_of(file));
  std::string line;
  std::getline(lines, line);
  const auto header = fields_of(line);
  const bool with_targets = header == std::vector<std::string>{"trial", "cue", "target"};
  if (!with_targets && header != std::vector<std::string>{"trial", "cue"}) {
    throw std::runtime_error(fmt::format(
        "{}:1: the first line must be 'trial,cue' or 'trial,cue,target', not '{}'", file.string(), line));
  }
  std::vector<tasks::Trial> trials;
  std::string current;
  for (int number = 2; std::getline(lines, line); ++number) {
    const auto fields = fields_of(line);
    if (fields == std::vector<std::string>{""}) {
      continue;
    }
    const std::string place = fmt::format("{}:{}", file.string(), number);
    if (fields.size() != header.size()) {
      throw std::runtime_error(
          fmt::format("{}: {} fields where the header has {}", place, fields.size(), header.size()));
    }
    if (trials.empty() || fields[0] != current) {
      trials.emplace_back();
      current = fields[0];
    }
    trials.back().cues.push_back(index_of(info.cue_labels, fields[1], "cue", place));
    if (with_targets) {
      trials.back().targets.push_back(fields[2].empty()
                                          ? tasks::no_target
                                          : index_of(info.response_labels, fields[2], "response", place));
    }
  }
  if (trials.empty()) {
    throw std::runtime_error(fmt::format("{}: holds no trial", file.string()));
  }
  return trials;
}

std::string file_digest(const std::filesystem::path& file) {
  const std::string content = content_of(file);
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest.data());
  std::string text;
  for (const unsigned char byte : digest) {
    text += fmt::format("{:02x}", byte);
  }
  return text;
}

}  // namespace augsweep::training
