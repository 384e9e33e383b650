#!/usr/bin/python3
"""Two workers and the coordinator on two cores, against twice one worker (and the coordinator, so also two processes).

Jobs of some 15 ms: 12AX, hybrid memory, 30000 trials each whether they converge or not, so that all are alike; rows are written. The
rate is jobs by the time from the first job's start to the last one's end.

Two cores of a machine need not do twice the work of one, whoever uses them: they share its caches, its clock and its host. So there is a
control: two programs that know nothing of each other, each computing in its own process, against twice one such program. All four
kinds of run take turns; the best of each.

    tools/bench/two_workers.py
    tools/bench/two_workers.py --quick      a smoke run
"""

from __future__ import annotations

import concurrent.futures
import pathlib
import tempfile

import h5py

import common


def rate(options, jobs: int, trials: int, workers: int) -> float:
    """Jobs a second of one sweep; 0 workers compute in the program's own process."""
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        sweep = common.write_sweep(folder / "long.toml", training=f"max_trials = {trials}\nstop_on_convergence = false\n"
                                   "test_trials = 0\n[network]\nleak = [0.7, 1.0]", axes=f"seed = {{ first = 0, count = {jobs} }}")
        output = folder / "long.h5"
        common.timed([options.build / "augsweep", "run", sweep, "-o", output, "--workers", str(workers), "-q"])
        with h5py.File(output, "r") as file:
            return jobs / float(file["run/ended"][:].max() - file["run/started"][:].min())


def pair(options, jobs: int, trials: int) -> float:
    """Jobs a second of two programs at the same time, each in one process, together."""
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        return sum(pool.map(rate, [options] * 2, [jobs] * 2, [trials] * 2, [0] * 2))


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--jobs", type=int, default=150, help="per worker")
    parser.add_argument("--trials", type=int, default=30_000, help="per job")
    parser.add_argument("--quick", action="store_true", help="few jobs: checks that it runs, its figures mean nothing")
    options = parser.parse_args()
    jobs, trials, repetitions = (3, 100, 1) if options.quick else (options.jobs, options.trials, options.repetitions)
    one, two, alone, together = [], [], [], []
    for _ in range(repetitions):
        one.append(rate(options, jobs, trials, 1))
        two.append(rate(options, 2 * jobs, trials, 2))
        alone.append(rate(options, jobs, trials, 0))
        together.append(pair(options, jobs, trials))
    print(common.machine())
    print(f"one worker     {max(one):8.2f} jobs/s ({1e3 / max(one):.1f} ms a job)")
    print(f"two workers    {max(two):8.2f} jobs/s: {max(two) / (2 * max(one)):.3f} of twice one")
    print(f"one process    {max(alone):8.2f} jobs/s")
    print(f"two processes  {max(together):8.2f} jobs/s: {max(together) / (2 * max(alone)):.3f} of twice one, the machine's own")
    print(f"two workers make {max(two) / max(together):.3f} of what two processes make that know nothing of each other")


if __name__ == "__main__":
    main()
