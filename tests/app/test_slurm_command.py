"""augsweep slurm: templates with their lines filled in."""

import re
import subprocess
from pathlib import Path

import pytest
from test_program import BAD_INPUT, COMPLETE, SWEEP, call, sweep  # noqa: F401  (a fixture)

TEMPLATES = Path(__file__).resolve().parents[2] / "slurm"
NAMES = ["sweep", "array", "preemptible", "chain"]


def directive(script, key):
    return re.search(rf"^#SBATCH --{key}=(.*)$", script, re.MULTILINE).group(1)


def variable(script, name):
    """As bash reads it."""
    lines = [line for line in script.splitlines() if line.startswith(f"{name}=")]
    return subprocess.run(["bash", "-c", f'{lines[0]}\nprintf "%s|" "${{{name}[@]}}"'], capture_output=True, text=True, check=True).stdout.split("|")[:-1]


@pytest.mark.parametrize("name", NAMES)
def test_every_template_is_filled_in(sweep, tmp_path, name):  # noqa: F811
    result = call("slurm", sweep, "--template", name, "--print", "--tasks-per-node", 4, "--nodes", 2, "--partition", "big", "--account", "ab12",
                  "--modules", "gcc openmpi", "--launcher", "mpirun", "--set", "beta=0.1", "--set", "leak=[0.7, 1.0]",
                  "-o", "it's here.h5", "--program", "/opt/a b/augsweep", cwd=tmp_path)
    assert result.returncode == COMPLETE, result.stderr
    script = result.stdout
    assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0
    assert (directive(script, "ntasks-per-node"), directive(script, "partition"), directive(script, "account")) == ("4", "big", "ab12")
    assert re.fullmatch(r"\d\d:\d[05]:00", directive(script, "time"))
    assert variable(script, "SWEEP") == [str(sweep)]
    assert variable(script, "OUTPUT") == ["it's here.h5"]
    assert variable(script, "OPTIONS") == ["--set", "beta=0.1", "--set", "leak=[0.7, 1.0]"]
    assert variable(script, "AUGSWEEP") == ["/opt/a b/augsweep"]
    assert variable(script, "MODULES") == ["gcc", "openmpi"] and variable(script, "LAUNCHER") == ["mpirun"]
    body = (TEMPLATES / f"{name}.sbatch").read_text().split("# HDF5's file locking")[1]
    assert script.split("# HDF5's file locking")[1] == body, "below the lines to change it is the template itself"
    assert not list(tmp_path.glob("*.sbatch")), "--print writes nothing"


def test_it_writes_a_script_and_keeps_an_old_one(sweep, tmp_path):  # noqa: F811
    result = call("slurm", sweep, cwd=tmp_path)
    assert result.returncode == COMPLETE and "sbatch sweep.sbatch" in result.stdout
    before = (tmp_path / "sweep.sbatch").read_text()
    again = call("slurm", sweep, cwd=tmp_path)
    assert again.returncode == BAD_INPUT and "exists already" in again.stderr
    assert (tmp_path / "sweep.sbatch").read_text() == before
    assert call("slurm", sweep, "--overwrite", cwd=tmp_path).returncode == COMPLETE


def test_shards_become_an_array_and_short_limits_become_requeues(sweep, tmp_path):  # noqa: F811
    script = call("slurm", sweep, "--print", "--nodes", 3, "--shards", 3, "--tasks-per-node", 4).stdout
    assert directive(script, "array") == "1-3" and variable(script, "SHARDS") == ["3"] and directive(script, "nodes") == "1"
    long = tmp_path / "long.toml"
    long.write_text(SWEEP.replace("count = 8", "count = 500000"))
    script = call("slurm", long, "--print", "--max-nodes", 1, "--tasks-per-node", 2, "--max-time", "10min").stdout
    assert "requeue_unless_done" in script and directive(script, "time") == "00:10:00"
    assert int(variable(script, "MAX_REQUEUES")[0]) > 10


def test_mistakes_are_one_message(sweep, tmp_path):  # noqa: F811
    for words in [("--nodes", 1, "--shards", 2), ("--modules", "gcc; rm -rf"), ("--template", "nonsense"), ("--script", tmp_path / "no" / "s")]:
        result = call("slurm", sweep, *words, cwd=tmp_path)
        assert result.returncode == BAD_INPUT and result.stderr
    assert not list(tmp_path.glob("*.sbatch"))


def test_what_the_templates_have_in_common_is_the_same_in_all():
    """Each is complete in itself, so some functions stand in several of them."""
    texts = [(TEMPLATES / f"{name}.sbatch").read_text() for name in NAMES]
    for function, users in [("load_modules", 4), ("run_sweep", 4), ("requeue_unless_done", 2)]:
        bodies = [match.group(0) for text in texts if (match := re.search(rf"^{function}\(\) {{\n.*?^}}$", text, re.MULTILINE | re.DOTALL))]
        assert len(bodies) == users and len(set(bodies)) == 1, function
