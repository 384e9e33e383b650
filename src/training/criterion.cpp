#include "training/criterion.hpp"

namespace augsweep::training {

ConvergenceCounter::ConvergenceCounter(const tasks::Criterion& criterion, std::size_t trial_types)
    : criterion_(criterion) {
  if (criterion.kind == tasks::Criterion::Kind::types) {
    windows_.resize(trial_types);
    for (Window& window : windows_) {
      window.results.assign(static_cast<std::size_t>(criterion.count), 0);
    }
  }
}

bool ConvergenceCounter::end_trial(const tasks::Score& score) {
  switch (criterion_.kind) {
    case tasks::Criterion::Kind::responses:
      return consecutive_responses_ >= criterion_.count;
    case tasks::Criterion::Kind::trials:
      if (score.success) {
        consecutive_trials_ = *score.success ? consecutive_trials_ + 1 : 0;
      }
      return consecutive_trials_ >= criterion_.count;
    case tasks::Criterion::Kind::types:
      break;
  }
  if (score.success) {
    Window& window = windows_[static_cast<std::size_t>(score.type)];
    char& oldest = window.results[window.next];
    window.successes += static_cast<int>(*score.success) - oldest;
    oldest = static_cast<char>(*score.success);
    window.next = (window.next + 1) % window.results.size();
  }
  const double enough = criterion_.fraction * criterion_.count;
  for (const Window& window : windows_) {
    if (window.successes < enough) {
      return false;
    }
  }
  return true;
}

}  // namespace augsweep::training
