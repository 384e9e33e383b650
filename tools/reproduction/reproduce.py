"""Runs the published experiments and writes a page with our figures beside theirs. Called by tools/reproduce, which see."""

import argparse
import csv
import hashlib
import os
import platform
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from scipy import stats

from comparisons import COMPARISONS, PUBLISHED, Comparison

ROOT = Path(__file__).resolve().parents[2]
FACTS = Path(__file__).with_name("facts.csv")
FACT_COLUMNS = ["figure", "origin", "cap", "n", "converged", "mean", "sd", "q1", "median", "q3"]
LEVEL = 0.05
QUICK_SEEDS = 10


@dataclass(frozen=True)
class Sample:
    """Convergence trials of runs that were watched up to `cap` trials."""

    n: int
    times: np.ndarray  # of the converged ones, ascending
    cap: int

    @property
    def converged(self) -> int:
        return len(self.times)

    def quantile(self, q: float) -> float:
        """Of all runs, where one that did not converge counts as later than the cap; NaN beyond it.

        All runs are watched for equally long, so this is the Kaplan-Meier estimate.
        """
        return float(np.quantile(np.append(self.times, [np.inf] * (self.n - self.converged)), q, method="inverted_cdf"))


@dataclass(frozen=True)
class Fact:
    """What is published of a sample."""

    n: int
    converged: int
    mean: float  # over the converged runs, as is sd
    sd: float
    q1: float  # of all runs, as are median and q3; infinite beyond the cap
    median: float
    q3: float


def summarised(sample: Sample) -> Fact:
    return Fact(sample.n, sample.converged,
                float(np.mean(sample.times)) if sample.converged else np.nan,
                float(np.std(sample.times, ddof=1)) if sample.converged > 1 else np.nan,
                *(sample.quantile(q) for q in (0.25, 0.5, 0.75)))


def cut(times: np.ndarray, n: int, cap: int) -> Sample:
    return Sample(n, np.sort(times[times < cap]), cap)


# --- the other side ---------------------------------------------------------------------------------------------------------

def published_samples(published: Path) -> dict[str, Sample]:
    """By figure, from published.csv and the folder of re-runs beside it."""
    arrays: dict[str, list[float]] = {}
    with published.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] == "conv":
                arrays.setdefault(row["file"], []).append(float(row["value"]))
    samples = {}
    for row in COMPARISONS:
        values: list[float] = []
        for name in row.files:
            if row.origin == PUBLISHED:
                values += [np.inf if value == 0 else value for value in arrays[name]]  # they write 0 for "not converged"
            else:
                with (published.parent / name).open(newline="") as file:
                    values += [np.inf if float(run["conv_trial"]) < 0 else float(run["conv_trial"]) for run in csv.DictReader(file)]
        samples[row.figure, row.origin] = cut(np.array(values), len(values), row.cap)
    return samples


def write_facts(samples: dict) -> None:
    with FACTS.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FACT_COLUMNS)
        for row in COMPARISONS:
            fact = summarised(samples[row.figure, row.origin])
            numbers = ["" if np.isnan(x) else "inf" if np.isinf(x) else f"{x:.1f}" for x in (fact.mean, fact.sd, fact.q1, fact.median, fact.q3)]
            table.writerow([row.figure, row.origin, row.cap, fact.n, fact.converged, *numbers])


def read_facts() -> dict:
    facts = {}
    with FACTS.open(newline="") as file:
        for row in csv.DictReader(file):
            numbers = [float(row[name]) if row[name] else np.nan for name in ("mean", "sd", "q1", "median", "q3")]
            facts[row["figure"], row["origin"]] = Fact(int(row["n"]), int(row["converged"]), *numbers)
    return facts


# --- our side ---------------------------------------------------------------------------------------------------------------

def result_file(folder: Path, row: Comparison) -> Path:
    mark = "" if not row.sets else "-" + hashlib.sha256("\n".join(row.sets).encode()).hexdigest()[:8]
    return folder / f"{row.sweep}{mark}.h5"


def run_sweeps(program: str, folder: Path, seeds: int) -> dict[Path, float]:
    """Runs what is not there yet; seconds of each run by file."""
    seconds: dict[Path, float] = {}
    for row in COMPARISONS:
        output = result_file(folder, row)
        if output in seconds:
            continue
        sets = [*row.sets, f"axes.seed={{ first = 0, count = {seeds} }}"]
        command = [program, "run", f"sweeps/{row.sweep}.toml", "-o", str(output)]
        command += [word for option in sets for word in ("--set", option)]
        print(f"{output.name}: {' '.join(command)}", file=sys.stderr)
        start = time.monotonic()
        code = subprocess.run([*command, "--resume"] if output.exists() else command, cwd=ROOT, check=False).returncode
        if code not in (0, 2):  # 2: complete, but some jobs failed
            sys.exit(f"tools/reproduce: {' '.join(command)} ended with code {code}")
        seconds[output] = time.monotonic() - start
    return seconds


def our_sample(path: Path, row: Comparison) -> tuple[Sample, int]:
    """The jobs that a comparison selects, and how many of them diverged."""
    with h5py.File(path, "r") as file:
        chosen = np.ones(len(file["job"]), dtype=bool)
        for name, wanted in row.select.items():
            chosen &= np.array([text == wanted for text in texts(file[name])])
        status = np.array(texts(file["status"]))[chosen]
        times = file["convergence_trial"][:][chosen]
        if not chosen.any() or file["max_trials"][:][chosen].max() < row.cap:
            sys.exit(f"tools/reproduce: {path} has no jobs for '{row.figure}' up to {row.cap} trials")
    usable = ~np.isin(status, ["failed", "timeout", "pending"])
    return cut(times[usable & (status == "converged")], int(usable.sum()), row.cap), int((status == "diverged").sum())


def texts(dataset: h5py.Dataset) -> list[str]:
    if "flag_meanings" in dataset.attrs:
        names = dataset.attrs["flag_meanings"].split()
        return [names[value] for value in dataset[:]]
    if h5py.check_string_dtype(dataset.dtype):
        return list(dataset.asstr()[:])
    return [f"{value:g}" for value in dataset[:]]


# --- the comparison ---------------------------------------------------------------------------------------------------------

def log_rank(one: Sample, other: Sample) -> float:
    """p that two samples converge equally fast. NaN if neither does."""
    from augsweep_analysis import statistics

    def observations(sample: Sample) -> tuple[np.ndarray, np.ndarray]:
        times = np.append(sample.times, [sample.cap] * (sample.n - sample.converged))
        return times, np.arange(sample.n) < sample.converged

    if one.converged + other.converged == 0:
        return np.nan
    return statistics.log_rank(*observations(one), *observations(other)).p


def p_of_fractions(fact: Fact, ours: Sample) -> float:
    return float(stats.fisher_exact([[fact.converged, fact.n - fact.converged], [ours.converged, ours.n - ours.converged]])[1])


def p_of_times(fact: Fact, ours: Fact) -> float:
    """Welch's test on the converged runs of both sides. Both are cut off at the same cap, so what it compares is the same thing."""
    if min(fact.converged, ours.converged) < 2:
        return np.nan
    return float(stats.ttest_ind_from_stats(fact.mean, fact.sd, fact.converged, ours.mean, ours.sd, ours.converged, equal_var=False)[1])


def holm(p: list[float]) -> list[float]:
    """Adjusted for looking at so many at once (Holm 1979); NaN stays NaN and does not count."""
    adjusted = np.full(len(p), np.nan)
    order = [i for i in np.argsort(p) if not np.isnan(p[i])]
    least = 0.0
    for rank, i in enumerate(order):
        least = max(least, min(1.0, (len(order) - rank) * p[i]))
        adjusted[i] = least
    return list(adjusted)


# --- the page ---------------------------------------------------------------------------------------------------------------

def trials(x: float) -> str:
    return "–" if np.isnan(x) else "> cap" if np.isinf(x) else f"{x:,.0f}"


def fraction(k: int, n: int) -> str:
    low, high = stats.binomtest(k, n).proportion_ci(method="wilson")
    return f"{k}/{n} = {k / n:.2f} ({low:.2f}–{high:.2f})"


def mean_sd(fact: Fact) -> str:
    return "–" if np.isnan(fact.mean) else f"{fact.mean:,.0f} ± {fact.sd:,.0f}" if not np.isnan(fact.sd) else f"{fact.mean:,.0f}"


def probability(p: float) -> str:
    return "–" if np.isnan(p) else "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def page(rows: list[dict], seconds: dict[Path, float], seeds: int, quick: bool, with_samples: bool, revision: str) -> str:
    differing = [row for row in rows if row["verdict"] == "differs"]
    lines = [
        "# Reproduction",
        "",
        "Our figures beside the published ones, made by `tools/reproduce`. The authors' figures are those of the arrays in their repository "
        "(github.com/martin592/hybrid_AuGMEnT, Martinolli, Gerstner, Gilra 2018, doi 10.3389/fncom.2018.00050); where there are none, those of "
        "runs of their code with the publication's settings. `tools/reproduction/facts.csv` holds them, `comparisons.py` beside it says which "
        "of our jobs answer to each.",
        "",
    ]
    if quick:
        lines += ["**Reduced run (`--quick`): with so few seeds only gross differences would show.**", ""]
    lines += [
        f"- {seeds} seeds each; {sum(seconds.values()) / 60:.1f} minutes in all on {os.cpu_count()} cores ({cpu_name()}); "
        f"{time.strftime('%Y-%m-%d')}, revision {revision}.",
        "- Both sides are cut off at the same trial limit (cap); a run that converged later counts as not converged.",
        "- Fractions with Wilson's 95 % interval, compared by Fisher's exact test. Convergence times are censored at the cap: the median is that of "
        "all runs (Kaplan–Meier). The mean ± sd is over converged runs alone, as the publication gives it, which favours the quick ones.",
        "- Times are compared by " + ("the log-rank test on the samples of both sides (`--published`)." if with_samples else
        "Welch's test on the converged runs of both sides, since of the other side only figures are stored here; "
        "`tools/reproduce --published FILE` takes the authors' samples and uses the log-rank test."),
        f"- Verdict: *differs* if either p, after Holm's adjustment for all {2 * len(rows)} of them together, is below {LEVEL}; otherwise *agrees*, "
        "that is, no difference was found. The authors' samples are small: the intervals say what they could have shown.",
        "",
        f"**{len(rows) - len(differing)} of {len(rows)} agree.**"
        + (" They differ in: " + "; ".join(f"{row['figure']} ({row['origin']})" for row in differing) + "." if differing else ""),
        "",
    ]
    findings = ROOT / "tools" / "reproduction" / "findings.md"
    if not quick and findings.exists():
        lines += [findings.read_text().rstrip(), ""]
    for origin, title in ((PUBLISHED, "## The authors' arrays"), ("re-run of their code", "## Re-runs of the authors' code")):
        lines += [title, "", "| figure | cap | theirs: converged | ours | median theirs | ours | mean ± sd of converged, theirs | ours | p fractions | p times | verdict |",
                  "| --- | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
        for row in rows:
            if row["origin"] == origin:
                theirs, ours = row["theirs"], row["ours"]
                lines.append(f"| {row['figure']}{row['mark']} | {row['cap']:,} | {fraction(theirs.converged, theirs.n)} | {fraction(ours.converged, ours.n)}"
                             f"{' (' + str(row['diverged']) + ' diverged)' if row['diverged'] else ''} | "
                             f"{trials(theirs.median)} | {trials(ours.median)} | {mean_sd(theirs)} | {mean_sd(ours)} | "
                             f"{probability(row['p_fraction'])} | {probability(row['p_time'])} | {'**differs**' if row['verdict'] == 'differs' else row['verdict']} |")
        lines.append("")
    notes = [f"- {row['figure']}: {row['note']}." for row in rows if row["note"]]
    lines += ["## Notes", "", *notes, "", "## Time", "", "| sweep | jobs | time |", "| --- | ---: | ---: |"]
    for path, second in seconds.items():
        with h5py.File(path, "r") as file:
            lines.append(f"| `{path.stem}` | {len(file['job']):,} | {second:.0f} s |")
    lines += ["", "p values are without adjustment in the tables. A name with a number at its end is a sweep file run with other settings "
              "(`sets` in `comparisons.py`).", ""]
    return "\n".join(lines)


def cpu_name() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(prog="tools/reproduce", description=__doc__)
    parser.add_argument("--program", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SEEDS} seeds: gross differences only")
    parser.add_argument("--seeds", type=int, default=200, help="seeds of each cell (default 200)")
    parser.add_argument("--published", type=Path, metavar="FILE", help="the authors' arrays as one table (published.csv), re-runs of their code beside it: "
                        "times are then compared by the log-rank test")
    parser.add_argument("--results", type=Path, default=ROOT / "results" / "reproduction", help="folder of the result files; what is there is not run again")
    parser.add_argument("-o", "--output", type=Path, help="the page (default docs/reproduction.md; with --quick reproduction.md among the results)")
    parser.add_argument("--write-facts", action="store_true", help="make facts.csv anew from --published, and stop")
    arguments = parser.parse_args()

    samples = published_samples(arguments.published) if arguments.published else None
    if arguments.write_facts:
        if samples is None:
            parser.error("--write-facts needs --published FILE")
        write_facts(samples)
        return
    facts = read_facts()
    if samples is not None:
        for key, sample in samples.items():
            if (summarised(sample).n, summarised(sample).converged) != (facts[key].n, facts[key].converged):
                sys.exit(f"tools/reproduce: {arguments.published} does not fit {FACTS} in '{key[0]}'; --write-facts makes that anew")
    folder = arguments.results / "quick" if arguments.quick else arguments.results
    folder.mkdir(parents=True, exist_ok=True)
    seeds = QUICK_SEEDS if arguments.quick else arguments.seeds
    seconds = run_sweeps(arguments.program, folder, seeds)

    rows = []
    for row in COMPARISONS:
        ours, diverged = our_sample(result_file(folder, row), row)
        fact = facts[row.figure, row.origin]
        p_time = log_rank(samples[row.figure, row.origin], ours) if samples is not None else p_of_times(fact, summarised(ours))
        rows.append({"figure": row.figure, "origin": row.origin, "cap": row.cap, "theirs": fact, "ours": summarised(ours), "diverged": diverged,
                     "p_fraction": p_of_fractions(fact, ours), "p_time": p_time, "note": row.note, "mark": "\\*" if row.note else ""})
    adjusted = holm([p for row in rows for p in (row["p_fraction"], row["p_time"])])
    for i, row in enumerate(rows):
        row["verdict"] = "differs" if np.nanmin(adjusted[2 * i:2 * i + 2]) < LEVEL else "agrees"
    output = arguments.output or (folder / "reproduction.md" if arguments.quick else ROOT / "docs" / "reproduction.md")
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    output.write_text(page(rows, seconds, seeds, arguments.quick, samples is not None, revision))
    differing = [row["figure"] for row in rows if row["verdict"] == "differs"]
    print(f"{len(rows) - len(differing)} of {len(rows)} figures agree" + (f"; these differ: {'; '.join(differing)}" if differing else ""))
    print(f"page     {output}")


if __name__ == "__main__":
    main()
