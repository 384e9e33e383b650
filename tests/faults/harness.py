"""Starting, watching and killing the program, for the tests of this folder."""

import os
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np

from program import BAD_INPUT, COMPLETE, PROGRAM, SLOWNESS, SOME_FAILED, STOPPED, call, digest, environment  # noqa: F401

FAULTY_IO = os.environ["AUGSWEEP_FAULTY_IO"]

def steady_sweep(jobs, trials=3000, long_jobs=0, long_trials=100_000):
    """A sweep whose jobs all have the same length; the last ones may be long, so that no run ends before a test has done what it
    wants to do to it."""
    head = '[sweep]\nname = "steady"\n[task]\nname = "12ax"\n[training]\nstop_on_convergence = false\ntest_trials = 10\n'
    points = [f"[[points]]\nseed = {seed}\nmax_trials = {trials if seed < jobs else long_trials}\n" for seed in range(jobs + long_jobs)]
    return head + "".join(points)


def faulty(fault):
    """Environment in which a call fails as tests/faults/faulty_io.c says."""
    return {"LD_PRELOAD": FAULTY_IO, "FAULT": fault}


def one_sentence(result, *words):
    """The program refused in one line that holds these words, and nothing was printed as a result."""
    lines = result.stderr.strip().splitlines()
    assert result.returncode == BAD_INPUT, (result.returncode, result.stderr)
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0], lines[0]


def descendants(pid):
    """All processes below one, outermost first."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if fields[0] != "Z":
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = []
    level = [pid]
    while level:
        level = sorted(child for parent in level for child in children.get(parent, []))
        found += level
    return found


def name_of(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Acknowledged:
    """What readers have seen: rows that must never change nor vanish."""

    def __init__(self):
        self.rows = {}
        self.lost = self.changed = 0

    def look(self, file):
        """Takes a look at the file as any reader would; returns the number of finished rows."""
        with h5py.File(file, "r", swmr=True) as open_file:
            status = open_file["status"][:]
            ended = open_file["run/ended"][:]
            checksum = open_file["run/checksum"][:]
            steps = open_file["steps"][:]
        for job in np.flatnonzero(status):
            row = (status[job], ended[job], checksum[job], steps[job])
            if 0 in row or np.isnan(ended[job]):
                continue  # a reader can meet a row in the middle of being flushed; such a row is not done yet
            if self.rows.setdefault(job, row) != row:
                self.changed += 1
        self.lost += sum(1 for job in self.rows if status[job] == 0)
        return len(self.rows)

    def check(self):
        assert self.lost == 0 and self.changed == 0, f"{self.lost} rows lost, {self.changed} rows changed"


class Run:
    """A started 'augsweep run'."""

    def __init__(self, sweep, output, *words, launcher=(), env=None):
        self.output = Path(output)
        self.errors = Path(f"{output}.stderr")
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [*launcher, PROGRAM, "run", str(sweep), "-o", str(output), "--flush-interval", "0.05", *map(str, words)],
                stdout=subprocess.DEVNULL, stderr=errors, stdin=subprocess.DEVNULL,
                env=environment(**(env or {})), start_new_session=True)

    def said(self):
        return self.errors.read_text()

    def wait_for_rows(self, count, acknowledged, longest=60.0):
        """Waits until readers see that many rows, or for that long; false if the run has ended by then."""
        end = time.monotonic() + longest
        while time.monotonic() < end:
            try:
                if acknowledged.look(self.output) >= count:
                    return True
            except (OSError, KeyError):
                pass  # not there yet
            if self.process.poll() is not None:
                return False
            time.sleep(0.01)
        return True

    def processes(self):
        """The processes of this run by their parts."""
        below = descendants(self.process.pid)
        everyone = [self.process.pid, *below]
        mpirun = [pid for pid in everyone if name_of(pid) in ("mpirun", "orterun")]
        parents = set(mpirun) or {None}
        ranks = sorted(pid for pid in below if parents & {parent_of(pid)} and name_of(pid) == Path(PROGRAM).name[:15])
        if not mpirun:
            ranks = [self.process.pid]
        return {"all": everyone, "mpirun": mpirun, "coordinator": ranks[:1], "worker": ranks[1:]}

    def wait(self, timeout=60):
        """The exit code, once nothing of the run is left."""
        return self.process.wait(timeout=timeout)


def parent_of(pid):
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return None


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def wait_until_gone(pids, timeout=60.0):
    """Waits for processes that are not our children to end; kills what is left then, and says so."""
    end = time.monotonic() + timeout
    while any(map(alive, pids)):
        if time.monotonic() > end:
            left = [pid for pid in pids if alive(pid)]
            send(left, signal.SIGKILL)
            raise AssertionError(f"{len(left)} processes were left behind")
        time.sleep(0.02)
