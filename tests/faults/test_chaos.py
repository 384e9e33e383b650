"""The digest law under fire: a sweep that is killed again and again, and resumed with ever other numbers of ranks, ends like one that
was never disturbed, and nothing that a reader has seen is lost or changed on the way.

The schedule is random but fixed. AUGSWEEP_KILLS says how many kills (20 by default); a longer schedule begins with the shorter one.
"""

import os
import random
import re
import signal
import subprocess

from harness import COMPLETE, SLOWNESS, Acknowledged, Run, alive, call, digest, send, steady_sweep, wait_until_gone

KILLS = int(os.environ.get("AUGSWEEP_KILLS", "20"))
TRIALS = 100_000 // SLOWNESS
ROWS_BETWEEN_KILLS = 4  # about


def moments(count):
    """(launch, victim, rows to wait for, seconds to wait at most) of each kill."""
    rng = random.Random(20180920)
    for _ in range(count):
        launch = rng.choice([("self", 0), ("self", 1), ("self", 2), ("self", 3), ("mpirun", 2), ("mpirun", 3), ("mpirun", 4)])
        victims = ["everything", "coordinator", "term"]
        if launch != ("self", 0):
            victims += ["worker", "mpirun"] + (["program"] if launch[0] == "self" else [])
        yield launch, rng.choice(victims), rng.randint(0, 2 * ROWS_BETWEEN_KILLS), rng.uniform(0.5, 3.0)


def start(sweep, output, launch):
    kind, number = launch
    if kind == "mpirun":
        return Run(sweep, output, "--resume", "--log-jobs", launcher=("mpirun", "-n", str(number)))
    return Run(sweep, output, "--resume", "--log-jobs", "--workers", number)


def strike(run, victim):
    """Kills, waits until nothing of the run is left, and returns the exit code."""
    parts = run.processes()
    if victim == "term":
        run.process.send_signal(signal.SIGTERM)
    elif victim == "everything":
        send(parts["all"], signal.SIGKILL)
    elif victim == "program":
        run.process.kill()
    else:
        send(parts[victim][-1:] or parts["all"], signal.SIGKILL)
    try:
        code = run.wait()
    except subprocess.TimeoutExpired:
        # Open MPI 4.1.4: now and then, on a busy machine, mpirun waits for a lock of its own (PMIx_server_finalize) when its ranks have gone.
        left = [pid for pid in parts["all"] if alive(pid)]
        assert set(left) <= {run.process.pid, *parts["mpirun"]}, f"{victim}: ranks were left behind"
        print(f"mpirun did not come to its own end after {victim} had been killed")
        send(left, signal.SIGKILL)
        code = run.wait()
    wait_until_gone(parts["all"])
    return code


def results_in(run):
    """Jobs whose results reached the coordinator, as far as its words survived it."""
    return len(re.findall(r" job \d+: ", run.said()))


def test_killed_at_random_and_resumed_with_other_ranks_it_ends_like_an_undisturbed_run(tmp_path):
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(steady_sweep(jobs=KILLS * ROWS_BETWEEN_KILLS * 3, trials=TRIALS, long_jobs=6, long_trials=10 * TRIALS))
    jobs = KILLS * ROWS_BETWEEN_KILLS * 3 + 6
    reference = tmp_path / "reference.h5"
    assert call("run", sweep, "-o", reference, "--workers", 0, timeout=1400).returncode == COMPLETE

    output = tmp_path / "out.h5"
    acknowledged = Acknowledged()
    results = damaged = 0
    victims = {}
    for launch, victim, rows, seconds in moments(KILLS):
        run = start(sweep, output, launch)
        assert run.wait_for_rows(len(acknowledged.rows) + rows, acknowledged, seconds), f"ended before it was killed: {run.said()}"
        code = strike(run, victim)
        assert code != COMPLETE, f"{victim} of {launch}: {run.said()}"
        victims[victim] = victims.get(victim, 0) + 1
        results += results_in(run)
        damaged += sum(map(int, re.findall(r"(\d+) rows were damaged", run.said())))
        if output.exists():
            acknowledged.look(output)
        acknowledged.check()
    final = start(sweep, output, ("self", 2))
    assert final.wait(timeout=1400) == COMPLETE, final.said()
    results += results_in(final)
    acknowledged.look(output)
    print(f"\n{sum(victims.values())} kills ({', '.join(f'{name} {number}' for name, number in sorted(victims.items()))}), {jobs} jobs; "
          f"finished jobs that had to be redone: {results - jobs}, of them half-written: {damaged}; "
          f"rows lost: {acknowledged.lost}, changed: {acknowledged.changed}")
    assert sum(victims.values()) == KILLS
    acknowledged.check()
    assert digest(output) == digest(reference)
