"""The Debian package of cpack, in a bare Debian where apt-get has installed it and what it depends on. Needs root and a network."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPPED = 77
MOUNTS = ["proc", "sys", "dev", "dev/pts", "dev/shm"]


def call(*words, **options):
    result = subprocess.run(list(map(str, words)), capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return result.stdout


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    missing = [name for name in ("cpack", "dpkg-shlibdeps", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        skip(f"{', '.join(missing)} missing")
    folder = tmp_path_factory.mktemp("package")
    call("cpack", "-G", "DEB", "-B", folder, cwd=os.environ["BUILD"])
    file, = folder.glob("*.deb")
    return file


def skip(why):
    message = f"SKIPPED: {why}"
    print(f"\n{message}", file=sys.stderr)
    pytest.exit(message, returncode=SKIPPED)


def test_the_package_says_what_it_needs(package):
    fields = call("dpkg-deb", "--field", package)
    depends = fields.split("Depends: ")[1].split("\n")[0]
    for library in ["openmpi-bin", "libopenmpi3", "libhdf5", "libboost-mpi", "libssl3", "libxxhash0"]:
        assert library in depends
    assert "python3-h5py" in fields.split("Recommends: ")[1].split("\n")[0]


def test_a_bare_machine_installs_and_runs_it(package, tmp_path):
    if shutil.which("debootstrap") is None or os.geteuid() != 0:
        skip("a bare machine needs root and debootstrap")
    root = tmp_path / "machine"
    call("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root)
    for file in Path("/etc/apt/apt.conf.d").iterdir():  # proxies
        target = root / file.relative_to("/")
        if not target.exists():
            shutil.copy(file, target)
    shutil.copy("/etc/resolv.conf", root / "etc")
    shutil.copy(package, root / "tmp")
    mounted = []
    try:
        for mount in MOUNTS:
            (root / mount).mkdir(exist_ok=True)
            call("mount", "--bind", f"/{mount}", root / mount)
            mounted.append(root / mount)

        def inside(line):
            return call("chroot", root, "env", "-i", "HOME=/root", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive",
                        *[f"{name}={os.environ[name]}" for name in ("http_proxy", "https_proxy") if name in os.environ],
                        "sh", "-c", line)
        inside("apt-get update && apt-get install -y --no-install-recommends /tmp/augsweep_*.deb man-db")
        inside("useradd --create-home somebody")

        def somebody(line):
            return inside(f"su - somebody -c '{line}'")
        somebody("augsweep run /usr/share/augsweep/sweeps/quickstart.toml -o out.h5 --workers 2")
        assert "48 of 48 done" in somebody("augsweep verify out.h5")
        assert somebody("augsweep summary out.h5 --by leak").count("1.000") >= 2  # leaky and hybrid memories learn
        inside("augsweep run /usr/share/augsweep/sweeps/quickstart.toml -o /tmp/root.h5 --workers 2 --set max_trials=50")  # as root, too
        assert "#SBATCH --ntasks-per-node" in somebody("augsweep slurm /usr/share/augsweep/sweeps/quickstart.toml --print")
        assert "augsweep rerun" in somebody("man augsweep | cat")
        recommended = call("dpkg-deb", "--field", package, "Recommends").replace(",", " ").strip()
        inside(f"apt-get install -y --no-install-recommends {recommended}")
        somebody("augsweep-figures out.h5 -o figures && augsweep-report out.h5")
        drawn = {file.name for file in (root / "home/somebody/figures").iterdir()}
        assert {"out-learning.png", "out-learning.pdf", "out-weights.png"} <= drawn, drawn
        assert "science digest" in (root / "home/somebody/out.html").read_text()
    finally:
        for mount in reversed(mounted):
            subprocess.run(["umount", "-l", str(mount)], check=False)
