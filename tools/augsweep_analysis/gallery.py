"""Makes docs/gallery/ and docs/gallery.md: small pictures of every kind of figure, from the quickstart and reproduction sweeps.

Result files are taken from RESULTS (quickstart.h5 and, of tools/reproduce, reproduction/*.h5); what is not there is run with a few seeds and
kept in RESULTS/gallery.

Examples:
  tools/gallery
  tools/gallery --results results --seeds 20
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

from . import results
from .figures import KINDS, Result, draw
from .style import Look

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 60_000


@dataclass(frozen=True)
class Picture:
    sweep: str    # sweeps/<sweep>.toml
    kind: str
    about: str    # what it shows, for the page
    trace: bool = False


PICTURES = [
    Picture("12ax-policies", "survival", "How often and how fast hybrid networks learn 12AX under seven policies"),
    Picture("quickstart", "learning", "Learning curves of three memories"),
    Picture("quickstart", "loss-cues", "Where the loss comes from: target cues and the others"),
    Picture("12ax-policies", "bars", "Success and time with intervals and single runs"),
    Picture("sequence-distractors", "distractors", "A leaky memory fails with many distractors, a hybrid one does not"),
    Picture("12ax-m", "m-sweep", "How much a policy gains from time-weighted exploration"),
    Picture("12ax-grid", "heat-map", "A grid over leak, learning rate and tag decay"),
    Picture("quickstart", "weights", "What the memory units have learned to see and to vote for"),
    Picture("quickstart", "activity", "Memory through one trial, by leak", trace=True),
    Picture("quickstart", "walkthrough", "The same trial step by step through the network", trace=True),
]


def result_file(folder: Path, sweep: str, program: str, seeds: int) -> Path:
    """The result file of a sweep: one that is there, else of a new run with few seeds."""
    for place in (folder / "reproduction", folder, folder / "gallery"):
        path = place / f"{sweep}.h5"
        if path.exists() and results.load(path)["status"].values.tolist().count("pending") == 0:
            return path
    path = folder / "gallery" / f"{sweep}.h5"
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [program, "run", f"sweeps/{sweep}.toml", "-o", str(path), *(["--resume"] if path.exists() else [])]
    command += [] if sweep == "quickstart" else ["--set", f"axes.seed={{ first = 0, count = {seeds} }}"]
    print(" ".join(command), file=sys.stderr)
    subprocess.run(command, cwd=ROOT, check=True)
    return path


def trace_file(path: Path, folder: Path, program: str) -> Path:
    """The last 100 trials of the converged hybrid network that learned quickest."""
    table = results.frame(path)
    hybrid = table[(table["leak_label"] == "hybrid") & table["converged"]]
    job = int(hybrid["trials"].idxmin())
    trace = folder / "gallery" / f"{path.stem}-job{job}.h5"
    trace.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([program, "rerun", str(path), "--job", str(job), "--trace", str(trace), "--first-trial", str(max(0, int(table.at[job, "trials"]) - 100)),
                    "--state", "T_vm,T_wm", "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    return trace


def small_png(figure: plt.Figure) -> bytes:
    """At most MOST_BYTES: 256 colours, the rare ones kept, and less resolution if that is not enough."""
    for dpi in (110, 100, 90, 80, 70, 60, 50):
        drawn, small = io.BytesIO(), io.BytesIO()
        figure.savefig(drawn, dpi=dpi, format="png")
        Image.open(drawn).convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(small, format="PNG", optimize=True)
        if small.tell() < MOST_BYTES:
            return small.getvalue()
    raise RuntimeError("a picture is too large for the gallery")


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools/gallery", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results", help="folder of result files (default results/)")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of what has to be run (default 20)")
    parser.add_argument("--program", default=os.environ.get("AUGSWEEP", str(ROOT / "build" / "release" / "augsweep")))
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "docs", help="where gallery.md and gallery/ go (default docs/)")
    arguments = parser.parse_args(words)
    (arguments.output / "gallery").mkdir(parents=True, exist_ok=True)
    lines = ["# Gallery", "", "Figures of `tools/figures`, made small for this page by `tools/gallery`. Bands and bars are 95 % intervals or quartiles, as each figure says; the "
             "colours are chosen so that colour-blind people can tell them.", ""]
    traces: dict[Path, Path] = {}
    for picture in PICTURES:
        path = result_file(arguments.results, picture.sweep, arguments.program, arguments.seeds)
        if picture.trace:
            if path not in traces:
                traces[path] = trace_file(path, arguments.results, arguments.program)
            path = traces[path]
        figure = draw(picture.kind, Result(path), Look())
        name = f"{picture.sweep}-{picture.kind}.png"
        (arguments.output / "gallery" / name).write_bytes(small_png(figure))
        plt.close(figure)
        what = (KINDS[picture.kind].__doc__ or "").strip().split("\n")[0]
        source = "a trace (`augsweep rerun`) of a job of " if picture.trace else ""
        lines += [f"## {picture.about}", "", f"![{what}](gallery/{name})", "", f"`--only {picture.kind}`, from {source}`sweeps/{picture.sweep}.toml`. {what}", ""]
        print(arguments.output / "gallery" / name)
    (arguments.output / "gallery.md").write_text("\n".join(lines))
    print(arguments.output / "gallery.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
