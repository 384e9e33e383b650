#include "sweep/sweep.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "sweep/builder.hpp"
#include "sweep/canonical.hpp"
#include "sweep/document.hpp"

namespace augsweep::sweep {

namespace {

constexpr std::size_t max_file_size = 16U << 20U;

[[noreturn]] void fail_to_read(const std::string& file, std::string_view why) {
  throw SweepError(fmt::format("{}: cannot be read: {}; give the path of a sweep file in TOML", file, why));
}

std::string read_text(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    fail_to_read(file.string(), "it is a folder");
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fail_to_read(file.string(), std::generic_category().message(errno));
  }
  // One byte more than allowed tells whether the file goes on; it may be a pipe without a size.
  std::string text(max_file_size + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad()) {
    fail_to_read(file.string(), "the disk or network gave an error");
  }
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > max_file_size) {
    fail_to_read(file.string(), fmt::format("it is larger than {} MB", max_file_size >> 20U));
  }
  return text;
}

Labels labels_of(const Setting& setting, std::uint64_t size) {
  return {size,
          [setting](std::uint64_t position) { return to_text(*setting.key, setting.column->at(position)); }};
}

bool differs(const Setting& setting) {
  const std::vector<Value>* list = setting.column->list();
  // Ranges never repeat a value.
  return list == nullptr
             ? setting.column->size() > 1
             : std::ranges::any_of(*list, [&](const Value& value) { return value != list->front(); });
}

}  // namespace

std::string Axis::label(std::uint64_t position) const {
  if (!names.empty()) {
    return fmt::format("{}={}", name, names.at(position));
  }
  std::string text;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::string value = labels[i][position];
    std::erase(value, ' ');
    if (!value.empty()) {
      text += fmt::format("{}{}={}", text.empty() ? "" : " ", keys[i], value);
    }
  }
  return text;
}

Sweep Sweep::read(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  return parse(read_text(file), file.string(), overrides);
}

Sweep Sweep::parse(std::string_view text, const std::string& file_name,
                   const std::vector<std::string>& overrides) {
  if (text.size() > max_file_size) {
    fail_to_read(file_name, fmt::format("it is larger than {} MB", max_file_size >> 20U));
  }
  const std::filesystem::path path(file_name);
  const Document document(text, file_name, overrides);
  Built built = Builder(document, path.parent_path()).build();

  Sweep sweep;
  sweep.name_ = built.name.empty() ? path.stem().string() : built.name;
  sweep.description_ = std::move(built.description);
  sweep.file_name_ = file_name;
  sweep.text_ = text;
  sweep.overrides_ = overrides;
  sweep.job_timeout_ = built.job_timeout;
  sweep.max_failures_ = built.max_failures;
  sweep.plan_ = std::move(built.plan);
  sweep.size_ = sweep.plan_->size();
  for (std::size_t i = 0; i < built.axes.size(); ++i) {
    const PlanAxis& from = sweep.plan_->axes()[i];
    Axis axis;
    axis.name = std::move(built.axes[i].name);
    axis.names = std::move(built.axes[i].names);
    axis.size = from.size;
    for (const Setting& setting : from.settings) {
      axis.keys.push_back(setting.key->name);
      axis.labels.push_back(labels_of(setting, from.size));
      if (differs(setting)) {
        sweep.varying_.push_back(setting.key->name);
      }
    }
    sweep.axes_.push_back(std::move(axis));
  }
  sweep.canonical_ = sweep::canonical(*sweep.plan_);
  return sweep;
}

training::Job Sweep::job(std::uint64_t index) const {
  if (index >= size_) {
    throw std::out_of_range(fmt::format("the sweep has {} jobs, so there is no job {}", size_, index));
  }
  return plan_->job(index);
}

std::vector<std::uint64_t> Sweep::positions(std::uint64_t index) const {
  if (index >= size_) {
    throw std::out_of_range(fmt::format("the sweep has {} jobs, so there is no job {}", size_, index));
  }
  return plan_->positions(index);
}

std::string Sweep::label(std::uint64_t index) const {
  const std::vector<std::uint64_t> at = positions(index);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    std::string text = axes_[i].label(at[i]);
    if (!text.empty()) {
      texts.push_back(std::move(text));
    }
  }
  return texts.empty() ? fmt::format("seed={}", plan_->job(index).seed)
                       : fmt::format("{}", fmt::join(texts, " "));
}

}  // namespace augsweep::sweep
