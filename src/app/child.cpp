#include "app/child.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <system_error>

#include "app/commands.hpp"
#include "store/reader.hpp"

namespace augsweep::app {

namespace {

/// The child's wait status.
int status_of_child(const std::function<int()>& action) {
  std::fflush(nullptr);  // or both processes would write what is waiting
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    throw std::system_error(errno, std::generic_category(), "no process could be started");
  }
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    int code = static_cast<int>(ExitCode::bad_input);
    if (::getppid() == parent) {
      try {
        code = action();
      } catch (const std::exception& error) {
        fmt::print(stderr, "augsweep: {}\n", error.what());
      }
    }
    std::exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

std::string name_of_signal(int signal) {
  if (signal == SIGPROF) {  // store/h5.cpp
    return "it went round and round in the texts";
  }
  const char* text = ::strsignal(signal);
  return fmt::format("signal {}, {}", signal, text == nullptr ? "unknown" : text);
}

}  // namespace

std::string crash_sentence(const std::string& what, const std::string& signal) {
  return fmt::format(
      "{}: the HDF5 library crashed over it ({}): it is damaged, or was made by another program", what,
      signal);
}

int in_child(const std::string& what, const std::function<int()>& action) {
  const int status = status_of_child(action);
  if (WIFEXITED(status)) {
    return WEXITSTATUS(status);
  }
  fmt::print(stderr, "augsweep: {}\n", crash_sentence(what, name_of_signal(WTERMSIG(status))));
  return static_cast<int>(ExitCode::bad_input);
}

std::optional<std::string> crash_of_reading(const std::string& file) {
  const int status = status_of_child([&file] {
    try {
      const store::Reader reader(file);
      reader.statuses();
      reader.highest_attempt();
      for (const char* attribute : {"sweep_canonical", "shard", "numerics", "created"}) {
        if (reader.has_attribute(attribute)) {
          reader.attribute(attribute);
        }
      }
    } catch (const std::exception&) {  // Said by the one that reads it in earnest.
    }
    return 0;
  });
  if (WIFEXITED(status)) {
    return std::nullopt;
  }
  return name_of_signal(WTERMSIG(status));
}

}  // namespace augsweep::app
