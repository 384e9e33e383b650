"""Reads result files (docs/file-format.md) into xarray and pandas.

Every function opens the file in HDF5's SWMR mode, reads what it needs and closes it again: it works while the sweep runs, after a kill and
after the end. What is read is a picture of that moment; call again for a newer one.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Union

import h5py
import numpy as np
import pandas as pd
import xarray as xr

from . import statistics

__all__ = ["ResultError", "load", "weights", "records", "trace", "shapes", "axes", "grid", "frame", "summary"]

FORMAT_VERSION = 1
PathLike = Union[str, "os.PathLike[str]"]

#: Statuses of jobs that say something about convergence. A job that failed or ran out of time says nothing.
ENDED_BY_ITSELF = ("converged", "not_converged", "diverged")


class ResultError(Exception):
    """A file that is no result file, is damaged, or lacks what was asked for; says what and where."""


@contextmanager
def _opened(path: PathLike, wanted: str = "augsweep") -> Iterator[h5py.File]:
    path = Path(path)
    if not path.exists():
        raise ResultError(f"{path}: does not exist")
    with _h5(path) as file:
        found = _text(file.attrs.get("format", ""))
        if found != wanted:
            raise ResultError(f"{path}: is not an {wanted} file" + (f" but one of format '{found}'" if found else ""))
        version = int(file.attrs.get("format_version", FORMAT_VERSION))
        if version != FORMAT_VERSION:
            raise ResultError(f"{path}: has format version {version}; this package reads {FORMAT_VERSION}: use the tools of augsweep "
                              f"{_text(file.attrs.get('program_version', '?'))}")
        yield file


def _h5(path: Path) -> h5py.File:
    # A writer holds a lock for an instant while it opens its file.
    deadline = time.monotonic() + 10.0
    while True:
        try:
            try:
                return h5py.File(path, "r", libver="latest", swmr=True)
            except OSError as error:
                if "SWMR" not in str(error):
                    raise
                return h5py.File(path, "r")  # this process has it open already, without SWMR
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise ResultError(f"{path}: is locked by another program, which is not an augsweep run ({error})") from error
            time.sleep(0.05)
        except OSError as error:
            raise ResultError(f"{path}: cannot be opened as an HDF5 file ({error})") from error


def format_of(path: PathLike) -> str:
    """ "augsweep" for a result file, "augsweep-trace" for the steps of one job. Raises ResultError for anything else."""
    for known in ("augsweep", "augsweep-trace"):
        try:
            with _opened(path, known):
                return known
        except ResultError as error:
            if f"of format 'augsweep" not in str(error):
                raise
    raise ResultError(f"{path}: is no file that this package reads")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _attributes(item: h5py.HLObject) -> dict[str, Any]:
    hidden = {"DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME", "_Netcdf4Dimid", "_NCProperties", "_FillValue"}
    found = {}
    for name in item.attrs:
        if name not in hidden:
            value = item.attrs[name]
            found[name] = value if isinstance(value, np.ndarray) else _text(value) if isinstance(value, (bytes, str)) else value.item()
    return found


def _values(dataset: h5py.Dataset) -> np.ndarray:
    """The content; texts as str, flags by their names."""
    if h5py.check_string_dtype(dataset.dtype):
        return np.asarray(dataset.asstr()[()]).astype(object)
    values = np.asarray(dataset[()])
    if "flag_meanings" in dataset.attrs:
        names = np.array(_text(dataset.attrs["flag_meanings"]).split(), dtype=object)
        flags = np.asarray(dataset.attrs["flag_values"])
        order = np.argsort(flags)
        place = order[np.searchsorted(flags[order], values)]
        if not (flags[place] == values).all():
            raise ResultError(f"{dataset.file.filename}: {dataset.name} holds a value without a meaning; 'augsweep verify' says more")
        return np.asarray(names[place])
    return values


def _dimensions(dataset: h5py.Dataset) -> tuple[str, ...]:
    if h5py.h5ds.is_scale(dataset.id):
        return (dataset.name.rsplit("/", 1)[1],)
    return tuple(dimension[0].name.rsplit("/", 1)[1] for dimension in dataset.dims)


def _dataset(group: h5py.Group, prefix: str = "") -> xr.Dataset:
    """All variables of one group; its dimension scales become coordinates."""
    variables: dict[str, Any] = {}
    coordinates: dict[str, Any] = {}
    # The status first: a row that has a status has everything else too, but not the other way round while it is being written.
    names = sorted((name for name in group if isinstance(group[name], h5py.Dataset)), key=lambda name: bool(name != "status"))
    for name in names:
        dataset = group[name]
        content = (_dimensions(dataset), _values(dataset), _attributes(dataset))
        if h5py.h5ds.is_scale(dataset.id):
            coordinates[name] = content
        else:
            variables[prefix + name] = content
    return xr.Dataset(variables, coordinates)


def load(path: PathLike) -> xr.Dataset:
    """The root of a result file, and `run/`, as one labelled Dataset, all in memory.

    Dimensions: `job` (index in sweep order), `bin` (first trial of the bin), `leak_group`. Parameters, status, convergence and test scores have the
    shape (job,), curves (job, bin), the leak (job, leak_group). Flags and states are texts, such as "converged". What `run/` holds is
    called `run_seconds`, `run_host` and so on. What the sweep varies is a coordinate of `job`: `data.error.groupby("leak_label")`.
    Units and meaning of each variable: `data.error.attrs`. The root's attributes (sweep text, versions, provenance): `data.attrs`.

    Works on a running sweep. Raises ResultError.
    """
    with _opened(path) as file:
        data = _dataset(file)
        if "run" in file:
            data = data.merge(_dataset(file["run"], "run_"), combine_attrs="override")
        data.attrs = _attributes(file)
    leak = xr.DataArray(np.array([_leak_text(values) for values in data["leak"].values], dtype=object), dims="job",
                        attrs={"long_name": "leak (retention factor) of the memory units, as text"})
    data = data.assign(leak_text=leak)
    return data.set_coords([name for axis in axes(data).values() for name in axis if "job" in data[name].dims])


def _leak_text(values: np.ndarray) -> str:
    """As `augsweep summary` writes it: 0.7, or [0.7,1]."""
    numbers = [f"{value:.12g}" for value in values if not np.isnan(value)]
    return numbers[0] if len(numbers) == 1 else f"[{','.join(numbers)}]"


def _column(key: str) -> str:
    """Variable of the result file that holds a key of the sweep file, one value a job."""
    return {"reward": "reward_rule", "leak": "leak_text"}.get(key, key)


def axes(data: xr.Dataset) -> dict[str, tuple[str, ...]]:
    """The axes of the sweep in their order: {name: variables of `data` that vary along it}.

    An axis with labels in the sweep file is called by its label variable, such as "leak_label", which stands first.
    """
    keys = [key for key in data.attrs.get("sweep_axes", "").split("\n") if key]
    labelled = {name: data[name].attrs.get("axis_keys", "").split() for name in data.variables
                if isinstance(name, str) and name.endswith("_label") and "axis_keys" in data[name].attrs}
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        label = next((name for name, members in labelled.items() if key in members), None)
        if label is None:
            found[key] = (_column(key),)
        elif label not in found:
            found[label] = (label, *(_column(member) for member in labelled[label]))
    return {name: tuple(variable for variable in variables if variable in data) for name, variables in found.items()}


def grid(data: xr.Dataset) -> xr.Dataset:
    """The Dataset of load() with one dimension for each axis of the sweep instead of `job`.

    `grid(data).error.sel(leak="[0.7,1]", beta=0.15).median("seed")` then reads like the question. Raises ResultError where the jobs are no
    grid (several keys that move together without labels).
    """
    along = axes(data)
    names = list(along)
    columns = [data[along[name][0]].values for name in names]
    codes, levels = zip(*(pd.factorize(column) for column in columns)) if names else ((), ())
    shape = tuple(len(level) for level in levels)
    if int(np.prod(shape, dtype=int)) != data.sizes["job"] or not np.array_equal(
            np.ravel_multi_index(codes, shape) if names else [0], np.arange(data.sizes["job"])):
        raise ResultError(f"the {data.sizes['job']} jobs are no full grid over {', '.join(names) or 'nothing'}: give axes that move together "
                          "labels in the sweep file, or use the Dataset by job")
    variables: dict[str, Any] = {}
    for name, variable in data.variables.items():
        if name == "job" or name in [members[0] for members in along.values()]:
            continue
        if variable.dims[:1] == ("job",):
            variables[str(name)] = ((*names, *variable.dims[1:]), variable.values.reshape(*shape, *variable.shape[1:]), variable.attrs)
        else:
            variables[str(name)] = variable
    coordinates = {name: (name, np.asarray(level)) for name, level in zip(names, levels)}
    return xr.Dataset({name: value for name, value in variables.items() if name not in coordinates}, coordinates, data.attrs)


def shapes(path: PathLike) -> list[str]:
    """Names of the groups of weights: one for each task and network shape, such as "S8_R10_M20_A2_12ax"."""
    with _opened(path) as file:
        return list(file["weights"]) if "weights" in file else []


def weights(path: PathLike, shape: str | None = None) -> xr.Dataset:
    """Final weights of the jobs of one task and network shape; NaN for jobs that have not ended.

    V_r (job, stimulus, regular), V_m (job, transient, memory), W_r (job, regular, response), W_m (job, memory, response), W_r_back and W_m_back
    the other way round, memory_leak (job, memory). Stimuli, transients ("1+" onset, "1-" offset) and responses carry their names. No
    units. `shape` may be left out if there is only one.
    """
    return _group(path, "weights", shape)


def records(path: PathLike, shape: str | None = None) -> xr.Dataset:
    """Trials that the sweep recorded (`record_trials`), step by step: cue, response, reward, rpe, q, memory_activity (job, record_trial, step, …)."""
    return _group(path, "record", shape)


def _group(path: PathLike, kind: str, shape: str | None) -> xr.Dataset:
    with _opened(path) as file:
        names = list(file[kind]) if kind in file else []
        if not names:
            raise ResultError(f"{path}: holds no {kind}; " + ("the sweep file says weights = false" if kind == "weights" else
                              "ask for some with record_trials in the sweep file, or use 'augsweep rerun --trace'"))
        if shape is None and len(names) > 1:
            raise ResultError(f"{path}: holds {kind} of several shapes, choose one: {', '.join(names)}")
        if shape is not None and shape not in names:
            raise ResultError(f"{path}: holds no {kind} of shape {shape}; there are {', '.join(names)}")
        data = _dataset(file[kind][shape or names[0]])
        data.attrs = _attributes(file)
        return data


def trace(path: PathLike) -> xr.Dataset:
    """What `augsweep rerun --trace` wrote: one job step by step, every variable (step, …)."""
    with _opened(path, "augsweep-trace") as file:
        data = _dataset(file)
        data.attrs = _attributes(file)
    return data.set_coords(["trial", "trial_step"])


def frame(source: PathLike | xr.Dataset) -> pd.DataFrame:
    """A tidy table of a result file (or of what load() gave): one row a job, the index is the job, columns are parameters, results and run_….

    The leak stands as text ("0.7", "[0.7,1]"), flags by their names. Three columns are for survival analysis: `converged` (bool), `watched`
    (trials: the convergence trial, or up to which trial the job was watched; the limit if it diverged; NaN for jobs that are pending,
    failed or timed out), `ended` (bool: not pending).
    """
    data = source if isinstance(source, xr.Dataset) else load(source)
    columns = {str(name): variable.values for name, variable in data.variables.items() if variable.dims == ("job",) and name != "job"}
    columns["leak"] = columns.pop("leak_text")
    order = ["task", "leak", *sorted((name for name in columns if name.endswith("_label")))]
    order += [name for name in columns if name not in order]
    table = pd.DataFrame({name: columns[name] for name in order}, index=pd.Index(data["job"].values, name="job"))
    table["ended"] = table["status"] != "pending"
    table["converged"] = table["status"] == "converged"
    table["watched"] = np.select([table["converged"], table["status"] == "not_converged", table["status"] == "diverged"],
                                 [table["convergence_trial"], table["trials"].astype(float), table["max_trials"].astype(float)], np.nan)
    return table


def group_axes(data: xr.Dataset) -> list[str]:
    """Columns of frame() that `augsweep summary` groups by unless told otherwise: all axes but the seed, by their labels if they have any."""
    return [name if name.endswith("_label") else "reward_rule" if name == "reward" else name for name in axes(data) if name != "seed"]


def summary(source: PathLike | xr.Dataset, by: Sequence[str] | None = None) -> pd.DataFrame:
    """How often and how fast the jobs converged, for each cell of the grid: the table of `augsweep summary`, with numbers in full.

    Columns after those of `by` (default: all axes but the seed): n (jobs that ended by themselves), converged, fraction with Wilson's
    interval fraction_low and _high; Kaplan-Meier median of the convergence trial with median_low and _high and restricted_mean (up to the
    trial limit; trials; NaN where not reached); diverged, failed (or timed out), pending; test_greedy (percent, mean).
    """
    data = source if isinstance(source, xr.Dataset) else load(source)
    table = frame(data)
    keys = list(by) if by is not None else group_axes(data)
    missing = [key for key in keys if key not in table]
    if missing:
        raise ResultError(f"no column '{missing[0]}' to summarise by; the axes are {', '.join(group_axes(data))}")
    rows = []
    by_keys: Any = keys if len(keys) > 1 else keys[0] if keys else None
    for values, cell in (table.groupby(by_keys, sort=False, dropna=False) if keys else [((), table)]):
        counted = cell[cell["status"].isin(ENDED_BY_ITSELF)]
        n, converged = len(counted), int(counted["converged"].sum())
        fraction = statistics.wilson(converged, n)
        middle = statistics.median(counted["watched"], counted["converged"])
        limit = float(cell["max_trials"].max())
        rows.append({
            **dict(zip(keys, values if isinstance(values, tuple) else (values,))),
            "n": n, "converged": converged, "fraction": converged / n if n else np.nan,
            "fraction_low": fraction.low if n else np.nan, "fraction_high": fraction.high if n else np.nan,
            "median": middle.value, "median_low": middle.interval.low, "median_high": middle.interval.high,
            "restricted_mean": statistics.restricted_mean(counted["watched"], counted["converged"], limit).value if n else np.nan,
            "limit": limit, "diverged": int((cell["status"] == "diverged").sum()), "failed": int(cell["status"].isin(["failed", "timeout"]).sum()),
            "pending": int((cell["status"] == "pending").sum()), "test_greedy": counted["test_greedy"].mean(),
        })
    return pd.DataFrame(rows)
