#!/usr/bin/python3
"""A discrete-event simulation of the hand-out, up to 10,000 ranks, held against runs with 2 to 64 ranks.

The rules are those of src/cluster/coordinator.cpp: how many jobs a worker gets in advance, when it gets more, how the shares shrink
near the end, and that jobs waiting behind a long one are recalled. The coordinator serves one result at a time. What a result costs it
is measured (tools/bench/handout.py --json for messages, bench_writer for the row).

    tools/bench/handout.py --json handout.json
    tools/bench/simulate_scaling.py handout.json --write-us 25 -o docs/scaling.png
    tools/bench/simulate_scaling.py --quick               a smoke run without measurements
"""

from __future__ import annotations

import argparse
import collections
import heapq
import json
import pathlib
import random

AHEAD = 0.020  # CoordinatorOptions::ahead, seconds
MAX_AHEAD = 256  # CoordinatorOptions::max_ahead, jobs
NEWEST_WEIGHT = 0.25
PAUSE = 0.002  # longest sleep of a coordinator
LOOK = 0.001  # WorkerOptions::look_interval: a running job answers a recall so late
RECALL = 0.002  # long_job: a recall is sent so long after a worker ran dry at the earliest
LATENCY = 20e-6  # of a message, with the wake-up of a process

RESULT, DONE, ASSIGNMENT, STEAL = range(4)


def scatter(job: int) -> float:
    """In [-1, 1), the same as in bench_handout.cpp."""
    mask = (1 << 64) - 1
    x = (job + 1) * 0x9E3779B97F4A7C15 & mask
    x ^= x >> 31
    x = x * 0xBF58476D1CE4E5B9 & mask
    return (x >> 11) / (1 << 52) - 1.0


def simulate(workers: int, jobs: int, mean: float, spread: float, service: float, seed: int = 1) -> tuple[float, float]:
    """The part of the workers' time that is spent in jobs, and the part of the coordinator's that is not idle."""
    chance = random.Random(seed)
    durations = [mean * (1.0 + spread * scatter(job)) for job in range(jobs)]
    next_job = 0
    queue: list[collections.deque[int]] = [collections.deque() for _ in range(workers)]  # on the worker, not begun
    open_jobs = [0] * workers  # as the coordinator knows
    mean_job: list[float | None] = [None] * workers
    running = [False] * workers
    finished = 0
    free_at = 0.0  # when the coordinator has done what it has
    served = 0.0
    events: list[tuple[float, int, int, int, object]] = []
    count = 0
    end = 0.0
    idle: collections.deque[int] = collections.deque()  # workers without a job and nothing left to hand out

    def push(time: float, kind: int, worker: int, data: object = None) -> None:
        nonlocal count
        count += 1
        heapq.heappush(events, (time, count, kind, worker, data))

    def top_up(time: float, worker: int) -> None:
        nonlocal next_job
        left = jobs - next_job
        if left == 0:
            return
        target = 2
        if mean_job[worker] is not None:
            target = min(MAX_AHEAD, max(2, 1 + int(AHEAD / mean_job[worker])))
        target = min(target, -(-left // (2 * workers)))
        if open_jobs[worker] > target // 2:
            return
        batch = list(range(next_job, min(jobs, next_job + target - open_jobs[worker])))
        next_job += len(batch)
        open_jobs[worker] += len(batch)
        push(time + LATENCY, ASSIGNMENT, worker, batch)

    def begin(time: float, worker: int) -> None:
        if running[worker] or not queue[worker]:
            return
        job = queue[worker].popleft()
        running[worker] = True
        push(time + durations[job], DONE, worker, job)

    for worker in range(workers):
        free_at += service / 2  # hello, setup and the first jobs
        top_up(free_at, worker)
    while finished < jobs:
        time, _, kind, worker, data = heapq.heappop(events)
        if kind == ASSIGNMENT:
            queue[worker].extend(data)
            begin(time, worker)
        elif kind == DONE:
            running[worker] = False
            end = max(end, time)
            arrival = time + LATENCY
            # A coordinator that sleeps wakes some time later; one at work takes the result after those before it.
            start = max(free_at, arrival + PAUSE * chance.random()) if free_at < arrival else free_at
            free_at = start + service
            served += service
            push(free_at, RESULT, worker, durations[data])
            begin(time, worker)
        elif kind == RESULT:
            finished += 1
            open_jobs[worker] -= 1
            old = mean_job[worker]
            mean_job[worker] = data if old is None else (1 - NEWEST_WEIGHT) * old + NEWEST_WEIGHT * data
            top_up(time, worker)
            if open_jobs[worker] == 0 and next_job == jobs:
                push(time + RECALL + LOOK * chance.random(), STEAL, worker)
        elif kind == STEAL and not running[worker] and not queue[worker]:
            holder = max(range(workers), key=lambda one: len(queue[one])) if workers <= 256 else chance.randrange(workers)
            if queue[holder]:
                job = queue[holder].pop()
                open_jobs[holder] -= 1
                open_jobs[worker] += 1
                queue[worker].append(job)
                begin(time, worker)
    return sum(durations) / (workers * end), served / max(end, free_at)


def service_of_messages(measured: dict) -> float:
    """Seconds per result of a coordinator that is never idle: the least over numbers of workers, rows of 4 KB."""
    return min(one["elapsed"] / one["jobs"] for one in measured["busy"] if one["bytes"] == 4000)


def compare(measured: dict) -> list[tuple[int, float, float]]:
    """(ranks, measured, simulated) efficiency of the runs with jobs that sleep."""
    service = service_of_messages(measured)
    rows = []
    for run in measured["sleeping"]:
        mean = run["busy"] / run["jobs"]  # a sleep lasts a little longer than asked for
        rows.append((run["ranks"], run["efficiency"], simulate(run["workers"], run["jobs"], mean, 0.5, service)[0]))
    return rows


def draw(path: pathlib.Path, curves: dict, rows, service: float) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    colours = ["#0072b2", "#e69f00", "#009e73", "#cc79a7"]
    figure, axis = pyplot.subplots(figsize=(7.2, 4.2), layout="constrained")
    for (mean, points), colour in zip(curves.items(), colours):
        ranks, efficiency = zip(*points)
        label = f"{mean * 1e3:g} ms" if mean < 1 else f"{mean:g} s"
        axis.plot(ranks, efficiency, "o-", color=colour, markersize=3.5, linewidth=1.4, label=f"jobs of {label}")
        axis.axvline(1 + mean / service, color=colour, linewidth=0.8, linestyle=":")
    if rows:
        axis.plot([row[0] for row in rows], [row[1] for row in rows], "x", color="black", markersize=7,
                  label="measured, jobs of 25 ms that sleep")
    axis.set(xscale="log", xlabel="ranks (one is the coordinator)", ylabel="workers' time spent in jobs", ylim=(0, 1.05), xlim=(1.7, 13_000))
    axis.set_title(f"One coordinator that takes {service * 1e6:.0f} µs per result; dotted: where it saturates", fontsize=10)
    axis.grid(alpha=0.3)
    axis.legend(loc="lower left", fontsize=8.5, framealpha=1.0)
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", nargs="?", type=pathlib.Path, help="what handout.py --json has written")
    parser.add_argument("--write-us", type=float, default=25.0, help="microseconds that a row costs to write (bench_writer)")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="figure to draw (PNG)")
    parser.add_argument("--quick", action="store_true", help="few ranks: checks that it runs")
    options = parser.parse_args()

    rows = []
    messages = 6e-6
    if options.measured:
        measured = json.loads(options.measured.read_text())
        messages = service_of_messages(measured)
        rows = compare(measured)
        print(f"measured on {measured['machine']}\nservice time of the messages alone: {messages * 1e6:.1f} us a result\n"
              "jobs that sleep:\n ranks  measured  simulated  difference")
        for ranks, seen, simulated in rows:
            print(f"{ranks:6} {seen:9.4f} {simulated:10.4f} {simulated - seen:11.4f}")
    service = messages + options.write_us * 1e-6
    print(f"\nwith rows written: {service * 1e6:.1f} us a result; one coordinator saturates at job length / {service * 1e6:.1f} us workers")
    print(f"{'job':>8} {'ranks':>6} {'efficiency':>10} {'coordinator busy':>16} {'workers at saturation':>21}")
    curves: dict[float, list[tuple[int, float]]] = {}
    for mean in (0.002, 0.025, 0.25, 2.5):
        for ranks in (2, 5, 17) if options.quick else (2, 5, 17, 65, 257, 1025, 3001, 10_000):
            workers = ranks - 1
            per_worker = max(20, min(400, 200_000 // workers))
            efficiency, busy = simulate(workers, workers * per_worker, mean, 0.5, service)
            curves.setdefault(mean, []).append((ranks, efficiency))
            print(f"{mean:7g}s {ranks:6} {efficiency:10.4f} {busy:16.1%} {mean / service:21.0f}", flush=True)
    if options.output:
        draw(options.output, curves, rows, service)


if __name__ == "__main__":
    main()
