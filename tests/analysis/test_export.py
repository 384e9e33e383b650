"""Exports hold what the result file holds, bit for bit where the format has bits."""

import csv
import os
import subprocess
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

TOOL = Path(__file__).resolve().parents[2] / "tools" / "export"


@pytest.fixture(scope="module")
def exported(twelve_ax, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exports")
    done = subprocess.run([TOOL, twelve_ax, "--csv", folder / "jobs.csv", "--npz", folder / "out.npz", "--mat", folder / "out.mat"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_csv_has_one_row_a_job_with_all_numbers_in_full(exported, twelve_ax):
    rows = list(csv.DictReader((exported / "jobs.csv").open()))
    with h5py.File(twelve_ax) as file:
        assert [float(row["test_greedy"]) for row in rows] == file["test_greedy"][:].tolist()
        assert [int(row["run_checksum"], 16) for row in rows] == file["run/checksum"][:].tolist()
        assert {name for name in file if isinstance(file[name], h5py.Dataset) and file[name].shape == (4,) and name != "job"} <= set(rows[0])
    assert [row["leak"] for row in rows] == ["1", "1", "[0.7,1]", "[0.7,1]"]
    assert rows[0]["status"] == "not_converged" and rows[0]["convergence_trial"] == ""


def test_npz_and_mat_hold_every_variable(exported, twelve_ax):
    arrays = np.load(exported / "out.npz")
    matlab = scipy.io.loadmat(exported / "out.mat")
    checked = 0
    with h5py.File(twelve_ax) as file:
        (shape,) = file["weights"]
        for name in ("error", "loss_target", "beta", "seed", "test_greedy"):
            np.testing.assert_array_equal(arrays[name], file[name][()])
            np.testing.assert_array_equal(matlab[name].reshape(file[name].shape), file[name][()])
        for name in file[f"weights/{shape}"]:
            if file[f"weights/{shape}/{name}"].dtype.kind == "f":
                np.testing.assert_array_equal(arrays[f"weights/{shape}/{name}"], file[f"weights/{shape}/{name}"][()])
                np.testing.assert_array_equal(matlab["weights"][shape][0, 0][name][0, 0], file[f"weights/{shape}/{name}"][()])
                checked += 1
        assert checked == 7
        assert {name for name in file if isinstance(file[name], h5py.Dataset)} <= set(arrays)
    assert arrays["status"].tolist() == ["not_converged"] * 4
    assert matlab["status"][0, 0][0] == "not_converged"
    assert "[task]" in str(arrays["attribute/sweep_text"])


def test_mistakes_are_said(tmp_path, twelve_ax):
    done = subprocess.run([TOOL, tmp_path / "none.h5", "--csv", tmp_path / "x.csv"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "does not exist" in done.stderr and not os.listdir(tmp_path)
    assert "at least one of" in subprocess.run([TOOL, twelve_ax], capture_output=True, text=True, check=False).stderr
