"""What the benchmark scripts share: where the programs are, how they are started, and tables."""

from __future__ import annotations

import argparse
import os
import pathlib
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]

#: What mpirun needs to be told in a container where everyone is root, and with more ranks than cores.
MPI_ENVIRONMENT = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "HWLOC_COMPONENTS": "-gl",
}

SWEEP = """[task]
name = "12ax"
{task}
[training]
{training}
[axes]
{axes}
"""


def parser(description: str) -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    result.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release", help="folder of the programs")
    result.add_argument("--folder", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()),
                        help="where the result files go; they are removed afterwards")
    result.add_argument("--repetitions", type=int, default=3, help="the best of so many counts")
    return result


def environment() -> dict[str, str]:
    return {**os.environ, **MPI_ENVIRONMENT}


def timed(command: list[str], **options) -> tuple[float, subprocess.CompletedProcess]:
    """Seconds that a command takes, and what it said. Raises if it fails."""
    began = time.perf_counter()
    done = subprocess.run(command, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 75):
        raise RuntimeError(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}")
    return seconds, done


def write_sweep(path: pathlib.Path, task: str = "", training: str = "", axes: str = "") -> pathlib.Path:
    path.write_text(SWEEP.format(task=task, training=training, axes=axes))
    return path


def machine() -> str:
    name = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    return f"{name}, {len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}"
