"""The figures of `tools/figures`: each kind is a function from a result file to a matplotlib figure.

A kind that a file cannot show raises NotApplicable, whose text says why (for instance that the sweep does not vary d).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullLocator

from . import results, statistics, style
from .results import ENDED_BY_ITSELF, ResultError
from .style import COLOURS, LINES, MARKERS, Look

MOST_GROUPS = 8


class NotApplicable(Exception):
    """This kind of figure cannot be drawn from this file; the text says why."""


class Result:
    """A result file (or a trace of one job), read once for all figures."""

    def __init__(self, path: results.PathLike) -> None:
        self.path = Path(path)
        self.is_trace = results.format_of(path) == "augsweep-trace"

    @cached_property
    def data(self) -> xr.Dataset:
        if self.is_trace:
            raise NotApplicable("the file is the trace of one job")
        return results.load(self.path)

    @cached_property
    def trace(self) -> xr.Dataset:
        if not self.is_trace:
            raise NotApplicable("needs a trace: augsweep rerun OUT.h5 --job N --trace TRACE.h5")
        return results.trace(self.path)

    @cached_property
    def table(self) -> pd.DataFrame:
        return results.frame(self.data)

    @cached_property
    def axes(self) -> list[str]:
        """Columns of the table that the sweep varies, without the seed; labels instead of values where there are any."""
        return results.group_axes(self.data)

    @property
    def title(self) -> str:
        return str(self.data.attrs.get("description") or self.data.attrs.get("title") or self.path.stem)

    def varying(self, name: str) -> str | None:
        """The column of an axis, by its label or not; None if the sweep does not vary it."""
        for column in (f"{name}_label", name):
            if column in self.axes:
                return column
        return None


@dataclass(frozen=True)
class Group:
    """Jobs that are drawn as one."""

    label: str
    value: object
    rows: pd.DataFrame
    place: int

    @property
    def colour(self) -> str:
        return COLOURS[self.place % len(COLOURS)]

    @property
    def line(self) -> object:
        return LINES[self.place % len(LINES)]

    @property
    def marker(self) -> str:
        return MARKERS[self.place % len(MARKERS)]

    @property
    def counted(self) -> pd.DataFrame:
        """Jobs that ended by themselves."""
        return self.rows[self.rows["status"].isin(ENDED_BY_ITSELF)]

    @property
    def legend(self) -> str:
        return f"{self.label} (n = {len(self.counted)})"


def groups_of(result: Result, look: Look, without: tuple[str, ...] = (), by: str | None = None) -> tuple[list[Group], str]:
    """The groups to draw, in the order of the sweep, and a sentence on what they pool ("" if nothing)."""
    column = by or look.by or _default_group(result, without)
    if column is None:
        return [Group("all runs", None, result.table, 0)], _pooled(result, without)
    if column not in result.table:
        raise ResultError(f"{result.path}: has no column '{column}' to group by; the axes are {', '.join(result.axes)}")
    parts = list(result.table.groupby(column, sort=False, dropna=False))
    if len(parts) > MOST_GROUPS:
        raise NotApplicable(f"{column} has {len(parts)} values, more than the {MOST_GROUPS} that can be told apart; choose another axis with --by")
    return [Group(style.value_text(column, value), value, rows, place) for place, (value, rows) in enumerate(parts)], _pooled(result, (*without, column))


def _default_group(result: Result, without: tuple[str, ...]) -> str | None:
    names = [name for name in result.axes if name not in without and result.table[name].nunique(dropna=False) <= MOST_GROUPS]
    if not names and [name for name in result.axes if name not in without]:
        return None
    preferred = [name for name in ("leak_label", "leak", "points_label", "policy") if name in names]
    return (preferred + names + [None])[0]


def _pooled(result: Result, named: tuple[str, ...]) -> str:
    rest = [style.title_of(name) for name in result.axes if name not in named]
    return f"Taken together over all values of: {', '.join(rest)}." if rest else ""


def _unfinished(result: Result) -> str:
    pending = int((~result.table["ended"]).sum())
    lost = int(result.table["status"].isin(["failed", "timeout"]).sum())
    return " ".join(([f"{pending} of {len(result.table)} jobs have not ended and are left out."] if pending else []) +
                    ([f"{lost} failed or timed out and are left out."] if lost else []))


# --- learning curves ---------------------------------------------------------------------------------------------------------

_MOST_POINTS = 150


def _curves(result: Result, name: str, group: Group) -> tuple[np.ndarray, np.ndarray]:
    """(trials at the middle of the points, values (job, point)); a run that ended goes on as it ended, a converged one without errors."""
    if name not in result.data:
        raise NotApplicable(f"the file holds no {name}: the sweep keeps no curves or its task has none of that kind")
    jobs = group.counted.index
    if not len(jobs):
        return np.zeros(0), np.zeros((0, 0))
    values = result.data[name].sel(job=jobs).values.astype(float)
    first = result.data["bin"].values.astype(float)
    width = float(result.data["bin_trials"].sel(job=jobs).values[0])
    last = np.array([np.flatnonzero(~np.isnan(row))[-1] if (~np.isnan(row)).any() else -1 for row in values])
    for row, end in enumerate(last):
        if end < 0:
            continue
        ended_well = group.counted["converged"].iloc[row]
        values[row, end + 1:] = 0.0 if ended_well and name in ("error", "fixation_error") else values[row, end]
    join = max(1, -(-len(first) // _MOST_POINTS))
    pad = (-len(first)) % join
    values = np.pad(values, ((0, 0), (0, pad)), mode="edge") if len(values) else np.full((0, len(first) + pad), np.nan)
    values = values.reshape(len(values), -1, join).mean(axis=2)
    return first[::join][:values.shape[1]] + width * join / 2, values


def _bands(result: Result, axis: Axes, name: str, groups: list[Group], scale: float = 1.0) -> None:
    limit = 0.0
    for group in groups:
        trial, values = _curves(result, name, group)
        if not len(values):
            continue
        quarter, middle, three = (scale * q for q in np.nanquantile(values, [0.25, 0.5, 0.75], axis=0))
        axis.fill_between(trial, quarter, three, color=group.colour, alpha=0.22, linewidth=0)
        axis.plot(trial, middle, color=group.colour, linestyle=group.line, label=group.legend)
        limit = max(limit, float(group.counted["trials"].max()))
    axis.set_xlim(0, limit or None)
    axis.set_xlabel("trial")
    style.thousands(axis)


def _log(axis: Axes) -> None:
    """A loss falls by a factor, not by an amount."""
    axis.set_yscale("log")
    low, high = axis.get_ylim()
    if np.log10(high / low) < 2.2:
        axis.yaxis.set_minor_formatter(lambda value, _place: f"{value:g}" if f"{value:e}"[0] in "25" and f"{value:.0e}"[0] == f"{value:e}"[0] else "")
        axis.tick_params(axis="y", which="minor", labelsize=7.5)
    axis.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")


_CURVE_NOTE = ("Lines: median of the runs; bands: their quartiles. A run that has converged is not trained further: from then on it counts with error 0 "
               "and with its last reward and loss.")


def learning(result: Result, look: Look) -> Figure:
    """Learning curves of error, reward and loss: median and quantile bands of the runs, by group."""
    groups, pooled = groups_of(result, look)
    figure, axes = style.panels(3, look)
    for axis, name, scale, label in zip(axes, ("error", "reward", "loss"), (100, 1, 1), (
            "trials with an error (%)", "reward per trial", "loss: mean of ½ RPE²")):
        _bands(result, axis, name, groups, scale)
        axis.set(ylabel=label, title=name.capitalize())
    axes[0].set_ylim(0, None)
    _log(axes[2])
    return style.finish(figure, result.title, axes[0], _CURVE_NOTE, pooled, _unfinished(result))


def loss_on_cues(result: Result, look: Look) -> Figure:
    """Loss on target cues and on the others: median and quantile bands of the runs, by group."""
    groups, pooled = groups_of(result, look)
    figure, axes = style.panels(2, look)
    for axis, name, title in zip(axes, ("loss_target", "loss_nontarget"), ("Target cues", "Non-target cues")):
        _bands(result, axis, name, groups)
        axis.set(ylabel="loss: mean of ½ RPE²", title=title)
        _log(axis)
    return style.finish(figure, result.title, axes[0], _CURVE_NOTE, pooled, _unfinished(result))


# --- convergence -------------------------------------------------------------------------------------------------------------

def _fraction_and_time(result: Result, look: Look, column: str, by: str | None = None, baseline: float | None = None) -> Figure:
    """Fraction converged and median time along a numeric axis, by group."""
    groups, pooled = groups_of(result, look, without=(column,), by=by)
    figure, axes = style.panels(2, look, width=3.7)
    values = sorted(float(value) for value in result.table[column].unique())
    step = min(np.diff(values)) if len(values) > 1 else 1.0
    limit = float(result.table["max_trials"].max())
    unreached = open_ended = False
    sizes = set()
    for group in groups:
        shift = 0.10 * step * (group.place - (len(groups) - 1) / 2)
        cells = results.summary(result.data.sel(job=group.rows.index), [column]).assign(x=lambda cells: cells[column].astype(float)).sort_values("x")
        cells = cells[cells["n"] > 0]
        sizes.update(cells["n"])
        x = cells["x"] + shift
        kwargs = {"color": group.colour, "marker": group.marker, "markersize": 5, "linestyle": group.line, "capsize": 0, "elinewidth": 1.1}
        axes[0].errorbar(x, 100 * cells["fraction"], 100 * np.abs(cells[["fraction_low", "fraction_high"]].values.T - cells["fraction"].values),
                         label=f"{group.label} (n = {_range(cells['n'])} each)", **kwargs)
        reached = cells["median"].notna()
        open_ended |= bool(cells["median_high"][reached].isna().any())
        ends = np.where(np.isnan(cells[["median_low", "median_high"]].values.T), [cells["median"].values, np.full(len(cells), limit)],
                        cells[["median_low", "median_high"]].values.T)
        axes[1].errorbar(x[reached], cells["median"][reached], np.abs(ends - cells["median"].values)[:, reached], **kwargs)
        if not reached.all():
            unreached = True
            axes[1].plot(x[~reached], np.full((~reached).sum(), limit), linestyle="none", marker=group.marker, markersize=5.5, markerfacecolor="white",
                         markeredgecolor=group.colour, clip_on=False)
    ticks = values if len(values) <= 12 else None
    for axis in axes:
        axis.set_xlabel(style.title_of(column))
        if ticks:
            axis.set_xticks(ticks, [f"{value:g}" for value in ticks])
        if baseline is not None:
            axis.axvline(baseline, color="#bbbbbb", linewidth=0.8, zorder=0)
    axes[0].set(ylabel="converged runs (%)", ylim=(-3, 103), title="How often")
    axes[1].set(ylabel="convergence trial, median", title="How fast")
    medians = [line for container in axes[1].containers for line in container[0].get_ydata()]
    if medians and (limit if unreached else max(medians)) > 8 * max(1.0, min(medians)):
        _log_trials(axes[1].yaxis)
    else:
        axes[1].set_ylim(0, limit * 1.05 if unreached else None)
    if unreached:
        axes[1].axhline(limit, color="#999999", linewidth=0.8, linestyle=(0, (2, 2)), zorder=0)
    style.thousands(axes[1], "y")
    return style.finish(figure, result.title, axes[0], "Bars: 95 % intervals (Wilson; Kaplan–Meier).",
               f"Open symbols on the dashed line: fewer than half converged within the limit of {limit:,.0f} trials, the median is beyond it." if unreached else "",
               _OPEN_ENDED if open_ended else "", pooled, _unfinished(result))


def _log_trials(axis: Axis) -> None:
    """Trials on a logarithmic axis: 100, 200, 500, 1k."""
    axis.axes.set_yscale("log")
    axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.set_minor_locator(NullLocator())


def _range(counts: pd.Series) -> str:
    low, high = int(counts.min()) if len(counts) else 0, int(counts.max()) if len(counts) else 0
    return str(low) if low == high else f"{low}–{high}"


def distractors(result: Result, look: Look) -> Figure:
    """Convergence against the number of distractors d, by memory."""
    return _against(result, look, "d")


def m_sweep(result: Result, look: Look) -> Figure:
    """Convergence against the factor m of g(t), by policy."""
    return _against(result, look, "m")


def leak_sweep(result: Result, look: Look) -> Figure:
    """Convergence against the leak of a uniform memory."""
    column = result.varying("leak")
    if column == "leak" and result.table["leak"].nunique() >= 4 and not result.table["leak"].str.startswith("[").any():
        return _fraction_and_time(result, look, "leak")
    raise NotApplicable("the sweep does not vary the leak of a uniform memory over four or more values")


def _against(result: Result, look: Look, axis: str) -> Figure:
    if axis not in result.axes:
        raise NotApplicable(f"the sweep does not vary {axis}")
    return _fraction_and_time(result, look, axis)


_OPEN_ENDED = "A line up to the limit: the interval of the median has no upper end below it."


def bars(result: Result, look: Look) -> Figure:
    """Bars of success and convergence time, one a memory or policy, with intervals and the single runs."""
    groups, pooled = groups_of(result, look)
    if len(groups) < 2:
        raise NotApplicable("the sweep has a single group of runs")
    height = 0.34 * len(groups) + 1.5
    figure, axes = style.panels(2, look, width=3.9, height=max(2.3, height), columns=2)
    limit = float(result.table["max_trials"].max())
    rng = np.random.default_rng(1)
    cells = [results.summary(result.data.sel(job=group.rows.index), []).iloc[0] for group in groups]
    for group, cell in zip(groups, cells):
        y = group.place
        if not cell["n"]:
            for axis in axes:
                axis.barh(y, 1.0, 0.62, transform=axis.get_yaxis_transform(), **style.NOT_RUN)
            continue
        axes[0].barh(y, 100 * cell["fraction"], 0.62, color=group.colour, alpha=0.85)
        axes[0].errorbar(100 * cell["fraction"], y, xerr=[[100 * (cell["fraction"] - cell["fraction_low"])], [100 * (cell["fraction_high"] - cell["fraction"])]],
                         color="black", elinewidth=1.2, capsize=3)
        reached = not np.isnan(cell["median"])
        axes[1].barh(y, cell["median"] if reached else limit, 0.62, color=group.colour if reached else "none", alpha=0.55 if reached else 1.0,
                     edgecolor=group.colour, hatch=None if reached else "////", linewidth=0.8)
        axes[0].text(102, y, f"{cell['converged']:.0f}/{cell['n']:.0f}", va="center", fontsize=8)
        if not reached:
            axes[1].text(limit / 2, y, f"> {style.trials_text(limit)}", ha="center", va="center", fontsize=8.5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
        times = group.rows.loc[group.rows["converged"], "convergence_trial"]
        axes[1].plot(times, y + rng.uniform(-0.24, 0.24, len(times)), ".", color="black", markersize=4.5 if len(times) < 60 else 3,
                     alpha=0.5 if len(times) < 300 else max(0.06, 150 / len(times)), markeredgewidth=0)
        if reached:
            low = cell["median"] if np.isnan(cell["median_low"]) else cell["median_low"]
            high = limit if np.isnan(cell["median_high"]) else cell["median_high"]
            axes[1].errorbar(cell["median"], y, xerr=[[cell["median"] - low], [high - cell["median"]]], color="black", elinewidth=1.2, capsize=3)
    names = [f"{group.label}\n(n = {len(group.counted)})" for group in groups]
    for axis in axes:
        axis.set_yticks(range(len(groups)), names)
        axis.set_ylim(len(groups) - 0.5, -0.5)
        axis.tick_params(axis="y", length=0)
    if not look.narrow:
        axes[1].set_yticklabels([])
    axes[0].set(xlim=(0, 100), xlabel="converged runs (%)", title="How often")
    axes[1].set(xlim=(0, limit * 1.02), xlabel="convergence trial, median", title="How fast")
    style.thousands(axes[1])
    hatched = any(cell["n"] and np.isnan(cell["median"]) for cell in cells)
    open_ended = any(cell["n"] and not np.isnan(cell["median"]) and np.isnan(cell["median_high"]) for cell in cells)
    return style.finish(figure, result.title, None, "Lines: 95 % intervals (Wilson; Kaplan–Meier). Dots: single runs that converged.",
               f"Hatched: fewer than half converged within {limit:,.0f} trials, the median is beyond the limit." if hatched else "",
               _OPEN_ENDED if open_ended else "", pooled, _unfinished(result))


def survival(result: Result, look: Look) -> Figure:
    """Kaplan-Meier curves: the fraction that has converged by each trial, with 95 % bands, and the runs still on their way."""
    groups, pooled = groups_of(result, look)
    groups = [group for group in groups if len(group.counted)]
    if not groups:
        raise NotApplicable("no job has ended yet")
    limit = float(result.table["max_trials"].max())
    rows = 0.19 * len(groups)
    figure = plt.figure(figsize=(4.6 if look.narrow else 5.6, 3.2 + rows), layout="constrained")
    axis, risk = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [2.5, rows]})
    ticks = np.linspace(0, limit, 5 if look.narrow else 6)
    for group in groups:
        curve = statistics.kaplan_meier(group.counted["watched"], group.counted["converged"])
        time = np.concatenate([[0.0], curve.time, [max(limit, curve.time[-1])]])
        share, low, high = (100 * (1 - np.concatenate([[1.0], column, column[-1:]])) for column in (
            curve.survival, np.where(np.isnan(curve.high), 0.0, curve.high), np.where(np.isnan(curve.low), 0.0, curve.low)))
        axis.fill_between(time, low, high, step="post", color=group.colour, alpha=0.15 if len(groups) <= 4 else 0.08, linewidth=0)
        axis.step(time, share, where="post", color=group.colour, linestyle=group.line, label=group.legend)
        lost = curve.censored > 0
        axis.plot(curve.time[lost], 100 * (1 - curve.survival[lost]), "|", color=group.colour, markersize=7, markeredgewidth=1.2, clip_on=False)[0].set_in_layout(False)
        for tick in ticks:
            alive = int((group.counted["watched"] >= tick).sum())
            risk.text(tick, group.place, str(alive), ha="center", va="center", fontsize=8, color="#222222").set_in_layout(False)
        risk.plot([-0.1 * limit, -0.05 * limit], [group.place, group.place], color=group.colour, linestyle=group.line, clip_on=False)[0].set_in_layout(False)
    axis.set(ylim=(0, 100), xlim=(0, limit), ylabel="converged runs (%)")
    axis.tick_params(labelbottom=True)
    axis.set_xticks(ticks)
    axis.set_xlabel("trial")
    style.thousands(axis)
    risk.set_ylim(max(group.place for group in groups) + 0.6, -0.6)
    risk.set_title("runs not yet converged", fontsize=8.5, fontweight="normal")
    risk.set_yticks([])
    risk.tick_params(bottom=False, labelbottom=False)
    for side in risk.spines.values():
        side.set_visible(False)
    return style.finish(figure, result.title, axis, "Kaplan–Meier estimate with 95 % bands; a tick marks runs that were watched up to their limit without converging.", pooled, _unfinished(result))


# --- maps of the grid --------------------------------------------------------------------------------------------------------

def heat_maps(result: Result, look: Look) -> Figure:
    """Maps of success and median time over the grid: two axes in the plane, a third as columns of maps; cells not yet run are hatched."""
    names = [name for name in result.axes if result.table[name].nunique(dropna=False) > 1]
    if len(names) < 2:
        raise NotApplicable("needs two axes besides the seed")
    order = sorted(names, key=lambda name: -int(result.table[name].nunique()))[:3]
    order = [name for name in names if name in order]  # in the order of the sweep
    if len(order) == 3:
        # In the plane what is shortest to write; a memory stands well beside the rows.
        rows = next((name for name in order if name.startswith("leak")), order[0])
        rest = [name for name in order if name != rows]
        across, facet = rest[0], rest[1]
    else:
        rows, across, facet = order[0], order[1], None
    table = result.table
    facets = list(pd.unique(table[facet])) if facet else [None]
    if len(facets) > 8:
        raise NotApplicable(f"{facet} has {len(facets)} values, too many maps side by side")
    row_values, column_values = list(pd.unique(table[rows])), list(pd.unique(table[across]))
    cells = results.summary(result.data, [name for name in (rows, across, facet) if name]).set_index([name for name in (rows, across, facet) if name])
    limit = float(table["max_trials"].max())
    small = len(column_values) * len(row_values) <= 80
    cell_width = 0.46 if small else 0.22
    tall = (0.34 if small else 0.2) * len(row_values) + 0.75
    wide = max(cell_width * len(column_values), 1.1)
    if look.narrow:
        shape, size = (2 * len(facets), 1), (max(4.6, wide + 2.0), (tall + 0.25) * 2 * len(facets) + 1.3)
    else:
        shape, size = ((2, len(facets)), (max(5.4, wide * len(facets) + 2.6), 2 * (tall + 0.25))) if facet else ((1, 2), (
            max(6.4, 2 * (max(wide, 1.5) + 1.9)), max(tall + 0.3, 2.2)))
    figure = plt.figure(figsize=size, layout="constrained")
    axes = figure.subplots(*shape, squeeze=False)
    axes = axes.reshape(2, len(facets))  # (success or time, facet)
    medians = cells["median"].dropna()
    fast, slow = (float(medians.min()), float(medians.max())) if len(medians) else (0.0, limit)
    scales: dict[str, Normalize] = {"success": Normalize(0.0, 100.0)}
    scales["time"] = LogNorm(max(fast, 1.0), slow) if len(medians) and slow > 8 * max(fast, 1.0) else Normalize(fast, slow if slow > fast else fast + 1)
    images = {}
    beyond = pending = False
    for which, kind in enumerate(("success", "time")):
        for place, value in enumerate(facets):
            axis = axes[which, place]
            picture = np.full((len(row_values), len(column_values)), np.nan)
            for i, row in enumerate(row_values):
                for j, column in enumerate(column_values):
                    key = (row, column, value) if facet else (row, column)
                    if key not in cells.index:
                        continue
                    cell = cells.loc[key]
                    waiting = cell["pending"] > 0
                    text, colour = "", "black"
                    if not cell["n"]:
                        pending = True
                        axis.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, **style.NOT_RUN))
                        continue
                    if kind == "success":
                        picture[i, j] = 100 * cell["fraction"]
                        text = f"{picture[i, j]:.0f}"
                    elif np.isnan(cell["median"]):
                        beyond = True
                        axis.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, facecolor="white", edgecolor="#cccccc", linewidth=0.4))
                        text = f">{style.trials_text(limit)}"
                        colour = "#666666"
                    else:
                        picture[i, j] = cell["median"]
                        text = style.trials_text(cell["median"])
                    if waiting:
                        pending = True
                        axis.add_patch(plt.Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, edgecolor="white", hatch="..", linewidth=0))
                    if small:
                        share = 0.0 if np.isnan(picture[i, j]) else float(scales[kind](picture[i, j]))
                        dark = not np.isnan(picture[i, j]) and (share < 0.5 if kind == "success" else share > 0.5)
                        number = axis.text(j, i, text, ha="center", va="center", fontsize=7.2, color="white" if dark else colour)
                        if waiting and not np.isnan(picture[i, j]):  # legible on the dots
                            cell_colour = plt.get_cmap(style.SEQUENTIAL if kind == "success" else style.SEQUENTIAL + "_r")(scales[kind](picture[i, j]))
                            number.set_path_effects([withStroke(linewidth=3, foreground=cell_colour)])
            images[kind] = axis.imshow(picture, norm=scales[kind], cmap=style.SEQUENTIAL if kind == "success" else style.SEQUENTIAL + "_r", aspect="auto")
            for edge in range(1, len(column_values)):
                axis.axvline(edge - 0.5, color="white", linewidth=1.0 if small else 0.3)
            for edge in range(1, len(row_values)):
                axis.axhline(edge - 0.5, color="white", linewidth=1.0 if small else 0.3)
            axis.set_xticks(range(len(column_values)), [f"{v:g}" if isinstance(v, (int, float, np.number)) else str(v) for v in column_values])
            first = look.narrow or place == 0 or not facet
            axis.set_yticks(range(len(row_values)), [_cell_name(v) for v in row_values] if first else [""] * len(row_values))
            if not small:
                _thin_ticks(axis, len(row_values), len(column_values))
            axis.tick_params(length=0)
            for side in axis.spines.values():
                side.set_visible(False)
            if which == 1 or look.narrow or not facet:
                axis.set_xlabel(style.title_of(across))
            if first:
                axis.set_ylabel(style.title_of(rows))
            if facet and (which == 0 or look.narrow):
                axis.set_title(style.value_text(facet, value), fontweight="normal", fontsize=9)
    for which, (kind, label) in enumerate((("success", "converged runs (%)"), ("time", "median convergence trial"))):
        ticks = LogLocator(subs=(1.0, 2.0, 5.0)) if isinstance(scales[kind], LogNorm) else None
        bar = figure.colorbar(images[kind], ax=list(axes[which]), label=label, shrink=0.95, pad=0.02, aspect=18, ticks=ticks)
        bar.outline.set_visible(False)
        if kind == "time":
            style.thousands(bar.ax, "y")
            bar.ax.minorticks_off()
            bar.ax.invert_yaxis()
    seeds = _range(cells["n"] + cells["pending"] + cells["failed"])
    done = _range(cells["n"])
    return style.finish(figure, result.title, None, f"n = {seeds} runs a cell." if done == seeds else f"n = {done} runs a cell have ended, of {seeds}.",
               f"White: fewer than half converged within {limit:,.0f} trials." if beyond else "",
               "Hatched: not yet run; dotted: some runs are still to come." if pending else "",
               "" if len(names) <= 3 else _pooled(result, (rows, across, facet or "")))


def _cell_name(value: object) -> str:
    return f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value).replace(",", ", ")


def _thin_ticks(axis: Axes, rows: int, columns: int) -> None:
    for which, count, most in (("x", columns, 10), ("y", rows, 20)):
        step = -(-count // most)
        for place, label in enumerate(getattr(axis, f"get_{which}ticklabels")()):
            label.set_visible(place % step == 0)


# --- single networks ---------------------------------------------------------------------------------------------------------

def _examples(result: Result, look: Look, most: int = 3) -> list[tuple[str, int]]:
    """(title, job) of the networks to show: the one asked for, or of each memory the first that converged."""
    table = result.table
    if look.job is not None:
        if look.job not in table.index:
            raise ResultError(f"{result.path}: has no job {look.job}; its jobs are 0 to {len(table) - 1}")
        if not table.at[look.job, "ended"]:
            raise ResultError(f"{result.path}: job {look.job} has not ended")
        return [(_describe(table, look.job, None), look.job)]
    groups, _ = groups_of(result, look)
    ended = [group for group in groups if len(group.counted)]
    if not ended:
        raise NotApplicable("no job has ended yet")
    chosen = []
    for group in (ended if len(ended) <= most else ended[:1] + ended[-(most - 1):]):
        well = group.counted[group.counted["converged"]]
        chosen.append((_describe(table, int((well if len(well) else group.counted).index[0]), group), int((well if len(well) else group.counted).index[0])))
    return chosen


def _describe(table: pd.DataFrame, job: int, group: Group | None) -> str:
    state = str(table.at[job, "status"]).replace("_", " ")
    return f"{group.label + ', ' if group and group.value is not None else ''}job {job} ({state})"


def _weights_of(result: Result, job: int) -> xr.Dataset:
    if result.is_trace:
        raise NotApplicable("the file is the trace of one job")
    for shape in results.shapes(result.path):
        group = results.weights(result.path, shape)
        if job in group["job"].values:
            chosen = group.sel(job=job)
            if chosen["V_m"].isnull().all():
                raise NotApplicable(f"the weights of job {job} are not kept")
            return chosen
    raise NotApplicable("the file holds no weights")


def weight_maps(result: Result, look: Look) -> Figure:
    """Weights into the memory (V_m, by cue onset and offset) and out of it (W_m), with the leak of each memory unit."""
    examples = [(title, _weights_of(result, job)) for title, job in _examples(result, look)]
    rows = max(chosen.sizes["transient"] for _, chosen in examples)
    responses = max(chosen.sizes["response"] for _, chosen in examples)
    units = max(chosen.sizes["memory"] for _, chosen in examples)
    heights = [0.45, rows, 0.9, responses]
    unit = 0.185
    tall = unit * sum(heights) + 1.3
    width = 4.6 if look.narrow else max(4.8, max(2.7, 0.15 * units + 1.3) * len(examples))
    figure = plt.figure(figsize=(width, tall * (len(examples) if look.narrow else 1) + 0.6), layout="constrained")
    outer = figure.subfigures(len(examples) if look.narrow else 1, 1 if look.narrow else len(examples), squeeze=False).ravel()
    most_v = max(float(np.abs(chosen["V_m"]).max()) for _, chosen in examples)
    most_w = max(float(np.abs(chosen["W_m"]).max()) for _, chosen in examples)
    for part, (title, chosen) in zip(outer, examples):
        leak = chosen["memory_leak"].values
        order = np.argsort(leak, kind="stable")
        chosen, leak = chosen.isel(memory=order), leak[order]
        axes = part.subplots(3, 1, gridspec_kw={"height_ratios": [0.9, rows, responses]}, sharex=True)
        _leak_strip(axes[0], leak)
        axes[0].set_title(title, fontsize=9)
        for axis, name, most, vertical in ((axes[1], "V_m", most_v, "transient"), (axes[2], "W_m", most_w, "response")):
            values = chosen[name].transpose(vertical, "memory").values
            image = axis.imshow(values, cmap=style.DIVERGING, vmin=-most, vmax=most, aspect="auto", interpolation="nearest")
            axis.set_yticks(range(values.shape[0]), [_minus(label) for label in chosen[vertical].values])
            axis.set_ylabel({"transient": "transient unit", "response": "response"}[vertical])
            axis.tick_params(length=0)
            for side in axis.spines.values():
                side.set_visible(False)
            for edge in np.flatnonzero(np.diff(leak)):
                axis.axvline(edge + 0.5, color="white", linewidth=2.0)
            if vertical == "transient":
                axis.axhline(values.shape[0] / 2 - 0.5, color="white", linewidth=2.0)
                axis.tick_params(labelbottom=False)
            bar = part.colorbar(image, ax=axis, pad=0.02, aspect=18 if vertical == "transient" else 4, ticks=[-_round(most), 0, _round(most)] if vertical == "transient" else [-_round(most), _round(most)])
            bar.ax.set_title(name.replace("_m", "$_m$"), fontsize=8.5, fontweight="normal", loc="center", pad=3)
            bar.outline.set_visible(False)
        axes[2].set_xlabel("memory unit, by leak")
        axes[2].set_xticks([0, len(leak) - 1], ["1", str(len(leak))])
    return style.finish(figure, f"{result.title}: memory weights after training", None, "One network each (n = 1). Rows: + onset, − offset of a cue. Weights have no unit; within a row of panels all maps share one scale."
               if not look.narrow else "One network each (n = 1). Rows: + onset, − offset of a cue. Weights have no unit; all maps of a kind share one scale.")


def _round(value: float) -> float:
    return float(f"{value * 0.8:.1g}") if value > 0 else 1.0


def _minus(label: object) -> str:
    """A label with a typographic minus: 1−, for the offset of cue 1."""
    return str(label).replace("-", "−")


def _leak_strip(axis: Axes, leak: np.ndarray) -> None:
    """A row of colours over a map: the leak of each memory unit, blocks labelled."""
    axis.imshow(leak[None, :], cmap="Greys", vmin=-0.4, vmax=2.6, aspect="auto")
    edges = np.concatenate([[0], np.flatnonzero(np.diff(leak)) + 1, [len(leak)]])
    for start, end in zip(edges[:-1], edges[1:]):
        axis.text((start + end - 1) / 2, 0, f"φ = {leak[start]:g}" if (end - start) > 3 or len(edges) == 2 else f"{leak[start]:g}", ha="center", va="center", fontsize=7.5)
        if start:
            axis.axvline(start - 0.5, color="white", linewidth=2.0)
    axis.set_yticks([0], ["leak"])
    axis.tick_params(length=0, labelbottom=False)
    for side in axis.spines.values():
        side.set_visible(False)


# --- single trials -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True)
class Trial:
    """One trial step by step: arrays over its steps, of shape (step,) or (step, unit)."""

    title: str
    cue: list[str]
    response: np.ndarray  # index of the response chosen
    target: np.ndarray    # index of the response asked for; -1: none
    responses: list[str]
    reward: np.ndarray
    rpe: np.ndarray
    q: np.ndarray         # (step, response)
    memory: np.ndarray    # (step, memory unit), sorted by leak
    leak: np.ndarray      # (memory unit,)


def _trial_of(result: Result, look: Look) -> Trial:
    if result.is_trace:
        return _traced_trial(result, look)[0]
    job = _examples(result, look)[-1][1]
    for shape in results.shapes(result.path):
        try:
            group = results.records(result.path, shape)
        except ResultError as error:
            raise NotApplicable(str(error).split(": ", 1)[1]) from error
        if job in group["job"].values:
            chosen = group.sel(job=job)
            numbers = chosen["trial"].values
            usable = numbers[numbers >= 0]
            if not usable.size:
                raise NotApplicable(f"job {job} recorded no trial")
            number = look.trial if look.trial is not None else int(usable[-1])
            if number not in usable:
                raise ResultError(f"{result.path}: job {job} recorded no trial {number}; it recorded {', '.join(map(str, usable))}")
            one = chosen.isel(record_trial=int(np.flatnonzero(numbers == number)[0]))
            steps = int(one["steps"])
            one = one.isel(step=slice(0, steps))
            return _trial(one, _leak_of(result, job), f"{_describe(result.table, job, None)}, trial {number:,}", one["memory_activity"])
    raise NotApplicable("the file records no trials")


def _leak_of(result: Result, job: int) -> np.ndarray:
    return _blocks(result.data["leak"].sel(job=job).values, int(result.data["memory_units"].sel(job=job)))


def _blocks(leak: np.ndarray, units: int) -> np.ndarray:
    """Leak of each memory unit: equal blocks, as docs/model.md says."""
    leak = leak[~np.isnan(leak)]
    return np.repeat(leak, units // len(leak))


def _trial(one: xr.Dataset, leak: np.ndarray, title: str, memory: xr.DataArray) -> Trial:
    order = np.argsort(leak, kind="stable")
    labels = [str(label) for label in one["cue_label"].values]
    cue = [labels[index] if index >= 0 else "–" for index in one["cue"].values]
    return Trial(title, cue, one["response_chosen"].values, one["target"].values, [str(label) for label in one["response"].values], one["reward"].values,
                 one["rpe"].values, one["q"].values, memory.values[:, order], leak[order])


def _traced_trial(result: Result, look: Look) -> tuple[Trial, xr.Dataset]:
    trace = result.trace
    numbers = trace["trial"].values
    if not numbers.size:
        raise NotApplicable("the trace holds no step")
    number = look.trial if look.trial is not None else _good_trial(trace)
    if number not in numbers:
        raise ResultError(f"{result.path}: holds no trial {number}; it holds {numbers[0]} to {numbers[-1]}")
    one = trace.isel(step=np.flatnonzero(numbers == number))
    parameters = dict(part.split("=", 1) for part in str(trace.attrs["job"]).split(";") if "=" in part)
    leak = _blocks(np.array([float(part) for part in parameters["leak"].strip("[]").split(",")]), one.sizes["memory"])
    title = f"{trace.attrs['task']}, leak {parameters['leak'].strip('[]').replace(',', ' and ')}: {trace.attrs['title'].split(', step')[0]}, trial {number:,}"
    return _trial(one, leak, title, one["memory_activity"]), one


def _good_trial(trace: xr.Dataset) -> int:
    """A late trial to show: without error, and not too long for the page."""
    table = pd.DataFrame({"trial": trace["trial"].values, "right": (trace["response_chosen"].values == trace["target"].values) | (trace["target"].values < 0),
                          "other": trace["response_chosen"].values != trace["response_chosen"].values[0]})
    trials = table.groupby("trial").agg(right=("right", "all"), steps=("right", "size"), other=("other", "any"))
    good = trials[trials["right"] & (trials["steps"] <= 12)]
    varied = good[good["other"]]  # a trial with both kinds of response shows more
    late = (varied if len(varied) else good if len(good) else trials).tail(30)
    return int(late["steps"].idxmax())


def _step_axis(axis: Axes, trial: Trial) -> None:
    steps = len(trial.cue)
    axis.set_xlim(-0.5, steps - 0.5)
    axis.set_xticks(range(steps), trial.cue)
    for step in range(steps):
        axis.axvline(step + 0.5, color="#e3e3e3", linewidth=0.6, zorder=0)


def _bare(axis: Axes) -> None:
    for side in axis.spines.values():
        side.set_visible(False)
    axis.tick_params(length=0)


def _raster(figure: Figure, axis: Axes, values: np.ndarray, label: str, cmap: str, low: float, high: float, bar: str = "") -> None:
    """Units (rows) by steps (columns)."""
    image = axis.imshow(values.T, aspect="auto", cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    axis.set_ylabel(label, rotation=0, ha="right", va="center")
    _bare(axis)
    if bar:
        scale = figure.colorbar(image, cax=axis.inset_axes([1.015, 0.02, 0.022, 0.96]))
        scale.set_label(bar)
        scale.ax.tick_params(labelsize=7.5)
        scale.outline.set_visible(False)


def _draw_q(axis: Axes, trial: Trial) -> None:
    steps = np.arange(len(trial.cue))
    for place, name in enumerate(trial.responses):
        axis.plot(steps, trial.q[:, place], marker=MARKERS[place % len(MARKERS)], markersize=4.5, color=COLOURS[place % len(COLOURS)], linestyle=LINES[place % len(LINES)],
                  label=f"response {name}")
    chosen = trial.q[steps, trial.response]
    axis.plot(steps, chosen, linestyle="none", marker="o", markersize=10, markerfacecolor="none", markeredgecolor="#222222", label="chosen")
    axis.margins(y=0.16)
    axis.set_ylabel("Q", rotation=0, ha="right", va="center")
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7.5, handlelength=1.8, borderaxespad=0.1)


def activity(result: Result, look: Look) -> Figure:
    """Activity of the memory units through one trial, by cue, with the Q-values."""
    trial = _trial_of(result, look)
    width = 4.8 if look.narrow else max(5.6, 0.42 * len(trial.cue) + 2.6)
    units = trial.memory.shape[1]
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(width, 0.13 * units + 3.0), layout="constrained", sharex=True,
                                         gridspec_kw={"height_ratios": [max(0.13 * units, 1.0), 1.4]})
    _raster(figure, top, trial.memory, "memory unit", style.SEQUENTIAL, 0.0, _ceiling(trial.memory), "activity $y_m$")
    top.set_ylabel("memory unit, by leak", rotation=90, ha="center", va="bottom")
    _mark_leaks(top, trial)
    _draw_q(bottom, trial)
    bottom.set_ylabel("Q-value", rotation=90, ha="center", va="bottom")
    _step_axis(bottom, trial)
    bottom.set_xlabel("cue shown, step by step")
    return style.finish(figure, trial.title, None, "One trial of one network (n = 1). Activities and Q-values have no unit; Q-values are in units of reward. Circle: response chosen.")


def _ceiling(activity: np.ndarray) -> float:
    """The end of the scale: the greatest activity, which is at most 1, rounded up."""
    return min(1.0, float(np.ceil(10 * np.nanmax(activity)) / 10) or 0.1)


def _mark_leaks(axis: Axes, trial: Trial) -> None:
    leak = trial.leak
    edges = np.concatenate([[0], np.flatnonzero(np.diff(leak)) + 1, [len(leak)]])
    axis.set_yticks([(start + end - 1) / 2 for start, end in zip(edges[:-1], edges[1:])], [f"φ = {leak[start]:g}" for start in edges[:-1]])
    for edge in edges[1:-1]:
        axis.axhline(edge - 0.5, color="white", linewidth=2.0)


def walkthrough(result: Result, look: Look) -> Figure:
    """A trial step by step through the network: stimulus, transients, memory, Q-values, response, reward, RPE, tags."""
    trial, one = _traced_trial(result, look)
    steps = len(trial.cue)
    stimuli = [str(label) for label in one["stimulus"].values]
    tags = [name for name in ("T_vm", "T_wm", "T_vr", "T_wr", "X") if name in one]
    units = trial.memory.shape[1]
    used = {name: len(_used(one[name])[0]) for name in tags}
    rows: list[tuple[str, float]] = [("stimulus", max(0.14 * len(stimuli), 0.5)), ("transient", max(0.28 * len(stimuli), 0.8)), ("memory", max(0.09 * units, 0.6)),
                                     ("q", 1.15), ("response", 0.5), ("reward", 0.7)] + [(name, max(0.145 * used[name], 0.45)) for name in tags]
    width = 5.0 if look.narrow else max(6.2, 0.5 * steps + 3.0)
    figure, axes = plt.subplots(len(rows), 1, figsize=(width, sum(height for _, height in rows) + 0.16 * len(rows) + 1.0), layout="constrained",
                                sharex=True, gridspec_kw={"height_ratios": [height for _, height in rows]})
    for (kind, _), axis in zip(rows, axes):
        if kind == "stimulus":
            _raster(figure, axis, one["stimulus_activity"].values, "stimulus s", "Greys", 0.0, 1.4)
            axis.set_yticks(range(len(stimuli)), stimuli, fontsize=7)
        elif kind == "transient":
            labels = [str(label) for label in one["transient"].values]
            _raster(figure, axis, one["transient_activity"].values, "transients x\n(+ on, − off)", "Greys", 0.0, 1.4)
            axis.set_yticks(range(len(labels)), [_minus(label) for label in labels], fontsize=6.2)
            axis.axhline(len(stimuli) - 0.5, color="#999999", linewidth=0.6)
        elif kind == "memory":
            _raster(figure, axis, trial.memory, "memory $y_m$", style.SEQUENTIAL, 0.0, _ceiling(trial.memory), "activity")
            _mark_leaks(axis, trial)
        elif kind == "q":
            _draw_q(axis, trial)
        elif kind == "response":
            for step in range(steps):
                right = trial.target[step] < 0 or trial.response[step] == trial.target[step]
                axis.text(step, 0.5, trial.responses[trial.response[step]] + ("" if right else " ✗"), ha="center", va="center", fontsize=8.5,
                          fontweight="bold", color=COLOURS[trial.response[step] % len(COLOURS)] if right else "#b00020")
            axis.set_ylabel("response", rotation=0, ha="right", va="center")
            axis.set_yticks([])
            _bare(axis)
        elif kind == "reward":
            place = np.arange(steps)
            axis.bar(place - 0.17, np.nan_to_num(trial.reward), 0.32, color=COLOURS[2], label="reward")
            axis.bar(place + 0.17, np.nan_to_num(trial.rpe), 0.32, color=COLOURS[3], label="RPE δ")
            axis.axhline(0, color="#666666", linewidth=0.6)
            axis.set_ylabel("reward, RPE", rotation=0, ha="right", va="center")
            axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=7.5, handlelength=1.2, borderaxespad=0.1)
        else:
            _draw_state(figure, axis, one[kind], trial)
        _step_axis(axis, trial)
        axis.tick_params(labelbottom=kind == rows[-1][0], labeltop=kind == rows[0][0])
    axes[-1].set_xlabel("cue shown, step by step")
    return style.finish(figure, trial.title, None, "One trial of one network (n = 1). Rows of maps are units, columns are steps; activities, tags and traces have no unit, Q-values, reward and RPE δ are in "
               "units of reward. The RPE stands at the response whose value it corrects." + (" ✗: not the response asked for." if (
                   (trial.target >= 0) & (trial.response != trial.target)).any() else ""))


def _used(state: xr.DataArray) -> tuple[list[str], np.ndarray]:
    """Units of the layer below that have any tag or trace in the trial, and the summed size of theirs, (step, unit)."""
    keep = {"T_vm": "transient", "T_vr": "stimulus", "T_wm": "response", "T_wr": "response", "X": "transient"}[str(state.name)]
    values = abs(state).sum([dim for dim in state.dims if dim not in ("step", keep)]).transpose("step", keep).values
    used = np.flatnonzero(values.max(axis=0) > 0) if values.any() else np.arange(values.shape[1])
    return [str(label) for label in state[keep].values[used]], values[:, used]


def _draw_state(figure: Figure, axis: Axes, state: xr.DataArray, trial: Trial) -> None:
    """Tags or traces by unit of the layer below: summed over the other side by size."""
    names = {"T_vm": "tags of $V_m$\nby transient", "T_vr": "tags of $V_r$\nby stimulus", "T_wm": "tags of $W_m$\nby response", "T_wr": "tags of $W_r$\nby response",
             "X": "traces X\nby transient"}
    labels, values = _used(state)
    _raster(figure, axis, values, names[str(state.name)], style.SEQUENTIAL, 0.0, float(values.max()) or 1.0, "Σ|·|")
    axis.set_yticks(range(len(labels)), [_minus(label) for label in labels], fontsize=6.5 if len(labels) > 4 else 7.5)


# --- all of them -------------------------------------------------------------------------------------------------------------

#: Every kind in the order of a paper: {name: function}.
KINDS: dict[str, Callable[[Result, Look], Figure]] = {
    "learning": learning, "loss-cues": loss_on_cues, "bars": bars, "survival": survival, "distractors": distractors, "m-sweep": m_sweep, "leak-sweep": leak_sweep,
    "heat-map": heat_maps, "weights": weight_maps, "activity": activity, "walkthrough": walkthrough,
}


def draw(kind: str, result: Result, look: Look = Look()) -> Figure:
    """One figure. Raises NotApplicable where the file cannot show it, ResultError for a wrong file or column."""
    style.set_up()
    if result.is_trace and kind not in ("activity", "walkthrough"):
        raise NotApplicable("the file is the trace of one job")
    if not result.is_trace and kind not in ("heat-map", "walkthrough") and not result.table["status"].isin(ENDED_BY_ITSELF).any():
        raise NotApplicable("no job has ended yet")
    return KINDS[kind](result, look)
