"""Asked to stop: by a signal to the program, to mpirun or to the coordinator, or by the time limit."""

import signal
import time

import pytest

from harness import (BAD_INPUT, COMPLETE, STOPPED, Acknowledged, Run, call, digest, send, steady_sweep, wait_until_gone)

LONG = 5  # seconds that a stop may take; the tests only print what it took, since machines can be busy
SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]


@pytest.fixture
def sweep(tmp_path):
    file = tmp_path / "sweep.toml"
    file.write_text(steady_sweep(jobs=8, long_jobs=6, long_trials=10_000_000))
    return file


def stop(run, pids, *numbers):
    """Sends signals, and returns the exit code and how long it took."""
    everyone = run.processes()["all"]
    began = time.monotonic()
    for number in numbers:
        send(pids, number)
        time.sleep(0.2)
    code = run.wait()
    took = time.monotonic() - began
    wait_until_gone(everyone)
    print(f"\nexit code {code} after {took:.2f} s (at most {LONG} s on a quiet machine)")
    return code


def check_stopped(run, acknowledged):
    """What readers had seen is there, the file is closed and whole, and the next run would go on from it."""
    acknowledged.look(run.output)
    acknowledged.check()
    digest(run.output)
    assert "not complete; run --resume goes on" in call("status", run.output).stdout, "the file was not closed"


@pytest.mark.parametrize("workers, number", [(0, signal.SIGTERM), (0, signal.SIGUSR1), *((2, number) for number in SIGNALS)])
def test_a_signal_to_the_program_ends_it_with_75(sweep, tmp_path, workers, number):
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", "--workers", workers)
    assert run.wait_for_rows(8, acknowledged)
    assert stop(run, [run.process.pid], number) == STOPPED, run.said()
    check_stopped(run, acknowledged)
    assert "--resume' goes on" in run.said()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_a_signal_to_the_coordinator_ends_mpirun_with_75(sweep, tmp_path, number):
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", launcher=("mpirun", "-n", "3"))
    assert run.wait_for_rows(8, acknowledged)
    assert stop(run, run.processes()["coordinator"], number) == STOPPED, run.said()
    check_stopped(run, acknowledged)


def test_usr1_to_mpirun_ends_it_with_75(sweep, tmp_path):
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", launcher=("mpirun", "-n", "3"))
    assert run.wait_for_rows(8, acknowledged)
    assert stop(run, run.processes()["mpirun"], signal.SIGUSR1) == STOPPED, run.said()
    check_stopped(run, acknowledged)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_term_and_int_to_mpirun_lose_nothing_though_its_exit_code_is_its_own(sweep, tmp_path, number):
    """Open MPI's mpirun gives its ranks SIGTERM, a second later SIGKILL, and returns 1 whatever they returned."""
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", launcher=("mpirun", "-n", "3"))
    assert run.wait_for_rows(8, acknowledged)
    assert stop(run, run.processes()["mpirun"], number) not in (COMPLETE, STOPPED)
    acknowledged.look(run.output)
    acknowledged.check()
    digest(run.output)
    assert "run --resume goes on" in call("status", run.output).stdout


@pytest.mark.parametrize("workers", [0, 2])
def test_a_second_signal_stops_at_once_and_leaves_a_good_file(sweep, tmp_path, workers):
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5", "--workers", workers)
    assert run.wait_for_rows(8, acknowledged)
    assert stop(run, [run.process.pid], signal.SIGTERM, signal.SIGTERM) == STOPPED, run.said()
    check_stopped(run, acknowledged)


def test_a_signal_before_the_first_job_stops_too(sweep, tmp_path):
    """Also while mpirun starts, when it would forward a signal to nobody."""
    for delay in (0.0, 0.1, 0.3, 0.6):
        run = Run(sweep, tmp_path / f"{delay}.h5")
        time.sleep(delay)
        code = stop(run, [run.process.pid], signal.SIGTERM)
        assert code in (STOPPED, -signal.SIGTERM), f"after {delay} s: {code} {run.said()}"


@pytest.mark.parametrize("workers", [0, 2])
def test_the_time_limit_ends_it_with_75(sweep, tmp_path, workers):
    output = tmp_path / "out.h5"
    result = call("run", sweep, "-o", output, "--workers", workers, "--time-limit", "1s")
    assert result.returncode == STOPPED, result.stderr
    assert "time limit" in result.stderr and "--resume' goes on" in result.stderr
    digest(output)


def test_a_stopped_sweep_is_completed_by_resume(tmp_path):
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(steady_sweep(jobs=8, long_jobs=2))
    assert call("run", sweep, "-o", tmp_path / "whole.h5", "--workers", 0).returncode == COMPLETE
    acknowledged = Acknowledged()
    run = Run(sweep, tmp_path / "out.h5")
    assert run.wait_for_rows(3, acknowledged)
    assert stop(run, [run.process.pid], signal.SIGINT) in (STOPPED, COMPLETE)
    assert call("run", sweep, "-o", tmp_path / "out.h5", "--resume").returncode == COMPLETE
    acknowledged.look(run.output)
    acknowledged.check()
    assert digest(tmp_path / "out.h5") == digest(tmp_path / "whole.h5")
    assert call("run", sweep, "-o", tmp_path / "out.h5").returncode == BAD_INPUT
