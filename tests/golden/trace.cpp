#include "trace.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cmath>
#include <memory>
#include <utility>

namespace augsweep::golden {

namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose(file); }
};

std::string read_gzip(const std::filesystem::path& path) {
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
  if (!file) {
    throw TraceError(fmt::format("{}: cannot be opened; does it exist?", path.string()));
  }
  std::string text;
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const int got = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (got <= 0) {
      break;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  int error = Z_OK;
  const char* message = gzerror(file.get(), &error);
  if (error != Z_OK) {
    throw TraceError(fmt::format("{}: is damaged or cut short ({})", path.string(), message));
  }
  return text;
}

bool clears_at_reset(const Fields& config, const std::string& task) {
  for (const std::string_view carries : {"12AX", "12AX_triplets", "12AX_S", "AX", "saccade"}) {
    if (task == carries) {
      return false;
    }
  }
  for (const std::string_view clears : {"seq_pred", "seq_pred_CPT", "tXOR"}) {
    if (task == clears) {
      return true;
    }
  }
  throw TraceError(
      fmt::format("{}: unknown task '{}'; it is not known what its reset does to the previous stimulus",
                  config.place(), task));
}

int size_of(const Fields& config, const char* name) {
  const auto value = config.integer(name);
  if (value < 1 || value > 1'000'000) {
    throw TraceError(
        fmt::format("{}: size {} is {}, which no network can have", config.place(), name, value));
  }
  return static_cast<int>(value);
}

model::NetworkParameters network_of(const Fields& config) {
  model::NetworkParameters network;
  network.shape = {size_of(config, "S"), size_of(config, "R"), size_of(config, "M"), size_of(config, "A")};
  network.leak = config.any("leak").is_array() ? config.numbers("leak") : std::vector{config.number("leak")};
  const std::string feedback = config.text("feedback");
  const auto known = from_name<model::Feedback>(feedback);
  if (!known) {
    throw TraceError(fmt::format("{}: unknown feedback '{}'", config.place(), feedback));
  }
  network.feedback = *known;
  // The recorded weights are taken as they are, also where they are all 1.
  network.input_weights =
      config.flag("learn_V") ? model::InputWeights::learned : model::InputWeights::fixed_random;
  network.beta = config.number("beta");
  network.gamma = config.number("discount");
  network.alpha =
      config.has("alpha") ? config.number("alpha") : 1.0 - config.number("lambda") * network.gamma;
  try {
    model::check(network);
  } catch (const std::invalid_argument& error) {
    throw TraceError(fmt::format("{}: {}", config.place(), error.what()));
  }
  return network;
}

Config config_of(const Fields& fields) {
  Config config;
  config.name = fields.has("case") ? fields.text("case") : "";
  config.task = fields.text("task");
  config.variant = fields.has("variant") ? fields.text("variant") : "standard";
  config.network = network_of(fields);
  config.gamma = config.network.gamma;
  config.clears_previous_stimulus = clears_at_reset(fields, config.task);
  const Fields policy = fields.object("policy");
  config.greedy = policy.text("policy") == "greedy";
  config.weight_g = policy.flag("t_weighted");
  for (const Fields* place : {&fields, &policy}) {
    if (place->has("m")) {
      config.m = place->number("m");
    }
    if (place->has("gain")) {
      config.gain = place->number("gain");
    }
  }
  return config;
}

}  // namespace

Json read_json(const std::filesystem::path& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw TraceError(fmt::format("{}: is a folder; name the files in it", file.string()));
  }
  const std::string text = read_gzip(file);
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw TraceError(fmt::format("{}: is no valid JSON ({})", file.string(), error.what()));
  }
}

Fields::Fields(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
  if (!object_.is_object()) {
    throw TraceError(fmt::format("{}: is not a JSON object", place_));
  }
}

void Fields::fail(const char* name, std::string_view what) const {
  throw TraceError(fmt::format("{}: field '{}' {}", place_, name, what));
}

const Json& Fields::any(const char* name) const {
  const auto found = object_.find(name);
  if (found == object_.end()) {
    fail(name, "is missing");
  }
  return *found;
}

bool Fields::has(const char* name) const {
  const auto found = object_.find(name);
  return found != object_.end() && !found->is_null();
}

bool Fields::is_null(const char* name) const {
  const auto found = object_.find(name);
  return found != object_.end() && found->is_null();
}

double Fields::number(const char* name) const {
  const Json& value = any(name);
  if (!value.is_number()) {
    fail(name, "is not a number");
  }
  return value.get<double>();
}

std::int64_t Fields::integer(const char* name) const {
  const double value = number(name);
  if (value != std::floor(value) || std::fabs(value) > 9e15) {
    fail(name, "is not an integer");
  }
  return static_cast<std::int64_t>(value);
}

bool Fields::boolean(const char* name) const {
  const Json& value = any(name);
  if (!value.is_boolean()) {
    fail(name, "is neither true nor false");
  }
  return value.get<bool>();
}

bool Fields::flag(const char* name) const {
  const Json& value = any(name);
  if (value.is_number() && (value.get<double>() == 0.0 || value.get<double>() == 1.0)) {
    return value.get<double>() == 1.0;
  }
  return boolean(name);
}

std::string Fields::text(const char* name) const {
  const Json& value = any(name);
  if (!value.is_string()) {
    fail(name, "is not a text");
  }
  return value.get<std::string>();
}

const Json& Fields::array(const char* name) const {
  const Json& value = any(name);
  if (!value.is_array()) {
    fail(name, "is not a list");
  }
  return value;
}

std::vector<double> Fields::numbers(const char* name) const {
  std::vector<double> values;
  for (const Json& value : array(name)) {
    if (!value.is_number()) {
      fail(name, "holds something that is not a number");
    }
    values.push_back(value.get<double>());
  }
  return values;
}

std::vector<double> Fields::matrix(const char* name, std::size_t rows, std::size_t columns) const {
  const Json& table = array(name);
  if (table.size() != rows) {
    fail(name, fmt::format("has {} rows instead of {}", table.size(), rows));
  }
  std::vector<double> values;
  values.reserve(rows * columns);
  for (const Json& row : table) {
    if (!row.is_array() || row.size() != columns) {
      fail(name, fmt::format("has a row that is not a list of {} numbers", columns));
    }
    for (const Json& value : row) {
      if (!value.is_number()) {
        fail(name, "holds something that is not a number");
      }
      values.push_back(value.get<double>());
    }
  }
  return values;
}

Fields Fields::object(const char* name) const {
  return {any(name), fmt::format("{}, {}", place_, name)};
}

Trace make_trace(Json content, std::string file) {
  Trace trace{std::move(file), std::move(content), {}};
  const Fields fields(trace.content, trace.file);
  const auto format = fields.integer("format");
  if (format != 1) {
    throw TraceError(fmt::format("{}: has format {}, but only format 1 is known", trace.file, format));
  }
  trace.config = config_of(fields.object("config"));
  const Json& events = fields.array("events");
  if (events.empty()) {
    throw TraceError(fmt::format("{}: has no events: there is nothing to replay", trace.file));
  }
  static_cast<void>(fields.object("initial_weights"));
  static_cast<void>(fields.object("final"));
  return trace;
}

std::string event_place(std::size_t index, const Json& event) {
  if (!event.is_object()) {
    return fmt::format("event {}", index);
  }
  const auto kind = event.find("ev");
  const bool named = kind != event.end() && kind->is_string();
  return fmt::format("event {} ({})", index, named ? kind->get<std::string>() : "no kind");
}

}  // namespace augsweep::golden
