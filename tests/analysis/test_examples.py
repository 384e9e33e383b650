"""The examples of docs/analysis.md, each run as it stands there; those whose language is not installed are skipped, which pytest says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import run

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "analysis.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

SWEEP = """
[task]
name = "sequence"
d = 6
[training]
max_trials = 600
[axes]
leak = { values = [1.0, 0.7, [0.7, 1.0]], labels = ["standard", "leaky", "hybrid"] }
seed = { first = 0, count = 12 }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    run(folder, "out", SWEEP)
    subprocess.run([ROOT / "tools" / "export", "out.h5", "--csv", "jobs.csv", "--npz", "out.npz", "--mat", "out.mat"], cwd=folder, check=True, capture_output=True)
    return folder


def interpreter(language):
    """The command that runs a file of a language, or None where it, or a package of R, is not installed."""
    if language == "python":
        return [sys.executable]
    if language == "matlab":
        octave = shutil.which("octave-cli") or shutil.which("octave")
        return [octave, "--norc", "--quiet"] if octave else None
    if language == "r":
        r = shutil.which("Rscript")
        have = r and subprocess.run([r, "-e", "library(survival); library(rhdf5)"], capture_output=True, check=False).returncode == 0
        return [r] if have else None
    raise AssertionError(f"docs/analysis.md has an example in {language}, which the tests do not know")


def test_the_page_has_examples_in_all_three_languages():
    assert {language for language, _ in BLOCKS} == {"python", "matlab", "r"}


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=[f"{language}{place}" for place, (language, _) in enumerate(BLOCKS)])
def test_an_example_runs(place, number):
    language, text = BLOCKS[number]
    assert sum(1 for line in text.splitlines() if line.strip()) <= 14
    command = interpreter(language)
    if command is None:
        pytest.skip(f"no {language} here (tools/packages.sh, packages_analysis, names the packages)")
    file = place / f"example{number}.{ {'python': 'py', 'matlab': 'm', 'r': 'R'}[language]}"
    file.write_text(text)
    done = subprocess.run([*command, file.name], cwd=place, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "MPLBACKEND": "Agg"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() or (place / "error.png").stat().st_size > 1000


def test_r_finds_the_medians_of_the_package(place):
    if interpreter("r") is None:
        pytest.skip("no r here (tools/packages.sh, packages_analysis, names the packages)")
    import augsweep_analysis as aug
    script = [text for language, text in BLOCKS if language == "r"][0] + "cat(sprintf('%s %.1f\\n', names(table(jobs$memory)), summary(survfit(Surv(watched, converged) ~ memory, data = jobs))$table[, 'median']))\n"
    (place / "medians.R").write_text(script)
    done = subprocess.run(["Rscript", "medians.R"], cwd=place, capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines()[-3:])
    cells = aug.summary(place / "out.h5").set_index("leak_label")
    assert cells["median"].notna().sum() >= 2
    for memory, row in cells.iterrows():
        assert found[memory] == (f"{row['median']:.1f}" if row["median"] == row["median"] else "NA")
