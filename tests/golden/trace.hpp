#pragma once
/// @file Reads recorded traces: gzip-compressed JSON, described in README.md beside this file.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "model/parameters.hpp"

namespace augsweep::golden {

using Json = nlohmann::json;

/// A file that can't be read, is no trace or breaks the rules of one; the message names the place.
struct TraceError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The JSON value in a file, compressed with gzip or plain. Throws TraceError.
Json read_json(const std::filesystem::path& file);

/// Typed access to the members of a JSON object. Throws TraceError for a missing member or another type;
/// messages begin with `place`.
class Fields {
 public:
  Fields(const Json& object, std::string place);

  const std::string& place() const { return place_; }
  /// Whether the member is there and not null.
  bool has(const char* name) const;
  /// Whether the member is there and null.
  bool is_null(const char* name) const;
  const Json& any(const char* name) const;
  double number(const char* name) const;
  std::int64_t integer(const char* name) const;
  bool boolean(const char* name) const;
  /// A flag written as true or false, or as 1 or 0.
  bool flag(const char* name) const;
  std::string text(const char* name) const;
  std::vector<double> numbers(const char* name) const;
  /// A matrix as nested lists, row by row, of exactly this size.
  std::vector<double> matrix(const char* name, std::size_t rows, std::size_t columns) const;
  Fields object(const char* name) const;
  const Json& array(const char* name) const;

 private:
  [[noreturn]] void fail(const char* name, std::string_view what) const;

  const Json& object_;
  std::string place_;
};

/// What the trace's `config` says of the network and the policy.
struct Config {
  std::string name;  ///< of the case
  std::string task;  ///< as in the trace: "12AX"
  std::string variant;
  model::NetworkParameters network;
  double gamma = 0.0;
  bool clears_previous_stimulus = false;  ///< at a reset
  bool greedy = false;                    ///< every response is the greedy one
  bool weight_g = false;
  double m = 10.0;
  double gain = 1.0;  ///< factor of the whole g(t)
};

struct Trace {
  std::string file;  ///< for messages
  Json content;
  Config config;

  const Json& events() const { return content.at("events"); }
};

/// Checks what a trace must have before it can be replayed. Throws TraceError.
Trace make_trace(Json content, std::string file);

/// "FILE: event 17 (step)", and the same without the file.
std::string event_place(std::size_t index, const Json& event);

}  // namespace augsweep::golden
