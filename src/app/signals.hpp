#pragma once
/// @file Requests to stop, counted without a handler: the signals are blocked and read from a descriptor.

namespace augsweep::app {

/// From construction on, SIGTERM, SIGINT, SIGHUP and SIGUSR1 no longer end this process; they are counted.
/// Construct it before any thread is started.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// How many have come so far.
  int count();

 private:
  int descriptor_ = -1;
  int count_ = 0;
};

/// A write beyond the limit on file sizes is to fail, not to end the process.
void ignore_file_size_signal();

}  // namespace augsweep::app
