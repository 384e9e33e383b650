#pragma once
/// @file One writer at a time: a lock of the kernel's on a small file beside the output, so that no kill
/// leaves a stale one.

#include <filesystem>

namespace augsweep::store {

/// Holds the lock of an output file for the object's life. The file OUT.h5.lock names host and process while
/// it is held; the lock itself is the kernel's and goes with the process, whatever becomes of that file.
class OutputLock {
 public:
  /// Throws StoreError if another process holds it (naming it), if the folder can't be written, or if its
  /// file system has no locks.
  explicit OutputLock(const std::filesystem::path& output);
  ~OutputLock();
  OutputLock(OutputLock&& other) noexcept;
  OutputLock& operator=(OutputLock&& other) noexcept;
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  void release() noexcept;

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace augsweep::store
