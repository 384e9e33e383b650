#include "training/outcome.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace augsweep::training {

namespace {

static_assert(std::endian::native == std::endian::little, "the byte form is written as it lies in memory");

/// The largest number of elements that an array of an outcome can have; more means that the bytes are no
/// outcome.
constexpr std::uint64_t most_elements = std::uint64_t{1} << 32U;

class ByteWriter {
 public:
  explicit ByteWriter(std::size_t expected) { bytes_.reserve(expected); }

  template <class Number>
  requires std::is_arithmetic_v<Number>
  void add(Number value) {
    if constexpr (std::is_floating_point_v<Number>) {
      if (std::isnan(value)) {
        value = std::numeric_limits<Number>::quiet_NaN();  // one bit pattern for all of them
      }
    }
    append(&value, sizeof value);
  }

  template <class Number>
  void add_array(const Number* data, std::size_t size) {
    add(static_cast<std::uint64_t>(size));
    add_elements(data, size);
  }
  template <class Number>
  void add(const std::vector<Number>& values) {
    add_array(values.data(), values.size());
  }
  void add(std::span<const float> values) { add_array(values.data(), values.size()); }
  void add(const std::string& text) { add_array(text.data(), text.size()); }
  void add(const model::Matrix& matrix) {
    add(static_cast<std::uint32_t>(matrix.rows()));
    add(static_cast<std::uint32_t>(matrix.cols()));
    add_elements(matrix.data(), static_cast<std::size_t>(matrix.size()));
  }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  /// All at once, and then the NaNs put right: there are few of them.
  template <class Number>
  void add_elements(const Number* data, std::size_t size) {
    const std::size_t place = bytes_.size();
    append(data, size * sizeof(Number));
    if constexpr (std::is_floating_point_v<Number>) {
      for (std::size_t i = 0; i < size; ++i) {
        if (std::isnan(data[i])) {
          constexpr Number one_pattern = std::numeric_limits<Number>::quiet_NaN();
          std::memcpy(bytes_.data() + place + i * sizeof(Number), &one_pattern, sizeof(Number));
        }
      }
    }
  }
  void append(const void* data, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class Number>
  requires std::is_arithmetic_v<Number> Number get() {
    Number value;
    copy(&value, sizeof value);
    return value;
  }
  template <class Container>
  Container get_array() {
    const auto size = get<std::uint64_t>();
    require(size <= most_elements && size * sizeof(typename Container::value_type) <= rest_.size());
    Container values(size, typename Container::value_type{});
    copy(values.data(), size * sizeof(typename Container::value_type));
    return values;
  }
  model::Matrix get_matrix() {
    const auto rows = get<std::uint32_t>();
    const auto columns = get<std::uint32_t>();
    const std::uint64_t size = std::uint64_t{rows} * columns;
    require(size <= most_elements && size * sizeof(double) <= rest_.size());
    model::Matrix matrix(rows, columns);
    copy(matrix.data(), size * sizeof(double));
    return matrix;
  }
  void end() const { require(rest_.empty()); }

  static void require(bool condition) {
    if (!condition) {
      throw std::runtime_error("these bytes are not an outcome: they were cut off or changed on their way");
    }
  }

 private:
  void copy(void* target, std::size_t size) {
    require(size <= rest_.size());
    if (size > 0) {
      std::memcpy(target, rest_.data(), size);
    }
    rest_ = rest_.subspan(size);
  }
  std::span<const std::byte> rest_;
};

/// Bytes that an outcome's form takes, or a few more.
std::size_t expected_size(const Outcome& outcome, bool with_curves) {
  constexpr std::size_t sizes_and_single_numbers = 512;
  const auto bytes_of = [](const auto&... arrays) {
    return (std::size_t{0} + ... + (static_cast<std::size_t>(arrays.size()) * sizeof(*arrays.data())));
  };
  std::size_t size = sizes_and_single_numbers + outcome.message.size();
  for (const auto& curve : outcome.curves) {
    size += with_curves ? bytes_of(curve) : 0;
  }
  if (outcome.weights) {
    const model::Weights& weights = *outcome.weights;
    size += bytes_of(weights.v_r, weights.w_r, weights.v_m, weights.w_m, weights.w_r_back, weights.w_m_back);
  }
  const Recording& recording = outcome.recording;
  return size + bytes_of(recording.trial, recording.step, recording.cue, recording.response, recording.target,
                         recording.reward, recording.rpe, recording.q, recording.memory);
}

std::vector<std::byte> encode(const Outcome& outcome, bool with_curves) {
  ByteWriter writer(expected_size(outcome, with_curves));
  writer.add(static_cast<std::int8_t>(outcome.status));
  writer.add(outcome.message);
  writer.add(outcome.convergence_trial);
  writer.add(outcome.divergence_trial);
  writer.add(outcome.trials);
  writer.add(outcome.steps);
  for (const auto& curve : outcome.curves) {
    writer.add(with_curves ? std::span<const float>(curve) : std::span<const float>());
  }
  for (const auto& part : outcome.tests) {
    for (const double score : part) {
      writer.add(score);
    }
  }
  writer.add(static_cast<std::int8_t>(outcome.weights.has_value() ? 1 : 0));
  if (outcome.weights) {
    writer.add(outcome.weights->v_r);
    writer.add(outcome.weights->w_r);
    writer.add(outcome.weights->v_m);
    writer.add(outcome.weights->w_m);
    writer.add(outcome.weights->w_r_back);
    writer.add(outcome.weights->w_m_back);
  }
  const Recording& recording = outcome.recording;
  writer.add(recording.trial);
  writer.add(recording.step);
  writer.add(recording.cue);
  writer.add(recording.response);
  writer.add(recording.target);
  writer.add(recording.reward);
  writer.add(recording.rpe);
  writer.add(recording.q);
  writer.add(recording.memory);
  return writer.take();
}

}  // namespace

std::vector<std::byte> encode(const Outcome& outcome) {
  return encode(outcome, true);
}

std::vector<std::byte> encode_without_curves(const Outcome& outcome) {
  return encode(outcome, false);
}

Outcome decode(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  Outcome outcome;
  const auto status = reader.get<std::int8_t>();
  ByteReader::require(status >= 0 && static_cast<std::size_t>(status) < Names<Status>::names.size());
  outcome.status = static_cast<Status>(status);
  outcome.message = reader.get_array<std::string>();
  outcome.convergence_trial = reader.get<double>();
  outcome.divergence_trial = reader.get<double>();
  outcome.trials = reader.get<std::int64_t>();
  outcome.steps = reader.get<std::int64_t>();
  for (auto& curve : outcome.curves) {
    curve = reader.get_array<std::vector<float>>();
  }
  for (auto& part : outcome.tests) {
    for (double& score : part) {
      score = reader.get<double>();
    }
  }
  if (reader.get<std::int8_t>() != 0) {
    model::Weights& weights = outcome.weights.emplace();
    weights.v_r = reader.get_matrix();
    weights.w_r = reader.get_matrix();
    weights.v_m = reader.get_matrix();
    weights.w_m = reader.get_matrix();
    weights.w_r_back = reader.get_matrix();
    weights.w_m_back = reader.get_matrix();
  }
  Recording& recording = outcome.recording;
  recording.trial = reader.get_array<std::vector<std::int64_t>>();
  recording.step = reader.get_array<std::vector<std::int32_t>>();
  recording.cue = reader.get_array<std::vector<std::int32_t>>();
  recording.response = reader.get_array<std::vector<std::int32_t>>();
  recording.target = reader.get_array<std::vector<std::int32_t>>();
  recording.reward = reader.get_array<std::vector<double>>();
  recording.rpe = reader.get_array<std::vector<double>>();
  recording.q = reader.get_array<std::vector<double>>();
  recording.memory = reader.get_array<std::vector<double>>();
  reader.end();
  return outcome;
}

}  // namespace augsweep::training
