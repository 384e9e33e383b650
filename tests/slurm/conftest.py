"""One test cluster for all tests of this folder."""

import sys

import pytest
from cluster import missing_programs

SKIPPED = 77  # ctest's SKIP_RETURN_CODE


def pytest_sessionstart(session):
    missing = missing_programs()
    if missing:
        message = f"SKIPPED: no SLURM can be started here: {', '.join(missing)} missing; install the packages slurm-wlm and munge"
        print(f"\n{'*' * len(message)}\n{message}\n{'*' * len(message)}", file=sys.stderr)
        pytest.exit(message, returncode=SKIPPED)
