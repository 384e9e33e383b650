"""Reads augsweep's result files and looks at them, without the program. docs/analysis.md shows how.

    import augsweep_analysis as aug
    data = aug.load("out.h5")              # xarray: (job, bin), labelled
    table = aug.frame("out.h5")            # pandas: one row a job
    cells = aug.summary("out.h5")          # as `augsweep summary`, with numbers in full
    aug.statistics.median(table.watched, table.converged)
"""

from . import statistics
from .results import ResultError, axes, frame, grid, load, records, shapes, summary, trace, weights

__all__ = ["ResultError", "axes", "frame", "grid", "load", "records", "shapes", "statistics", "summary", "trace", "weights"]
