#!/usr/bin/python3
"""Sweeps of 10^3 to 10^6 tiny jobs: cost per job, memory of the coordinator per job, file size, time to start, and to resume.

A job is one trial of 12AX; curves and weights are not kept. Cost per job is the time from the first job's start to the last job's
end in one process with one worker thread, divided by the jobs. Start and resume are whole runs of the program with a time limit that
is over at once. Resume is done three times: on a complete file, on a file of which half the rows are done, and on one whose writer was
killed (SIGKILL) after half of them, so that every row has to be checked and copied.

    tools/bench/scale.py                    10^3, 10^4, 10^5, 10^6 jobs: about three minutes
    tools/bench/scale.py --jobs 1000 10000
"""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import tempfile
import time

import h5py
import numpy

import common


def run(options, sweep, output, *arguments) -> tuple[float, float]:
    """Wall seconds, and the greatest resident memory of the process in bytes."""
    command = [options.build / "augsweep", "run", sweep, "-o", output, "--workers", "0", "-q", *arguments]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=common.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    message = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code
    if code not in (0, 75):
        raise RuntimeError(f"exit code {code}: {message}")
    return time.perf_counter() - began, usage.ru_maxrss * 1024


def kill_half_way(options, sweep, output, jobs: int) -> int:
    """Starts a run and kills it when about half its jobs are done and flushed. Returns how many are."""
    process = subprocess.Popen([options.build / "augsweep", "run", sweep, "-o", output, "--workers", "0", "-q", "--flush-interval",
                                "0.02"], env=common.environment())
    done = 0
    while done < jobs // 2 and process.poll() is None:
        time.sleep(0.05)
        try:
            with h5py.File(output, "r", swmr=True) as file:
                done = int(numpy.count_nonzero(file["status"][:]))
        except OSError:
            continue
    process.send_signal(signal.SIGKILL)
    process.wait()
    return done


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    print(common.machine())
    print(f"{'jobs':>8} {'us a job':>9} {'relative':>8} {'memory':>9} {'B a job':>8} {'file':>9} {'start':>7} {'resume:':>8}"
          f" {'complete':>8} {'half':>7} {'killed':>7}")
    base_cost = base_memory = base_jobs = None
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory(dir=options.folder) as name:
            folder = pathlib.Path(name)
            sweep = common.write_sweep(folder / "tiny.toml", training="max_trials = 1\ntest_trials = 0\n[output]\ncurves = false\n"
                                       "weights = false", axes=f"seed = {{ first = 0, count = {jobs} }}")
            output = folder / "tiny.h5"
            start = min(run(options, sweep, output, "--overwrite", "--time-limit", "0.000001")[0] for _ in range(options.repetitions))
            cost = memory = None
            for _ in range(options.repetitions if jobs < 1_000_000 else 1):
                _, memory = run(options, sweep, output, "--overwrite")
                with h5py.File(output, "r") as file:
                    began, ended = file["run/started"][:], file["run/ended"][:]
                this = (ended.max() - began.min()) / jobs
                cost = this if cost is None else min(cost, this)
            size = output.stat().st_size
            complete = run(options, sweep, output, "--resume")[0]
            output.unlink()
            half_limit = cost * jobs / 2 + 0.001
            run(options, sweep, output, "--time-limit", f"{half_limit:.6f}")
            half = run(options, sweep, output, "--resume", "--time-limit", "0.000001")[0]
            output.unlink()
            done = kill_half_way(options, sweep, output, jobs)
            killed = run(options, sweep, output, "--resume", "--time-limit", "0.000001")[0]
        if base_cost is None:
            base_cost, base_memory, base_jobs = cost, memory, jobs
        per_job = (memory - base_memory) / (jobs - base_jobs) if jobs > base_jobs else float("nan")
        print(f"{jobs:>8} {1e6 * cost:9.1f} {cost / base_cost:8.2f} {memory / 2**20:6.1f}MiB {per_job:8.0f} {size / 1e6:6.1f} MB"
              f" {start:6.2f}s {'':8} {complete:7.2f}s {half:6.2f}s {killed:6.2f}s ({done} rows)", flush=True)


if __name__ == "__main__":
    main()
