"""Runs the published experiments and writes a page with our figures beside theirs. Called by tools/reproduce, which see."""

import argparse
import csv
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from scipy import stats

from comparisons import COMPARISONS, PUBLISHED, RERUN, Comparison

ROOT = Path(__file__).resolve().parents[2]
FACTS = Path(__file__).with_name("facts.csv")
FACT_COLUMNS = ["figure", "measure", "origin", "cap", "n", "converged", "mean", "sd", "q1", "median", "q3", "source"]
LEVEL = 0.05
QUICK_SEEDS = 10
LONGEST = ["12ax-triplets", "12ax-m"]  # sweeps that are run last


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
    """What is published of a sample: of convergence trials, or of test scores in percent, where all runs count as converged."""

    n: int
    converged: int
    mean: float  # over the converged runs, as is sd
    sd: float
    q1: float  # of all runs, as are median and q3; infinite beyond the cap
    median: float
    q3: float


def key_of(row: Comparison) -> tuple[str, str, str]:
    return row.figure, row.measure, row.origin


def summarised(sample: Sample | np.ndarray) -> Fact:
    if isinstance(sample, np.ndarray):
        return Fact(len(sample), len(sample), float(np.mean(sample)), float(np.std(sample, ddof=1)),
                    *(float(np.quantile(sample, q, method="inverted_cdf")) for q in (0.25, 0.5, 0.75)))
    return Fact(sample.n, sample.converged,
                float(np.mean(sample.times)) if sample.converged else np.nan,
                float(np.std(sample.times, ddof=1)) if sample.converged > 1 else np.nan,
                *(sample.quantile(q) for q in (0.25, 0.5, 0.75)))


def cut(times: np.ndarray, n: int, cap: int) -> Sample:
    return Sample(n, np.sort(times[times < cap]), cap)


# --- the other side ---------------------------------------------------------------------------------------------------------

def published_samples(published: Path) -> dict[tuple[str, str, str], Sample | np.ndarray]:
    """By figure, measure and origin, from published.csv and the folder of re-runs beside it."""
    arrays: dict[str, list[float]] = {}
    with published.open(newline="") as file:
        for row in csv.DictReader(file):
            arrays.setdefault(row["file"], []).append(float(row["value"]))

    def rerun(name: str, column: str) -> list[float]:
        with (published.parent / name).open(newline="") as file:
            return [float(run[column]) for run in csv.DictReader(file)]

    samples = {}
    for row in COMPARISONS:
        values: list[float] = []
        for name in row.files:
            if row.measure != "convergence":
                values += arrays[name] if row.origin == PUBLISHED else rerun(name, row.column)
            elif row.origin == PUBLISHED:
                values += [np.inf if value == 0 else value for value in arrays[name]]  # they write 0 for "not converged"
            else:
                values += [np.inf if value < 0 else value for value in rerun(name, "conv_trial")]
        samples[key_of(row)] = cut(np.array(values), len(values), row.cap) if row.measure == "convergence" else np.array(values)
    return samples


def write_facts(samples: dict) -> None:
    with FACTS.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(FACT_COLUMNS)
        for row in COMPARISONS:
            fact = summarised(samples[key_of(row)])
            converged = fact.converged if row.measure == "convergence" else ""
            numbers = ["" if np.isnan(x) else "inf" if np.isinf(x) else f"{x:.1f}" for x in (fact.mean, fact.sd, fact.q1, fact.median, fact.q3)]
            table.writerow([row.figure, row.measure, row.origin, row.cap, fact.n, converged, *numbers, " + ".join(row.files)])


def read_facts() -> dict:
    facts = {}
    with FACTS.open(newline="") as file:
        for row in csv.DictReader(file):
            numbers = [float(row[name]) if row[name] else np.nan for name in ("mean", "sd", "q1", "median", "q3")]
            facts[row["figure"], row["measure"], row["origin"]] = Fact(int(row["n"]), int(row["converged"] or row["n"]), *numbers)
    return facts


# --- our side ---------------------------------------------------------------------------------------------------------------

def result_file(folder: Path, row: Comparison) -> Path:
    mark = "" if not row.sets else "-" + hashlib.sha256("\n".join(row.sets).encode()).hexdigest()[:8]
    return folder / f"{row.sweep}{mark}.h5"


@dataclass(frozen=True)
class Cost:
    """Seconds that a sweep took, over all the calls that it was run in: by the clock, and of all cores together."""

    clock: float = 0.0
    cores: float = 0.0


def core_seconds() -> float:
    """CPU time of all programs that this one has started and waited for, and of those that they started."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def is_complete(path: Path) -> bool:
    try:
        with h5py.File(path, "r") as file:
            return "pending" not in texts(file["status"])
    except OSError:  # not there, or being written
        return False


def run_sweeps(program: str | None, folder: Path, seeds: int) -> dict[Path, Cost]:
    """Runs what is not there yet (nothing without a program); what each file cost, in this call and earlier ones."""
    ledger = folder / "cost.json"
    known = {name: Cost(**cost) for name, cost in json.loads(ledger.read_text()).items()} if ledger.exists() else {}
    if program is None:
        there = dict.fromkeys(path for row in COMPARISONS if is_complete(path := result_file(folder, row)))
        return {path: known.get(path.name, Cost()) for path in there}
    costs: dict[Path, Cost] = {}
    for row in sorted(COMPARISONS, key=lambda one: LONGEST.index(one.sweep) if one.sweep in LONGEST else -1):
        output = result_file(folder, row)
        if output in costs:
            continue
        sets = [*row.sets, f"axes.seed={{ first = 0, count = {seeds} }}"]
        command = [program, "run", f"sweeps/{row.sweep}.toml", "-o", str(output)]
        command += [word for option in sets for word in ("--set", option)]
        print(f"{output.name}: {' '.join(command)}", file=sys.stderr)
        earlier = known.get(output.name, Cost()) if output.exists() else Cost()
        start, start_cores = time.monotonic(), core_seconds()
        code = subprocess.run([*command, "--resume"] if output.exists() else command, cwd=ROOT, check=False).returncode
        if code not in (0, 2):  # 2: complete, but some jobs failed
            sys.exit(f"tools/reproduce: {' '.join(command)} ended with code {code}")
        costs[output] = Cost(earlier.clock + time.monotonic() - start, earlier.cores + core_seconds() - start_cores)
        known[output.name] = costs[output]
        ledger.write_text(json.dumps({name: vars(cost) for name, cost in known.items()}, indent=1))
    return costs


def our_sample(path: Path, row: Comparison) -> tuple[Sample | np.ndarray, int]:
    """The jobs that a comparison selects (their scores, for one of scores), and how many of them diverged."""
    with h5py.File(path, "r") as file:
        chosen = np.ones(len(file["job"]), dtype=bool)
        for name, wanted in row.select.items():
            chosen &= np.array([text == wanted for text in texts(file[name])])
        status = np.array(texts(file["status"]))[chosen]
        measured = file["convergence_trial" if row.measure == "convergence" else row.measure][:][chosen]
        if not chosen.any() or file["max_trials"][:][chosen].max() < row.cap:
            sys.exit(f"tools/reproduce: {path} has no jobs for '{row.figure}' up to {row.cap} trials")
    diverged = int((status == "diverged").sum())
    if row.measure != "convergence":
        return measured[~np.isnan(measured)], diverged  # a run that diverged was not tested
    usable = ~np.isin(status, ["failed", "timeout", "pending"])
    return cut(measured[usable & (status == "converged")], int(usable.sum()), row.cap), diverged


def revision_of(path: Path) -> str:
    with h5py.File(path, "r") as file:
        return f"augsweep {file.attrs['program_version']}, revision {file.attrs['git_revision']} (numerics {file.attrs['numerics']})"


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


def rank_sum(one: np.ndarray, other: np.ndarray) -> float:
    """p that two samples of scores are of one distribution (Mann-Whitney)."""
    return float(stats.mannwhitneyu(one, other, alternative="two-sided", method="asymptotic").pvalue) if np.ptp(np.append(one, other)) > 0 else 1.0


def p_of_fractions(fact: Fact, ours: Fact) -> float:
    return float(stats.fisher_exact([[fact.converged, fact.n - fact.converged], [ours.converged, ours.n - ours.converged]])[1])


def p_of_times(fact: Fact, ours: Fact) -> float:
    """Welch's test on the converged runs of both sides, or on the scores. Both are cut off at the same cap, so what it compares is the same."""
    if min(fact.converged, ours.converged) < 2:
        return np.nan
    if fact.sd == 0 and ours.sd == 0:
        return 1.0 if fact.mean == ours.mean else 0.0
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


MEASURES = {"convergence": "convergence", "test_greedy": "test score, greedy", "test_explore": "test score, exploring",
            "test_softmax": "test score, softmax", "test_fixation_greedy": "test score, fixation"}


def verdict(row: dict) -> str:
    return "**differs**" if row["verdict"] == "differs" else row["verdict"]


def score(fact: Fact) -> str:
    return f"{fact.mean:.1f} ± {fact.sd:.1f}"


def convergence_table(rows: list[dict]) -> list[str]:
    lines = ["| figure | cap | theirs: converged | ours | median theirs | ours | mean ± sd of converged, theirs | ours | p fractions | p times | verdict |",
             "| --- | ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        theirs, ours = row["theirs"], row["ours"]
        lines.append(f"| {row['figure']}{row['mark']} | {row['cap']:,} | {fraction(theirs.converged, theirs.n)} | {fraction(ours.converged, ours.n)}"
                     f"{' (' + str(row['diverged']) + ' diverged)' if row['diverged'] else ''} | "
                     f"{trials(theirs.median)} | {trials(ours.median)} | {mean_sd(theirs)} | {mean_sd(ours)} | "
                     f"{probability(row['p_fraction'])} | {probability(row['p_other'])} | {verdict(row)} |")
    return lines


def score_table(rows: list[dict]) -> list[str]:
    lines = ["| figure | read-out | n theirs | ours | mean ± sd theirs, % | ours, % | median theirs | ours | p | verdict |",
             "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |"]
    for row in rows:
        theirs, ours = row["theirs"], row["ours"]
        lines.append(f"| {row['figure']}{row['mark']} | {MEASURES[row['measure']].removeprefix('test score, ')} | {theirs.n} | {ours.n} | {score(theirs)} | "
                     f"{score(ours)} | {theirs.median:.1f} | {ours.median:.1f} | {probability(row['p_other'])} | {verdict(row)} |")
    return lines


def page(rows: list[dict], costs: dict[Path, Cost], seeds: int, quick: bool, with_samples: bool, revision: str, missing: list[str]) -> str:
    tests = sum(not np.isnan(row[p]) for row in rows for p in ("p_fraction", "p_other"))
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
        f"- {seeds} seeds each; {time.strftime('%Y-%m-%d')}, {revision}.",
        f"- Time: {sum(cost.cores for cost in costs.values()) / 60:.1f} minutes of CPU time in all, that is "
        f"{sum(cost.cores for cost in costs.values()) / 60 / (os.cpu_count() or 1):.1f} minutes on {os.cpu_count()} cores that do nothing else "
        f"({cpu_name()}); this run took {sum(cost.clock for cost in costs.values()) / 60:.1f} minutes by the clock.",
        "- Both sides are cut off at the same trial limit (cap); a run that converged later counts as not converged.",
        "- Fractions with Wilson's 95 % interval, compared by Fisher's exact test. Convergence times are censored at the cap: the median is that of "
        "all runs (Kaplan–Meier). The mean ± sd is over converged runs alone, as the publication gives it, which favours the quick ones.",
        "- Times are compared by " + ("the log-rank test on the samples of both sides (`--published`)." if with_samples else
        "Welch's test on the converged runs of both sides, since of the other side only figures are stored here; "
        "`tools/reproduce --published FILE` takes the authors' samples and uses the log-rank test."),
        "- Test scores are the percentage of test trials without an error, after training: mean ± sd over all runs, converged or not, compared by "
        + ("the rank-sum test (Mann–Whitney)." if with_samples else "Welch's test (with `--published FILE` by the rank-sum test)."),
        f"- Verdict: *differs* if a p, after Holm's adjustment for all {tests} of them together, is below {LEVEL}; otherwise *agrees*, "
        "that is, no difference was found. The authors' samples are small: the intervals say what they could have shown.",
        "",
        f"**{len(rows) - len(differing)} of {len(rows)} agree.**"
        + (" They differ in: " + "; ".join(f"{row['figure']}, {MEASURES[row['measure']]} ({row['origin']})" for row in differing) + "."
           if differing else ""),
        "",
    ]
    if missing:
        lines += [f"**Not run yet ({len(missing)}; `tools/reproduce` goes on with them):** {'; '.join(missing)}.", ""]
    findings = ROOT / "tools" / "reproduction" / "findings.md"
    if not quick and findings.exists():
        lines += [findings.read_text().rstrip(), ""]
    for origin, title in ((PUBLISHED, "The authors' arrays"), (RERUN, "Re-runs of the authors' code")):
        here = [row for row in rows if row["origin"] == origin]
        lines += [f"## {title}: convergence", "", *convergence_table([row for row in here if row["measure"] == "convergence"]), "",
                  f"## {title}: test scores", "", *score_table([row for row in here if row["measure"] != "convergence"]), ""]
    notes = dict.fromkeys(f"- {row['figure']}: {row['note']}." for row in rows if row["note"])
    lines += ["## Notes", "", *notes, "", "## Time", "", "| sweep | jobs | CPU time | by the clock |", "| --- | ---: | ---: | ---: |"]
    for path, cost in costs.items():
        with h5py.File(path, "r") as file:
            lines.append(f"| `{path.stem}` | {len(file['job']):,} | {cost.cores:.0f} s | {cost.clock:.0f} s |")
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
    parser.add_argument("--no-run", action="store_true", help="run nothing: a page of what has been run, which says what has not")
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
    costs = run_sweeps(None if arguments.no_run else arguments.program, folder, seeds)

    rows, missing = [], []
    for row in COMPARISONS:
        if result_file(folder, row) not in costs:
            missing.append(f"{row.figure}, {MEASURES[row.measure]}")
            continue
        ours, diverged = our_sample(result_file(folder, row), row)
        theirs, figures = facts[key_of(row)], summarised(ours)
        convergence = row.measure == "convergence"
        if samples is None:
            p_other = p_of_times(theirs, figures)
        else:
            p_other = log_rank(samples[key_of(row)], ours) if convergence else rank_sum(samples[key_of(row)], ours)
        rows.append({"figure": row.figure, "measure": row.measure, "origin": row.origin, "cap": row.cap, "theirs": theirs, "ours": figures,
                     "diverged": diverged, "p_fraction": p_of_fractions(theirs, figures) if convergence else np.nan, "p_other": p_other,
                     "note": row.note, "mark": "\\*" if row.note else ""})
    adjusted = holm([p for row in rows for p in (row["p_fraction"], row["p_other"])])
    for i, row in enumerate(rows):
        row["verdict"] = "differs" if np.nanmin(adjusted[2 * i:2 * i + 2]) < LEVEL else "agrees"
    output = arguments.output or (folder / "reproduction.md" if arguments.quick else ROOT / "docs" / "reproduction.md")
    # The program's own word for its revision, which need not be that of the folder; several if the files are of several programs.
    revision = ", ".join(sorted({revision_of(path) for path in costs}))
    output.write_text(page(rows, costs, seeds, arguments.quick, samples is not None, revision, missing))
    differing = [f"{row['figure']}, {MEASURES[row['measure']]}" for row in rows if row["verdict"] == "differs"]
    print(f"{len(rows) - len(differing)} of {len(rows)} figures agree" + (f"; these differ: {'; '.join(differing)}" if differing else ""))
    print(f"page     {output}")


if __name__ == "__main__":
    main()
