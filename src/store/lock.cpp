#include "store/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "store/h5.hpp"

namespace augsweep::store {

namespace {

std::string holder_of(int descriptor) {
  std::array<char, 256> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size() - 1, 0);
  std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  while (!holder.empty() && holder.back() == '\n') {
    holder.pop_back();
  }
  return holder.empty() ? "another process" : holder;
}

std::string this_process() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on {}", ::getpid(), host.data());
}

}  // namespace

OutputLock::OutputLock(const std::filesystem::path& output) : file_(output.string() + ".lock") {
  while (descriptor_ < 0) {
    const int descriptor = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
      throw StoreError(fmt::format(
          "{}: cannot be written beside the output: {}; choose an output in a folder that exists and "
          "that you may write to",
          file_.string(), std::strerror(errno)));
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      const std::string holder = holder_of(descriptor);
      ::close(descriptor);
      if (error == EWOULDBLOCK) {
        throw StoreError(fmt::format("{}: is being written by {}; wait for it or choose another output",
                                     output.string(), holder));
      }
      throw StoreError(fmt::format(
          "{}: cannot be locked: {}; the file system has no locks, so choose an output on another one",
          file_.string(), std::strerror(error)));
    }
    // Its former holder may have removed the file between our opening and locking it: then this is a lock on
    // nothing.
    struct stat held {};
    struct stat named {};
    if (::fstat(descriptor, &held) == 0 && ::stat(file_.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino) {
      descriptor_ = descriptor;
    } else {
      ::close(descriptor);
    }
  }
  const std::string text = this_process() + "\n";
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, text.data(), text.size(), 0) < 0) {
    // Only the name in another process's message is lost (a full disk is reported where data is written).
    errno = 0;
  }
}

OutputLock::~OutputLock() {
  release();
}

OutputLock::OutputLock(OutputLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

OutputLock& OutputLock::operator=(OutputLock&& other) noexcept {
  if (this != &other) {
    release();
    file_ = std::move(other.file_);
    descriptor_ = std::exchange(other.descriptor_, -1);
  }
  return *this;
}

void OutputLock::release() noexcept {
  if (descriptor_ >= 0) {
    ::unlink(file_.c_str());
    ::close(std::exchange(descriptor_, -1));
  }
}

}  // namespace augsweep::store
