#include "store/digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <memory>
#include <variant>

#include "store/h5.hpp"
#include "store/schema.hpp"

namespace augsweep::store {

namespace {

constexpr std::string_view digest_head = "augsweep science digest 1\n";

/// SHA-256 of what is added, bit by bit.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }
  void add(const void* data, std::size_t size) { EVP_DigestUpdate(context_.get(), data, size); }
  void add_number(std::uint64_t number) {
    std::array<unsigned char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<unsigned char>(number >> (8 * i));
    }
    add(bytes.data(), bytes.size());
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &size);
    std::string text;
    for (unsigned i = 0; i < size; ++i) {
      text += fmt::format("{:02x}", digest[i]);
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

void check_labels(const Reader& reader, const sweep::Sweep& sweep, std::vector<std::string>& problems) {
  for (const LabelColumn& column : label_columns(sweep)) {
    const std::string& name = column.variable.path;
    if (!reader.has(name)) {
      continue;  // files of older programs lack it, and it says nothing that the sweep does not
    }
    const auto texts = reader.texts(name);
    for (std::uint64_t job = 0; job < sweep.size(); ++job) {
      if (texts[job] != label_of(column, sweep, job)) {
        problems.push_back(fmt::format("job {}: {} is not what the sweep in the file says", job, name));
        break;
      }
    }
  }
}

/// Compares the parameters in the file with those of the sweep, a variable at a time.
void check_parameters(const Reader& reader, const sweep::Sweep& sweep, std::vector<std::string>& problems) {
  for (const ParameterColumn& column : parameter_columns(layout_of(sweep))) {
    const std::string& name = column.variable.path;
    if (!reader.has(name)) {
      problems.push_back(fmt::format("variable {} is missing", name));
      continue;
    }
    const bool is_text = column.variable.type == Type::text;
    const auto texts = is_text ? reader.texts(name) : std::vector<std::string>{};
    const auto numbers = is_text ? std::vector<double>{} : reader.numbers(name);
    for (std::uint64_t job = 0; job < sweep.size(); ++job) {
      const auto value = column.get(sweep.job(job));
      bool same = false;
      if (is_text) {
        same = std::get<std::string>(value) == texts[job];
      } else {
        const double wanted = std::visit(
            [](const auto& number) {
              if constexpr (std::is_arithmetic_v<std::decay_t<decltype(number)>>) {
                return static_cast<double>(number);
              } else {
                return training::not_a_number;
              }
            },
            value);
        same = wanted == numbers[job] || (std::isnan(wanted) && std::isnan(numbers[job]));
      }
      if (!same) {
        problems.push_back(fmt::format("job {}: {} is not what the sweep in the file says", job, name));
        break;
      }
    }
  }
}

}  // namespace

sweep::Sweep sweep_of(const Reader& reader) {
  std::vector<std::string> overrides;
  std::string line;
  for (const char character : reader.attribute("sweep_overrides") + "\n") {
    if (character != '\n') {
      line += character;
    } else if (!line.empty()) {
      overrides.push_back(std::exchange(line, ""));
    }
  }
  return sweep::Sweep::parse(reader.attribute("sweep_text"), reader.attribute("sweep_file"), overrides);
}

Verification verify(const Reader& reader) {
  Verification verification;
  verification.jobs = reader.jobs();
  const sweep::Sweep sweep = sweep_of(reader);
  if (sweep.size() != reader.jobs()) {
    verification.problems.push_back(
        fmt::format("the sweep in the file has {} jobs, the file {}", sweep.size(), reader.jobs()));
    return verification;
  }
  check_parameters(reader, sweep, verification.problems);
  check_labels(reader, sweep, verification.problems);
  Sha256 sha;
  sha.add(digest_head.data(), digest_head.size());
  const auto statuses = reader.statuses();
  for (std::uint64_t job = 0; job < reader.jobs(); ++job) {
    const std::string parameters = training::canonical(sweep.job(job));
    sha.add_number(parameters.size());
    sha.add(parameters.data(), parameters.size());
    if (statuses[job] == training::Status::pending) {
      sha.add_number(0);
      continue;
    }
    ++verification.ended;
    try {
      const Row row = reader.row(job);
      const auto bytes = training::encode(row.outcome);
      sha.add_number(bytes.size());
      sha.add(bytes.data(), bytes.size());
      if (row.checksum != checksum_of(bytes)) {
        verification.problems.push_back(fmt::format("job {}: its row does not fit its checksum", job));
      }
    } catch (const StoreError& error) {
      verification.problems.push_back(fmt::format("job {}: {}", job, error.what()));
    }
  }
  verification.digest = sha.hex();
  return verification;
}

}  // namespace augsweep::store
