"""Exports a result file to formats that everything reads.

  --csv FILE   a table with one row a job: parameters, results, where and when it ran. No curves and no weights
  --npz FILE   all variables as NumPy arrays under their names; weights as weights/SHAPE/NAME
  --mat FILE   all variables for MATLAB and Octave; weights as weights.SHAPE.NAME; texts as cell arrays of characters

Names, shapes and units are those of docs/file-format.md; flags such as the status stand as texts. A running sweep can be exported too.

Examples:
  tools/export out.h5 --csv jobs.csv
  tools/export out.h5 --npz out.npz --mat out.mat
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.io

from . import results
from .results import ResultError


def _arrays(path: results.PathLike) -> tuple[dict[str, np.ndarray], dict[str, dict[str, np.ndarray]]]:
    """({name: array of the root and of run/}, {shape: {name: array}})"""
    data = results.load(path)
    root = {str(name): variable.values for name, variable in data.variables.items()}
    groups = {}
    for shape in results.shapes(path):
        group = results.weights(path, shape)
        groups[shape] = {str(name): variable.values for name, variable in group.variables.items()}
    return root, groups


def csv(path: results.PathLike, output: Path) -> None:
    """One row a job, the columns of frame(); NaN as an empty field, texts in quotes where they need them."""
    table = results.frame(path)
    table["run_checksum"] = table["run_checksum"].map(lambda value: f"{value:016x}")
    table.to_csv(output)


def npz(path: results.PathLike, output: Path) -> None:
    """NumPy arrays: np.load(file)["error"] has the shape (job, bin). Texts are arrays of str."""
    root, groups = _arrays(path)
    arrays = {name: _plain(values) for name, values in root.items()}
    arrays |= {f"weights/{shape}/{name}": _plain(values) for shape, group in groups.items() for name, values in group.items()}
    arrays |= {f"attribute/{name}": np.array(value) for name, value in results.load(path).attrs.items()}
    with output.open("wb") as file:
        np.savez_compressed(file, **arrays)


def mat(path: results.PathLike, output: Path) -> None:
    """A file of MATLAB's format 5: vectors over jobs are columns, curves matrices (job, bin), weights arrays (job, …), texts cell arrays."""
    root, groups = _arrays(path)
    content: dict[str, Any] = {name: values for name, values in root.items()}
    content["weights"] = {shape: dict(group) for shape, group in groups.items()}
    content["attributes"] = {name: str(value) if isinstance(value, str) else value for name, value in results.load(path).attrs.items()}
    with output.open("wb") as file:
        scipy.io.savemat(file, content, oned_as="column", long_field_names=True, do_compression=True)


def _plain(values: np.ndarray) -> np.ndarray:
    return values.astype(str) if values.dtype == object else values


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools/export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path, metavar="RESULT")
    writers: dict[str, Callable[[results.PathLike, Path], None]] = {"csv": csv, "npz": npz, "mat": mat}
    for name in writers:
        parser.add_argument(f"--{name}", type=Path, metavar="FILE")
    arguments = parser.parse_args(words)
    wanted = [name for name in writers if getattr(arguments, name)]
    if not wanted:
        parser.error("give at least one of --csv, --npz, --mat")
    try:
        for name in wanted:
            output: Path = getattr(arguments, name)
            part = output.with_name(output.name + ".part")
            writers[name](arguments.result, part)
            part.replace(output)
            print(output)
    except (ResultError, OSError) as error:
        print(f"tools/export: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
