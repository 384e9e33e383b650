"""Bad input gets one sentence, whoever reads it, and never a crash."""

import os
import random
import struct
import subprocess

import h5py
import pytest

from harness import BAD_INPUT, COMPLETE, PROGRAM, call, digest, environment, faulty, one_sentence, steady_sweep

READERS = ["status", "summary", "verify", "merge", "resume"]


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    file = tmp_path_factory.mktemp("sweep") / "sweep.toml"
    file.write_text(steady_sweep(jobs=3, trials=50))
    return file


@pytest.fixture(scope="module")
def whole(sweep):
    output = sweep.parent / "whole.h5"
    assert call("run", sweep, "-o", output, "--workers", 0).returncode == COMPLETE
    return output


def read(command, file, sweep, env=None):
    if command == "merge":
        return call("merge", file, "-o", file.parent / "merged.h5", env=env)
    if command == "resume":
        return call("run", sweep, "-o", file, "--resume", "--workers", 0, env=env)
    return call(command, file, env=env)


@pytest.mark.parametrize("command", READERS)
def test_foreign_files_get_one_sentence(tmp_path, sweep, command):
    text = tmp_path / "text.h5"
    text.write_text("not HDF5")
    one_sentence(read(command, text, sweep), str(text), "no HDF5 file")
    with h5py.File(tmp_path / "old.h5", "w") as file:
        file["status"] = [1, 2, 3]
    one_sentence(read(command, tmp_path / "old.h5", sweep), "old.h5", "another program")
    with h5py.File(tmp_path / "new.h5", "w", libver="v110") as file:
        file["status"] = [1, 2, 3]
        file.attrs["format"] = "something else"
    one_sentence(read(command, tmp_path / "new.h5", sweep), "new.h5", "another program")
    assert not (tmp_path / "merged.h5").exists()
    if command != "resume":
        one_sentence(read(command, tmp_path / "missing.h5", sweep), "missing.h5", "does not exist")


@pytest.mark.parametrize("command", READERS)
def test_truncated_files_get_one_sentence(tmp_path, sweep, whole, command):
    content = whole.read_bytes()
    for part in (0, 11, 48, 900, len(content) // 2, len(content) - 1):
        cut = tmp_path / f"cut{part}.h5"
        cut.write_bytes(content[:part])
        one_sentence(read(command, cut, sweep), str(cut))
        assert cut.read_bytes() == content[:part], "an unreadable file is not ours to change"


@pytest.mark.parametrize("command", READERS)
def test_flipped_bits_never_crash(tmp_path, sweep, whole, command):
    content = whole.read_bytes()
    rng = random.Random(READERS.index(command))
    for _ in range(8):
        flipped = bytearray(content)
        for _ in range(3):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        file = tmp_path / "flipped.h5"
        file.write_bytes(flipped)
        result = read(command, file, sweep)
        assert result.returncode in (COMPLETE, BAD_INPUT), result.stderr
        if result.returncode == BAD_INPUT and command != "verify":  # which lists what it finds
            one_sentence(result, "flipped.h5")
        (tmp_path / "merged.h5").unlink(missing_ok=True)


@pytest.mark.parametrize("command", READERS)
def test_a_file_over_which_the_library_crashes_gets_one_sentence(tmp_path, sweep, whole, command):
    """The crash itself is made: faulty_io.c raises SIGSEGV in H5Fopen."""
    one_sentence(read(command, whole, sweep, env=faulty("H5Fopen:SIGSEGV")), "whole.h5", "crashed", "Segmentation fault")
    assert not (whole.parent / "merged.h5").exists()


def endless(content):
    """The same file with heaps of texts that HDF5 1.10 never reads to their ends: the last text has become free space of size 0. (Not every
    heap has free space of its own, which could be damaged: that depends on the lengths of all texts.)"""
    damaged = bytearray(content)
    heap = content.find(b"GCOL")
    while heap >= 0:
        place, end = heap + 16, heap + struct.unpack_from("<Q", content, heap + 8)[0]
        last = None
        # Each text: number, references, four bytes, size; padded to 8 bytes. Free space has number 0.
        while place + 16 <= end and struct.unpack_from("<H", content, place)[0] != 0:
            last = place
            place += 16 + (struct.unpack_from("<Q", content, place + 8)[0] + 7) // 8 * 8
        struct.pack_into("<H", damaged, last, 0)
        struct.pack_into("<Q", damaged, last + 8, 0)
        heap = content.find(b"GCOL", end)
    return damaged


@pytest.mark.parametrize("command", ["status", "resume"])
def test_a_file_over_which_the_library_never_ends_gets_one_sentence(tmp_path, sweep, whole, command):
    """Found by the fuzzer. The program notices it by the computing time."""
    file = tmp_path / "endless.h5"
    file.write_bytes(endless(whole.read_bytes()))
    one_sentence(read(command, file, sweep), "endless.h5", "crashed", "round and round")


def test_resume_names_the_file_of_which_a_variable_is_damaged(tmp_path, sweep, whole):
    with h5py.File(whole) as open_file:
        header = h5py.h5o.get_info(open_file["run/host"].id).addr
    content = bytearray(whole.read_bytes())
    content[header + 20] ^= 1
    file = tmp_path / "damaged.h5"
    file.write_bytes(content)
    one_sentence(read("resume", file, sweep), "damaged.h5", "run/host", "--repair")
    assert file.read_bytes() == content
    assert call("run", sweep, "-o", file, "--resume", "--repair", "--workers", 0).returncode == COMPLETE
    assert digest(file) == digest(whole)


def test_a_crash_over_the_output_is_one_sentence_under_mpirun_too(sweep, whole):
    result = call("run", sweep, "-o", whole, "--resume", launcher=("mpirun", "-n", "2", "-x", "LD_PRELOAD", "-x", "FAULT"),
                  env=faulty("H5Fopen:SIGSEGV"))
    assert result.returncode == BAD_INPUT
    assert "augsweep: " + str(whole) + ": the HDF5 library crashed" in result.stderr


def test_a_grid_of_a_million_million_jobs_is_refused_at_once_in_little_memory(tmp_path):
    file = tmp_path / "grid.toml"
    file.write_text('[task]\nname = "12ax"\n[axes]\nbeta = { from = 0.1, to = 0.9, steps = 1_000_000 }\n'
                    "seed = { first = 0, count = 1_000_000 }\n")
    for words in (["plan", str(file)], ["run", str(file), "-o", str(tmp_path / "out.h5")]):
        process = subprocess.Popen([PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment())
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status >> 8
        assert process.returncode == BAD_INPUT and "1000000000000" in said.replace("_", "").replace(",", ""), said
        assert len(said.strip().splitlines()) == 1
        assert usage.ru_maxrss < 200 * 1024, f"{usage.ru_maxrss} KiB"
    assert not (tmp_path / "out.h5").exists()
