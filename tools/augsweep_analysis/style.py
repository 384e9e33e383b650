"""How all figures look: colours that colour-blind people can tell, one font, a note on n and method under each."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Okabe and Ito's colours, in an order in which neighbours differ in lightness too.
COLOURS = ["#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#000000", "#8C8C8C"]
LINES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), (0, (3, 3))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
SEQUENTIAL = "cividis"
DIVERGING = "RdBu_r"
NOT_RUN = {"facecolor": "#f2f2f2", "edgecolor": "#b8b8b8", "hatch": "////", "linewidth": 0.0}

SYMBOLS = {"alpha": "tag decay α", "beta": "learning rate β", "gamma": "discount γ", "epsilon": "exploration ε", "lambda": "tag persistence λ",
           "d": "number of distractors d", "m": "factor m of g(t)", "leak": "leak φ of the memory", "leak_label": "memory", "points_label": "setting",
           "regular_units": "regular units R", "memory_units": "memory units M", "policy": "policy", "task": "task", "feedback": "feedback weights",
           "input_weights": "input weights", "reset": "reset", "memory_input": "memory input", "p_target": "fraction of target trials",
           "reward_rule": "reward rule"}
_SHORT = {"alpha": "α", "beta": "β", "gamma": "γ", "epsilon": "ε", "lambda": "λ", "leak": "leak"}


def title_of(axis: str) -> str:
    """How a column is called on an axis of a figure."""
    return SYMBOLS.get(axis, axis.removesuffix("_label").replace("_", " "))


def value_text(axis: str, value: object) -> str:
    """A value of a column as a label: "hybrid", "β = 0.1", "leak [0.7,1]"."""
    text = f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value)
    if axis.endswith("_label") or axis in ("policy", "task"):
        return text
    if axis == "leak":
        return f"leak {text.replace(',', ', ')}"
    if isinstance(value, (int, float, np.number)):
        return f"{_SHORT.get(axis, axis)} = {text}"
    return f"{title_of(axis)}: {text}"


@dataclass(frozen=True)
class Look:
    """Where a figure is to be shown."""

    narrow: bool = False  # panels one under the other, for a telephone or one column of a page
    by: str | None = None  # column of frame() to group by; by default what the sweep varies, memories first
    job: int | None = None  # of figures of single networks
    trial: int | None = None  # of figures of single trials


def set_up() -> None:
    matplotlib.use("Agg")
    plt.rcParams.update({
        "font.family": "DejaVu Sans", "font.size": 9, "axes.titlesize": 10, "axes.titlelocation": "left", "axes.titleweight": "bold", "axes.labelsize": 9,
        "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.8, "axes.axisbelow": True, "legend.frameon": False, "legend.fontsize": 8.5,
        "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "lines.linewidth": 1.6, "figure.constrained_layout.use": True, "figure.dpi": 110,
        "savefig.facecolor": "white", "pdf.fonttype": 42, "svg.fonttype": "path", "svg.hashsalt": "augsweep", "hatch.linewidth": 0.6, "axes.formatter.limits": (-4, 6),
        "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    })


def panels(count: int, look: Look, width: float = 3.3, height: float = 2.9, columns: int = 3, sharex: bool = False) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels: in rows of at most `columns`, or one under the other where it is to be narrow."""
    columns = 1 if look.narrow else min(count, columns)
    rows = -(-count // columns)
    figure = plt.figure(figsize=(4.6, height * rows) if look.narrow else (max(width * columns, 4.4), height * rows), layout="constrained")
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(count)]
    if sharex:
        for axis in axes[1:]:
            axis.sharex(axes[0])
    return figure, axes


def thousands(axis: Axes, which: str = "x") -> None:
    """Trials as 20k, 40k."""
    def text(value: float, _place: object) -> str:
        if abs(value) < 1000:
            return f"{value:g}"
        return f"{value / 1000:g}k" if value < 1e6 else f"{value / 1e6:g}M"
    (axis.xaxis if which == "x" else axis.yaxis).set_major_formatter(text)


def trials_text(value: float) -> str:
    """A number of trials in a few characters: 850, 9.6k, 28k, 0.44M."""
    if value < 1000:
        return f"{value:.0f}"
    return f"{value / 1000:.1f}k" if value < 9950 else f"{value / 1000:.0f}k" if value < 99.95e4 else f"{value / 1e6:.2g}M"


def finish(figure: Figure, title: str, legend_of: Axes | None, *sentences: str) -> Figure:
    """Adds a title, under it one legend for all panels (of what is drawn in `legend_of`), and below the panels a note: n, intervals, what was pooled.

    The figure grows by what they need, so that the panels keep their size.
    """
    width, height = figure.get_size_inches()
    title_lines = textwrap.wrap(title, int(width * 10.8))
    handles, labels = legend_of.get_legend_handles_labels() if legend_of is not None else ([], [])
    longest = max((len(label) for label in labels), default=0)
    columns = min(max(1, int(width * 13.5 // (longest + 7))), max(1, len(labels)))
    rows = -(-len(labels) // columns)
    if rows > 1:
        columns = -(-len(labels) // rows)  # rows of about equal length
    note_size, note_line = (8.2, 0.145) if width < 5.3 else (7.0, 0.125)  # narrow figures are shown small
    note_lines = textwrap.wrap(" ".join(part for part in sentences if part), int(width * 122 / note_size))
    top = 0.08 + 0.195 * len(title_lines) + (0.06 + 0.18 * rows if rows else 0.0)
    bottom = 0.10 + note_line * len(note_lines) if note_lines else 0.0
    figure.set_size_inches(width, height + top + bottom)
    whole = height + top + bottom
    figure.text(0.08 / width, 1 - 0.07 / whole, "\n".join(title_lines), ha="left", va="top", fontsize=10.5, fontweight="bold", linespacing=1.2)
    if handles:
        figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0.04 / width, 1 - (0.11 + 0.195 * len(title_lines)) / whole), ncol=columns, handlelength=2.4,
                      columnspacing=1.4, borderaxespad=0.1, borderpad=0.2, labelspacing=0.3).set_in_layout(False)
    if note_lines:
        figure.text(0.08 / width, 0.05 / whole, "\n".join(note_lines), ha="left", va="bottom", fontsize=note_size, color="#444444", linespacing=1.25)
    for text in figure.texts:
        text.set_in_layout(False)
    figure.get_layout_engine().set(rect=(0.0, bottom / whole, 1.0, 1.0 - (top + bottom) / whole))
    return figure


def overlapping_texts(figure: Figure) -> list[str]:
    """Pairs of visible texts that lie on each other, and texts that leave the figure: empty for a good figure."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    hidden = _beyond_the_limits(figure)
    boxes = []
    for text in figure.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text().strip() and text not in hidden:
            boxes.append((text.get_text().strip(), text.get_window_extent(renderer)))
    whole = figure.bbox
    problems = [f"'{words}' leaves the figure" for words, box in boxes
                if box.x0 < whole.x0 - 1 or box.y0 < whole.y0 - 1 or box.x1 > whole.x1 + 1 or box.y1 > whole.y1 + 1]
    for place, (words, box) in enumerate(boxes):
        for other_words, other in boxes[place + 1:]:
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            down = min(box.y1, other.y1) - max(box.y0, other.y0)
            if across > 1.0 and down > 1.5:
                problems.append(f"'{words}' on '{other_words}'")
    return problems


def _beyond_the_limits(figure: Figure) -> set[matplotlib.text.Text]:
    """Labels of ticks outside the limits of their axis: they exist, but are not drawn."""
    hidden = set()
    for axes in figure.findobj(Axes):
        for axis, place in ((axes.xaxis, 0), (axes.yaxis, 1)):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                for label in (tick.label1, tick.label2):
                    if not axes.get_visible() or not axis.get_visible() or not low - slack <= label.get_position()[place] <= high + slack:
                        hidden.add(label)
    return hidden
