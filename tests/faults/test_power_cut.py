"""Power cuts, as far as they can be had without pulling a plug: every write, sync and rename of a run is recorded (faulty_io.c), and
then the disk is put together as it could stand after a cut at a random moment: everything that was synced, and of what was written
since then any choice of 4 KiB pages, as a kernel may have got to them.

What this shows: resume always finds a file to go on from, and never takes a torn row for a good one. What it counts: rows that had been
flushed and have to be run again, since the index page in which HDF5 finds them was being rewritten at the moment of the cut."""

import random
import re
import struct

import h5py
import numpy as np

from harness import COMPLETE, FAULTY_IO, call, digest, steady_sweep

PAGE = 4096
CUTS = 10


def events(log):
    data = log.read_bytes()
    place = 0
    while place < len(data):
        kind = chr(data[place])
        (length,) = struct.unpack_from("<q", data, place + 1)
        name = data[place + 9:place + 9 + length].decode()
        place += 9 + length
        offset, size = struct.unpack_from("<qq", data, place)
        place += 16
        yield kind, name, offset, data[place:place + size]
        place += size


class Disk:
    """A file as it lies on the disk for certain, and what has been written to it since."""

    def __init__(self):
        self.durable = bytearray()
        self.pending = []

    def write(self, offset, data):
        self.pending.append((offset, data))

    @staticmethod
    def apply(image, offset, data):
        if data is None:  # cut or stretched to that length
            del image[offset:]
            image.extend(bytes(offset - len(image)))
            return
        image.extend(bytes(max(0, offset + len(data) - len(image))))
        image[offset:offset + len(data)] = data

    def sync(self):
        for offset, data in self.pending:
            self.apply(self.durable, offset, data)
        self.pending = []

    def after_a_cut(self, rng):
        image = bytearray(self.durable)
        for offset, data in self.pending:
            if data is None:
                continue
            place = offset
            while place < offset + len(data):
                end = min((place // PAGE + 1) * PAGE, offset + len(data))
                if rng.random() < 0.5:
                    self.apply(image, place, data[place - offset:end - offset])
                place = end
        return bytes(image)


def finished(file):
    with h5py.File(file, "r", swmr=True) as open_file:
        return {job: open_file["run/checksum"][job] for job in np.flatnonzero(open_file["status"][:]) if open_file["run/checksum"][job]}


def test_after_a_power_cut_the_run_goes_on_and_no_torn_row_counts(tmp_path):
    sweep = tmp_path / "sweep.toml"
    sweep.write_text(steady_sweep(jobs=60, trials=200))
    log = tmp_path / "writes"
    output = tmp_path / "out.h5"
    result = call("run", sweep, "-o", output, "--workers", 0, "--flush-interval", 0.01,
                  env={"LD_PRELOAD": FAULTY_IO, "RECORD": str(log)})
    assert result.returncode == COMPLETE, result.stderr
    wanted = digest(output)

    everything = list(events(log))
    moved = next(i for i, event in enumerate(everything) if event[0] == "r")
    rng = random.Random(1977)
    cuts = sorted(rng.sample(range(moved + 1, len(everything)), CUTS))
    disk = Disk()
    lost = acknowledged = torn = 0
    cut_file = tmp_path / "cut.h5"
    for number, (kind, _, offset, data) in enumerate(everything):
        if kind == "w":
            disk.write(offset, data)
        elif kind == "t":
            disk.write(offset, None)
        elif kind == "s":
            disk.sync()
        if number not in cuts:
            continue
        cut_file.write_bytes(disk.durable)
        before = finished(cut_file)
        cut_file.write_bytes(disk.after_a_cut(rng))
        resumed = call("run", sweep, "-o", cut_file, "--resume", "--workers", 0)
        assert resumed.returncode == COMPLETE, f"cut after event {number}: {resumed.stderr}"
        assert digest(cut_file) == wanted
        with h5py.File(cut_file) as open_file:
            attempts = open_file["run/attempt"][:]
        acknowledged += len(before)
        lost += sum(1 for job in before if attempts[job] != 1)
        torn += sum(map(int, re.findall(r"(\d+) rows were damaged", resumed.stderr)))
    print(f"\n{CUTS} power cuts at the worst moments; rows torn and run again: {torn}; of {acknowledged} flushed rows {lost} had to be run again")
    assert len(everything) > 100 and acknowledged > 0
