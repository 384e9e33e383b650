"""Writes one HTML page about a result file: sweep, provenance, table, figures, statistics beside the publication, failures, time spent.

The page holds all it needs: it opens in any browser without a server or a network, on a telephone too, and prints. A running or killed sweep
can be reported on as well.

Examples:
  tools/report out.h5                   writes out.html
  tools/report out.h5 -o page.html --by policy
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from . import figures, publication, results, statistics, style
from .figures import KINDS, NotApplicable, Result, draw
from .results import ResultError

MOST_ROWS = 80
MOST_FAILURES = 40

_STYLE = """
:root { --ink: #1c1c1c; --quiet: #5c5c5c; --line: #d9d9d9; --tint: #f4f6f8; --accent: #0072b2; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; color: var(--ink); background: white; margin: 0; }
main { max-width: 1060px; margin: 0 auto; padding: 1rem 1.2rem 3rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0.6rem 0 0.2rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 0.6rem; padding-top: 0.6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.3rem 0 0.3rem; break-after: avoid; }
p { margin: 0.4rem 0; } .quiet { color: var(--quiet); } code, pre { font: 0.86em/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
nav { margin: 0.8rem 0; } nav a { margin-right: 0.9rem; white-space: nowrap; } a { color: var(--accent); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: 0.6rem; margin: 1rem 0; }
.tile { background: var(--tint); border-radius: 8px; padding: 0.6rem 0.8rem; } .tile b { display: block; font-size: 1.35rem; line-height: 1.3; }
.tile span { color: var(--quiet); font-size: 0.85rem; }
.bar { display: flex; height: 0.8rem; border-radius: 4px; overflow: hidden; background: #e8e8e8; margin: 0.8rem 0 0.3rem; } .bar i { display: block; }
.key i { display: inline-block; width: 0.75em; height: 0.75em; border-radius: 2px; margin: 0 0.35em 0 0.9em; } .key i:first-child { margin-left: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; background: var(--tint); } th, td { padding: 0.35rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; } th { vertical-align: bottom; }
#publication td:first-child { min-width: 11em; }
pre { background: var(--tint); border-radius: 8px; padding: 0.8rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.4rem 0; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem; margin: 0.4rem 0; } dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
figure { margin: 1rem 0 1.6rem; } figure img { max-width: 100%; height: auto; display: block; } figcaption { color: var(--quiet); font-size: 0.9rem; margin-top: 0.3rem; }
.differs { color: #a33c00; font-weight: 600; }
@media (max-width: 640px) {
  main { padding: 0.6rem 0.9rem 2rem; } h1 { font-size: 1.35rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.4rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
  table.cards thead { display: none; } table.cards, table.cards tbody, table.cards tr, table.cards td { display: block; width: 100%; }
  table.cards tr { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 0.7rem; padding: 0.3rem 0.1rem; }
  table.cards td, table.cards td.n { display: flex; justify-content: space-between; gap: 1rem; border: 0; padding: 0.15rem 0.7rem; text-align: right; white-space: normal; }
  table.cards td::before { content: attr(data-name); color: var(--quiet); text-align: left; flex: none; }
  figure img { width: 100%; } #publication td:first-child { min-width: 0; }
}
@media print {
  @page { margin: 14mm; } body { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav { display: none; } h2 { break-after: avoid; }
  figure, tr, .tile, dl { break-inside: avoid; } thead { display: table-header-group; } a { color: inherit; text-decoration: none; } .wide { overflow: visible; }
  table { font-size: 8pt; } th, td { padding: 0.25rem 0.4rem; } pre { white-space: pre-wrap; }
}
"""

_STATUS_COLOURS = {"converged": "#0072B2", "not_converged": "#E69F00", "diverged": "#CC79A7", "failed": "#D55E00", "timeout": "#000000", "pending": "#cfcfcf"}
_STATUS_WORDS = {"converged": "converged", "not_converged": "not converged", "diverged": "diverged", "failed": "failed", "timeout": "timed out", "pending": "pending"}


def _e(text: object) -> str:
    return html.escape(str(text))


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], numbers: int) -> str:
    """An HTML table whose columns from `numbers` on are numbers; cells are HTML. On a telephone each row becomes a card."""
    kind = ["n" if place >= numbers else "" for place in range(len(columns))]
    head = "".join(f'<th class="{k}">{_e(name)}</th>' for name, k in zip(columns, kind))
    body = "".join("<tr>" + "".join(f'<td class="{k}" data-name="{_e(name)}">{cell}</td>' for name, k, cell in zip(columns, kind, row)) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="cards"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(value: float, form: str = ",.0f") -> str:
    return "–" if value is None or np.isnan(value) else "&gt; limit" if np.isinf(value) else format(value, form)


def _span(low: float, high: float) -> str:
    if np.isnan(low) and np.isnan(high):
        return "–"
    return f"from {low:,.0f}" if np.isnan(high) else f"{_number(low)} – {high:,.0f}"


def _p(value: float) -> str:
    return "–" if np.isnan(value) else "&lt; 0.0001" if value < 1e-4 else f"{value:.2g}"


def _value(value: object) -> str:
    return _e(f"{value:g}" if isinstance(value, (int, float, np.number)) else str(value).replace(",", ", "))


def _duration(seconds: float) -> str:
    if np.isnan(seconds):
        return "–"
    if seconds < 90:
        return f"{seconds:.3g} s"
    if seconds < 5400:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * 86400 else f"{seconds / 86400:.1f} d"


def _section(name: str, title: str, *parts: str) -> str:
    return f'<section id="{name}"><h2>{_e(title)}</h2>{"".join(parts)}</section>'


def _head(result: Result) -> str:
    data, table = result.data, result.table
    counts = table["status"].value_counts()
    ended, total = int(table["ended"].sum()), len(table)
    converged = int(table["converged"].sum())
    counted = int(table["status"].isin(results.ENDED_BY_ITSELF).sum())
    interval = statistics.wilson(converged, counted)
    spent = float(table["run_seconds"].sum())
    tiles = [(f"{ended:,} of {total:,}" if ended < total else f"{total:,}", "jobs have ended" if ended < total else "jobs, all have ended"),
             (f"{converged / counted:.0%}" if counted else "–", f"converged (95 %: {interval.low:.0%} to {interval.high:.0%})" if counted else "converged"),
             (str(int(table["status"].isin(["failed", "timeout"]).sum())), "failed or timed out"), (_duration(spent), "of computing in all jobs")]
    bar = "".join(f'<i style="width:{100 * counts.get(status, 0) / total:.3f}%;background:{colour}"></i>' for status, colour in _STATUS_COLOURS.items() if counts.get(status, 0))
    key = "".join(f'<i style="background:{colour}"></i>{counts[status]:,} {_STATUS_WORDS[status]}' for status, colour in _STATUS_COLOURS.items() if counts.get(status, 0))
    return (f"<h1>{_e(result.title)}</h1><p class='quiet'>{_e(data.attrs.get('title', ''))} · {_e(result.path.name)} · page written {time.strftime('%Y-%m-%d %H:%M')}</p>"
            + '<div class="tiles">' + "".join(f'<div class="tile"><b>{_e(value)}</b><span>{_e(name)}</span></div>' for value, name in tiles) + "</div>"
            + f'<div class="bar" role="img" aria-label="jobs by status">{bar}</div><p class="key">{key}</p>')


def _sweep(result: Result) -> str:
    data = result.data
    rows = []
    for name in results.axes(data):
        values = list(pd.unique(result.table["leak" if name == "leak" else name if name in result.table else result.axes[0]]))
        shown = ", ".join(_value(value) for value in (values if len(values) <= 14 else values[:5])) + (f", … {_value(values[-1])}" if len(values) > 14 else "")
        rows.append((_e(style.title_of(name)), shown, f"{len(values):,}"))
    overrides = str(data.attrs.get("sweep_overrides", "")).strip()
    return _section("sweep", "Sweep", f"<p>Task: {_e(', '.join(pd.unique(result.table['task'])))}. {len(result.table):,} jobs.</p>",
                    _table(("axis", "values", "number"), rows, 2) if rows else "<p>Nothing is varied.</p>",
                    f"<p>Changed on the command line: {', '.join(f'<code>{_e(line)}</code>' for line in overrides.splitlines())}</p>" if overrides else "",
                    f"<p class='quiet'>The sweep file, {_e(data.attrs.get('sweep_file', ''))}:</p><pre>{_e(data.attrs.get('sweep_text', ''))}</pre>")


def _cells(result: Result) -> str:
    cells = results.summary(result.data)
    keys = result.axes
    any_test = cells["test_greedy"].notna().any()
    any_lost = (cells["failed"] + cells["pending"] + cells["diverged"]).any()
    columns = [style.title_of(key) for key in keys] + ["n", "converged", "95 %", "median trial", "95 % ", "restricted mean"]
    columns += ["test, greedy"] if any_test else []
    columns += ["diverged, failed, pending"] if any_lost else []
    rows = []
    for _, cell in cells.head(MOST_ROWS).iterrows():
        n = int(cell["n"])
        row = [_value(cell[key]) for key in keys] + [f"{n}", f"{cell['fraction']:.1%}" if n else "–", f"{cell['fraction_low']:.0%}–{cell['fraction_high']:.0%}" if n else "–",
                _number(cell["median"]) if not n or not np.isnan(cell["median"]) else f"&gt; {cell['limit']:,.0f}",
                _span(cell["median_low"], cell["median_high"]),
                _number(cell["restricted_mean"])]
        row += [_number(cell["test_greedy"], ".1f") + ("&nbsp;%" if not np.isnan(cell["test_greedy"]) else "")] if any_test else []
        row += [f"{cell['diverged']}, {cell['failed']}, {cell['pending']}"] if any_lost else []
        rows.append(row)
    more = f"<p class='quiet'>{len(cells) - MOST_ROWS} more cells: <code>augsweep summary</code> prints all.</p>" if len(cells) > MOST_ROWS else ""
    return _section("results", "Results", "<p class='quiet'>Fractions with Wilson's intervals; medians and restricted means of the convergence trial are Kaplan–Meier estimates over all "
                    "runs: one that did not converge counts as one that would have taken longer than its limit.</p>", _table(columns, rows, len(keys)), more)


def _svg(figure: plt.Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(text.getvalue().encode()).decode()


def _figures(result: Result, by: str | None) -> str:
    parts = []
    for kind in KINDS:
        try:
            wide = draw(kind, result, style.Look(by=by))
            narrow = draw(kind, result, style.Look(by=by, narrow=True))
        except NotApplicable:
            continue
        caption = (KINDS[kind].__doc__ or kind).strip().split("\n")[0]
        width = wide.get_figwidth() * 96
        parts.append(f'<figure id="figure-{kind}"><picture><source media="screen and (max-width: 640px)" srcset="{_svg(narrow)}">'
                     f'<img src="{_svg(wide)}" alt="{_e(caption)}" style="width:{width:.0f}px"></picture><figcaption>{_e(caption)}</figcaption></figure>')
    return _section("figures", "Figures", *(parts or ["<p>No job has ended yet.</p>"]))


_MEASURES = {"test_greedy": "greedy", "test_explore": "exploring", "test_softmax": "softmax", "test_fixation_greedy": "fixation, greedy"}


def _pair(values: tuple[float, float], spreads: tuple[float, float], form: str) -> tuple[str, ...]:
    return tuple(f"{_number(mean, form)} ± {_number(sd, form)}" if not np.isnan(sd) else _number(mean, form) for mean, sd in zip(values, spreads))


def _publication(result: Result) -> str:
    rows = publication.beside(result.data)
    if not rows:
        return ""
    adjusted = statistics.holm([p for row in rows for p in (row.p_fraction, row.p)])
    times, scores = [], []
    for place, row in enumerate(rows):
        pair = adjusted[2 * place:2 * place + 2]
        differs = bool((pair[~np.isnan(pair)] < 0.05).any())
        name = f"<span>{_e(row.figure)} <span class='quiet'>({_e(row.origin)})</span></span>"  # one child, for the telephone's cards
        verdict = '<span class="differs">differs</span>' if differs else "agrees"
        if row.measure == "convergence":
            times.append((name, *(f"{k}/{n}" for k, n in zip(row.converged, row.n)), *(_number(value) for value in row.median), *_pair(row.mean, row.sd, ",.0f"),
                          _p(row.p_fraction), _p(row.p), verdict))
        else:
            scores.append((name, _MEASURES.get(row.measure, row.measure), *(str(n) for n in row.n), *(_number(value, ".1f") for value in row.median),
                           *_pair(row.mean, row.sd, ".1f"), _p(row.p), verdict))
    parts = ["<p class='quiet'>Martinolli, Gerstner, Gilra (2018): the authors' arrays, or re-runs of their code, as far as they have figures for this experiment. A figure "
             "<em>differs</em> if one of its p, adjusted for all in this section (Holm), is below 0.05; p are shown without adjustment.</p>"]
    if times:
        parts += ["<h3>Convergence</h3>", "<p class='quiet'>Both sides are cut off at the same trial limit. Fractions by Fisher's exact test, times of converged runs by Welch's test. "
                  "The mean ± sd is over converged runs alone, as published.</p>",
                  _table(("figure", "converged, theirs", "ours", "median, theirs", "ours ", "mean ± sd, theirs", "ours  ", "p fractions", "p times", "verdict"), times, 1)]
    if scores:
        parts += ["<h3>Test scores after training, %</h3>", "<p class='quiet'>Percent of test trials without an error, over all runs, converged or not; means by Welch's test. Some of the "
                  "authors' batches were trained on after convergence and score higher where ours stop there (docs/reproduction.md).</p>",
                  _table(("figure", "read-out", "n, theirs", "ours", "median, theirs", "ours ", "mean ± sd, theirs", "ours  ", "p", "verdict"), scores, 2)]
    return _section("publication", "Beside the publication", *parts)


def _failures(result: Result) -> str:
    table = result.table
    bad = table[table["status"].isin(["failed", "timeout", "diverged"])]
    if bad.empty:
        return _section("failures", "Failures", "<p>No job failed, timed out or diverged.</p>")
    keys = [name for name in result.axes if name in table] + ["seed"]
    rows = []
    for job, row in bad.head(MOST_FAILURES).iterrows():
        why = {"diverged": f"in trial {_number(row['divergence_trial'])}", "timeout": f"after {_duration(row['run_seconds'])}"}.get(row["status"], _e(row["message"]))
        rows.append((str(job), _STATUS_WORDS[row["status"]], *(_value(row[key]) for key in keys), why))
    more = f"<p class='quiet'>{len(bad) - MOST_FAILURES} more.</p>" if len(bad) > MOST_FAILURES else ""
    return _section("failures", "Failures", f"<p>{len(bad)} jobs: {', '.join(f'{count} {_STATUS_WORDS[status]}' for status, count in bad['status'].value_counts().items())}.</p>",
                    _table(("job", "status", *(style.title_of(key) for key in keys), "why"), rows, 99), more)


def _time(result: Result) -> str:
    table = result.table[result.table["ended"]]
    if table.empty:
        return _section("time", "Time spent", "<p>No job has ended yet.</p>")
    wall = 0.0
    for _, attempt in table.groupby("run_attempt"):
        wall += float(attempt["run_ended"].max() - attempt["run_started"].min())
    spent, steps = float(table["run_seconds"].sum()), float(table["steps"].sum())
    workers = table.groupby("run_host")["run_rank"].nunique()
    rows = []
    groups, _ = figures.groups_of(result, style.Look()) if len(result.axes) else ([figures.Group("all runs", None, table, 0)], "")
    for group in groups:
        rows_of = group.rows[group.rows["ended"]]
        if len(rows_of):
            seconds = rows_of["run_seconds"]
            rows.append((_e(group.label), f"{len(rows_of):,}", _duration(float(seconds.median())), _duration(float(seconds.max())), _duration(float(seconds.sum())),
                         f"{1e9 * seconds.sum() / max(1, rows_of['steps'].sum()):,.0f} ns"))
    hosts = ", ".join(f"{_e(host)} ({count} worker{'s' if count > 1 else ''})" for host, count in workers.items())
    starts = int(table["run_attempt"].max())
    return _section("time", "Time spent", f"<p>{_duration(wall)} from the first job's start to the last one's end{f', over {starts} starts of the sweep' if starts > 1 else ''}; {_duration(spent)} of "
                    f"computing on {hosts}; {spent / wall if wall > 0 else 1:.1f} jobs at a time; {len(table) / wall if wall > 0 else 0:.3g} jobs/s; {steps:,.0f} network steps.</p>",
                    _table(("group", "jobs", "median", "longest", "in all", "per step"), rows, 1))


def _program() -> str | None:
    root = Path(__file__).resolve().parents[2]
    for place in (os.environ.get("AUGSWEEP"), root / "build" / "release" / "augsweep", shutil.which("augsweep")):
        if place and os.access(place, os.X_OK):
            return str(place)
    return None


def _digest(path: Path) -> str:
    program = _program()
    if program:
        done = subprocess.run([program, "verify", str(path)], capture_output=True, text=True, check=False)
        found = re.search(r"digest +([0-9a-f]{64})", done.stdout)
        if done.returncode == 0 and found:
            return f"{found.group(1)} (every row fits its checksum)"
        return "the file does not pass: " + (done.stderr.strip() or done.stdout.strip()).splitlines()[-1]
    return "augsweep verify prints it"


def _provenance(result: Result) -> str:
    attributes = result.data.attrs
    names = {"program_version": "program", "git_revision": "revision", "compiler": "compiler", "libraries": "libraries", "command_line": "command", "created": "created",
             "sweep_sha256": "sweep file, SHA-256", "numerics": "numerics", "shard": "shard", "format_version": "file format"}
    rows = [(title, attributes[name]) for name, title in names.items() if name in attributes and not (name == "shard" and attributes[name] == "1/1")]
    rows.append(("science digest", _digest(result.path)))
    return _section("provenance", "Provenance", "<dl>" + "".join(f"<dt>{_e(title)}</dt><dd>{_e(value)}</dd>" for title, value in rows) + "</dl>",
                    "<p class='quiet'>The same sweep file and program give the same digest at any number of processes. <code>augsweep cite</code> prints a methods paragraph and what to "
                    "cite.</p>")


def page(path: results.PathLike, by: str | None = None) -> str:
    """The whole page as HTML. Raises ResultError."""
    result = Result(path)
    if result.is_trace:
        raise ResultError(f"{path}: is the trace of one job; tools/figures draws it")
    parts = [_sweep(result), _cells(result), _figures(result, by), _publication(result), _failures(result), _time(result), _provenance(result)]
    links = "\n".join(f'<a href="#{name}">{_e(title)}</a>' for name, title in re.findall(r'<section id="([a-z]+)"><h2>([^<]*)</h2>', "".join(parts)))
    return (f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{_e(result.title)}</title><style>{_STYLE}</style></head><body><main>{_head(result)}<nav>{links}</nav>{"".join(parts)}</main></body></html>\n')


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools/report", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("result", type=Path, metavar="RESULT", help="result file, also of a running sweep")
    parser.add_argument("-o", "--output", type=Path, metavar="PAGE", help="by default RESULT with the ending .html")
    parser.add_argument("--by", metavar="AXIS", help="colour the figures by this axis")
    arguments = parser.parse_args(words)
    output = arguments.output or arguments.result.with_suffix(".html")
    try:
        text = page(arguments.result, arguments.by)
        part = output.with_name(output.name + ".part")
        part.write_text(text)
        part.replace(output)
    except (ResultError, OSError) as error:
        print(f"tools/report: {error}", file=sys.stderr)
        return 1
    print(f"{output} ({len(text) / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
