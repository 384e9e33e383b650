"""The result file as its readers see it: documented, labelled, and open to xarray, h5py and ncdump."""

import re
import subprocess
from pathlib import Path

import h5py
import pytest
import xarray

from test_program import COMPLETE, call

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "file-format.md").read_text()

EVERY_TASK = """
[sweep]
name = "every task"
[training]
max_trials = 60
test_trials = 10
[output]
bin_trials = 20
record_trials = [0, 59]
[axes]
task = ["12ax", "12ax-s", "ax", "12ax-triplets", "sequence", "sequence-cpt", "txor", "saccade"]
leak = { values = [1.0, [0.7, 1.0]], labels = ["standard", "hybrid"] }
seed = [1, 2]
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("result")
    (folder / "sweep.toml").write_text(EVERY_TASK)
    done = call("run", folder / "sweep.toml", "-o", folder / "out.h5", "--workers", 0)
    assert done.returncode == COMPLETE, done.stderr
    return folder / "out.h5"


def variables(path):
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(lambda name, item: found.update({name: None}) if isinstance(item, h5py.Dataset) else None)
    return list(found)


def test_every_variable_attribute_and_group_is_in_the_document(result):
    documented = set(re.findall(r"`([\w<>]+)`", DOCUMENT))
    names = {re.sub(r"^\w+_label$", "<axis>_label", name) if "/" not in name else name.rsplit("/", 1)[1]
             for name in variables(result)}
    assert names - documented == set()
    with h5py.File(result) as file:
        assert set(file.attrs) - {"_NCProperties"} - documented == set()
        assert set(map("/".join, ([key] for key in file if isinstance(file[key], h5py.Group)))) == {"run", "weights", "record"}


def test_every_axis_has_a_scale_and_every_variable_a_long_name(result):
    with h5py.File(result) as file:
        for name in variables(result):
            dataset = file[name]
            assert dataset.attrs["long_name"], name
            if not h5py.h5ds.is_scale(dataset.id):
                assert all(len(dimension) == 1 for dimension in dataset.dims), name
            if dataset.dtype == "int8":
                assert len(dataset.attrs["flag_meanings"].split()) == len(dataset.attrs["flag_values"]), name


def test_xarray_opens_the_root_and_every_group_without_argument(result):
    data = xarray.open_dataset(result, engine="h5netcdf")
    assert data.sizes["job"] == 32
    assert list(data.leak_label.values[:4]) == ["standard", "standard", "hybrid", "hybrid"]
    with h5py.File(result) as file:
        groups = ["run"] + [f"{kind}/{shape}" for kind in ("weights", "record") for shape in file[kind]]
    assert len(groups) == 17
    for group in groups:
        part = xarray.open_dataset(result, engine="h5netcdf", group=group)
        assert part.sizes["job"] == (32 if group == "run" else 4)


def test_weights_carry_the_names_of_cues_and_responses(result):
    weights = xarray.open_dataset(result, engine="h5netcdf", group="weights/S8_R10_M20_A2_12ax")
    assert list(weights.stimulus.values) == ["1", "2", "A", "B", "C", "X", "Y", "Z"]
    assert list(weights.transient.values)[::8] == ["1+", "1-"]
    assert weights.V_m.sel(transient="1+").notnull().all()


def test_recorded_trials_hold_every_step(result):
    record = xarray.open_dataset(result, engine="h5netcdf", group="record/S8_R10_M20_A2_12ax")
    assert record.trial.values.tolist() == [[0, 59]] * 4
    steps = record.steps.values
    assert (record.q.notnull().all("response").sum("step").values == steps).all()
    assert ((record.cue >= 0).sum("step").values == steps).all()
    assert (record.memory_activity.isel(step=0) < 1).all()


def test_ncdump_reads_the_header(result):
    header = subprocess.run(["ncdump", "-h", result], capture_output=True, text=True, check=True).stdout
    assert "float error(job, bin)" in header
    assert 'status:flag_meanings = "pending converged' in header
