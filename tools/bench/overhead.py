#!/usr/bin/python3
"""What a job costs beyond its simulation, beside two other ways of spreading jobs over processes, in one run.

A job of one trial, with a row of 16 KB (five curves of 600 bins, and the weights). augsweep hands it out, simulates it, compresses
the row, writes it to the result file and makes it durable. mpi4py.futures and multiprocessing get a function that does nothing and
returns 16 KB, and store nothing. All with two workers.

Start-up is taken out by running two numbers of jobs and dividing the difference. What the simulation itself takes is measured with
a single worker, which has a core for itself, and half of it is taken off: two workers share it.

    tools/bench/overhead.py                      result files in the folder for temporary files
    tools/bench/overhead.py --folder /dev/shm    without the disk
    tools/bench/overhead.py --quick              a smoke run
"""

from __future__ import annotations

import pathlib
import sys
import tempfile

import h5py

import common

POOL = '''
import sys, time
PAYLOAD = bytes(range(256)) * 64   # 16 KB
def job(index):
    return PAYLOAD
def measure(results, jobs):
    began = time.perf_counter()
    for result in results:
        assert len(result) == 16384
    print((time.perf_counter() - began) / jobs)
if __name__ == "__main__":
    kind, jobs, chunk = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if kind == "mpi4py.futures":
        from mpi4py.futures import MPIPoolExecutor
        with MPIPoolExecutor(max_workers=2) as pool:
            list(pool.map(job, range(100)))
            measure(pool.map(job, range(jobs), chunksize=chunk, unordered=True), jobs)
    else:
        import multiprocessing
        with multiprocessing.Pool(2) as pool:
            list(pool.imap_unordered(job, range(100)))
            measure(pool.imap_unordered(job, range(jobs), chunksize=chunk), jobs)
'''


def sweep_file(path: pathlib.Path, jobs: int) -> pathlib.Path:
    """The first job is long enough for 600 bins; all others end after their first trial."""
    values = ", ".join(f"[{30_000 if i == 0 else 1}, {i}]" for i in range(jobs))
    return common.write_sweep(path, training="test_trials = 0",
                              axes=f'job = {{ together = ["max_trials", "seed"], values = [{values}] }}')


def augsweep(options, jobs: int, workers: int) -> tuple[float, float]:
    """Wall time, and the sum of the jobs' own times without the first job, in seconds."""
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        sweep = sweep_file(pathlib.Path(folder) / "tiny.toml", jobs)
        output = pathlib.Path(folder) / "tiny.h5"
        wall, _ = common.timed([options.build / "augsweep", "run", sweep, "-o", output, "--workers", str(workers), "-q"])
        with h5py.File(output, "r") as file:
            seconds = file["run/seconds"][:]
            assert (file["status"][:] != 0).all()
        return wall - seconds[0] / workers, float(seconds[1:].sum())


def pool(options, kind: str, jobs: int, chunk: int) -> float:
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        script = pathlib.Path(folder) / "pool.py"
        script.write_text(POOL)
        command = ["/usr/bin/python3", script, kind, str(jobs), str(chunk)]
        if kind == "mpi4py.futures":
            command = ["mpirun", "-n", "3", "--bind-to", "none", "/usr/bin/python3", "-m", "mpi4py.futures", *command[1:]]
        _, done = common.timed(command)
        return float(done.stdout.split()[-1])


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--jobs", type=int, default=40_000)
    parser.add_argument("--quick", action="store_true", help="few jobs: checks that it runs, its figures mean nothing")
    parser.add_argument("--pools", nargs="*", default=["mpi4py.futures", "multiprocessing"], help="what to compare with")
    options = parser.parse_args()
    few, many = (50, 250) if options.quick else (options.jobs // 10, options.jobs)
    repetitions = 1 if options.quick else options.repetitions

    simulation = min(augsweep(options, few, 1)[1] / few for _ in range(repetitions))
    short = min(augsweep(options, few, 2)[0] for _ in range(repetitions))
    long = min(augsweep(options, many, 2)[0] for _ in range(repetitions))
    per_job = (long - short) / (many - few)
    overhead = per_job - simulation / 2

    print(common.machine())
    print(f"augsweep: {1e6 * per_job:.1f} us a job with two workers, of which simulation {1e6 * simulation:.1f} / 2")
    rows = [("augsweep, 16 KB row stored", overhead)]
    for kind in options.pools:
        for chunk in (1, 64):
            try:
                best = min(pool(options, kind, many // 4 + 1, chunk) for _ in range(repetitions))
            except RuntimeError as error:
                sys.exit(f"{error}\ntools/setup --bench installs what is missing")
            rows.append((f"{kind}, chunks of {chunk}, nothing stored", best))
    for name, seconds in rows:
        print(f"{name:<48} {1e6 * seconds:8.1f} us a job {seconds / overhead:8.2f} x augsweep")


if __name__ == "__main__":
    main()
