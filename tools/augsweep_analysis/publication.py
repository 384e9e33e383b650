"""A result file's samples beside the published ones (tools/reproduction/facts.csv), where the sweep is one of the published experiments."""

from __future__ import annotations

import csv
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import xarray as xr

from . import results, statistics

_FOLDER = Path(__file__).resolve().parents[1] / "reproduction"


@dataclass(frozen=True)
class Beside:
    """A published figure and ours. Times in trials, both sides cut off at `cap`."""

    figure: str
    origin: str           # "authors' arrays" or "re-run of their code"
    cap: int
    n: tuple[int, int]    # theirs, ours; so are all pairs
    converged: tuple[int, int]
    median: tuple[float, float]  # infinite beyond the cap
    mean: tuple[float, float]    # over the converged runs alone, as published; NaN if there are none
    sd: tuple[float, float]
    p_fraction: float     # Fisher's exact test
    p_time: float         # Welch's test on the converged runs; NaN where one side has fewer than two


def beside(data: xr.Dataset, folder: Path = _FOLDER) -> list[Beside]:
    """The published convergence figures that answer to this result file (tools/reproduce compares test scores too); [] if it is no published experiment, or was run with other settings (the seeds apart)."""
    comparisons = _comparisons(folder)
    if comparisons is None or not (folder / "facts.csv").exists():
        return []
    with (folder / "facts.csv").open(newline="") as file:
        facts = {(row["figure"], row["origin"]): row for row in csv.DictReader(file) if row.get("measure", "convergence") == "convergence"}
    sets = {line for line in str(data.attrs.get("sweep_overrides", "")).split("\n") if line and not line.replace(" ", "").startswith("axes.seed=")}
    table = results.frame(data)
    found = []
    for row in comparisons.COMPARISONS:
        if getattr(row, "measure", "convergence") != "convergence":
            continue
        fact = facts.get((row.figure, row.origin))
        if row.sweep != data.attrs.get("title") or set(row.sets) != sets or fact is None:
            continue
        chosen = table
        for name, wanted in row.select.items():
            if name not in chosen:
                chosen = chosen.iloc[:0]
                break
            chosen = chosen[chosen[name].map(lambda value: f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)) == wanted]
        sample = chosen[chosen["status"].isin(results.ENDED_BY_ITSELF)]
        if sample.empty or sample["max_trials"].max() < row.cap:
            continue
        found.append(_beside(row.figure, row.origin, row.cap, fact, sample))
    return found


def _beside(figure: str, origin: str, cap: int, fact: dict[str, str], sample: pd.DataFrame) -> Beside:
    def number(name: str) -> float:
        return float(fact[name]) if fact[name] else float("nan")

    converged = sample["converged"] & (sample["watched"] < cap)
    ours = statistics.survivors(sample["watched"], converged)
    times = np.where(converged, sample["watched"], np.inf)
    median = float(np.quantile(times, 0.5, method="inverted_cdf"))
    n, k = int(fact["n"]), int(fact["converged"])
    p_time = statistics.welch(k, number("mean"), number("sd"), ours.n, ours.mean, ours.sd).p if min(k, ours.n) > 1 else float("nan")
    return Beside(figure, origin, cap, (n, len(sample)), (k, ours.n), (number("median"), median), (number("mean"), ours.mean), (number("sd"), ours.sd),
                  statistics.fisher_exact(k, n, ours.n, len(sample)), p_time)


def _comparisons(folder: Path) -> ModuleType | None:
    path = folder / "comparisons.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location("augsweep_comparisons", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
