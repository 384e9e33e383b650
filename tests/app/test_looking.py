"""Looking at results: status --watch while a sweep runs and after a kill, rerun with its trace, cite, and what h5dump shows."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray

from test_program import BAD_INPUT, COMPLETE, MPI, PROGRAM, call, digest

ROOT = Path(__file__).resolve().parents[2]

SWEEP = """
[sweep]
name = "looking"
description = "What is looked at"
[task]
name = "sequence"
d = 3
[training]
max_trials = 400
[axes]
leak = { values = [1.0, 0.7, [0.7, 1.0]], labels = ["standard", "leaky", "hybrid"] }
beta = [0.05, 0.15]
seed = { first = 0, count = 4 }
"""

# Its jobs take their time, most of it in the test of what was learned, and too few trials to converge.
SLOW = """
[task]
name = "12ax"
[learning]
policy = "softmax"
[training]
max_trials = 4000
test_trials = 40_000
[axes]
leak = [1.0, [0.7, 1.0]]
beta = [0.05, 0.10, 0.15]
seed = { first = 0, count = 300 }
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("looking")
    (folder / "sweep.toml").write_text(SWEEP)
    done = call("run", folder / "sweep.toml", "-o", folder / "out.h5", "--workers", 0)
    assert done.returncode == COMPLETE, done.stderr
    return folder / "out.h5"


# --- rerun -------------------------------------------------------------------------------------------------------------------


def test_rerun_comes_out_bit_for_bit(result):
    for job in (0, 13, 23):
        done = call("rerun", result, "--job", job)
        assert done.returncode == COMPLETE, done.stderr
        assert f"job {job}: " in done.stdout and "bit for bit" in done.stdout


def test_rerun_sees_a_single_changed_bit(result, tmp_path):
    shutil.copy(result, tmp_path / "out.h5")
    with h5py.File(tmp_path / "out.h5", "r+") as file:
        (shape,) = file["weights"]
        values = file[f"weights/{shape}/V_m"]
        values[7, 0, 0] = np.nextafter(values[7, 0, 0], np.inf)
    done = call("rerun", tmp_path / "out.h5", "--job", 7)
    assert done.returncode == BAD_INPUT and "came out differently" in done.stderr
    assert call("rerun", tmp_path / "out.h5", "--job", 6).returncode == COMPLETE


def test_rerun_refuses_when_the_numerics_differ(result, tmp_path):
    shutil.copy(result, tmp_path / "out.h5")
    with h5py.File(tmp_path / "out.h5", "r+") as file:
        file.attrs["numerics"] = "0123456789abcdef"
    done = call("rerun", tmp_path / "out.h5", "--job", 1, "--trace", tmp_path / "trace.h5")
    assert done.returncode == BAD_INPUT
    assert "results differ in their last bits" in done.stderr and "repeat the job with that one" in done.stderr
    assert not (tmp_path / "trace.h5").exists()
    with h5py.File(tmp_path / "out.h5", "r+") as file:
        del file.attrs["numerics"]
    assert "does not say how its numbers were computed" in call("rerun", tmp_path / "out.h5", "--job", 1).stderr


def test_rerun_refuses_what_cannot_be_repeated(result, tmp_path):
    assert "its jobs are 0 to 23" in call("rerun", result, "--job", 24).stderr
    (tmp_path / "sweep.toml").write_text(SWEEP)
    call("run", tmp_path / "sweep.toml", "-o", tmp_path / "half.h5", "--workers", 0, "--shard", "1/2")
    with h5py.File(tmp_path / "half.h5") as file:
        pending = int(np.flatnonzero(file["status"][:] == 0)[0])
    done = call("rerun", tmp_path / "half.h5", "--job", pending)
    assert done.returncode == BAD_INPUT and "has not ended" in done.stderr


def test_a_trace_holds_every_step_and_opens_in_xarray(result, tmp_path):
    job = 19
    done = call("rerun", result, "--job", job, "--trace", tmp_path / "trace.h5", "--state", "T_vm,T_wm,T_vr,T_wr,X,h")
    assert done.returncode == COMPLETE, done.stderr
    trace = xarray.open_dataset(tmp_path / "trace.h5", engine="h5netcdf")
    rows = xarray.open_dataset(result, engine="h5netcdf")
    weights_group = next(iter(h5py.File(result)["weights"]))
    weights = xarray.open_dataset(result, engine="h5netcdf", group=f"weights/{weights_group}")
    # As many steps and trials as the row says, and the same curve.
    assert trace.sizes["step"] == rows.steps[job]
    assert trace.trial.values[-1] + 1 == rows.trials[job]
    first_bin = trace.trial < int(rows.bin_trials[job])
    wrong = ((trace.response_chosen != trace.target) & (trace.target >= 0)).where(first_bin, False)
    assert wrong.groupby(trace.trial).any().sum() / int(rows.bin_trials[job]) == pytest.approx(float(rows.error[job, 0]))
    reward = trace.reward.fillna(0).where(first_bin, 0).sum() / int(rows.bin_trials[job])
    assert float(reward) == pytest.approx(float(rows.reward[job, 0]), rel=1e-5)
    # The names of things, and the model's own relations between them.
    stimuli = list(trace.stimulus.values)
    assert stimuli[0] == "A" and list(trace.transient.values) == [f"{name}+" for name in stimuli] + [f"{name}-" for name in stimuli]
    onset = np.maximum(0, np.diff(trace.stimulus_activity.values, axis=0))
    np.testing.assert_array_equal(trace.transient_activity.values[1:, :trace.sizes["stimulus"]], onset)
    assert ((trace.memory_activity >= 0) & (trace.memory_activity <= 1)).all()
    np.testing.assert_allclose(trace.memory_activity.values, 1 / (1 + np.exp(-trace.h.values)), rtol=1e-12)
    # Learning stops with the last step: its Q-values are those of the final weights before the last change, so only the tags' shapes are checked.
    assert trace.T_vm.dims == ("step", "transient", "memory") and trace.T_wm.dims == ("step", "memory", "response")
    assert trace.X.shape[1:] == weights.V_m.shape[1:]
    assert (abs(trace.T_wm).sum("memory").argmax("response").values[trace.trial_step.values == 0] == trace.response_chosen.values[trace.trial_step.values == 0]).all(), (
        "the first tag of a trial is that of the response chosen")
    for name in trace.variables:
        assert trace[name].attrs["long_name"]
    assert trace.attrs["sweep_sha256"] == rows.attrs["sweep_sha256"]


def test_a_trace_of_some_trials_is_cut_from_the_whole(result, tmp_path):
    for name, options in (("whole.h5", ()), ("part.h5", ("--first-trial", 10, "--last-trial", 12))):
        assert call("rerun", result, "--job", 2, "--trace", tmp_path / name, *options).returncode == COMPLETE
    whole = xarray.open_dataset(tmp_path / "whole.h5", engine="h5netcdf")
    part = xarray.open_dataset(tmp_path / "part.h5", engine="h5netcdf")
    assert set(part.trial.values) == {10, 11, 12}
    same = whole.isel(step=(whole.trial >= 10) & (whole.trial <= 12))
    for name in ("q", "rpe", "reward", "memory_activity", "response_chosen"):
        np.testing.assert_array_equal(part[name].values, same[name].values)
    # An existing trace is not replaced unasked.
    refused = call("rerun", result, "--job", 2, "--trace", tmp_path / "part.h5")
    assert refused.returncode == BAD_INPUT and "--overwrite" in refused.stderr
    assert call("rerun", result, "--job", 2, "--trace", tmp_path / "part.h5", "--overwrite").returncode == COMPLETE


# --- cite --------------------------------------------------------------------------------------------------------------------


def canonical(path):
    with h5py.File(path) as file:
        return dict(line.split(" = ", 1) for line in file.attrs["sweep_canonical"].splitlines())


def test_cite_names_parameters_versions_and_digest(result):
    done = call("cite", result)
    assert done.returncode == COMPLETE, done.stderr
    text = " ".join(done.stdout.split("@article")[0].split())
    with h5py.File(result) as file:
        for attribute in ("program_version", "git_revision", "compiler", "libraries", "sweep_sha256"):
            assert file.attrs[attribute] in text, attribute
    assert digest(result) in text
    assert "3 settings (standard: leak (retention factor) of the memory units 1; leaky: " in text and "learning rate beta (0.05, 0.15)" in text
    not_in_prose = {"axes", "task", "trials", "bin_trials", "curves", "record_trials", "weights"}
    values = {key: value for key, value in canonical(result).items() if key not in not_in_prose | {"leak", "beta", "seed"}}
    assert len(values) > 15
    for key, value in values.items():
        assert re.search(rf"[;e] [^;]*{re.escape(value)}[;.]", text), f"{key} {value}"
    assert "24 of 24 jobs had ended" in text


def test_cite_says_what_each_task_sets(tmp_path):
    (tmp_path / "two.toml").write_text('[training]\nmax_trials = 30\n[axes]\ntask = ["12ax", "saccade"]\nseed = [1]\n')
    assert call("run", tmp_path / "two.toml", "-o", tmp_path / "two.h5", "--workers", 0).returncode == COMPLETE
    text = " ".join(call("cite", tmp_path / "two.h5").stdout.split())
    assert "By task, in the order above (-: has none): " in text
    assert "memory units M 20, 4;" in text and "probability of a target p_target 0.5, -;" in text


def test_cite_gives_bibtex_of_both_papers_and_of_augsweep(result):
    text = call("cite", result).stdout
    assert re.findall(r"^@(\w+)\{(\w+),", text, re.MULTILINE) == [("article", "rombouts2015"), ("article", "martinolli2018"), ("software", "augsweep")]
    assert text.count("{") == text.count("}")
    cff = (ROOT / "CITATION.cff").read_text()
    for field in ("10.1371/journal.pcbi.1004060", "10.3389/fncom.2018.00050", "the augsweep authors", "augsweep: parallel sweeps of AuGMEnT simulations"):
        assert field in text and field in cff, field
    assert f"version = {{{re.search(r'^version: (.*)$', cff, re.MULTILINE).group(1)}}}" in text


def test_cite_refuses_a_damaged_file(result, tmp_path):
    shutil.copy(result, tmp_path / "out.h5")
    with h5py.File(tmp_path / "out.h5", "r+") as file:
        file["trials"][3] += 1
    done = call("cite", tmp_path / "out.h5")
    assert done.returncode == BAD_INPUT and "not fit to be cited" in done.stderr and done.stdout == ""


# --- the header --------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("h5dump") is None, reason="no h5dump here (Debian: hdf5-tools)")
def test_h5dump_reads_like_documentation(result):
    header = subprocess.run(["h5dump", "-H", result], capture_output=True, text=True, check=True).stdout
    for comment in ("trial in which the criterion was met, from 0; NaN unless converged [trial]",
                    "how the job stands: 0 pending, 1 converged, 2 not_converged, 3 diverged, 4 failed, 5 timeout",
                    "weights from transient units to memory units", "wall time of the job [s]", "One row a job", "docs/file-format.md"):
        assert comment in " ".join(header.split()), comment
    # Every variable and every group says what it is.
    objects = len(re.findall(r"^\s*(?:DATASET|GROUP) \"", header, re.MULTILINE))
    assert header.count("COMMENT ") == objects > 60


# --- status --watch ----------------------------------------------------------------------------------------------------------


def start(folder):
    (folder / "slow.toml").write_text(SLOW)
    return subprocess.Popen([PROGRAM, "run", folder / "slow.toml", "-o", folder / "slow.h5", "--workers", "2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            env={**os.environ, **MPI}, start_new_session=True)


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def kill_all(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def some_done(path):
    return path.exists() and "by 2 workers" in call("status", path).stdout


def test_status_watch_works_from_the_file_alone_while_it_runs_and_after_a_kill(tmp_path):
    process = start(tmp_path)
    try:
        wait_until(lambda: some_done(tmp_path / "slow.h5"))
        watch = subprocess.Popen([PROGRAM, "status", tmp_path / "slow.h5", "--watch", "--interval", "0.2"], stdout=subprocess.PIPE, text=True)
        lines, looks = [], []

        def look_until(enough):
            while not enough():
                lines.append(watch.stdout.readline())
                assert lines[-1], "status --watch ended by itself"
                looks.extend(int(done) for done in re.findall(r"^jobs +(\d+) of 1800 done", lines[-1]))

        look_until(lambda: len(looks) >= 3 and looks[-1] > looks[0])
        os.killpg(process.pid, signal.SIGKILL)
        seen = len(looks)
        look_until(lambda: len(looks) >= seen + 3)
        watch.terminate()
        text = "".join(lines) + watch.communicate()[0]
    finally:
        kill_all(process)
    assert looks == sorted(looks) and looks[0] > 0
    assert "\033" not in text, "plain where it is not a terminal"
    for pattern in (r"^rate +[\d.e+]+ jobs/s by 2 workers$", r"^left +about .* at this rate$", r"^last +.* ago$", r"^file +being written, or left by a killed run"):
        assert re.search(pattern, text, re.MULTILINE), pattern
    assert re.search(r"^ +1 +\[0\.7,…$", text, re.MULTILINE), "the map has its columns"
    assert re.search(r"^0\.05 +0%[▁-█] +·$", text, re.MULTILINE), "a cell that has jobs, and one that has none yet"
    # After the kill the same from the file alone.
    assert re.search(r"^file +.*run --resume goes on", call("status", tmp_path / "slow.h5").stdout, re.MULTILINE)


def test_status_knows_a_file_whose_writer_was_killed(tmp_path):
    (tmp_path / "slow.toml").write_text(SLOW)
    process = subprocess.Popen([PROGRAM, "run", tmp_path / "slow.toml", "-o", tmp_path / "slow.h5", "--workers", "0"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: (tmp_path / "slow.h5").exists() and "rate " in call("status", tmp_path / "slow.h5").stdout)
    finally:
        process.kill()
        process.wait()
    text = call("status", tmp_path / "slow.h5").stdout
    assert "left by a killed run (run --resume goes on)" in text and re.search(r"^jobs +[1-9]\d* of 1800 done", text, re.MULTILINE)


def test_status_watch_redraws_itself_in_a_terminal(result):
    master, slave = pty.openpty()
    watch = subprocess.Popen([PROGRAM, "status", result, "--watch"], stdout=slave, stderr=slave, stdin=slave)
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 20)[0]:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    assert watch.wait() == COMPLETE, "it ends when the sweep is complete"
    text = seen.decode()
    assert "\033[2J" in text and "\033[H" in text
    assert "[" + "█" * 50 + "]" in text
    assert "\033[48;5;" in text, "a coloured map"
    assert re.search(r"standard.*\d+%", text)
