#include "cluster/launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string_view>
#include <system_error>

namespace augsweep::cluster {
namespace {

/// A positive whole number in an environment variable; 0 if there is none.
int number_in(const Environment& environment, const std::string& name) {
  const auto text = environment(name);
  int value = 0;
  if (!text) return 0;
  // "16(x2)" is how SLURM writes lists; the number in front is enough.
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  return error == std::errc() && value > 0 ? value : 0;
}

bool is_srun_step(const Environment& environment) {
  return environment("SLURM_STEP_ID").has_value() && number_in(environment, "SLURM_STEP_NUM_TASKS") > 1;
}

/// Where a launcher says how many ranks it has started. In order: mpirun inside a SLURM step sets its own
/// besides SLURM's.
struct Evidence {
  const char* variable;
  const char* launcher;
};
constexpr std::array<Evidence, 3> evidence{{{"OMPI_COMM_WORLD_SIZE", "mpirun (Open MPI)"},
                                            {"MV2_COMM_WORLD_SIZE", "mpirun (MVAPICH2)"},
                                            {"PMI_SIZE", "mpirun (MPICH, Hydra)"}}};

/// Holds the identity() of the process that supervises mpirun.
constexpr const char* supervisor_variable = "AUGSWEEP_SUPERVISOR";

std::string contents(const std::string& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// What proc(5) says of a process in its file stat, from the third field on; empty if there is none. Field n
/// is words[n - 3].
std::vector<std::string> stat_of(pid_t process) {
  const std::string text = contents(fmt::format("/proc/{}/stat", process));
  // "pid (name) state ppid …", and the name may hold anything.
  std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
  return {std::istream_iterator<std::string>(fields), {}};
}

/// What no other process has, here or on another host: its id, when it was started, since an id is given
/// again, and the kernel's own id, a new one at each boot. Empty if there is no such process.
std::string identity(pid_t process) {
  const auto words = stat_of(process);
  if (words.size() < 20) return {};
  std::string boot = contents("/proc/sys/kernel/random/boot_id");
  boot.erase(std::remove(boot.begin(), boot.end(), '\n'), boot.end());
  return fmt::format("{} {} {}", process, words[19], boot);
}

/// The one that supervises this process; 0 if there is none, or if it runs on another host than this.
pid_t supervisor(const Environment& environment) {
  const auto text = environment(supervisor_variable);
  const pid_t process = number_in(environment, supervisor_variable);
  return process > 0 && identity(process) == text ? process : 0;
}

/// Signals kept from this process until the object dies, to be waited for.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCHLD}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, &before_);
  }
  ~BlockedSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

  const sigset_t& before() const { return before_; }
  /// The next one, or SIGCHLD when a second has passed: both mean to look after the child.
  siginfo_t wait() const {
    siginfo_t info{};
    const timespec second{.tv_sec = 1, .tv_nsec = 0};
    if (sigtimedwait(&set_, &info, &second) < 0) info.si_signo = SIGCHLD;
    return info;
  }

 private:
  sigset_t set_{}, before_{};
};

/// Whether the coordinator, rank 0, a child of mpirun's, lives; and what it ended with.
class CoordinatorWatch {
 public:
  explicit CoordinatorWatch(pid_t mpirun) : mpirun_(mpirun) {}
  /// It says that it ends, with this exit code.
  void ends(int code) { said_ = code; }
  void found(pid_t coordinator) {
    coordinator_ = coordinator;
    look();
    if (reaped_) coordinator_ = 0;  // started by another daemon, or on another node
  }
  /// How long it has been dead, as far as can be seen.
  std::chrono::steady_clock::duration dead_for() {
    if (coordinator_ == 0) return {};
    if (!dead_) look();
    return dead_ ? std::chrono::steady_clock::now() - *dead_ : std::chrono::steady_clock::duration{};
  }
  /// As supervise() returns it: what it has said, else what was seen, else `otherwise`.
  int exit_code(int otherwise) const { return said_.value_or(seen_.value_or(otherwise)); }

 private:
  void look() {
    // State and parent come first; the last is the exit code as waitpid() gives it, of a dead process that
    // its parent has not asked for yet.
    const auto words = stat_of(coordinator_);
    reaped_ = words.size() < 50 || words[1] != fmt::format("{}", mpirun_);
    if (!reaped_ && words[0] != "Z") return;
    dead_ = std::chrono::steady_clock::now();
    if (reaped_) return;
    const int status = std::stoi(words[49]);
    seen_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  pid_t mpirun_, coordinator_ = 0;
  bool reaped_ = false;
  std::optional<std::chrono::steady_clock::time_point> dead_;
  std::optional<int> said_, seen_;
};

/// In the child: only calls that are safe between fork and exec.
[[noreturn]] void become(char* const* words, char* const* environment, const sigset_t& signals, pid_t parent,
                         int report) {
  setpgid(0, 0);  // Ctrl-C at a terminal is to reach us alone
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() == parent) {
    sigprocmask(SIG_SETMASK, &signals, nullptr);
    execve(words[0], words, environment);
  }
  const int error = errno;
  [[maybe_unused]] const auto written = write(report, &error, sizeof error);
  _exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto name = text.substr(0, text.find('='));
    const bool replaced = std::any_of(additions.begin(), additions.end(),
                                      [&](const auto& addition) { return addition.first == name; });
    if (!replaced) result.emplace_back(text);
  }
  for (const auto& [name, value] : additions) result.push_back(fmt::format("{}={}", name, value));
  return result;
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

std::optional<Launcher> find_launcher(const Environment& environment) {
  for (const auto& [variable, launcher] : evidence) {
    if (environment(variable)) return Launcher{.name = launcher, .ranks = number_in(environment, variable)};
  }
  if (is_srun_step(environment)) {
    return Launcher{.name = "srun", .ranks = number_in(environment, "SLURM_STEP_NUM_TASKS")};
  }
  if (environment("PMIX_RANK")) return Launcher{.name = "a PMIx launcher", .ranks = 0};
  return std::nullopt;
}

std::optional<int> rank_before_mpi(const Environment& environment) {
  for (const char* variable : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK"}) {
    if (const auto text = environment(variable)) {
      int rank = -1;
      const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), rank);
      if (error == std::errc() && rank >= 0) return rank;
    }
  }
  return std::nullopt;
}

void check_launcher(const Environment& environment) {
  const auto launcher = find_launcher(environment);
  if (launcher && launcher->name == "srun" && !environment("PMIX_RANK")) {
    throw LaunchError(
        fmt::format("srun has started {} tasks in a way that Open MPI does not know: type srun --mpi=pmix, "
                    "or use mpirun in the batch "
                    "script",
                    launcher->ranks));
  }
}

void check_world(int world_size, const Environment& environment) {
  const auto launcher = find_launcher(environment);
  if (!launcher || world_size > 1 || launcher->ranks <= 1) return;
  throw LaunchError(
      fmt::format("{} has started {} processes, but each is alone in its MPI world and would run the whole "
                  "sweep: the launcher belongs to "
                  "another MPI than the one this program was built with. Use Open MPI's mpirun (see 'which "
                  "mpirun' and 'module list') or "
                  "srun --mpi=pmix",
                  launcher->name, launcher->ranks));
}

std::vector<int> usable_cores() {
  // A fixed cpu_set_t holds 1024 cores; the kernel refuses a set smaller than its own.
  for (int capacity = CPU_SETSIZE; capacity <= (1 << 20); capacity *= 2) {
    const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(static_cast<std::size_t>(capacity)),
                                                               [](cpu_set_t* one) { CPU_FREE(one); });
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(capacity));
    if (set == nullptr) break;
    if (sched_getaffinity(0, bytes, set.get()) != 0) continue;
    std::vector<int> cores;
    for (int core = 0; core < capacity; ++core) {
      if (CPU_ISSET_S(static_cast<std::size_t>(core), bytes, set.get())) cores.push_back(core);
    }
    return cores;
  }
  return {0};
}

std::string cores_text(const std::vector<int>& cores) {
  std::string text;
  for (std::size_t first = 0; first < cores.size();) {
    std::size_t last = first;
    while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", cores[first]) : fmt::format("{}-{}", cores[first], cores[last]);
    first = last + 1;
  }
  return text;
}

std::string usable_cores_text() {
  return fmt::format("{}, now on {}", cores_text(usable_cores()), sched_getcpu());
}

int default_workers(const Environment& environment, int cores) {
  if (environment("SLURM_JOB_ID")) {
    if (const int tasks = number_in(environment, "SLURM_NTASKS"); tasks > 1) return tasks;
  }
  return std::max(cores, 1);
}

std::optional<std::filesystem::path> find_program(const std::string& name, const Environment& environment) {
  std::istringstream folders(environment("PATH").value_or(""));
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (folder.empty()) continue;
    std::filesystem::path candidate = std::filesystem::path(folder) / name;
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error) && access(candidate.c_str(), X_OK) == 0)
      return candidate;
  }
  return std::nullopt;
}

Command mpirun_command(const std::filesystem::path& mpirun, int workers, const std::filesystem::path& program,
                       const std::vector<std::string>& arguments, bool as_root) {
  if (workers < 1) throw LaunchError("mpirun is not needed without workers");
  Command command;
  command.words = {mpirun.string(), "-n", fmt::format("{}", workers + 1), "--bind-to", "none",
                   "--oversubscribe",
                   // mpirun is not in the terminal's foreground group and must not read from it.
                   "--stdin", "none", program.string()};
  command.words.insert(command.words.end(), arguments.begin(), arguments.end());
  // Else hwloc asks ten X displays for graphics cards, half a second each where "localhost" has no quick
  // answer.
  command.environment = {{"HWLOC_COMPONENTS", "-gl"}};
  if (as_root) {
    command.environment.insert(command.environment.end(),
                               {{"OMPI_ALLOW_RUN_AS_ROOT", "1"}, {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"}});
  }
  return command;
}

std::optional<Command> mpirun_of_this_program(int workers, const std::vector<std::string>& arguments,
                                              const Environment& environment) {
  const auto mpirun = find_program("mpirun", environment);
  if (!mpirun) return std::nullopt;
  const auto program = std::filesystem::read_symlink("/proc/self/exe");
  return mpirun_command(*mpirun, workers, program, arguments, geteuid() == 0);
}

int supervise(const Command& command, std::chrono::seconds patience) {
  std::vector<std::string> words = command.words;
  std::vector<std::pair<std::string, std::string>> additions = command.environment;
  additions.emplace_back(supervisor_variable, identity(getpid()));
  std::vector<std::string> variables = environment_with(additions);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> environment = pointers(variables);

  std::array<int, 2> report{};  // closed by a successful exec; otherwise brings the cause
  if (pipe2(report.data(), O_CLOEXEC) != 0) {
    throw LaunchError(
        fmt::format("can't start {}: {}", words.front(), std::generic_category().message(errno)));
  }
  const BlockedSignals signals;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) become(arguments.data(), environment.data(), signals.before(), parent, report[1]);
  const int fork_error = errno;
  close(report[1]);
  int error = 0;
  const bool failed =
      child < 0 || read(report[0], &error, sizeof error) == static_cast<ssize_t>(sizeof error);
  close(report[0]);
  if (failed) {
    if (child > 0) waitpid(child, nullptr, 0);
    throw LaunchError(fmt::format("can't start {}: {}", words.front(),
                                  std::generic_category().message(child < 0 ? fork_error : error)));
  }

  CoordinatorWatch coordinator(child);
  bool listening = false;
  std::optional<std::chrono::steady_clock::time_point> waiting;  // since when a request does
  for (int requests = 0;;) {
    int status = 0;
    if (waitpid(child, &status, WNOHANG) == child) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : coordinator.exit_code(128 + WTERMSIG(status));
    }
    if (coordinator.dead_for() > patience) {
      fmt::print(stderr, "augsweep: the ranks have ended, but {} has not in {} s: it is ended by force\n",
                 words.front(), patience.count());
      kill(child, SIGKILL);
      waitpid(child, nullptr, 0);
      return coordinator.exit_code(128 + SIGKILL);
    }
    if (waiting && std::chrono::steady_clock::now() - *waiting > patience) {
      kill(child, SIGUSR1);  // the coordinator may be on another host, and can't say that it listens
      waiting.reset();
    }
    const siginfo_t info = signals.wait();
    const int signal = info.si_signo;
    if (signal == SIGCHLD) continue;
    if (signal == SIGUSR2 && info.si_code == SI_QUEUE) {
      coordinator.ends(info.si_value.sival_int);
    } else if (signal == SIGUSR2) {
      listening = true;
      waiting.reset();
      coordinator.found(info.si_pid);
      if (requests > 0) kill(child, SIGUSR1);
    } else if (++requests > 2) {
      kill(child, SIGTERM);
    } else if (listening) {
      kill(child, SIGUSR1);
    } else if (!waiting) {
      waiting = std::chrono::steady_clock::now();
    }
  }
}

bool report_listening(const Environment& environment) {
  const pid_t process = supervisor(environment);
  return process > 0 && kill(process, SIGUSR2) == 0;
}

void report_ending(const Environment& environment, int exit_code) {
  const pid_t process = supervisor(environment);
  if (process > 0) sigqueue(process, SIGUSR2, {.sival_int = exit_code});
}

}  // namespace augsweep::cluster
