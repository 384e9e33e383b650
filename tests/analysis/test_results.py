"""load, frame and summary: labelled, equal to the program's own summary, and open to a sweep that runs or was killed."""

import csv
import os
import signal
import subprocess
import sys
import time

import h5py
import numpy as np
import pytest

import augsweep_analysis as aug
from conftest import PROGRAM


def test_load_gives_labelled_axes_with_units_and_meanings(sequence):
    data = aug.load(sequence)
    assert data.sizes["job"] == 72 and data.error.dims == ("job", "bin")
    assert data.bin.values.tolist() == list(range(0, 600, 50))
    assert set(data.status.values) <= {"converged", "not_converged"}
    assert data.convergence_trial.attrs["units"] == "trial" and "criterion" in data.convergence_trial.attrs["long_name"]
    assert data.leak_text.values[:25:8].tolist() == ["1", "0.7", "[0.7,1]", "1"]
    assert (data.run_seconds > 0).all()
    assert data.groupby("leak_label").mean().sizes["leak_label"] == 3


def test_load_agrees_with_xarray(sequence):
    import xarray
    plain = xarray.open_dataset(sequence, engine="h5netcdf")
    data = aug.load(sequence)
    for name in ("error", "beta", "seed", "convergence_trial", "leak"):
        np.testing.assert_array_equal(data[name].values, plain[name].values)
    assert set(plain.variables) <= set(data.variables)


def test_grid_has_a_dimension_for_each_axis(grid_file):
    data = aug.load(grid_file)
    grid = aug.grid(data)
    assert grid.status.dims == ("leak", "beta", "lambda", "seed") and grid.status.shape == (3, 2, 2, 4)
    chosen = grid.sel(leak="[0.7,1]", beta=0.15, seed=2).trials.sel({"lambda": 0.3})
    table = aug.frame(data)
    assert chosen == table[(table.leak == "[0.7,1]") & (table.beta == 0.15) & (table["lambda"] == 0.3) & (table.seed == 2)].trials.item()


def test_frame_has_one_row_a_job(sequence):
    table = aug.frame(sequence)
    assert len(table) == 72 and table.index.name == "job"
    assert (table.converged == (table.status == "converged")).all()
    assert table.watched[table.converged].equals(table.convergence_trial[table.converged])
    assert (table.watched[~table.converged] == 600).all()


@pytest.mark.parametrize("by", [(), ("leak_label",), ("d", "leak_label"), ("leak",), ("seed",)])
def test_summary_agrees_with_the_program(sequence, tmp_path, by):
    words = [word for axis in by for word in ("--by", axis)]
    subprocess.run([PROGRAM, "summary", sequence, *words, "--csv", tmp_path / "cells.csv"], check=True, capture_output=True)
    theirs = list(csv.DictReader((tmp_path / "cells.csv").open()))
    ours = aug.summary(sequence, by or None)
    assert len(ours) == len(theirs)
    assert len(theirs) == {(): 9, ("leak_label",): 3, ("d", "leak_label"): 9, ("leak",): 3, ("seed",): 8}[by]
    reached = 0
    for (_, our), their in zip(ours.iterrows(), theirs):
        for axis in by or ("d", "leak_label"):
            assert their[axis] == (f"{our[axis]:g}" if not isinstance(our[axis], str) else our[axis])
        for name in ("n", "converged", "diverged", "failed", "pending"):
            assert int(their[name]) == our[name]
        assert float(their["fraction"]) == pytest.approx(our["fraction"], abs=6e-4)
        low, high = map(float, their["95 % interval"].split(".."))
        assert (low, high) == pytest.approx((our["fraction_low"], our["fraction_high"]), abs=6e-4)
        assert their["median"] == (">600" if np.isnan(our["median"]) else f"{our['median']:.0f}")
        assert their["95 % interval "] == "..".join("-" if np.isnan(x) else f"{x:.0f}" for x in (our["median_low"], our["median_high"]))
        assert float(their["restricted mean"]) == pytest.approx(our["restricted_mean"], abs=0.51)
        assert float(their["test greedy %"]) == pytest.approx(our["test_greedy"], abs=0.06)
        reached += not np.isnan(our["median"])
    assert reached > 0


def test_pending_jobs_are_left_out_and_counted(half_done):
    table = aug.frame(half_done)
    assert (~table.ended).sum() == 24 and table.watched[~table.ended].isna().all()
    cells = aug.summary(half_done)
    assert (cells.n + cells.pending == 4).all() and cells.pending.sum() == 24


def test_weights_and_records_carry_their_names(twelve_ax):
    (shape,) = aug.shapes(twelve_ax)
    weights = aug.weights(twelve_ax, shape)
    assert weights.V_m.sel(job=0, transient="1+").shape == (20,)
    assert weights.memory_leak.sel(job=2).values.tolist() == [0.7] * 10 + [1.0] * 10
    records = aug.records(twelve_ax)
    assert records.trial.sel(job=1).values.tolist() == [0, 299]


def test_a_wrong_file_is_refused_in_a_sentence(tmp_path, sequence, trace_file):
    with pytest.raises(aug.ResultError, match="does not exist"):
        aug.load(tmp_path / "none.h5")
    (tmp_path / "text.h5").write_text("no")
    with pytest.raises(aug.ResultError, match="cannot be opened"):
        aug.load(tmp_path / "text.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["x"] = 1
    with pytest.raises(aug.ResultError, match="is not an augsweep file"):
        aug.load(tmp_path / "other.h5")
    with pytest.raises(aug.ResultError, match="of format 'augsweep-trace'"):
        aug.load(trace_file)
    with pytest.raises(aug.ResultError, match="no column 'betta'"):
        aug.summary(sequence, ["betta"])


LONG = """
[task]
name = "12ax"
[learning]
policy = "softmax"
[training]
max_trials = 3000
[axes]
seed = { first = 0, count = 2000 }
"""


def test_a_running_sweep_can_be_read_and_a_killed_one_too(tmp_path):
    (tmp_path / "long.toml").write_text(LONG)
    process = subprocess.Popen([PROGRAM, "run", tmp_path / "long.toml", "-o", tmp_path / "long.h5", "--workers", "0"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        seen = []
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and (len(seen) < 3 or seen[-1] < 20):
            if (tmp_path / "long.h5").exists():
                table = aug.frame(tmp_path / "long.h5")
                seen.append(int(table.ended.sum()))
                assert (table.trials[table.ended] == 3000).all(), "a row that has ended is whole"
            assert process.poll() is None
            time.sleep(0.05)
        assert seen[-1] >= 20 and seen == sorted(seen)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    data = aug.load(tmp_path / "long.h5")
    ended = data.status != "pending"
    assert seen[-1] <= int(ended.sum()) < 2000
    assert data.error.isel(job=ended).isel(bin=0).notnull().all()


def test_the_package_needs_no_build_of_the_program(sequence, tmp_path):
    tools = os.path.dirname(os.path.dirname(aug.__file__))
    done = subprocess.run([sys.executable, "-c", "import sys, augsweep_analysis as a; print(len(a.frame(sys.argv[1])))", sequence],
                          env={"PYTHONPATH": tools, "PATH": ""}, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "72\n", done.stderr
