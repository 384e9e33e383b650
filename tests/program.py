"""Calling the program, for the tests that do (tests/app, tests/faults): AUGSWEEP in the environment says where it is."""

import os
import re
import subprocess

PROGRAM = os.environ["AUGSWEEP"]
# Above 1 for a program that is slow because it watches itself: jobs that are there to take their time then have that many times fewer trials.
SLOWNESS = int(os.environ.get("AUGSWEEP_SLOWNESS", "1"))
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "HWLOC_COMPONENTS": "-gl",  # no search for graphics cards: mpirun starts at once everywhere
}
COMPLETE, BAD_INPUT, SOME_FAILED, STOPPED = 0, 1, 2, 75


def environment(**extra):
    return {**os.environ, **MPI, **extra}


def call(*words, launcher=(), timeout=120, env=None, cwd=None):
    return subprocess.run([*launcher, PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=timeout,
                          env=environment(**(env or {})), cwd=cwd, check=False)


def digest(file):
    """The science digest of a file, which must pass verify."""
    result = call("verify", file)
    assert result.returncode == COMPLETE, result.stdout + result.stderr
    return re.search(r"digest +([0-9a-f]{64})", result.stdout).group(1)


def undisturbed_digest(folder, sweep_text, workers=0):
    """The digest of an undisturbed run of that sweep."""
    sweep, output = folder / "sweep.toml", folder / "out.h5"
    sweep.write_text(sweep_text)
    assert call("run", sweep, "-o", output, "--workers", workers).returncode == COMPLETE
    return digest(output)
