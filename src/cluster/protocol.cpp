#include "cluster/protocol.hpp"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace augsweep::cluster {
namespace {

static_assert(std::endian::native == std::endian::little, "messages are written as they stand in memory");

/// First word of every Hello: says that the rank is an augsweep of this protocol. To be counted up when
/// messages change.
constexpr std::uint64_t protocol_word = 0x0001'5045'4557'5341;  // "ASWEEP", version 1

class Writer {
 public:
  explicit Writer(std::size_t expected) { bytes_.reserve(expected); }

  template <typename Number>
  void number(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), first, first + sizeof value);
  }
  void raw(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void text(std::string_view text) {
    number(static_cast<std::uint64_t>(text.size()));
    raw(std::as_bytes(std::span(text)));
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  Reader(std::string_view what, std::span<const std::byte> bytes) : what_(what), bytes_(bytes) {}

  template <typename Number>
  Number number() {
    static_assert(std::is_arithmetic_v<Number>);
    Number value;
    std::memcpy(&value, raw(sizeof value).data(), sizeof value);
    return value;
  }
  /// A duration or a point in time: finite and not negative.
  double seconds() {
    const auto value = number<double>();
    if (!std::isfinite(value) || value < 0.0) complain(fmt::format("it holds {} seconds", value));
    return value;
  }
  std::string text() {
    const auto size = number<std::uint64_t>();
    const auto bytes = raw(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::span<const std::byte> raw(std::uint64_t size) {
    if (size > bytes_.size()) complain(fmt::format("{} bytes are missing", size - bytes_.size()));
    const auto part = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return part;
  }
  std::span<const std::byte> rest() { return raw(bytes_.size()); }
  std::size_t left() const { return bytes_.size(); }
  void end() const {
    if (!bytes_.empty()) complain(fmt::format("{} bytes are left over", bytes_.size()));
  }
  [[noreturn]] void complain(std::string_view how) const {
    throw ProtocolError(fmt::format(
        "a {} message can't be understood: {}; check that all ranks run the same augsweep program", what_,
        how));
  }

 private:
  std::string_view what_;
  std::span<const std::byte> bytes_;
};

constexpr std::size_t bytes_per_job = sizeof(std::uint64_t) + sizeof(std::uint32_t);

}  // namespace

std::vector<std::byte> encode(const Hello& hello) {
  Writer writer(256);
  writer.number(protocol_word);
  writer.number(hello.process);
  writer.text(hello.program);
  writer.text(hello.host);
  writer.text(hello.cores);
  return writer.take();
}

Hello decode_hello(std::span<const std::byte> bytes) {
  Reader reader("hello", bytes);
  if (reader.number<std::uint64_t>() != protocol_word) reader.complain("it is of another protocol");
  Hello hello;
  hello.process = reader.number<std::int64_t>();
  hello.program = reader.text();
  hello.host = reader.text();
  hello.cores = reader.text();
  reader.end();
  return hello;
}

std::vector<std::byte> encode(const Setup& setup) {
  Writer writer(64 + setup.text.size());
  writer.number(setup.job_timeout);
  writer.number(setup.heartbeat);
  writer.number(setup.silence_limit);
  writer.text(setup.text);
  return writer.take();
}

Setup decode_setup(std::span<const std::byte> bytes) {
  Reader reader("setup", bytes);
  Setup setup;
  setup.job_timeout = reader.seconds();
  setup.heartbeat = reader.seconds();
  setup.silence_limit = reader.seconds();
  setup.text = reader.text();
  reader.end();
  return setup;
}

std::vector<std::byte> encode(std::span<const AssignedJob> jobs) {
  Writer writer(jobs.size() * bytes_per_job);
  for (const AssignedJob& assigned : jobs) {
    writer.number(assigned.job);
    writer.number(assigned.attempt);
  }
  return writer.take();
}

std::vector<AssignedJob> decode_jobs(std::span<const std::byte> bytes) {
  Reader reader("job list", bytes);
  std::vector<AssignedJob> jobs;
  jobs.reserve(bytes.size() / bytes_per_job);
  while (reader.left() > 0) {
    const auto job = reader.number<std::uint64_t>();
    const auto attempt = reader.number<std::uint32_t>();
    jobs.push_back({.job = job, .attempt = attempt});
  }
  return jobs;
}

std::vector<std::byte> encode(const Result& result) {
  Writer writer(64 + result.outcome.size());
  writer.number(result.assigned.job);
  writer.number(result.assigned.attempt);
  writer.number(static_cast<std::int32_t>(result.status));
  writer.number(result.seconds);
  writer.number(result.started);
  writer.number(result.ended);
  writer.raw(result.outcome);
  return writer.take();
}

Result decode_result(std::span<const std::byte> bytes) {
  Reader reader("result", bytes);
  Result result;
  result.assigned.job = reader.number<std::uint64_t>();
  result.assigned.attempt = reader.number<std::uint32_t>();
  const auto status = reader.number<std::int32_t>();
  if (status <= static_cast<std::int32_t>(training::Status::pending) ||
      status > static_cast<std::int32_t>(training::Status::timeout)) {
    reader.complain(fmt::format("its status is {}", status));
  }
  result.status = static_cast<training::Status>(status);
  result.seconds = reader.seconds();
  result.started = reader.seconds();
  result.ended = reader.seconds();
  result.outcome = reader.rest();
  return result;
}

std::vector<std::byte> encode(const Stop& stop) {
  Writer writer(sizeof stop.grace);
  writer.number(stop.grace);
  return writer.take();
}

Stop decode_stop(std::span<const std::byte> bytes) {
  Reader reader("stop", bytes);
  const Stop stop{.grace = reader.seconds()};
  reader.end();
  return stop;
}

std::vector<std::byte> encode(const Goodbye& goodbye) {
  Writer writer(2 * sizeof(double));
  writer.number(goodbye.busy_seconds);
  writer.number(goodbye.idle_seconds);
  return writer.take();
}

Goodbye decode_goodbye(std::span<const std::byte> bytes) {
  Reader reader("goodbye", bytes);
  Goodbye goodbye;
  goodbye.busy_seconds = reader.seconds();
  goodbye.idle_seconds = reader.seconds();
  reader.end();
  return goodbye;
}

std::vector<std::byte> encode_fault(const std::string& text) {
  Writer writer(sizeof(std::uint64_t) + text.size());
  writer.text(text);
  return writer.take();
}

std::string decode_fault(std::span<const std::byte> bytes) {
  Reader reader("fault", bytes);
  std::string text = reader.text();
  reader.end();
  return text;
}

}  // namespace augsweep::cluster
