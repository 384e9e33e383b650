"""Draws the figures of result files, as PNG and PDF.

All that a file can show are drawn, or those named with --only:

  learning      error, reward and loss over the trials: median and quantile bands, by group
  loss-cues     loss on target cues and on the others
  bars          success and convergence time of each memory or policy, with intervals
  survival      Kaplan-Meier curves of convergence
  distractors   convergence against the number of distractors d
  m-sweep       convergence against the factor m of g(t)
  leak-sweep    convergence against the leak of a uniform memory
  heat-map      success and median time over two or three axes of the grid
  weights       weights into and out of the memory, with cues and leaks
  activity      memory units through one trial (needs record_trials in the sweep file, or a trace)
  walkthrough   one trial through the network (needs a trace: augsweep rerun OUT.h5 --job N --trace TRACE.h5 --state T_vm)

Examples:
  tools/figures out.h5 -o figures
  tools/figures out.h5 -o figures --only survival --by policy
  tools/figures out.h5 -o figures --only weights --job 17
  tools/figures trace.h5 -o figures --trial 29000
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import matplotlib.pyplot as plt

from . import style
from .figures import KINDS, NotApplicable, Result, draw
from .results import ResultError


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools/figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULT", help="result files (also of running sweeps), or traces of rerun --trace")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FOLDER", help="where the figures go: FOLDER/RESULT-KIND.png and .pdf")
    parser.add_argument("--only", action="append", choices=list(KINDS), metavar="KIND", help="only this kind; may be repeated")
    parser.add_argument("--by", metavar="AXIS", help="colour by this axis; by default the memory, the policy or the first axis with few values")
    parser.add_argument("--job", type=int, help="network to show, for weights and activity; by default the first that converged of each group")
    parser.add_argument("--trial", type=int, help="trial to show, for activity and walkthrough")
    parser.add_argument("--formats", default="png,pdf", help="file formats of matplotlib, with commas between them (default %(default)s)")
    parser.add_argument("--dpi", type=int, default=200, help="pixels per inch of PNGs (default %(default)s)")
    parser.add_argument("--narrow", action="store_true", help="panels one under the other: for one column of a page")
    arguments = parser.parse_args(words)
    look = style.Look(narrow=arguments.narrow, by=arguments.by, job=arguments.job, trial=arguments.trial)
    arguments.output.mkdir(parents=True, exist_ok=True)
    drawn, failed = 0, False
    for path in arguments.results:
        reasons = []
        try:
            result = Result(path)
            for kind in arguments.only or KINDS:
                try:
                    figure = draw(kind, result, look)
                except NotApplicable as why:
                    reasons.append(f"{kind}: {why}")
                    continue
                for form in arguments.formats.split(","):
                    output = arguments.output / f"{path.stem}-{kind}.{form.strip()}"
                    figure.savefig(output, dpi=arguments.dpi)
                    print(output)
                plt.close(figure)
                drawn += 1
        except ResultError as error:
            print(f"tools/figures: {error}", file=sys.stderr)
            failed = True
        for reason in reasons:
            print(f"not drawn from {path.name}: {reason}", file=sys.stderr)
        failed = failed or bool(arguments.only and reasons)
    return 1 if failed or not drawn else 0


if __name__ == "__main__":
    sys.exit(main())
