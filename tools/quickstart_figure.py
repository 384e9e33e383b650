#!/usr/bin/python3
"""Draws the figure of the quickstart: learning curves and the fraction of converged runs, for each kind of memory.

    quickstart_figure.py RESULT.h5 FIGURE.png
"""

import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

# Colours that colour-blind people can tell apart (Okabe and Ito).
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
NAMES = {(1.0,): "standard, leak 1", (0.7,): "leaky, leak 0.7", (0.7, 1.0): "hybrid, leaks 0.7 and 1"}
CONVERGED = 1  # of the variable status


def kinds_of_memory(leak):
    """Jobs by leak, in the order of the sweep: {leak values: indices}."""
    kinds = {}
    for job, values in enumerate(leak):
        kinds.setdefault(tuple(values[~np.isnan(values)]), []).append(job)
    return kinds


def main(result, figure):
    with h5py.File(result, "r", swmr=True) as file:
        error = file["error"][:]
        first_trial = file["bin"][:]
        kinds = kinds_of_memory(file["leak"][:])
        status = file["status"][:]
        convergence = file["convergence_trial"][:]
        limit = int(file["max_trials"][:].max())
        bin_trials = int(file["bin_trials"][0])

    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False})
    left, right = (fig := plt.figure(figsize=(10, 4), layout="constrained")).subplots(1, 2)
    trial = first_trial / 1000
    for colour, (leak, jobs) in zip(COLOURS, kinds.items()):
        label = f"{NAMES.get(leak, f'leak {list(leak)}')} (n = {len(jobs)})"
        curves = error[jobs].copy()
        # A run that has converged is not continued; from then on it counts as free of errors.
        for row, job in enumerate(jobs):
            if status[job] == CONVERGED:
                curves[row, np.isnan(curves[row])] = 0.0
        low, middle, high = np.nanpercentile(curves, [25, 50, 75], axis=0)
        left.plot(trial, 100 * middle, color=colour, label=label)
        left.fill_between(trial, 100 * low, 100 * high, color=colour, alpha=0.2, linewidth=0)
        times = np.sort(convergence[jobs][status[jobs] == CONVERGED])
        steps = np.concatenate([[0], times, [limit]]) / 1000
        fraction = np.concatenate([[0], np.arange(1, len(times) + 1), [len(times)]]) / len(jobs)
        right.step(steps, 100 * fraction, where="post", color=colour, label=label)
    left.set(xlabel="trial (thousands)", ylabel="trials with an error (%)", ylim=(0, None), xlim=(0, limit / 1000),
             title=f"Learning 12AX: median and quartiles of the runs\n(bins of {bin_trials} trials; 0 once converged)")
    right.set(xlabel="trial (thousands)", ylabel="converged runs (%)", ylim=(-2, 102), xlim=(0, limit / 1000),
              title="Converged: 1000 correct responses\nin a row")
    left.legend(frameon=False)
    fig.savefig(figure, dpi=150)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
