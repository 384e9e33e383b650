"""The program as a user calls it: commands, exit codes, messages, real mpirun runs, kills and resumes."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest

from program import BAD_INPUT, COMPLETE, MPI, PROGRAM, SLOWNESS, SOME_FAILED, STOPPED, call, digest, undisturbed_digest

SWEEPS = Path(__file__).resolve().parents[2] / "sweeps"

SWEEP = """
[sweep]
name = "test"
[task]
name = "12ax"
[learning]
policy = "greedy"
[training]
max_trials = 2000
test_trials = 50
[axes]
leak = [1.0, 0.7, [0.7, 1.0]]
seed = { first = 0, count = 8 }
"""
JOBS = 24
LONG_SWEEP = SWEEP.replace("max_trials = 2000", f"max_trials = {60_000 // SLOWNESS}\nstop_on_convergence = false").replace("count = 8", "count = 20")


def mpirun(ranks):
    return ("mpirun", "-n", str(ranks))


@pytest.fixture
def sweep(tmp_path):
    file = tmp_path / "sweep.toml"
    file.write_text(SWEEP)
    return file


@pytest.fixture
def long_sweep(tmp_path):
    """Jobs enough for several seconds, so that a run can be met in its middle."""
    file = tmp_path / "long.toml"
    file.write_text(LONG_SWEEP)
    return file


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return undisturbed_digest(tmp_path_factory.mktemp("reference"), SWEEP)


def wait_for_rows(file, count, process):
    """Waits until a running sweep shows that many finished jobs to a reader."""
    for _ in range(600):
        assert process.poll() is None, "the run ended too early for this test"
        try:
            with h5py.File(file, "r", swmr=True) as open_file:
                if np.count_nonzero(open_file["status"][:]) >= count:
                    return
        except (OSError, KeyError):
            pass
        time.sleep(0.02)
    pytest.fail("the run made no progress")


# --- help, tasks, plan ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("command", ["tasks", "plan", "run", "status", "summary", "verify", "merge"])
def test_every_command_has_help_with_an_example(command):
    result = call(command, "--help")
    assert result.returncode == COMPLETE
    assert f"augsweep {command}" in result.stdout and "Example" in result.stdout


def test_tasks_lists_all_and_describes_one():
    listing = call("tasks").stdout
    for name in ["12ax", "12ax-s", "ax", "12ax-triplets", "sequence", "sequence-cpt", "txor", "saccade", "delayed-match"]:
        assert re.search(rf"^{re.escape(name)} ", listing, re.MULTILINE)
        alone = call("tasks", name).stdout
        assert alone in listing and "defaults" in alone and len(alone.split("\n\n")[1]) > 100, "a paragraph, parameters, defaults"
    assert "shape_factor" in call("tasks", "saccade").stdout
    assert "defaults" not in call("tasks", "--short").stdout
    assert call("tasks", "nonsense").returncode == BAD_INPUT


def test_plan_shows_axes_jobs_and_cost(sweep):
    result = call("plan", sweep)
    assert result.returncode == COMPLETE
    assert re.search(rf"^jobs +{JOBS}$", result.stdout, re.MULTILINE)
    assert "leak" in result.stdout and "cost" in result.stdout


def test_plan_obeys_set(sweep):
    assert re.search(r"^jobs +3$", call("plan", sweep, "--no-pilot", "--set", "seed=0").stdout, re.MULTILINE)


@pytest.mark.parametrize("file", sorted(SWEEPS.glob("*.toml")), ids=lambda file: file.stem)
def test_every_published_sweep_can_be_planned(file):
    assert call("plan", file, "--no-pilot").returncode == COMPLETE


# --- bad input -----------------------------------------------------------------------------------------------------------------

def test_a_misspelt_key_is_named_with_line_and_nearest_key(tmp_path):
    file = tmp_path / "sweep.toml"
    file.write_text('[task]\nname = "12ax"\n[learning]\nbetta = 0.1\n')
    result = call("run", file, "-o", tmp_path / "out.h5")
    assert result.returncode == BAD_INPUT
    assert "sweep.toml:4" in result.stderr and "betta" in result.stderr and "beta" in result.stderr
    assert not (tmp_path / "out.h5").exists()


def test_an_unreadable_sweep_file_is_one_message(tmp_path):
    result = call("plan", tmp_path / "missing.toml")
    assert result.returncode == BAD_INPUT
    assert len(result.stderr.strip().splitlines()) == 1 and "missing.toml" in result.stderr


def test_existing_output_is_refused_and_left_alone(sweep, tmp_path):
    output = tmp_path / "out.h5"
    output.write_text("precious")
    result = call("run", sweep, "-o", output)
    assert result.returncode == BAD_INPUT and "--resume" in result.stderr
    assert output.read_text() == "precious"


def test_a_missing_output_folder_is_named(sweep, tmp_path):
    result = call("run", sweep, "-o", tmp_path / "no" / "out.h5")
    assert result.returncode == BAD_INPUT and str(tmp_path / "no") in result.stderr


def test_a_file_that_is_no_result_is_refused_in_one_sentence(sweep):
    for command in ["status", "summary", "verify"]:
        result = call(command, sweep)
        assert result.returncode == BAD_INPUT
        assert len(result.stderr.strip().splitlines()) == 1


def test_a_launcher_that_starts_single_ranks_is_refused(sweep, tmp_path):
    result = call("run", sweep, "-o", tmp_path / "out.h5", launcher=mpirun(1), env={"OMPI_COMM_WORLD_SIZE": "1"})
    assert result.returncode != COMPLETE
    result = call("run", sweep, "-o", tmp_path / "out.h5", env={"PMI_RANK": "0", "PMI_SIZE": "4"})
    assert result.returncode == BAD_INPUT and "mpirun" in result.stderr
    assert not (tmp_path / "out.h5").exists()


# --- runs ----------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_the_digest_is_the_same_at_any_number_of_ranks(sweep, tmp_path, reference, ranks):
    result = call("run", sweep, "-o", tmp_path / "out.h5", launcher=mpirun(ranks))
    assert result.returncode == COMPLETE, result.stderr
    assert digest(tmp_path / "out.h5") == reference


@pytest.mark.parametrize("isa", ["baseline", "avx2", "avx512"])
def test_the_digest_is_the_same_with_every_instruction_set(sweep, tmp_path, reference, isa):
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--isa", isa, launcher=mpirun(2))
    if result.returncode == BAD_INPUT:  # the one thing that may be wrong: this processor lacks it
        assert f"this processor can't run instruction set {isa}; it has baseline" in result.stderr
    else:
        assert result.returncode == COMPLETE, result.stderr
        assert digest(tmp_path / "out.h5") == reference


def test_an_unknown_instruction_set_is_refused_before_anything_starts(sweep, tmp_path):
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--isa", "mmx")
    assert result.returncode == BAD_INPUT
    assert "this processor can't run instruction set mmx; it has baseline" in result.stderr
    assert not (tmp_path / "out.h5").exists()
    assert "instruction set" in call("--version").stdout


def test_without_a_launcher_the_program_starts_itself(sweep, tmp_path, reference):
    result = call("run", sweep, "-o", tmp_path / "out.h5", "--workers", 2)
    assert result.returncode == COMPLETE, result.stderr
    assert digest(tmp_path / "out.h5") == reference
    with h5py.File(tmp_path / "out.h5") as file:
        assert set(file["run/rank"][:]) <= {1, 2}


def test_without_mpirun_it_computes_in_one_process(sweep, tmp_path, reference):
    result = call("run", sweep, "-o", tmp_path / "out.h5", env={"PATH": "/nowhere"})
    assert result.returncode == COMPLETE, result.stderr
    assert digest(tmp_path / "out.h5") == reference


def test_not_converged_is_a_status_and_nan(sweep, tmp_path):
    call("run", sweep, "-o", tmp_path / "out.h5")
    with h5py.File(tmp_path / "out.h5") as file:
        meanings = file["status"].attrs["flag_meanings"].split()
        failed = file["status"][:] == meanings.index("not_converged")
        assert failed.any()
        assert np.isnan(file["convergence_trial"][:][failed]).all()


def test_summary_groups_and_writes_csv(sweep, tmp_path):
    call("run", sweep, "-o", tmp_path / "out.h5")
    result = call("summary", tmp_path / "out.h5", "--by", "leak", "--csv", tmp_path / "out.csv")
    assert result.returncode == COMPLETE
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 4
    assert call("summary", tmp_path / "out.h5", "--by", "nonsense").returncode == BAD_INPUT
    compared = call("summary", tmp_path / "out.h5", "--by", "leak", "--compare").stdout.split("log-rank, Holm\n")[1]
    assert len(compared.splitlines()) == 1 + 3, "a rule and the three pairs of three cells"


def test_cite_prints_every_parameter_the_digest_and_three_references(sweep, tmp_path):
    call("run", sweep, "-o", tmp_path / "out.h5")
    text = call("cite", tmp_path / "out.h5").stdout
    words = " ".join(text.split())
    for phrase in ["leak (retention factor) of the memory units (1, 0.7, [0.7, 1])", "learning rate beta 0.15",
                   "trial limit 2000", "24 of 24 jobs had ended", digest(tmp_path / "out.h5")]:
        assert phrase in words
    assert text.count("@article{") == 2 and text.count("@software{") == 1


def test_a_job_that_throws_is_a_failed_row_and_the_sweep_goes_on(tmp_path):
    """A network too large for the memory that the process may have."""
    file = tmp_path / "sweep.toml"
    file.write_text("""
[task]
name = "sequence"
d = 1000
[training]
max_trials = 2
test_trials = 0
[output]
weights = false
[axes]
memory_units = [4, 100_000]
seed = [0, 1]
""")
    gigabyte = 1024 * 1024
    result = call("run", file, "-o", tmp_path / "out.h5", "--workers", 0,
                  launcher=("sh", "-c", f'ulimit -v {3 * gigabyte}; exec "$0" "$@"'))
    assert result.returncode == SOME_FAILED, result.stderr
    with h5py.File(tmp_path / "out.h5") as open_file:
        failed = list(open_file["status"].attrs["flag_meanings"].split()).index("failed")
        assert list(open_file["status"][:] == failed) == [False, False, True, True]
        assert open_file["message"][2] != b""
    assert digest(tmp_path / "out.h5")
    assert "failed" in call("status", tmp_path / "out.h5").stdout


# --- stops, kills, resumes -----------------------------------------------------------------------------------------------------

def start(sweep, output, *words, launcher=()):
    return subprocess.Popen(
        [*launcher, PROGRAM, "run", str(sweep), "-o", str(output), "--flush-interval", "0.05", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **MPI}, start_new_session=True,
    )


@pytest.fixture(scope="module")
def long_reference(tmp_path_factory):
    return undisturbed_digest(tmp_path_factory.mktemp("long_reference"), LONG_SWEEP, workers=2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_a_signal_stops_in_good_order_and_resume_completes(long_sweep, tmp_path, long_reference, number):
    output = tmp_path / "out.h5"
    process = start(long_sweep, output)
    wait_for_rows(output, 3, process)
    process.send_signal(number)
    assert process.wait(timeout=30) == STOPPED, process.stderr.read()
    assert digest(output) != long_reference
    assert call("run", long_sweep, "-o", output, "--resume").returncode == COMPLETE
    assert digest(output) == long_reference


def test_the_time_limit_stops_in_good_order(long_sweep, tmp_path, long_reference):
    output = tmp_path / "out.h5"
    assert call("run", long_sweep, "-o", output, "--time-limit", "0.5s").returncode == STOPPED
    assert call("run", long_sweep, "-o", output, "--resume").returncode == COMPLETE
    assert digest(output) == long_reference


@pytest.mark.parametrize("victim", ["everything", "coordinator", "worker"])
def test_a_kill_loses_no_flushed_job(long_sweep, tmp_path, long_reference, victim):
    output = tmp_path / "out.h5"
    process = start(long_sweep, output, launcher=mpirun(3))
    wait_for_rows(output, 5, process)
    with h5py.File(output, "r", swmr=True) as file:
        done = np.flatnonzero(file["status"][:])
        ended = file["run/ended"][:][done]
        pids = [int(pid) for pid in subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True,
                                                    check=True).stdout.split()]
    ranks = sorted(pids)
    if victim == "everything":
        os.killpg(process.pid, signal.SIGKILL)
        for pid in ranks:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    else:
        os.kill(ranks[0] if victim == "coordinator" else ranks[-1], signal.SIGKILL)
    assert process.wait(timeout=60) != COMPLETE
    assert "done" in call("status", output).stdout
    result = call("run", long_sweep, "-o", output, "--resume")
    assert result.returncode == COMPLETE, result.stderr
    with h5py.File(output) as file:
        assert (file["run/ended"][:][done] == ended).all(), "a job that was done has been run again"
    assert digest(output) == long_reference


def test_resume_with_a_changed_sweep_says_what_differs(sweep, tmp_path):
    output = tmp_path / "out.h5"
    call("run", sweep, "-o", output)
    result = call("run", sweep, "-o", output, "--resume", "--set", "training.max_trials=3000")
    assert result.returncode == BAD_INPUT
    assert "max_trials" in result.stderr and "2000" in result.stderr and "3000" in result.stderr


def test_resume_does_not_mind_comments_and_the_order_of_keys(sweep, tmp_path, reference):
    output = tmp_path / "out.h5"
    call("run", sweep, "-o", output)
    sweep.write_text("# a comment\n" + SWEEP.replace("max_trials = 2000\ntest_trials = 50", "test_trials = 50\nmax_trials = 2_000"))
    assert call("run", sweep, "-o", output, "--resume").returncode == COMPLETE
    assert digest(output) == reference


def test_two_runs_on_one_output_are_refused(long_sweep, tmp_path):
    output = tmp_path / "out.h5"
    # Jobs without an early end: the first run lasts far longer than the second takes to start, however slow the machine.
    endless = ["--set", "training.stop_on_convergence=false", "--set", "training.max_trials=1000000"]
    process = start(long_sweep, output, *endless)
    for _ in range(600):
        if output.exists():
            break
        time.sleep(0.05)
    result = call("run", long_sweep, "-o", output, "--resume", *endless)
    assert result.returncode == BAD_INPUT and "is being written by" in result.stderr
    process.terminate()
    process.wait(timeout=30)


def test_shards_merge_to_the_digest_of_an_undivided_run(sweep, tmp_path, reference):
    for shard in ["1/2", "2/2"]:
        output = tmp_path / f"shard-{shard[0]}.h5"
        assert call("run", sweep, "-o", output, "--shard", shard).returncode == COMPLETE
    result = call("merge", tmp_path / "shard-1.h5", tmp_path / "shard-2.h5", "-o", tmp_path / "all.h5")
    assert result.returncode == COMPLETE, result.stderr
    assert digest(tmp_path / "all.h5") == reference
    again = call("merge", tmp_path / "shard-1.h5", tmp_path / "all.h5", "-o", tmp_path / "twice.h5")
    assert again.returncode == BAD_INPUT and "overlap" in again.stderr
