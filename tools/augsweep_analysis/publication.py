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
    """A published figure and ours: when runs converged (in trials, both sides cut off at `cap`), or a test score after training (percent of test
    trials without an error, over all runs that were tested, converged or not)."""

    figure: str
    measure: str          # "convergence", or the variable of a test score: "test_greedy", "test_explore", "test_softmax", "test_fixation_greedy"
    origin: str           # "authors' arrays" or "re-run of their code"
    cap: int
    n: tuple[int, int]    # theirs, ours; so are all pairs
    converged: tuple[int, int]   # of a score: all
    median: tuple[float, float]  # of all runs; infinite beyond the cap
    mean: tuple[float, float]    # over the converged runs alone, as published; NaN if there are none
    sd: tuple[float, float]
    p_fraction: float     # Fisher's exact test; NaN for a score
    p: float              # Welch's test on the converged runs, or on the scores; NaN where one side has fewer than two


def beside(data: xr.Dataset, folder: Path = _FOLDER) -> list[Beside]:
    """All published figures that answer to this result file: convergence first, then test scores; [] if it is no published experiment, or was run
    with other settings (the seeds apart). Of the publication only what facts.csv holds is known, not the samples (tools/reproduce takes those)."""
    comparisons = _comparisons(folder)
    if comparisons is None or not (folder / "facts.csv").exists():
        return []
    with (folder / "facts.csv").open(newline="") as file:
        facts = {(row["figure"], row["measure"], row["origin"]): row for row in csv.DictReader(file)}
    sets = {line for line in str(data.attrs.get("sweep_overrides", "")).split("\n") if line and not line.replace(" ", "").startswith("axes.seed=")}
    table = results.frame(data)
    found = []
    for row in comparisons.COMPARISONS:
        fact = facts.get((row.figure, row.measure, row.origin))
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
        if row.measure == "convergence":
            found.append(_times(row.figure, row.origin, row.cap, fact, sample))
        elif sample[row.measure].notna().any():  # a run that diverged is not tested
            found.append(_scores(row.figure, row.measure, row.origin, row.cap, fact, sample[row.measure].dropna().to_numpy(float)))
    return sorted(found, key=lambda one: one.measure != "convergence")


def _published(fact: dict[str, str], name: str) -> float:
    return float(fact[name]) if fact[name] else float("nan")


def _times(figure: str, origin: str, cap: int, fact: dict[str, str], sample: pd.DataFrame) -> Beside:
    converged = sample["converged"] & (sample["watched"] < cap)
    ours = statistics.survivors(sample["watched"], converged)
    times = np.where(converged, sample["watched"], np.inf)
    median = float(np.quantile(times, 0.5, method="inverted_cdf"))
    n, k, mean, sd = int(fact["n"]), int(fact["converged"]), _published(fact, "mean"), _published(fact, "sd")
    p = statistics.welch(k, mean, sd, ours.n, ours.mean, ours.sd).p if min(k, ours.n) > 1 else float("nan")
    return Beside(figure, "convergence", origin, cap, (n, len(sample)), (k, ours.n), (_published(fact, "median"), median), (mean, ours.mean), (sd, ours.sd),
                  statistics.fisher_exact(k, n, ours.n, len(sample)), p)


def _scores(figure: str, measure: str, origin: str, cap: int, fact: dict[str, str], scores: np.ndarray) -> Beside:
    n, mean, sd = int(fact["n"]), _published(fact, "mean"), _published(fact, "sd")
    ours = len(scores), float(np.mean(scores)), float(np.std(scores, ddof=1)) if len(scores) > 1 else float("nan")
    p = float("nan")
    if min(n, ours[0]) > 1:
        # No spread on either side, as where every test trial is right: equal, or not, to the decimals that are published.
        p = float(abs(mean - ours[1]) < 0.05) if sd == ours[2] == 0 else statistics.welch(n, mean, sd, *ours).p
    return Beside(figure, measure, origin, cap, (n, ours[0]), (n, ours[0]), (_published(fact, "median"), float(np.median(scores))), (mean, ours[1]),
                  (sd, ours[2]), float("nan"), p)


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
