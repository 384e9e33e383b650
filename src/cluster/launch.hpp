#pragma once
/// @file Who started this process, and how it starts itself under mpirun.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cluster/transport.hpp"

namespace augsweep::cluster {

/// The program was started in a way that can't work; what() says what to type instead.
class LaunchError : public ClusterError {
 public:
  using ClusterError::ClusterError;
};

/// Looks up an environment variable; none if it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process.
Environment process_environment();

/// A parallel launcher that has started this process as one of several ranks, or as the only one.
struct Launcher {
  std::string name;  ///< "mpirun (Open MPI)", "srun", …
  int ranks = 0;     ///< that it says it has started; 0 if it does not say
};

/// None if no launcher is at work. A SLURM step of a single task counts as none: an interactive shell is one.
std::optional<Launcher> find_launcher(const Environment& environment);

/// The rank that the launcher has given this process, by its environment; none if it does not say.
std::optional<int> rank_before_mpi(const Environment& environment);

/// Throws LaunchError if the MPI library would fail to start under this launcher (srun without PMIx). Call
/// before MPI is initialised.
void check_launcher(const Environment& environment);

/// Throws LaunchError if this process is alone in its world although the launcher started several: each of
/// them would run the whole sweep.
void check_world(int world_size, const Environment& environment);

/// The cores that this process may run on, by number.
std::vector<int> usable_cores();

/// As text: "0-3,8".
std::string cores_text(const std::vector<int>& cores);

/// Those of this process, and the one that it runs on at this moment: "0-3,8, now on 2".
std::string usable_cores_text();

/// Workers to start when nothing is said: one per task of a SLURM allocation, or else one per usable core.
int default_workers(const Environment& environment, int cores);

/// A program of that name in the folders of PATH.
std::optional<std::filesystem::path> find_program(const std::string& name, const Environment& environment);

/// A program to start.
struct Command {
  std::vector<std::string> words;                                ///< the first is the program's path
  std::vector<std::pair<std::string, std::string>> environment;  ///< set in addition
};

/// What runs `program` with `arguments` as one coordinator and `workers` >= 1 workers under Open MPI's
/// mpirun, on cores of the scheduler's choice (binding would put the coordinator on a worker's core), with
/// more ranks than cores allowed.
Command mpirun_command(const std::filesystem::path& mpirun, int workers, const std::filesystem::path& program,
                       const std::vector<std::string>& arguments, bool as_root);

/// The same for the program that runs here, by its own user, with the mpirun that `environment` has in its
/// PATH; none if there is none.
std::optional<Command> mpirun_of_this_program(int workers, const std::vector<std::string>& arguments,
                                              const Environment& environment);

/// Starts the command and waits for it. SIGINT, SIGTERM, SIGHUP and SIGUSR1 reach it as SIGUSR1, which mpirun
/// passes on to all ranks (it would kill them on the others); a third one as SIGTERM. A request that comes
/// before a rank has called report_listening() waits for that, `patience` at most: mpirun would pass it on to
/// nobody. The command gets SIGTERM if this process dies. Returns its exit code, or 128 + the signal that
/// ended it. Throws LaunchError if it can't be started. To be called by a process of one thread.
///
/// Open MPI 4.1's mpirun now and then never ends after its ranks have, or crashes then (docs/failures.md). So
/// if the coordinator that has called report_listening() is dead and the command still there `patience`
/// later, it is killed; and if it is ended by a signal, the exit code is the coordinator's, as far as that is
/// known.
int supervise(const Command& command, std::chrono::seconds patience = std::chrono::seconds(20));

/// Tells the process that supervises this rank, if one does on this host, that all ranks are up and mind
/// signals. Returns whether one does.
bool report_listening(const Environment& environment);

/// Tells it that this rank, the coordinator, is about to end with this exit code.
void report_ending(const Environment& environment, int exit_code);

}  // namespace augsweep::cluster
