"""What packaging/ holds for sites: well formed, and of one mind with docs/install.md. The PBS script is run, by bash in the place of PBS."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

SOURCE = Path(__file__).resolve().parents[2]
PACKAGING = SOURCE / "packaging"
MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
       "HWLOC_COMPONENTS": "-gl"}

# The name that each recipe gives to a library, and docs/install.md's line for it.
NAMES = {
    "CMake": ("CMake", "cmake"), "Boost": ("Boost.MPI", "boost"), "HDF5": ("HDF5", "hdf5"), "Eigen": ("Eigen", "eigen"),
    "OpenSSL": ("OpenSSL", "openssl"), "xxHash": ("xxHash", "xxhash"), "CLI11": ("CLI11", "cli11"), "toml++": (None, "tomlplusplus"),
    "Random123": (None, "random123"), "spdlog": ("spdlog", "spdlog"), "zlib": ("zlib", "zlib"),
}


def least_versions():
    """Of docs/install.md: name as in NAMES -> "1.74"."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", (SOURCE / "docs" / "install.md").read_text(), re.MULTILINE)
    return {name: re.search(r"[\d.]+", version).group() for what, version in rows for name in NAMES if what.startswith(name)}


def sections(definition):
    """The scripts of an Apptainer definition, by kind; a kind may come once for each stage."""
    found = re.findall(r"^%(post|test|runscript|environment)\b[^\n]*\n(.*?)(?=^%|^Bootstrap:|\Z)", definition, re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in found} == {"post", "test", "runscript", "environment"}
    return found


def is_shell(text):
    return subprocess.run(["sh", "-n"], input=text, text=True, capture_output=True, check=False)


def test_the_scripts_of_the_container_are_shell():
    for kind, text in sections((PACKAGING / "augsweep.def").read_text()):
        assert is_shell(text).returncode == 0, kind
    assert is_shell("if true; then").returncode != 0


def test_the_container_names_packages_of_the_debian_package():
    """The last stage installs for the analysis tools what the package recommends."""
    recommended = re.search(r'CPACK_DEBIAN_PACKAGE_RECOMMENDS\s+"([^"]+)"', (SOURCE / "cmake" / "install.cmake").read_text()).group(1)
    last = [text for kind, text in sections((PACKAGING / "augsweep.def").read_text()) if kind == "post"][-1]
    assert set(recommended.split(", ")) <= set(last.replace("\\", " ").split())


@pytest.mark.parametrize("name", NAMES)
def test_spack_and_easybuild_ask_for_the_least_versions_of_the_documents(name):
    easybuild, spack = NAMES[name]
    least = least_versions()[name].removesuffix(".0")
    specs = {re.match(r"[a-z0-9-]+", spec).group(): spec for spec in yaml.safe_load((PACKAGING / "spack.yaml").read_text())["spack"]["specs"]}
    assert re.match(rf"{spack}@{re.escape(least)}(\.0)?:", specs[spack]), specs[spack]
    if easybuild:
        modules = dict(re.findall(r"^([A-Za-z][\w.+-]*) +([\w.]+)$", (PACKAGING / "easybuild-modules.txt").read_text(), re.MULTILINE))
        assert modules[easybuild] == least or modules[easybuild] == f"{least}.0"


def test_the_pbs_script_runs_and_goes_on(tmp_path):
    sweep = SOURCE / "sweeps" / "quickstart.toml"
    text = (PACKAGING / "sweep.pbs").read_text()
    small = tmp_path / "small.toml"
    small.write_text(re.sub(r"max_trials = .*", "max_trials = 200", sweep.read_text()))
    for name, value in {"SWEEP": small, "OUTPUT": "out.h5", "AUGSWEEP": os.environ["AUGSWEEP"]}.items():
        text, count = re.subn(rf"^{name}=\S+", f"{name}={value}", text, flags=re.MULTILINE)
        assert count == 1
    script = tmp_path / "sweep.pbs"
    script.write_text(text)
    environment = {**os.environ, **MPI, "HOME": str(tmp_path), "PBS_O_WORKDIR": str(tmp_path)}

    def submit():
        return subprocess.run(["bash", "-l", script], cwd="/", env=environment, capture_output=True, text=True, timeout=300, check=False)
    first = submit()
    assert first.returncode == 0, first.stderr
    verified = subprocess.run([os.environ["AUGSWEEP"], "verify", tmp_path / "out.h5"], capture_output=True, text=True, check=True).stdout
    assert re.search(r"^jobs +48 of 48 done", verified, re.MULTILINE)
    again = submit()
    assert again.returncode == 0 and "48 of 48 jobs are done already" in again.stderr, again.stderr
