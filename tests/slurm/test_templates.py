"""The templates of slurm/, submitted to a real SLURM of two virtual nodes, and what can go wrong with them there.

Every scenario is a function; all of them run at the same time on one cluster, since most of their time is SLURM's waiting. A test then
looks at how its scenario ended.
"""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h5py
import numpy as np
import pytest
from cluster import ENDED, Cluster, patience

PROGRAM = os.environ["AUGSWEEP"]
TEMPLATES = Path(__file__).resolve().parents[2] / "slurm"
COMPLETE, BAD_INPUT, STOPPED = 0, 1, 75
MODULES_INIT = "/usr/share/modules/init/bash"  # of Debian's environment-modules
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl": "self,tcp",  # two virtual nodes on one machine must not meet in shared memory
    "OMPI_MCA_btl_tcp_if_include": "lo",  # and there may be no network here
    "OMPI_MCA_oob_tcp_if_include": "lo",
    "HWLOC_COMPONENTS": "-gl",
}
JOBS = 48
SWEEP = """
[sweep]
name = "slurm-test"
[task]
name = "12ax"
[training]
max_trials = {trials}
stop_on_convergence = false
test_trials = 20
[output]
bin_trials = 100
[axes]
leak = [1.0, 0.7, [0.7, 1.0]]
seed = {{ first = 0, count = {seeds} }}
"""


# --- what all scenarios use ----------------------------------------------------------------------------------------------------

def call(*words, check=True):
    result = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=patience(), env={**os.environ, **MPI}, check=False)
    assert not check or result.returncode == COMPLETE, result.stderr
    return result


def digest(file):
    return re.search(r"^digest +([0-9a-f]{64})$", call("verify", file).stdout, re.MULTILINE).group(1)


def done(file):
    """How many jobs a result file holds, looked at from outside while it is written."""
    try:
        with h5py.File(file, "r", swmr=True) as open_file:
            return int(np.count_nonzero(open_file["status"][:]))
    except (OSError, KeyError):
        return 0


class World:
    """The cluster, the sweeps, and what plain runs of them gave."""

    def __init__(self, cluster, folder):
        self.cluster = cluster
        self.folder = folder
        self.lock = threading.Lock()
        self.mine = threading.local()  # .folders: those of the scenario that runs in this thread
        self.short = folder / "short.toml"
        self.short.write_text(SWEEP.format(trials=500, seeds=JOBS // 3))
        call("run", self.short, "-o", folder / "short.h5", "--workers", 0)
        self.short_digest = digest(folder / "short.h5")
        # Long enough to be met in its middle, whatever the speed of machine and program: a fifth of a second a job.
        with h5py.File(folder / "short.h5") as file:
            trial_seconds = float(np.median(file["run/seconds"][:])) / 500
        self.long = folder / "long.toml"
        self.long.write_text(SWEEP.format(trials=int(0.2 / trial_seconds), seeds=JOBS // 3))
        # Never done, but with rows soon: a minute is all that one of the jobs gets.
        self.endless = folder / "endless.toml"
        self.endless.write_text(SWEEP.format(trials=int(0.05 / trial_seconds), seeds=100_000))

    def long_digest(self):
        with self.lock:
            output = self.folder / "long.h5"
            if not output.exists():
                call("run", self.long, "-o", output)
            return digest(output)

    def script(self, name, **lines):
        """A template as a user changes it: `lines` are values of its #SBATCH lines and variables by name. Returns the script in a folder
        of its own."""
        text = (TEMPLATES / f"{name}.sbatch").read_text()
        lines = {"AUGSWEEP": PROGRAM, "OUTPUT": "out.h5", "ntasks-per-node": 2, "OPTIONS": "(--flush-interval 0.05)", **lines}
        for key, value in lines.items():
            if key.isupper():
                text, count = re.subn(rf"^{key}=(\([^)]*\)|\S+)", lambda _, k=key, v=value: f"{k}={v}", text, flags=re.MULTILINE)
            else:
                text, count = re.subn(rf"^#SBATCH --{key}=.*$", f"#SBATCH --{key}={value}", text, flags=re.MULTILINE)
            assert count == 1, f"{name}.sbatch has no line for {key}"
        folder = Path(self.folder, f"{name}-{len(list(self.folder.iterdir()))}-{time.monotonic_ns()}")
        folder.mkdir()
        script = folder / f"{name}.sbatch"
        script.write_text(text)
        self.mine.folders.append(folder)
        return script

    def look(self, scenario):
        """Runs a scenario; if it fails, its error tells what its jobs and SLURM wrote."""
        self.mine.folders = []
        start = time.monotonic()
        try:
            scenario(self)
        except Exception as error:
            written = "".join(f"\n{folder}{logs(folder)}" for folder in self.mine.folders)
            raise AssertionError(f"{scenario.__name__}, after {time.monotonic() - start:.0f} s: {error}\n=== its jobs wrote{written}\n"
                                 f"=== SLURM wrote{self.cluster.logs()}") from error

    def hold_in_the_middle(self, output, job):
        """Waits until a job has some rows, and keeps its workers from computing more, so that it can't end before the test has acted.
        Returns the workers, for go_on()."""
        end = time.monotonic() + patience()
        while done(output) < 3:
            assert time.monotonic() < end, f"{output} has no rows yet{logs(output.parent)}"
            time.sleep(0.1)
        workers = self.cluster.workers(job, PROGRAM)
        signal_all(workers, signal.SIGSTOP)
        assert self.cluster.job(job)["JobState"] == "RUNNING" and done(output) < JOBS, f"it ended too early: {logs(output.parent)}"
        return workers

    def warn(self, job, output, held=None):
        """Holds a job in its middle, gives it SLURM's warning, and lets it go on when the warning has arrived."""
        workers = held or self.hold_in_the_middle(output, job)
        self.cluster.call("scancel", "--batch", "--signal=USR1", job)
        self.cluster.wait_until(lambda: "asked to stop" in logs(output.parent), "the warning arrives", lambda: logs(output.parent))
        go_on(workers)


def signal_all(pids, number):
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def go_on(workers):
    signal_all(workers, signal.SIGCONT)


def logs(folder):
    return "".join(f"\n--- {file.name}\n{file.read_text()}" for file in Path(folder).glob("*.log"))


def exit_code(job):
    return int(job["ExitCode"].split(":")[0])


# --- scenarios -----------------------------------------------------------------------------------------------------------------

def sweep_with_srun(world):
    """sweep.sbatch as it is, on two nodes through srun and PMIx."""
    script = world.script("sweep", SWEEP=world.short, OPTIONS="(--verbose)")
    job = world.cluster.wait_for_end(world.cluster.submit(script))
    text = logs(script.parent)
    assert (job["JobState"], exit_code(job), job["NumNodes"]) == ("COMPLETED", COMPLETE, "2"), text
    assert digest(script.parent / "out.h5") == world.short_digest
    for rank in range(4):
        assert re.search(rf"rank {rank}: .*process \d+ on \S+, cores [\d,-]+, now on \d+", text), text


def sweep_with_mpirun(world):
    """The one switch: LAUNCHER=mpirun."""
    script = world.script("sweep", SWEEP=world.short, LAUNCHER="mpirun")
    job = world.cluster.wait_for_end(world.cluster.submit(script))
    assert (job["JobState"], exit_code(job), job["NumNodes"]) == ("COMPLETED", COMPLETE, "2"), logs(script.parent)
    assert digest(script.parent / "out.h5") == world.short_digest


def sweep_stopped_and_submitted_again(world):
    """The warning stops it with exit code 75; the same script submitted once more goes on and completes."""
    script = world.script("sweep", SWEEP=world.long)
    first = world.cluster.submit(script)
    output = script.parent / "out.h5"
    world.warn(first, output)
    job = world.cluster.wait_for_end(first)
    assert (job["JobState"], exit_code(job)) == ("FAILED", STOPPED), logs(script.parent)
    kept = done(output)
    assert 3 <= kept < JOBS
    with h5py.File(output) as file:
        rows, ended = np.flatnonzero(file["status"][:]), file["run/ended"][:]
    job = world.cluster.wait_for_end(world.cluster.submit(script))
    assert (job["JobState"], exit_code(job)) == ("COMPLETED", COMPLETE), logs(script.parent)
    with h5py.File(output) as file:
        assert (file["run/ended"][:][rows] == ended[rows]).all(), "a job that was done has been run again"
    assert digest(output) == world.long_digest()


def sweep_with_a_mistake(world):
    """Bad input is exit code 1 and a message in the log, and nothing is tried again."""
    script = world.script("preemptible", SWEEP=world.short, OPTIONS="(--set betta=1)", nodes=1)
    job = world.cluster.wait_for_end(world.cluster.submit(script))
    assert (job["JobState"], exit_code(job), job["Restarts"]) == ("FAILED", BAD_INPUT, "0"), logs(script.parent)
    assert "did you mean `beta`" in logs(script.parent)


def array_and_merge(world):
    """array.sbatch: three shards, and the merge that waits for them, into a file with the digest of a plain run."""
    script = world.script("array", SWEEP=world.short, array="1-3", SHARDS=3)
    array = world.cluster.submit(script)

    def tasks():
        return [job for job in world.cluster.jobs() if job.get("ArrayJobId") == array]

    def merges():
        return [job for job in world.cluster.watched_jobs()
                if job["JobName"] == "augsweep-merge" and job["WorkDir"] == str(script.parent)]
    world.cluster.wait_until(lambda: merges() and merges()[0]["JobState"] in ENDED, "the merge job has ended", lambda: logs(script.parent))
    text = logs(script.parent)
    assert [(job["JobState"], exit_code(job)) for job in tasks()] == [("COMPLETED", COMPLETE)] * 3, text
    merge, = merges()
    assert (merge["JobState"], exit_code(merge)) == ("COMPLETED", COMPLETE), text
    assert merge["StartTime"] >= max(job["EndTime"] for job in tasks())
    assert [done(script.parent / f"out-shard-{shard}.h5") for shard in (1, 2, 3)] == [JOBS // 3] * 3
    assert digest(script.parent / "out.h5") == world.short_digest


def array_with_a_missing_shard(world):
    """A shard that never came leaves a merged file of what there is, and a merge job with exit code 75; the shard alone completes it."""
    script = world.script("array", SWEEP=world.short, array="1-1", SHARDS=2, MERGE_OPTIONS="(--virtual)", LAUNCHER="mpirun")

    def merges():
        return [job for job in world.cluster.watched_jobs()
                if job["JobName"] == "augsweep-merge" and job["WorkDir"] == str(script.parent)]

    def ended(count):
        return len(merges()) == count and all(job["JobState"] in ENDED for job in merges())
    world.cluster.submit(script)
    world.cluster.wait_until(lambda: ended(1), "the merge job has ended", lambda: logs(script.parent))
    text = logs(script.parent)
    assert exit_code(merges()[0]) == STOPPED, text
    assert "shard 2 of 2 is missing" in text
    assert done(script.parent / "out.h5") == JOBS // 2
    world.cluster.submit(script, "--array=2")
    world.cluster.wait_until(lambda: ended(2), "the merge job has ended", lambda: logs(script.parent))
    assert sorted(exit_code(job) for job in merges()) == [COMPLETE, STOPPED], logs(script.parent)
    assert digest(script.parent / "out.h5") == world.short_digest


def preemptible_warned(world):
    """A warning in the middle: stop with 75, back into the queue, on again, complete; one log for both runs."""
    script = world.script("preemptible", SWEEP=world.long)
    job = world.cluster.submit(script)
    output = script.parent / "out.h5"
    world.warn(job, output)
    assert world.cluster.wait_for_requeue(job)["Restarts"] == "1", logs(script.parent)
    kept = done(output)
    assert 3 <= kept < JOBS
    ended = world.cluster.wait_for_end(job)
    text = logs(script.parent)
    assert (ended["JobState"], exit_code(ended), ended["Restarts"]) == ("COMPLETED", COMPLETE, "1"), text
    assert text.index("requeue 1 of at most 20") < text.index(f"complete: {output.name}")
    assert digest(output) == world.long_digest()
    with h5py.File(output) as file:
        assert sorted(set(file["run/attempt"][:])) == [1, 2]


def preemptible_capped(world):
    """After MAX_REQUEUES the script says so and ends with 75."""
    script = world.script("preemptible", SWEEP=world.endless, MAX_REQUEUES=0, nodes=1)
    job = world.cluster.submit(script)
    world.warn(job, script.parent / "out.h5")
    ended = world.cluster.wait_for_end(job)
    assert (ended["JobState"], exit_code(ended), ended["Restarts"]) == ("FAILED", STOPPED, "0"), logs(script.parent)
    assert "MAX_REQUEUES" in logs(script.parent)


def chain_of_two(world):
    """The first job is stopped by the warning, the second completes the sweep, the third is withdrawn."""
    script = world.script("chain", SWEEP=world.long, LAUNCHER="mpirun", nodes=1)
    first = world.cluster.submit(script)
    output = script.parent / "out.h5"
    world.warn(first, output)
    assert exit_code(world.cluster.wait_for_end(first)) == STOPPED, logs(script.parent)

    def links():
        jobs = [job for job in world.cluster.watched_jobs() if job["WorkDir"] == str(script.parent)]
        return sorted(jobs, key=lambda job: int(job["JobId"]))
    world.cluster.wait_until(lambda: len(links()) == 3 and all(job["JobState"] in ENDED for job in links()), "the chain has ended",
                             lambda: logs(script.parent))
    text = logs(script.parent)
    assert [(job["JobState"], exit_code(job)) for job in links()[:2]] == [("FAILED", STOPPED), ("COMPLETED", COMPLETE)], text
    assert links()[2]["JobState"] == "CANCELLED", text
    assert digest(output) == world.long_digest()


def time_limit_without_warning(world):
    """SLURM's limit ends a job that was not warned: every row that a reader had seen is still there, and right."""
    script = world.script("sweep", SWEEP=world.endless, nodes=1, time="00:01:00", signal="B:USR1@0")
    job = world.cluster.submit(script)
    output = script.parent / "out.h5"
    seen = 0
    end = time.monotonic() + patience()
    while world.cluster.watched_job(job)["JobState"] in ("UNKNOWN", "PENDING", "RUNNING"):
        assert time.monotonic() < end, f"SLURM's limit has not come{logs(script.parent)}"
        seen = max(seen, done(output))
        time.sleep(0.3)
    ended = world.cluster.wait_for_end(job)
    assert ended["JobState"] == "TIMEOUT", (ended, logs(script.parent))
    assert seen > 3
    verified = call("verify", output)
    assert int(re.search(r"^jobs +(\d+) of", verified.stdout, re.MULTILINE).group(1)) >= seen
    resumed = call("run", world.endless, "-o", output, "--resume", "--workers", 0, "--time-limit", "1s", check=False)
    assert resumed.returncode == STOPPED
    assert done(output) >= seen
    call("verify", output)


def launchers(world):
    """Ways to start: unequal nodes by a hostfile, more ranks than cores, one process, and one that can't work."""
    folder = world.folder / "launchers"
    folder.mkdir()
    world.mine.folders.append(folder)
    (folder / "hosts").write_text("n1 slots=3\nn2 slots=1\n")
    script = folder / "launchers.sbatch"
    script.write_text(f"""#!/bin/bash -l
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=3
#SBATCH --output=%x.log
mpirun --hostfile hosts -n 4 --display-map {PROGRAM} run {world.short} -o unequal.h5 --verbose; echo "unequal: $?"
mpirun --host n1:2 --oversubscribe -n 6 {PROGRAM} run {world.short} -o over.h5; echo "over: $?"
{PROGRAM} run {world.short} -o one.h5 --workers 0; echo "one: $?"
srun --mpi=none -n 2 {PROGRAM} run {world.short} -o wrong.h5; echo "wrong: $?"
""")
    world.cluster.wait_for_end(world.cluster.submit(script))
    text = logs(folder)
    for name in ("unequal", "over", "one"):
        assert f"{name}: 0" in text, text
        assert digest(folder / f"{name}.h5") == world.short_digest
    assert re.search(r"node: n1\s+Num slots: 3\b", text) and re.search(r"node: n2\s+Num slots: 1\b", text), text
    with h5py.File(folder / "over.h5") as file:
        assert set(file["run/rank"][:]) <= {1, 2, 3, 4, 5}
    assert "wrong: 1" in text and "srun --mpi=pmix" in text, text
    assert not (folder / "wrong.h5").exists()


def modules_of_the_site(world):
    """MODULES: what was loaded before is purged, what is named is loaded, in the shards' jobs and in the merge; one that isn't there is
    exit code 1. With Debian's environment-modules, and the program in a module alone."""
    if not Path(MODULES_INIT).exists():
        pytest.skip("package environment-modules is missing")
    (world.folder / "modulefiles").mkdir()
    (world.folder / "modulefiles" / "other").write_text("#%Module1.0\nappend-path LOADED other\n")
    (world.folder / "modulefiles" / "augsweep").write_text(f"#%Module1.0\nconflict other\nprepend-path PATH {Path(PROGRAM).parent}\n")
    lines = dict(SWEEP=world.short, array="1-2", SHARDS=2, AUGSWEEP="augsweep", LAUNCHER="mpirun")
    with_modules = world.script("array", MODULES="(augsweep)", **lines)
    without = world.script("array", **lines)
    missing = world.script("array", MODULES="(augsweep no-such-module)", **lines)
    # Where a user's login shell finds its modules; the loaded one gets into the way.
    profile = world.folder / "modules.sh"
    profile.write_text(f". {MODULES_INIT}\nmodule use {world.folder}/modulefiles\nmodule load other\n")
    array, array_without, array_missing = (world.cluster.submit(script, f"--export=ALL,TEST_PROFILE={profile}")
                                           for script in (with_modules, without, missing))

    def ended(script):
        jobs = [job for job in world.cluster.watched_jobs() if job["WorkDir"] == str(script.parent)]
        return [job for job in jobs if job["JobState"] in ("COMPLETED", "FAILED")] if len(jobs) >= 2 else []
    for script, count in [(with_modules, 3), (without, 2), (missing, 2)]:
        world.cluster.wait_until(lambda: len(ended(script)) >= count, "the array has ended", lambda: logs(script.parent))
    assert [exit_code(job) for job in ended(with_modules)] == [COMPLETE] * 3, logs(with_modules.parent)
    assert digest(with_modules.parent / "out.h5") == world.short_digest
    assert all(exit_code(job) != COMPLETE for job in ended(without)), "the program was found without its module"
    assert [exit_code(job) for job in ended(missing)] == [BAD_INPUT] * 2 and "no-such-module" in logs(missing.parent)


def written_by_the_program(world):
    """"augsweep slurm" fills the templates in; what it writes runs as it is."""
    folder = world.folder / "written"
    folder.mkdir()
    world.mine.folders.append(folder)
    call("slurm", world.short, "-o", folder / "out.h5", "--script", folder / "job.sbatch", "--tasks-per-node", 2, "--nodes", 2)
    job = world.cluster.wait_for_end(world.cluster.submit(folder / "job.sbatch"))
    assert (job["JobState"], exit_code(job)) == ("COMPLETED", COMPLETE), logs(folder)
    assert digest(folder / "out.h5") == world.short_digest


# These take nodes away, each in a partition of its own.

def preempted_by_an_urgent_job(world):
    """SLURM itself takes the nodes for a job of higher priority: warned, requeued, completed afterwards."""
    script = world.script("preemptible", SWEEP=world.long, nodes=1)
    job = world.cluster.submit(script, "--partition=preempted")
    output = script.parent / "out.h5"
    workers = world.hold_in_the_middle(output, job)
    urgent = script.parent / "urgent.sh"
    urgent.write_text("#!/bin/sh\nexit 0\n")
    other = world.cluster.submit(urgent, "--partition=urgent", "--exclusive", "--output=/dev/null")
    world.cluster.wait_until(lambda: "asked to stop" in logs(output.parent), "the warning arrives", lambda: logs(output.parent))
    go_on(workers)
    assert world.cluster.wait_for_end(other)["JobState"] == "COMPLETED"
    ended = world.cluster.wait_for_end(job)
    assert (ended["JobState"], exit_code(ended), ended["Restarts"]) == ("COMPLETED", COMPLETE, "1"), logs(script.parent)
    assert digest(output) == world.long_digest()


def drained_node(world):
    """A node is drained under a running job: it stops when warned, and goes on on the other node."""
    cluster = world.cluster
    cluster.set_node("n4", "drain")
    script = world.script("preemptible", SWEEP=world.long, nodes=1)
    job = cluster.submit(script, "--partition=drained")
    output = script.parent / "out.h5"
    workers = world.hold_in_the_middle(output, job)
    assert cluster.job(job)["NodeList"] == "n5"
    cluster.set_node("n4", "resume")
    cluster.set_node("n5", "drain")
    assert cluster.job(job)["JobState"] == "RUNNING"
    world.warn(job, output, held=workers)
    ended = cluster.wait_for_end(job)
    assert (ended["JobState"], exit_code(ended), ended["Restarts"], ended["NodeList"]) == ("COMPLETED", COMPLETE, "1", "n4"), logs(script.parent)
    assert digest(output) == world.long_digest()


def killed_node(world):
    """One of two nodes loses its power: the job is requeued, and completes when the node is back."""
    cluster = world.cluster
    script = world.script("preemptible", SWEEP=world.long)
    job = cluster.submit(script, "--partition=killed")
    output = script.parent / "out.h5"
    workers = world.hold_in_the_middle(output, job)
    cluster.kill_node("n7")
    go_on(workers)
    assert cluster.wait_for_requeue(job)["Restarts"] == "1", logs(script.parent)
    assert done(output) >= 3
    cluster.start_node("n7")
    ended = cluster.wait_for_end(job)
    assert (ended["JobState"], exit_code(ended)) == ("COMPLETED", COMPLETE), logs(script.parent)
    assert digest(output) == world.long_digest()


PARTITIONS = {"normal": ["n1", "n2"], "preempted": ["n3"], "urgent": ["n3"], "drained": ["n4", "n5"], "killed": ["n6", "n7"]}
SCENARIOS = [time_limit_without_warning, killed_node, drained_node, preempted_by_an_urgent_job, preemptible_warned, chain_of_two,
             sweep_stopped_and_submitted_again, array_and_merge, array_with_a_missing_shard, sweep_with_srun, sweep_with_mpirun,
             sweep_with_a_mistake, preemptible_capped, launchers, modules_of_the_site, written_by_the_program]
if "SCENARIOS" in os.environ:  # a few of them by name, while working on one
    SCENARIOS = [scenario for scenario in SCENARIOS if scenario.__name__ in os.environ["SCENARIOS"].split()]


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Starts all scenarios; one future for each."""
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "cluster").mkdir()
    (folder / "home").mkdir()  # a login shell does no more than it must
    (folder / "home" / ".bash_profile").write_text('if [ "$TEST_PROFILE" ]; then . "$TEST_PROFILE"; fi\n')
    with Cluster(folder / "cluster", PARTITIONS, environment={**MPI, "HOME": str(folder / "home")}) as cluster:
        world = World(cluster, folder)
        with ThreadPoolExecutor(len(SCENARIOS)) as pool:
            yield {scenario: pool.submit(world.look, scenario) for scenario in SCENARIOS}
    end = time.monotonic() + 60  # a killed process needs a moment
    while cluster.processes():
        assert time.monotonic() < end, f"something of the cluster lives on: processes {cluster.processes()}"
        time.sleep(0.1)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_scenario(runs, scenario):
    runs[scenario].result()
