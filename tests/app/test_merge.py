"""Shards and their merge: copied or virtual, complete or not, and what is refused."""

import re
import shutil
import subprocess

import h5py
import numpy as np
import pytest
import xarray
from test_program import BAD_INPUT, COMPLETE, SWEEP, call, digest

SHARDS = 3
JOBS = 24


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A folder with a sweep, a plain run of it (plain.h5), its shards (part-1.h5 …) and an unfinished second shard (half-2.h5)."""
    folder = tmp_path_factory.mktemp("parts")
    # Two shapes of network and recorded trials: rows of groups, not only of the root.
    (folder / "s.toml").write_text(SWEEP.replace("count = 8", "count = 4").replace("[axes]", "[output]\nrecord_trials = [0, 3]\n[axes]\n"
                                   "memory_units = [10, 20]").replace("max_trials = 2000", "max_trials = 300"))
    assert call("run", folder / "s.toml", "-o", folder / "plain.h5", "--workers", 0).returncode == COMPLETE
    for shard in range(1, SHARDS + 1):
        assert call("run", folder / "s.toml", "-o", folder / f"part-{shard}.h5", "--workers", 0, "--shard", f"{shard}/{SHARDS}").returncode == COMPLETE
    shutil.copy(folder / "part-2.h5", folder / "half-2.h5")
    with h5py.File(folder / "half-2.h5", "r+") as file:
        ended = np.flatnonzero(file["status"][:])
        for job in ended[3:]:
            file["status"][job] = 0
    return folder


def part(folder, *numbers):
    return [folder / f"part-{number}.h5" for number in numbers]


def contents(path):
    """Every variable of a file, by its path."""
    found = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


@pytest.mark.parametrize("how", [(), ("--virtual",)], ids=["copied", "virtual"])
def test_shards_merge_to_the_digest_of_a_plain_run(parts, tmp_path, how):
    output = parts / f"all-{len(how)}.h5"
    result = call("merge", *part(parts, 1, 2, 3), "-o", output, *how)
    assert result.returncode == COMPLETE and result.stderr == ""
    assert digest(output) == digest(parts / "plain.h5")
    assert call("summary", output, "--by", "leak").stdout == call("summary", parts / "plain.h5", "--by", "leak").stdout


def test_a_virtual_file_shows_the_same_to_h5py_as_a_copied_one(parts):
    call("merge", *part(parts, 1, 2, 3), "-o", parts / "copied.h5")
    call("merge", *part(parts, 1, 2, 3), "-o", parts / "virtual.h5", "--virtual")
    copied, virtual = contents(parts / "copied.h5"), contents(parts / "virtual.h5")
    assert copied.keys() == virtual.keys()
    for name, values in copied.items():
        np.testing.assert_array_equal(values, virtual[name], err_msg=name)
    with h5py.File(parts / "virtual.h5") as file:
        assert file["status"].is_virtual and file["run/host"].is_virtual and not file["beta"].is_virtual
        assert len(file["error"].virtual_sources()) < JOBS
        for name, item in file.items():
            if isinstance(item, h5py.Dataset) and item.is_virtual:
                assert item.attrs["long_name"] and [len(dimension) for dimension in item.dims] == [1] * item.ndim, name


def test_a_virtual_file_opens_in_xarray(parts):
    call("merge", *part(parts, 1, 2, 3), "-o", parts / "nc.h5", "--virtual")
    with xarray.open_dataset(parts / "nc.h5", engine="h5netcdf") as dataset, \
            xarray.open_dataset(parts / "plain.h5", engine="h5netcdf") as plain:
        xarray.testing.assert_equal(dataset, plain)
        assert dataset["status"].dims == ("job",) and dataset["error"].dims == ("job", "bin")


def test_ncdump_reads_a_virtual_file(parts):
    call("merge", *part(parts, 1, 2, 3), "-o", parts / "cdl.h5", "--virtual")
    for options in (["-h"], ["-v", "error,status"]):
        result = subprocess.run(["ncdump", *options, parts / "cdl.h5"], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stderr
        assert "float error(job, bin)" in result.stdout
    with h5py.File(parts / "cdl.h5") as file:  # what netCDF-C reads into eight bytes
        for name in ("message", "run/host"):
            assert file[name].id.get_create_plist().fill_value_defined() != h5py.h5d.FILL_VALUE_USER_DEFINED, name


def test_shards_of_a_program_that_divided_sweeps_otherwise(parts, tmp_path):
    """Their rows are not those that the number of the shard says: not resumed, not shown, and merged with a warning."""
    old = tmp_path / "old-2.h5"
    shutil.copy(parts / "part-1.h5", old)
    with h5py.File(old, "r+") as file:
        file.attrs["shard"] = f"2/{SHARDS}"
    for words in [("run", parts / "s.toml", "--resume", "--workers", 0, "--shard", f"2/{SHARDS}", "-o", old),
                  ("merge", old, *part(parts, 2, 3), "--virtual", "-o", tmp_path / "all.h5")]:
        result = call(*words)
        assert result.returncode == BAD_INPUT
        assert "old-2.h5: holds 8 jobs" in result.stderr and "divided sweeps otherwise" in result.stderr
    merged = call("merge", old, *part(parts, 2, 3), "-o", tmp_path / "all.h5")
    assert merged.returncode == COMPLETE and "divided sweeps otherwise" in merged.stderr
    assert digest(tmp_path / "all.h5") == digest(parts / "plain.h5")


def test_a_virtual_file_is_moved_with_its_shards(parts, tmp_path):
    call("merge", *part(parts, 1, 2, 3), "-o", parts / "moved.h5", "--virtual")
    for file in [parts / "moved.h5", *part(parts, 1, 2, 3)]:
        shutil.copy(file, tmp_path)
    assert digest(tmp_path / "moved.h5") == digest(parts / "plain.h5")
    (tmp_path / "part-2.h5").unlink()
    (tmp_path / "part-3.h5").unlink()
    for words in [("verify",), ("status",), ("summary",), ("run", parts / "s.toml", "--resume", "-o")]:
        result = call(*words, tmp_path / "moved.h5")
        assert result.returncode == BAD_INPUT
        assert "2 of 3 are missing" in result.stderr and "part-2.h5" in result.stderr and "part-3.h5" in result.stderr


def test_a_virtual_file_notices_another_sweep_in_the_place_of_a_source(parts, tmp_path):
    for file in part(parts, 1, 2, 3):
        shutil.copy(file, tmp_path)
    call("merge", *part(tmp_path, 1, 2, 3), "-o", tmp_path / "all.h5", "--virtual")
    call("run", parts / "s.toml", "-o", tmp_path / "part-2.h5", "--overwrite", "--workers", 0, "--shard", "2/3", "--set", "beta=0.01")
    result = call("verify", tmp_path / "all.h5")
    assert result.returncode == BAD_INPUT and "part-2.h5, which holds another sweep" in result.stderr


def test_a_virtual_file_is_not_resumed_and_not_merged_as_virtual(parts):
    call("merge", *part(parts, 1, 2), "-o", parts / "two.h5", "--virtual")
    before = [file.read_bytes() for file in part(parts, 1, 2)]
    result = call("run", parts / "s.toml", "-o", parts / "two.h5", "--resume", "--workers", 0)
    assert result.returncode == BAD_INPUT and "part-1.h5" in result.stderr
    assert [file.read_bytes() for file in part(parts, 1, 2)] == before
    result = call("merge", parts / "two.h5", *part(parts, 3), "-o", parts / "nested.h5", "--virtual")
    assert result.returncode == BAD_INPUT and "is itself a virtual file" in result.stderr
    assert call("merge", parts / "two.h5", *part(parts, 3), "-o", parts / "flat.h5").returncode == COMPLETE
    assert digest(parts / "flat.h5") == digest(parts / "plain.h5")


def test_a_virtual_file_shows_what_its_shards_get_later(parts, tmp_path):
    shutil.copy(parts / "part-1.h5", tmp_path)
    shutil.copy(parts / "half-2.h5", tmp_path)
    shutil.copy(parts / "part-3.h5", tmp_path)
    inputs = [tmp_path / name for name in ("part-1.h5", "half-2.h5", "part-3.h5")]
    assert call("merge", *inputs, "-o", tmp_path / "all.h5", "--virtual").returncode == COMPLETE
    assert f"jobs     {JOBS - 5} of {JOBS} done" in call("verify", tmp_path / "all.h5").stdout
    assert call("run", parts / "s.toml", "-o", tmp_path / "half-2.h5", "--resume", "--workers", 0, "--shard", "2/3").returncode == COMPLETE
    assert digest(tmp_path / "all.h5") == digest(parts / "plain.h5")


def test_missing_and_unfinished_shards_are_named(parts):
    result = call("merge", parts / "part-1.h5", parts / "half-2.h5", "-o", parts / "partial.h5")
    assert result.returncode == COMPLETE
    assert "shard 3 of 3 is missing" in result.stderr
    assert re.search(r"half-2.h5 \(shard 2 of 3\) is not complete: 5 of its 8 jobs are missing, the first of them \d+", result.stderr)
    assert f"{JOBS - 8 - 5} of {JOBS} jobs" in result.stdout
    assert call("run", parts / "s.toml", "-o", parts / "partial.h5", "--resume", "--workers", 0).returncode == COMPLETE
    assert digest(parts / "partial.h5") == digest(parts / "plain.h5")


def test_overlapping_files_are_all_named_and_nothing_is_written(parts):
    output = parts / "overlap.h5"
    output.write_text("precious")
    result = call("merge", parts / "part-1.h5", parts / "part-2.h5", parts / "half-2.h5", parts / "plain.h5", "-o", output, "--overwrite")
    assert result.returncode == BAD_INPUT
    assert "part-2.h5 (shard 2 of 3) and" in result.stderr and "half-2.h5 (shard 2 of 3) overlap: both hold job" in result.stderr
    assert "part-1.h5 (shard 1 of 3) and" in result.stderr and "plain.h5 overlap" in result.stderr
    assert output.read_text() == "precious"
    again = call("merge", *part(parts, 1, 1), "-o", parts / "twice.h5")
    assert again.returncode == BAD_INPUT and "are the same file" in again.stderr


def test_foreign_files_are_all_named(parts, tmp_path):
    for name, setting in [("a.h5", "beta=0.01"), ("b.h5", "max_trials=200")]:
        call("run", parts / "s.toml", "-o", tmp_path / name, "--workers", 0, "--shard", "2/3", "--set", setting)
    result = call("merge", parts / "part-1.h5", tmp_path / "a.h5", tmp_path / "b.h5", "-o", tmp_path / "all.h5")
    assert result.returncode == BAD_INPUT
    assert "a.h5: holds another sweep" in result.stderr and "beta" in result.stderr
    assert "b.h5: holds another sweep" in result.stderr and "max_trials" in result.stderr
    assert not (tmp_path / "all.h5").exists()
    no_result = call("merge", parts / "part-1.h5", parts / "s.toml", "-o", tmp_path / "all.h5")
    assert no_result.returncode == BAD_INPUT and "s.toml: is no HDF5 file" in no_result.stderr


@pytest.mark.parametrize("how", [(), ("--virtual",)], ids=["copied", "virtual"])
def test_a_failed_merge_leaves_nothing_behind(parts, tmp_path, how):
    shutil.copy(parts / "part-1.h5", tmp_path / "damaged.h5")
    with h5py.File(tmp_path / "damaged.h5", "r+") as file:
        file["trials"][np.flatnonzero(file["status"][:])[0]] += 1
    result = call("merge", tmp_path / "damaged.h5", "-o", tmp_path / "all.h5", *how)
    if how:  # the rows stay where they are: it is verify that looks at them
        assert call("verify", tmp_path / "all.h5").returncode == BAD_INPUT
    else:
        assert result.returncode == BAD_INPUT and "damaged" in result.stderr
        assert sorted(file.name for file in tmp_path.iterdir()) == ["damaged.h5"]
