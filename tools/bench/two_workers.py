#!/usr/bin/python3
"""Two workers and the coordinator on two cores, against twice one worker (and the coordinator, so also two processes).

Jobs of 20 to 30 ms: 12AX, hybrid memory, 30000 trials each whether they converge or not, so that all are alike; rows are written. The
rate is jobs by the time from the first job's start to the last one's end. Runs with one and two workers alternate; the best of each.

    tools/bench/two_workers.py
    tools/bench/two_workers.py --quick      a smoke run
"""

from __future__ import annotations

import pathlib
import tempfile

import h5py

import common


def rate(options, jobs: int, trials: int, workers: int) -> float:
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        sweep = common.write_sweep(folder / "long.toml", training=f"max_trials = {trials}\nstop_on_convergence = false\n"
                                   "test_trials = 0\n[network]\nleak = [0.7, 1.0]", axes=f"seed = {{ first = 0, count = {jobs} }}")
        output = folder / "long.h5"
        common.timed([options.build / "augsweep", "run", sweep, "-o", output, "--workers", str(workers), "-q"])
        with h5py.File(output, "r") as file:
            return jobs / float(file["run/ended"][:].max() - file["run/started"][:].min())


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--jobs", type=int, default=150, help="per worker")
    parser.add_argument("--trials", type=int, default=30_000, help="per job")
    parser.add_argument("--quick", action="store_true", help="few jobs: checks that it runs, its figures mean nothing")
    options = parser.parse_args()
    jobs, trials, repetitions = (3, 100, 1) if options.quick else (options.jobs, options.trials, options.repetitions)
    one, two = [], []
    for _ in range(repetitions):
        one.append(rate(options, jobs, trials, 1))
        two.append(rate(options, 2 * jobs, trials, 2))
    print(common.machine())
    print(f"one worker  {max(one):8.2f} jobs/s ({1e3 / max(one):.1f} ms a job)")
    print(f"two workers {max(two):8.2f} jobs/s: {max(two) / (2 * max(one)):.3f} of twice one")


if __name__ == "__main__":
    main()
