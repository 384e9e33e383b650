"""Disks that are full, small, read-only or gone; limits on file sizes; file systems without locks. The tmpfs is a real one, mounted in
a namespace of its own (tests/faults/CMakeLists.txt starts this file in one)."""

import os
import shutil
import subprocess

import pytest

from harness import (BAD_INPUT, COMPLETE, PROGRAM, Acknowledged, Run, call, digest, environment, faulty, one_sentence, steady_sweep)
from program import undisturbed_digest

# Rows of some 20 KB, so that a disk of few MB is soon full.
WIDE = """
[task]
name = "12ax"
[network]
memory_units = 100
[training]
max_trials = 20
test_trials = 0
[axes]
seed = { first = 0, count = 300 }
"""


@pytest.fixture
def sweep(tmp_path):
    file = tmp_path / "sweep.toml"
    file.write_text(WIDE)
    return file


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return undisturbed_digest(tmp_path_factory.mktemp("reference"), WIDE)


def check_refused(result, *words):
    """It ended with an error that names path and cause, and says how to go on."""
    assert result.returncode == BAD_INPUT, result.stderr
    lines = [line for line in result.stderr.splitlines() if line.startswith("augsweep: ")]
    assert len(lines) == 1, result.stderr
    for word in words:
        assert word in lines[0], lines[0]


def rows(file):
    acknowledged = Acknowledged()
    return acknowledged.look(file)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_full_disk_ends_the_run_and_what_was_written_is_safe(sweep, small_disk, reference, workers):
    output = small_disk / "out.h5"
    result = call("run", sweep, "-o", output, "--workers", workers, "--flush-interval", 0)
    check_refused(result, str(output), "o space left on", "--resume")
    done = rows(output)
    assert 0 < done < 300
    digest(output)
    again = call("run", sweep, "-o", output, "--workers", 0, "--resume")
    check_refused(again, str(output))
    assert rows(output) == done, "a failing resume must leave the only copy alone"
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    assert call("run", sweep, "-o", output, "--workers", workers, "--resume").returncode == COMPLETE
    assert digest(output) == reference


def test_a_disk_filled_by_somebody_else_is_noticed_and_nothing_flushed_is_lost(small_disk, tmp_path):
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(steady_sweep(jobs=2000, trials=1000))
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    acknowledged = Acknowledged()
    run = Run(sweep, small_disk / "out.h5", "--workers", 0)
    assert run.wait_for_rows(5, acknowledged), run.said()
    with open(small_disk / "filler", "wb", buffering=0) as filler:
        try:
            while filler.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass
    assert run.wait() == BAD_INPUT, run.said()
    assert "no space left" in run.said().lower() and str(run.output) in run.said()
    acknowledged.look(run.output)
    acknowledged.check()
    (small_disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=256m", small_disk], check=True)
    resumed = Run(sweep, run.output, "--resume", "--workers", 0, "--time-limit", "1s")
    resumed.wait()
    acknowledged.look(run.output)
    acknowledged.check()


def test_too_little_room_for_the_layout_leaves_nothing_behind(sweep, small_disk):
    subprocess.run(["mount", "-o", "remount,size=64k", small_disk], check=True)
    check_refused(call("run", sweep, "-o", small_disk / "out.h5", "--workers", 0), str(small_disk / "out.h5"), "No space left")
    assert [file.name for file in small_disk.iterdir()] == []


def test_a_limit_on_file_sizes_ends_the_run_and_what_was_written_is_safe(sweep, tmp_path, reference):
    """In one process: MPI's own files in memory are larger than this limit."""
    output = tmp_path / "out.h5"
    result = call("run", sweep, "-o", output, "--workers", 0, "--flush-interval", 0,
                  launcher=("sh", "-c", 'ulimit -f 6000; exec "$0" "$@"'))
    check_refused(result, str(output), "--resume")
    assert "limit on file sizes" in result.stderr or "File too large" in result.stderr
    assert 0 < rows(output) < 300
    digest(output)
    assert call("run", sweep, "-o", output, "--resume").returncode == COMPLETE
    assert digest(output) == reference


@pytest.mark.parametrize("fault, words", [
    ("pwrite:EDQUOT:4000000", ["Disk quota exceeded"]),
    ("pwrite:EIO:4000000", ["Input/output error"]),
    ("pwrite:ENOSPC:4000000", ["No space left on device"]),
    ("fdatasync:EIO:3", ["Input/output error"]),
])
def test_a_quota_or_a_broken_disk_ends_the_run_and_what_was_flushed_is_safe(sweep, tmp_path, reference, fault, words):
    """What no test can have for real, by tests/faults/faulty_io.c: the calls fail as they would."""
    output = tmp_path / "out.h5"
    check_refused(call("run", sweep, "-o", output, "--workers", 0, "--flush-interval", 0, env=faulty(fault)), str(output), *words)
    assert rows(output) > 0
    assert "run --resume goes on" in call("status", output).stdout
    assert call("run", sweep, "-o", output, "--resume").returncode == COMPLETE
    assert digest(output) == reference


def test_a_read_only_file_system_is_named(sweep, small_disk):
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    one_sentence(call("run", sweep, "-o", small_disk / "out.h5", "--workers", 0), str(small_disk), "Read-only file system")


def test_a_file_system_that_turns_read_only_ends_the_run(sweep, tmp_path):
    output = tmp_path / "out.h5"
    check_refused(call("run", sweep, "-o", output, "--workers", 0, "--flush-interval", 0, env=faulty("pwrite:EROFS:4000000")),
                  str(output), "Read-only file system")
    assert rows(output) > 0


@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_named(sweep, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    os.chmod(folder, 0o555)
    launcher = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if os.geteuid() == 0 else ()
    one_sentence(call("run", sweep, "-o", folder / "out.h5", "--workers", 0, launcher=launcher), str(folder))


def test_a_folder_removed_while_running_ends_the_run(tmp_path):
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(steady_sweep(jobs=8, long_jobs=2, long_trials=10_000_000))
    folder = tmp_path / "results"
    folder.mkdir()
    run = Run(sweep, folder / "out.h5", "--workers", 0)
    errors = run.errors.open(encoding="utf-8")
    assert run.wait_for_rows(2, Acknowledged())
    shutil.rmtree(folder)
    assert run.wait() == BAD_INPUT
    said = errors.read()
    assert str(folder / "out.h5") in said and "removed or replaced" in said, said


def test_a_file_system_without_locks_is_refused(sweep, tmp_path):
    for error, text in (("ENOLCK", "No locks available"), ("ENOSYS", "Function not implemented")):
        one_sentence(call("run", sweep, "-o", tmp_path / "out.h5", "--workers", 0, env=faulty(f"flock:{error}")),
                     str(tmp_path / "out.h5"), text, "no locks")
    assert not (tmp_path / "out.h5").exists()
