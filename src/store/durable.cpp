#include "store/durable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "store/h5.hpp"

namespace augsweep::store {

namespace {

/// Makes durable what a file holds, or the names in a folder. `file` is the one to be named.
void sync_path(const std::filesystem::path& path, const std::filesystem::path& file) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool good = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!good) {
    throw StoreError(fmt::format("{}: cannot be made durable: {}", file.string(), std::strerror(error)));
  }
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

void put_in_place(const std::filesystem::path& part, const std::filesystem::path& file) {
  sync_path(part, file);
  std::error_code error;
  std::filesystem::rename(part, file, error);
  if (error) {
    throw StoreError(fmt::format("{}: cannot be moved into place: {}", file.string(), error.message()));
  }
  sync_path(folder_of(file), file);
}

}  // namespace augsweep::store
