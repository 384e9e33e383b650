"""Workers that die, jobs that hang, throw or diverge, and sweeps that are not worth going on with."""

import signal

import h5py
import pytest

from harness import (COMPLETE, SOME_FAILED, Acknowledged, Run, call, digest, send, steady_sweep, wait_until_gone)

HEAD = '[task]\nname = "12ax"\n[output]\ncurves = false\n[training]\nstop_on_convergence = false\ntest_trials = 0\n'


def statuses(file):
    with h5py.File(file) as open_file:
        meanings = open_file["status"].attrs["flag_meanings"].split()
        return [meanings[number] for number in open_file["status"][:]]


def write(tmp_path, text):
    file = tmp_path / "sweep.toml"
    file.write_text(text)
    return file


@pytest.mark.parametrize("launcher", [(), ("mpirun", "-n", "3")])
def test_a_dead_worker_ends_the_run_with_a_word_on_how_to_go_on(tmp_path, launcher):
    sweep = write(tmp_path, steady_sweep(jobs=8, long_jobs=3))
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", launcher=launcher)
    assert run.wait_for_rows(4, acknowledged)
    parts = run.processes()
    send(parts["worker"][:1], signal.SIGKILL)
    assert run.wait() != COMPLETE
    wait_until_gone(parts["all"])
    assert "--resume" in run.said()
    acknowledged.look(run.output)
    assert call("run", sweep, "-o", run.output, "--resume").returncode == COMPLETE
    acknowledged.look(run.output)
    acknowledged.check()
    digest(run.output)


@pytest.mark.parametrize("workers", [0, 2])
def test_an_endless_job_is_a_timeout_and_the_sweep_goes_on(tmp_path, workers):
    sweep = write(tmp_path, HEAD + "[axes]\nmax_trials = [100, 1_000_000_000, 200]\n")
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--workers", workers, "--job-timeout", "1.5")
    assert result.returncode == SOME_FAILED, result.stderr
    assert statuses(tmp_path / "out.h5") == ["not_converged", "timeout", "not_converged"]
    assert "1 jobs failed or timed out" in result.stderr
    digest(tmp_path / "out.h5")


def test_a_worker_that_hangs_is_given_up_and_its_job_is_a_timeout(tmp_path):
    """Stopped by SIGSTOP it answers nothing, as in an endless loop or on a node that has gone."""
    sweep = write(tmp_path, steady_sweep(jobs=40, trials=20_000))
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", "--job-timeout", "5s", launcher=("mpirun", "-n", "3"))
    assert run.wait_for_rows(2, acknowledged)
    parts = run.processes()
    send(parts["worker"][:1], signal.SIGSTOP)
    try:
        assert run.wait(timeout=120) == SOME_FAILED, run.said()
    finally:
        send(parts["worker"][:1], signal.SIGKILL)
    wait_until_gone(parts["all"])
    assert "was given up" in run.said()
    assert sorted(set(statuses(run.output))) == ["not_converged", "timeout"] and statuses(run.output).count("timeout") == 1
    acknowledged.look(run.output)
    acknowledged.check()
    digest(run.output)


def test_a_diverging_job_says_so_in_its_row_and_the_sweep_goes_on(tmp_path):
    sweep = write(tmp_path, HEAD + "max_trials = 500\n[axes]\nbeta = [0.1, 1e9]\nseed = [1, 2]\n")
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--workers", 0)
    assert result.returncode == COMPLETE, result.stderr
    assert statuses(tmp_path / "out.h5") == ["not_converged"] * 2 + ["diverged"] * 2
    digest(tmp_path / "out.h5")


def test_max_failures_gives_a_hopeless_sweep_up(tmp_path):
    sweep = write(tmp_path, HEAD + "max_trials = 1_000_000_000\n[axes]\nseed = { first = 0, count = 50 }\n")
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--workers", 2, "--job-timeout", "0.1", "--max-failures", 3)
    assert result.returncode == SOME_FAILED, result.stderr
    assert "too many jobs have failed" in result.stderr
    left = statuses(tmp_path / "out.h5")
    assert 3 <= left.count("timeout") < 20 and left.count("timeout") + left.count("pending") == 50
    digest(tmp_path / "out.h5")
