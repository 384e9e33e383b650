#include "store/row_blocks.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>
#include <utility>

namespace augsweep::store {

std::size_t RowBlocks::add(const h5::Handle& dataset, h5::Handle memory_type, std::size_t size,
                           std::string name) {
  variables_.push_back({dataset.get(), std::move(memory_type), size, std::move(name)});
  return variables_.size() - 1;
}

void RowBlocks::put_text(std::uint64_t row, std::size_t variable, std::string_view text) {
  const std::size_t size = variables_.at(variable).size;
  std::byte* target = element(row, variable, size);
  const std::size_t length = std::min(size, text.size());
  const auto bytes = std::as_bytes(std::span(text.data(), length));
  std::ranges::copy(bytes, target);  // an empty text may have no address
  std::fill_n(target + length, size - length, std::byte{0});
}

std::byte* RowBlocks::element(std::uint64_t row, std::size_t variable, std::size_t size) {
  if (size != variables_.at(variable).size) {
    throw std::logic_error("variable " + variables_[variable].name + " has elements of another size");
  }
  Block& block = block_of(row);
  const std::uint64_t inside = row - block.start;
  if (block.first_changed == block.end_changed) {
    block.first_changed = inside;
    block.end_changed = inside + 1;
  } else {
    block.first_changed = std::min(block.first_changed, inside);
    block.end_changed = std::max(block.end_changed, inside + 1);
  }
  return block.values[variable].data() + inside * size;
}

RowBlocks::Block& RowBlocks::block_of(std::uint64_t row) {
  if (row >= rows_) {
    throw std::out_of_range("a row beyond the last");
  }
  const std::uint64_t start = row / block_rows_ * block_rows_;
  if (latest_ != nullptr && latest_->start == start) {
    return *latest_;
  }
  auto found = blocks_.find(start);
  if (found == blocks_.end()) {
    Block block;
    block.start = start;
    block.count = std::min(block_rows_, rows_ - start);
    for (const Variable& variable : variables_) {
      auto& values = block.values.emplace_back(block.count * variable.size);
      h5::read_block(variable.dataset, {start}, {block.count}, variable.memory_type.get(), values.data(),
                     variable.name);
    }
    found = blocks_.emplace(start, std::move(block)).first;
  }
  latest_ = &found->second;
  return *latest_;
}

void RowBlocks::write() {
  for (auto& [start, block] : blocks_) {
    const std::uint64_t count = block.end_changed - block.first_changed;
    if (count == 0) {
      continue;
    }
    for (std::size_t i = 0; i < variables_.size(); ++i) {
      const Variable& variable = variables_[i];
      h5::write_block(variable.dataset, {start + block.first_changed}, {count}, variable.memory_type.get(),
                      block.values[i].data() + block.first_changed * variable.size, variable.name);
    }
    block.first_changed = block.end_changed = 0;
  }
  // The next rows are most likely beside the latest one.
  const std::uint64_t kept = latest_ == nullptr ? 0 : latest_->start;
  std::erase_if(blocks_, [&](const auto& entry) { return latest_ == nullptr || entry.first != kept; });
}

void RowBlocks::clear() {
  blocks_.clear();
  latest_ = nullptr;
}

}  // namespace augsweep::store
