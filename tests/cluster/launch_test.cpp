#include "cluster/launch.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace augsweep::cluster {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

const Environment bare = environment({{"PATH", "/usr/bin"}});
const Environment open_mpi = environment({{"OMPI_COMM_WORLD_SIZE", "4"}, {"PMIX_RANK", "0"}});
const Environment hydra = environment({{"PMI_SIZE", "8"}, {"PMI_RANK", "2"}});
const Environment batch_script =
    environment({{"SLURM_JOB_ID", "17"}, {"SLURM_NTASKS", "64"}, {"SLURM_PROCID", "0"}});
const Environment srun_pmix = environment(
    {{"SLURM_JOB_ID", "17"}, {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "16"}, {"PMIX_RANK", "3"}});
const Environment srun_plain =
    environment({{"SLURM_JOB_ID", "17"}, {"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "16"}});
const Environment interactive =
    environment({{"SLURM_JOB_ID", "17"}, {"SLURM_STEP_ID", "4294967290"}, {"SLURM_STEP_NUM_TASKS", "1"}});

TEST(Launcher, IsFoundByWhatItLeavesInTheEnvironment) {
  EXPECT_EQ(find_launcher(open_mpi)->ranks, 4);
  EXPECT_EQ(find_launcher(hydra)->ranks, 8);
  EXPECT_EQ(find_launcher(srun_pmix)->name, "srun");
  EXPECT_EQ(find_launcher(srun_pmix)->ranks, 16);
  EXPECT_EQ(find_launcher(environment({{"MV2_COMM_WORLD_SIZE", "2"}}))->ranks, 2);
  EXPECT_EQ(find_launcher(environment({{"PMIX_RANK", "0"}}))->ranks, 0);
}

TEST(Launcher, IsMpirunEvenInsideASlurmStep) {
  const auto both =
      environment({{"SLURM_STEP_ID", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"OMPI_COMM_WORLD_SIZE", "16"}});
  EXPECT_THAT(find_launcher(both)->name, HasSubstr("Open MPI"));
  EXPECT_EQ(find_launcher(both)->ranks, 16);
}

TEST(Launcher, IsAbsentInAShellABatchScriptAndAnInteractiveStep) {
  EXPECT_FALSE(find_launcher(bare));
  EXPECT_FALSE(find_launcher(batch_script));
  EXPECT_FALSE(find_launcher(interactive));
}

TEST(CheckWorld, RefusesRanksThatAreEachAlone) {
  for (const auto& mismatch : {hydra, open_mpi, srun_pmix}) {
    EXPECT_NO_THROW(check_world(find_launcher(mismatch)->ranks, mismatch));
    EXPECT_THROW(check_world(1, mismatch), LaunchError);
  }
  try {
    check_world(1, hydra);
    FAIL() << "a mismatch was not noticed";
  } catch (const LaunchError& error) {
    EXPECT_THAT(error.what(), HasSubstr("has started 8 processes"));
    EXPECT_THAT(error.what(), HasSubstr("srun --mpi=pmix"));
  }
}

TEST(CheckWorld, AcceptsOneRankThatIsMeantToBeAlone) {
  EXPECT_NO_THROW(check_world(1, bare));
  EXPECT_NO_THROW(check_world(1, batch_script));
  EXPECT_NO_THROW(check_world(1, interactive));
  EXPECT_NO_THROW(check_world(1, environment({{"OMPI_COMM_WORLD_SIZE", "1"}})));
  EXPECT_NO_THROW(check_world(1, environment({{"PMI_SIZE", "what?"}})));
}

TEST(CheckLauncher, RefusesSrunWithoutPmixBeforeMpiFails) {
  EXPECT_THROW(check_launcher(srun_plain), LaunchError);
  for (const auto& good : {bare, open_mpi, hydra, batch_script, srun_pmix, interactive})
    EXPECT_NO_THROW(check_launcher(good));
}

TEST(DefaultWorkers, AreTheTasksOfAnAllocationOrElseTheCores) {
  EXPECT_EQ(default_workers(bare, 12), 12);
  EXPECT_EQ(default_workers(batch_script, 12), 64);
  EXPECT_EQ(default_workers(environment({{"SLURM_JOB_ID", "1"}, {"SLURM_NTASKS", "1"}}), 12), 12);
  EXPECT_EQ(default_workers(environment({{"SLURM_NTASKS", "9"}}), 12), 12);
  EXPECT_EQ(default_workers(bare, 0), 1);
}

TEST(Cores, AreWrittenAsRanges) {
  EXPECT_EQ(cores_text({}), "");
  EXPECT_EQ(cores_text({3}), "3");
  EXPECT_EQ(cores_text({0, 1, 2, 3, 8, 10, 11}), "0-3,8,10-11");
}

TEST(Cores, ThatWeMayUseIncludeAtLeastOne) {
  EXPECT_THAT(usable_cores(), Not(IsEmpty()));
  EXPECT_THAT(usable_cores_text(), Not(IsEmpty()));
}

TEST(FindProgram, LooksThroughPath) {
  EXPECT_EQ(find_program("sh", environment({{"PATH", "/nowhere::/bin"}})), std::filesystem::path("/bin/sh"));
  EXPECT_FALSE(find_program("sh", environment({{"PATH", "/nowhere"}})));
  EXPECT_FALSE(find_program("sh", environment({})));
  EXPECT_FALSE(find_program("bin", environment({{"PATH", "/"}}))) << "a folder is no program";
}

TEST(Mpirun, StartsOneRankMoreThanWorkersOnUnboundCores) {
  const Command command =
      mpirun_command("/usr/bin/mpirun", 4, "/opt/augsweep", {"run", "a b.toml", "-o", "out.h5"}, false);
  EXPECT_THAT(command.words,
              ElementsAre("/usr/bin/mpirun", "-n", "5", "--bind-to", "none", "--oversubscribe", "--stdin",
                          "none", "/opt/augsweep", "run", "a b.toml", "-o", "out.h5"));
  EXPECT_THAT(command.environment, ElementsAre(std::pair("HWLOC_COMPONENTS", "-gl")));
  EXPECT_THROW(mpirun_command("/usr/bin/mpirun", 0, "/opt/augsweep", {}, false), LaunchError);
}

TEST(Mpirun, IsToldThatRootIsMeant) {
  const Command command = mpirun_command("/usr/bin/mpirun", 1, "/opt/augsweep", {}, true);
  EXPECT_THAT(command.environment, IsSupersetOf({std::pair("OMPI_ALLOW_RUN_AS_ROOT", "1"),
                                                 std::pair("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1")}));
}

TEST(Mpirun, StartsTheProgramThatRunsHere) {
  EXPECT_FALSE(mpirun_of_this_program(2, {}, environment({{"PATH", "/nowhere"}})));
  const auto command = mpirun_of_this_program(2, {"run"}, process_environment());
  ASSERT_TRUE(command);
  EXPECT_EQ(std::filesystem::path(command->words.front()).filename(), "mpirun");
  EXPECT_EQ(command->words.back(), "run");
  EXPECT_THAT(command->words, Contains(std::filesystem::read_symlink("/proc/self/exe").string()));
}

Command shell(const std::string& script) {
  return {.words = {"/bin/sh", "-c", script}, .environment = {}};
}

TEST(Supervise, ReturnsTheExitCode) {
  EXPECT_EQ(supervise(shell("exit 0")), 0);
  EXPECT_EQ(supervise(shell("exit 75")), 75);
  EXPECT_EQ(supervise(shell("kill -KILL $$")), 128 + 9);
}

TEST(Supervise, AddsToTheEnvironment) {
  Command command = shell("test \"$SWEEP\" = 'first light' && test -n \"$PATH\"");
  command.environment = {{"SWEEP", "first light"}};
  EXPECT_EQ(supervise(command), 0);
}

TEST(Supervise, PassesOnARequestToStopAsOneThatMpirunGivesToAllRanks) {
  for (const char* signal : {"INT", "TERM", "HUP", "USR1"}) {
    EXPECT_EQ(supervise(shell(std::string("trap 'exit 75' USR1; kill -USR2 $PPID; kill -") + signal +
                              " $PPID; while :; do sleep 0.01; done")),
              75)
        << signal;
  }
}

TEST(Supervise, KeepsAnEarlyRequestUntilTheRanksListen) {
  // Before they do, mpirun would forward it to nobody.
  EXPECT_EQ(supervise(shell("trap 'exit 1' USR1; kill -INT $PPID; sleep 0.2; trap 'exit 75' USR1;"
                            "kill -USR2 ${AUGSWEEP_SUPERVISOR%% *}; while :; do sleep 0.01; done")),
            75);
}

TEST(Supervise, PassesARequestOnIfNoRankSaysThatItListens) {
  // The coordinator on another host can't.
  EXPECT_EQ(supervise(shell("trap 'exit 75' USR1; kill -INT $PPID; while :; do sleep 0.01; done"),
                      std::chrono::seconds(1)),
            75);
}

TEST(Supervise, InsistsAtTheThirdRequest) {
  EXPECT_EQ(
      supervise(shell("trap 'n=$((n+1)); test $n -lt 3 && kill -INT $PPID' USR1; trap 'exit $((40+n))' TERM;"
                      "n=0; kill -USR2 $PPID; kill -INT $PPID; while :; do sleep 0.01; done")),
      42);
}

// Stands for a coordinator that has said that it listens; `rest` is what it does then.
std::string coordinator(const std::string& rest) {
  return "sh -c 'kill -USR2 ${AUGSWEEP_SUPERVISOR%% *}; sleep 0.3; " + rest + "'";
}

TEST(Supervise, KillsAnMpirunThatDoesNotEndAfterItsRanks) {
  // After exec nobody asks for the exit code of the dead child.
  EXPECT_EQ(supervise(shell(coordinator("exit 75") + " & exec sleep 100"), std::chrono::seconds(1)), 75);
  EXPECT_EQ(supervise(shell(coordinator("kill -TERM $$") + " & exec sleep 100"), std::chrono::seconds(1)),
            128 + 15);
}

TEST(Supervise, TakesTheEndOfACoordinatorWhoseExitCodeIsGoneForAKill) {
  EXPECT_EQ(supervise(shell(coordinator("exit 75") + " & wait; exec sleep 100"), std::chrono::seconds(1)),
            128 + 9);
}

TEST(Supervise, ReturnsWhatTheCoordinatorHasSaidIfMpirunCrashes) {
  const std::string says =
      "/usr/bin/python3 -c 'import os, ctypes; ctypes.CDLL(None).sigqueue(int(os.environ["
      "\"AUGSWEEP_SUPERVISOR\"].split()[0]), 12, ctypes.c_void_p(75))'";
  EXPECT_EQ(supervise(shell(says + "; kill -SEGV $$")), 75);
  EXPECT_EQ(supervise(shell(says + "; exit 137")), 137);  // a rank was killed: mpirun knows better
}

TEST(Supervise, WaitsForACoordinatorThatLives) {
  EXPECT_EQ(supervise(shell(coordinator("sleep 3; exit 0") + " & wait; exit 41"), std::chrono::seconds(1)),
            41);
}

volatile std::sig_atomic_t reports = 0;

TEST(Report, IsSignalledToNoProcessButTheSupervisor) {
  const auto file = std::filesystem::path(::testing::TempDir()) / fmt::format("supervisor-{}", getpid());
  Command command = shell("printf %s \"$AUGSWEEP_SUPERVISOR\" >\"$NAME\"");
  command.environment = {{"NAME", file.string()}};
  ASSERT_EQ(supervise(command), 0);
  std::string here;
  std::getline(std::ifstream(file), here);
  std::filesystem::remove(file);

  const auto before = std::signal(SIGUSR2, [](int) { reports = reports + 1; });
  const auto reach = [](const std::string& supervisor) {
    const int reports_before = reports;
    const bool found = report_listening(environment({{"AUGSWEEP_SUPERVISOR", supervisor}}));
    report_ending(environment({{"AUGSWEEP_SUPERVISOR", supervisor}}), 0);
    return std::pair(found, reports - reports_before);
  };
  EXPECT_EQ(reach(here), std::pair(true, 2));
  // Processes of the same number: of another boot or host, and one that came later.
  const std::string process = fmt::format("{}", getpid());
  const auto boot = here.substr(here.rfind(' '));
  for (const std::string& other :
       {process, here + "0", fmt::format("{} 1{}", process, boot), std::string("what?")})
    EXPECT_EQ(reach(other), std::pair(false, 0)) << other;
  std::signal(SIGUSR2, before);
}

TEST(Supervise, SaysWhatCannotBeStarted) {
  try {
    supervise({.words = {"/no/such/mpirun"}, .environment = {}});
    FAIL() << "a missing program was started";
  } catch (const LaunchError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/mpirun: No such file or directory"));
  }
}

}  // namespace
}  // namespace augsweep::cluster
