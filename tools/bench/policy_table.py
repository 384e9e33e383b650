#!/usr/bin/python3
"""The publication's table of policies: hybrid AuGMEnT on 12AX, 6 policies, 60 runs each of up to 100,000 trials, on all cores.

Times a whole `augsweep run` from the sweep file to the finished result file, as a user would wait for it.

    tools/bench/policy_table.py
    tools/bench/policy_table.py --quick      a smoke run
"""

from __future__ import annotations

import pathlib
import tempfile

import h5py

import common

#: Label in sweeps/12ax-policies.toml of the policy that the table leaves out: the file has one more.
NOT_IN_TABLE = "eps-greedy soft weighted epsilon"


def sweep_of_table() -> str:
    text = (common.ROOT / "sweeps" / "12ax-policies.toml").read_text()
    head, *points = text.split("[[points]]")
    points[-1], tail = points[-1].split("[axes]")
    kept = [point for point in points if f'"{NOT_IN_TABLE}"' not in point]
    if len(kept) != 6 or len(points) != 7:
        raise RuntimeError(f"sweeps/12ax-policies.toml has {len(points)} policies, {len(kept)} of the table; 7 and 6 were expected")
    return "[[points]]".join([head, *kept]) + "\n[axes]" + tail


def main() -> None:
    parser = common.parser(__doc__)
    parser.add_argument("--quick", action="store_true", help="few trials: checks that it runs, its figures mean nothing")
    options = parser.parse_args()
    seeds, trials, repetitions = (1, 200, 1) if options.quick else (60, 100_000, options.repetitions)
    seconds = []
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = pathlib.Path(name)
        (folder / "table.toml").write_text(sweep_of_table())
        output = folder / "table.h5"
        for _ in range(repetitions):
            took, _ = common.timed([options.build / "augsweep", "run", folder / "table.toml", "-o", output, "--overwrite", "-q",
                                    "--set", f"axes.seed={{ first = 0, count = {seeds} }}",
                                    "--set", f"training.max_trials={trials}"])
            seconds.append(took)
        with h5py.File(output, "r") as file:
            jobs, all_trials = len(file["status"]), int(file["trials"][:].sum())
    print(common.machine())
    print(f"{jobs} jobs, {all_trials:,} trials: {min(seconds):.1f} s (best of {repetitions}, worst {max(seconds):.1f} s)")


if __name__ == "__main__":
    main()
