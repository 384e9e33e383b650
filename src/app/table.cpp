#include "app/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>
#include <utility>

namespace augsweep::app {

namespace {

/// Number of characters as a terminal shows them: UTF-8 continuation bytes do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         (std::isdigit(static_cast<unsigned char>(text.front())) != 0 || text.front() == '-' ||
          text.front() == '.' || text.front() == '+' || text.front() == '>');
}

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) {
    return cell;
  }
  std::string text = "\"";
  for (const char character : cell) {
    text += character;
    if (character == '"') {
      text += '"';
    }
  }
  return text + '"';
}

}  // namespace

Table::Table(std::vector<std::string> header) {
  rows_.push_back(std::move(header));
}

void Table::add(std::vector<std::string> row) {
  if (row.size() != rows_.front().size()) {
    throw std::logic_error(
        fmt::format("a table of {} columns was given a row of {}", rows_.front().size(), row.size()));
  }
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  const std::size_t columns = rows_.front().size();
  std::vector<std::size_t> widths(columns, 0);
  std::vector<bool> right(columns, rows_.size() > 1);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    for (std::size_t column = 0; column < columns; ++column) {
      const std::string& cell = rows_[row][column];
      widths[column] = std::max(widths[column], width_of(cell));
      if (row > 0 && !is_number(cell)) {
        right[column] = false;
      }
    }
  }
  std::string text;
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column) {
      const std::string& cell = rows_[row][column];
      const std::string padding(widths[column] - width_of(cell), ' ');
      line += (column > 0 ? "  " : "") + (right[column] ? padding + cell : cell + padding);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
    if (row == 0) {
      std::size_t total = 2 * (columns - 1);
      for (const std::size_t width : widths) {
        total += width;
      }
      text += std::string(total, '-') + '\n';
    }
  }
  return text;
}

std::string Table::csv() const {
  std::string text;
  for (const auto& row : rows_) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      text += (column > 0 ? "," : "") + quoted(row[column]);
    }
    text += '\n';
  }
  return text;
}

}  // namespace augsweep::app
