#!/usr/bin/python3
"""The hand-out at 2 to 64 ranks, more than there are cores: jobs that sleep need none. And the coordinator's service time: jobs that
do nothing, so that it is never idle.

Ideal is what the same durations take when every worker gets the next job the moment it is free. Writes the figures as JSON for
tools/bench/simulate_scaling.py.

    tools/bench/handout.py [--json FILE]
    tools/bench/handout.py --quick      a smoke run
"""

from __future__ import annotations

import json
import pathlib

import common


def measure(options, ranks: int, jobs: int, milliseconds: float, size: int = 4000) -> dict:
    _, done = common.timed(["mpirun", "-n", str(ranks), "--bind-to", "none", options.build / "bench_handout", str(jobs),
                            str(milliseconds), "0.5", str(size)])
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--milliseconds", type=float, default=25.0, help="mean length of a job that sleeps")
    parser.add_argument("--jobs-per-worker", type=int, default=100)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true", help="few jobs: checks that it runs, its figures mean nothing")
    options = parser.parse_args()
    repetitions = 1 if options.quick else options.repetitions

    print(common.machine())
    print("jobs that sleep:\n ranks   jobs  efficiency  ideal  of ideal  coordinator asleep")
    sleeping = []
    for ranks in (2, 3) if options.quick else (2, 3, 5, 9, 17, 33, 64):
        jobs = (ranks - 1) * (5 if options.quick else options.jobs_per_worker)
        tried = [measure(options, ranks, jobs, 2.0 if options.quick else options.milliseconds) for _ in range(repetitions)]
        best = max(tried, key=lambda one: one["efficiency"] / one["ideal"])
        sleeping.append(best)
        print(f"{ranks:6} {jobs:6} {best['efficiency']:11.4f} {best['ideal']:6.4f} {best['efficiency'] / best['ideal']:9.4f}"
              f" {best['asleep'] / best['whole']:12.1%}", flush=True)

    print("jobs that do nothing: elapsed time per job\n ranks   bytes  us a job")
    busy = []
    for ranks in (2,) if options.quick else (2, 3, 5):
        for size in (100, 4000, 16_000):
            jobs = 500 if options.quick else 50_000
            best = min((measure(options, ranks, jobs, 0.0, size) for _ in range(repetitions)), key=lambda one: one["elapsed"])
            busy.append(best)
            print(f"{ranks:6} {size:7} {1e6 * best['elapsed'] / jobs:9.2f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": common.machine(), "sleeping": sleeping, "busy": busy}, indent=1) + "\n")


if __name__ == "__main__":
    main()
