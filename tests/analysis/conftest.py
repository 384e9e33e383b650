"""Result files for the tests of the package, made by the real program in a second or two."""

import os
import subprocess

import pytest

PROGRAM = os.environ["AUGSWEEP"]

def sweep(task, axes, max_trials, *more, training=""):
    """The text of a sweep file: the task's line(s), the lines of [axes], the trial limit, and further tables."""
    return "\n".join([*more, f"[task]\n{task}", f"[training]\nmax_trials = {max_trials}\n{training}", f"[axes]\n{axes}"])


SEQUENCE = sweep('name = "sequence"', """d = [2, 4, 8]
leak = { values = [1.0, 0.7, [0.7, 1.0]], labels = ["standard", "leaky", "hybrid"] }
seed = { first = 0, count = 8 }""", 600,
                 '[sweep]\nname = "sequence"\ndescription = "Sequence prediction over distractors and memories"', "[output]\nbin_trials = 50",
                 training="test_trials = 20")

TWELVE_AX = sweep('name = "12ax"', "leak = [1.0, [0.7, 1.0]]\nseed = [3, 4]", 300, '[sweep]\nname = "short 12AX"',
                  "[output]\nbin_trials = 20\nrecord_trials = [0, 299]")

FACTOR_M = sweep('name = "sequence"\nd = 2', 'policy = ["eps-greedy", "softmax"]\nm = [0, 5, 10]\nseed = { first = 0, count = 6 }', 400,
                 '[learning]\nweight_g = true\nexploration = "soft"')

GRID = sweep('name = "sequence"\nd = 6', """leak = [1.0, 0.8, [0.7, 1.0]]
beta = [0.05, 0.15]
lambda = [0.1, 0.3]
seed = { first = 0, count = 4 }""", 500)


def run(folder, name, text, *options):
    """Runs a sweep and returns its result file."""
    (folder / f"{name}.toml").write_text(text)
    done = subprocess.run([PROGRAM, "run", folder / f"{name}.toml", "-o", folder / f"{name}.h5", "--workers", "0", *options],
                          capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in (0, 75), done.stderr
    return folder / f"{name}.h5"


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="session")
def sequence(folder):
    return run(folder, "sequence", SEQUENCE)


@pytest.fixture(scope="session")
def twelve_ax(folder):
    return run(folder, "twelve_ax", TWELVE_AX)


@pytest.fixture(scope="session")
def factor_m(folder):
    return run(folder, "factor_m", FACTOR_M)


@pytest.fixture(scope="session")
def grid_file(folder):
    return run(folder, "grid", GRID)


@pytest.fixture(scope="session")
def half_done(folder):
    """A grid of which a shard has run: half of the jobs are pending."""
    return run(folder, "half", GRID, "--shard", "1/2")


@pytest.fixture(scope="session")
def trace_file(folder, sequence):
    trace = folder / "trace.h5"
    subprocess.run([PROGRAM, "rerun", sequence, "--job", "40", "--trace", trace, "--state", "T_vm,T_wm,X"], check=True, capture_output=True, timeout=300)
    return trace
