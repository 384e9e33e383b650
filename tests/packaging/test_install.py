"""cmake --install into a folder: the prefix works without the checkout and the build."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2]
PYTHON = "/usr/bin/python3"
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "HWLOC_COMPONENTS": "-gl"}


def call(*words, cwd=None, env=None):
    result = subprocess.run(list(map(str, words)), capture_output=True, text=True, timeout=300, cwd=cwd, check=False,
                            env={**os.environ, **MPI, **(env or {})})
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prefix")
    call(os.environ["CMAKE"], "--install", os.environ["BUILD"], "--prefix", folder)
    return folder


def test_a_sweep_file_of_the_prefix_runs_with_the_program_of_the_prefix(prefix, tmp_path):
    program = prefix / "bin" / "augsweep"
    sweep = prefix / "share" / "augsweep" / "sweeps" / "quickstart.toml"
    call(program, "run", sweep, "-o", tmp_path / "out.h5", "--set", "max_trials=500", "--set", "seed={first=0, count=2}", cwd=tmp_path)
    assert re.search(r"^jobs +6 of 6 done", call(program, "verify", tmp_path / "out.h5"), re.MULTILINE)


def test_all_sweeps_and_templates_come_along(prefix):
    for folder, pattern in [("sweeps", "*.toml"), ("slurm", "*.sbatch")]:
        wanted = {file.name for file in (SOURCE / folder).glob(pattern)}
        assert wanted and wanted == {file.name for file in (prefix / "share" / "augsweep" / folder).glob(pattern)}
    for page in ["clusters.md", "file-format.md", "sweep-files.md"]:
        assert (prefix / "share" / "doc" / "augsweep" / "docs" / page).exists()


def test_the_analysis_package_is_importable(prefix, tmp_path):
    tools = prefix / "share" / "augsweep" / "tools"
    found = call(PYTHON, "-B", "-c", "import augsweep_analysis.statistics as module; print(module.__file__)", cwd=tmp_path,
                 env={"PYTHONPATH": str(tools)})
    assert found.startswith(str(tools))


def test_the_analysis_tools_run_from_the_prefix(prefix, tmp_path):
    wanted = {tool.name for tool in (SOURCE / "tools").iterdir()
              if tool.is_file() and "." not in tool.name and "-m augsweep_analysis." in tool.read_text()}
    assert {"figures", "report", "export"} <= wanted and "lint" not in wanted
    links = {link.name.removeprefix("augsweep-"): link for link in (prefix / "bin").glob("augsweep-*")}
    assert set(links) == wanted
    for link in links.values():
        assert link.resolve().is_relative_to(prefix)
        assert "usage" in call(link, "--help", cwd=tmp_path).lower()


def test_the_manual_page_names_every_command_and_is_well_formed(prefix):
    page = prefix / "share" / "man" / "man1" / "augsweep.1"
    text = page.read_text()
    commands = re.findall(r"^  ([a-z]+) ", call(prefix / "bin" / "augsweep", "--help").split("Subcommands:")[1], re.MULTILINE)
    assert len(commands) >= 10
    for command in commands:
        assert f'.SS "augsweep {command}"' in text
        options = re.findall(r"^  (?:-\w,)?(--[a-z-]+)", call(prefix / "bin" / "augsweep", command, "--help"), re.MULTILINE)
        section = text.split(f'.SS "augsweep {command}"')[1].split(".SS")[0]
        for option in options:
            assert option.replace("-", "\\-") in section
    if shutil.which("groff"):
        warnings = subprocess.run(["groff", "-man", "-ww", "-Tutf8", "-z", page], capture_output=True, text=True, check=True).stderr
        assert warnings == ""
