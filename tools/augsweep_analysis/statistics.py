"""Statistics of convergence times and fractions: the same as `augsweep summary` prints, for Python.

Convergence times are censored: of a run that did not converge within its limit we know only that it would have taken longer. A sample is
therefore given by two arrays of one element a run: `times` (trials), after which the run converged, or up to which it was watched without
doing so; and `converged` (bool). A run that diverged can't converge any more; it counts as watched up to the trial limit.

Kaplan-Meier curve and median agree with R's survival::survfit, the log-rank test with survdiff, Wilson's interval with
prop.test(correct = FALSE), Holm's adjustment with p.adjust, Fisher's test with fisher.test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = ["Interval", "SurvivalCurve", "Median", "RestrictedMean", "TestResult", "Survivors", "kaplan_meier", "median", "restricted_mean",
           "log_rank", "wilson", "fisher_exact", "holm", "welch", "survivors"]

_Z = float(stats.norm.ppf(0.975))
_HALF_TOLERANCE = 1e-8  # R compares the curve with 1/2 up to rounding


class Interval(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class SurvivalCurve:
    """Kaplan-Meier estimate at every distinct time; all arrays have one element a time, in ascending order of time."""

    time: NDArray[np.float64]       # trials
    at_risk: NDArray[np.float64]    # runs not yet converged nor censored just before
    converged: NDArray[np.float64]  # runs that do so at this time
    censored: NDArray[np.float64]
    survival: NDArray[np.float64]   # estimated probability of not having converged after this time
    std_error: NDArray[np.float64]  # of log survival (Greenwood); infinite where survival is 0
    low: NDArray[np.float64]        # 95 % interval of survival by the log transformation, as R's survfit gives by default;
    high: NDArray[np.float64]       # NaN where survival is 0


class Median(NamedTuple):
    value: float        # trials; NaN if the curve does not come down to 1/2
    interval: Interval  # 95 %; an end is NaN if the interval's curve does not reach 1/2


class RestrictedMean(NamedTuple):
    value: float      # mean of min(time, horizon), trials: the area under the curve
    std_error: float  # trials


class TestResult(NamedTuple):
    statistic: float
    p: float


class Survivors(NamedTuple):
    """The published way of looking at convergence times: over the converged runs alone. It makes a policy look fast that rarely converges."""

    n: int        # converged runs
    mean: float   # trials; NaN if there is none, like the others
    sd: float     # with n - 1; NaN for n < 2
    median: float
    quartile_1: float
    quartile_3: float


def _sample(times: ArrayLike, converged: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    t = np.asarray(times, dtype=float).ravel()
    c = np.asarray(converged, dtype=bool).ravel()
    if t.shape != c.shape:
        raise ValueError(f"times has {t.size} elements and converged {c.size}; both need one a run")
    if np.isnan(t).any():
        raise ValueError("times holds NaN; give the trial limit for a run that did not converge")
    return t, c


def kaplan_meier(times: ArrayLike, converged: ArrayLike) -> SurvivalCurve:
    """Kaplan-Meier estimate over all distinct times. Kaplan and Meier (1958), J. Am. Stat. Assoc. 53, 457."""
    t, c = _sample(times, converged)
    distinct, place = np.unique(t, return_inverse=True)
    events = np.bincount(place, weights=c, minlength=distinct.size).astype(float)
    lost = np.bincount(place, weights=~c, minlength=distinct.size).astype(float)
    at_risk = t.size - np.concatenate([[0.0], np.cumsum(events + lost)[:-1]]) if distinct.size else np.zeros(0)
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod((at_risk - events) / at_risk)
        variance = np.cumsum(np.where(events > 0, events / (at_risk * (at_risk - events)), 0.0))
        std_error = np.sqrt(variance)
        alive = survival > 0
        low = np.where(alive, survival * np.exp(-_Z * std_error), np.nan)
        high = np.where(alive, np.minimum(1.0, survival * np.exp(_Z * std_error)), np.nan)
    return SurvivalCurve(distinct, at_risk, events, lost, survival, std_error, low, high)


def _crossing(time: NDArray[np.float64], height: NDArray[np.float64]) -> float:
    """Where a falling curve crosses 1/2; the middle where it is flat at 1/2, as in R."""
    for i, value in enumerate(height):
        if np.isnan(value):
            return float("nan")
        if abs(value - 0.5) < _HALF_TOLERANCE:
            later = np.flatnonzero(height[i + 1:] < 0.5 - _HALF_TOLERANCE)
            return float((time[i] + time[i + 1 + later[0]]) / 2) if later.size else float(time[i])
        if value < 0.5:
            return float(time[i])
    return float("nan")


def median(times: ArrayLike, converged: ArrayLike) -> Median:
    """The time by which half of the runs have converged, with the interval of Brookmeyer and Crowley (1982)."""
    curve = kaplan_meier(times, converged)
    return Median(_crossing(curve.time, curve.survival), Interval(_crossing(curve.time, curve.low), _crossing(curve.time, curve.high)))


def restricted_mean(times: ArrayLike, converged: ArrayLike, horizon: float) -> RestrictedMean:
    """Mean of min(time, horizon), `horizon` in trials: the area under the curve, with Greenwood's standard error."""
    curve = kaplan_meier(times, converged)
    edges = np.concatenate([[0.0], np.minimum(curve.time, horizon), [horizon]])
    areas = np.concatenate([[1.0], curve.survival]) * np.maximum(0.0, np.diff(edges))
    right = np.cumsum(areas[::-1])[::-1][1:]  # the area to the right of every time
    counts = (curve.converged > 0) & (curve.at_risk > curve.converged) & (curve.time <= horizon)
    events, at_risk = curve.converged[counts], curve.at_risk[counts]
    variance = float(np.sum(right[counts] ** 2 * events / (at_risk * (at_risk - events))))
    return RestrictedMean(float(areas.sum()), float(np.sqrt(variance)))


def log_rank(times1: ArrayLike, converged1: ArrayLike, times2: ArrayLike, converged2: ArrayLike) -> TestResult:
    """Log-rank test that two samples converge equally fast: chi-square with one degree of freedom.

    Statistic 0 and p = 1 where it is not defined (no convergence at all).
    """
    t1, c1 = _sample(times1, converged1)
    t2, c2 = _sample(times2, converged2)
    events = np.unique(np.concatenate([t1[c1], t2[c2]]))
    if not events.size:
        return TestResult(0.0, 1.0)
    at_risk1 = t1.size - np.searchsorted(np.sort(t1), events, side="left")
    at_risk2 = t2.size - np.searchsorted(np.sort(t2), events, side="left")
    here1 = np.searchsorted(np.sort(t1[c1]), events, side="right") - np.searchsorted(np.sort(t1[c1]), events, side="left")
    here2 = np.searchsorted(np.sort(t2[c2]), events, side="right") - np.searchsorted(np.sort(t2[c2]), events, side="left")
    at_risk = (at_risk1 + at_risk2).astype(float)
    here = here1 + here2
    difference = float(np.sum(here1 - here * at_risk1 / at_risk))
    some = at_risk > 1
    variance = float(np.sum((here * (at_risk1 / at_risk) * (at_risk2 / at_risk) * (at_risk - here))[some] / (at_risk[some] - 1)))
    if not variance > 0:
        return TestResult(0.0, 1.0)
    statistic = difference**2 / variance
    return TestResult(statistic, float(stats.chi2.sf(statistic, 1)))


def wilson(successes: int, n: int, level: float = 0.95) -> Interval:
    """Wilson's score interval of a fraction at a confidence level in (0, 1); [0, 1] for n = 0. Wilson (1927), J. Am. Stat. Assoc. 22, 209."""
    if n == 0:
        return Interval(0.0, 1.0)
    z = float(stats.norm.ppf(0.5 + level / 2))
    p = successes / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(0.0 if successes == 0 else max(0.0, float(centre - half)), 1.0 if successes == n else min(1.0, float(centre + half)))


def fisher_exact(successes1: int, n1: int, successes2: int, n2: int) -> float:
    """Two-sided p of Fisher's exact test that two fractions are of one kind."""
    return float(stats.fisher_exact([[successes1, n1 - successes1], [successes2, n2 - successes2]])[1])


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """p-values made fit for being looked at together (Holm 1979), in the same order; NaN stays NaN and does not count."""
    values = np.asarray(p, dtype=float)
    adjusted = np.full(values.shape, np.nan)
    order = [i for i in np.argsort(values, kind="stable") if not np.isnan(values[i])]
    least = 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * float(values[i])))
        adjusted[i] = least
    return adjusted


def survivors(times: ArrayLike, converged: ArrayLike) -> Survivors:
    """Mean, sd and quartiles (linear interpolation) over the converged runs alone, in trials."""
    t, c = _sample(times, converged)
    alive = t[c]
    if not alive.size:
        return Survivors(0, *[float("nan")] * 5)
    low, middle, high = (float(q) for q in np.quantile(alive, [0.25, 0.5, 0.75]))
    return Survivors(alive.size, float(alive.mean()), float(alive.std(ddof=1)) if alive.size > 1 else float("nan"), middle, low, high)


def welch(n1: int, mean1: float, sd1: float, n2: int, mean2: float, sd2: float) -> TestResult:
    """Welch's test that two means are equal, from sizes, means and standard deviations. p = 1 where it is not defined."""
    if n1 < 2 or n2 < 2 or not sd1**2 / n1 + sd2**2 / n2 > 0:
        return TestResult(0.0, 1.0)
    result = stats.ttest_ind_from_stats(mean1, sd1, n1, mean2, sd2, n2, equal_var=False)
    return TestResult(float(result[0]), float(result[1]))
