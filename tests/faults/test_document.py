"""docs/failures.md: every event names the test that shows it, and these tests are there."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"


def rows():
    """(event, what names its tests) of every row of every table of events."""
    text = (ROOT / "docs/failures.md").read_text()
    for line in text[text.index("## Events"):text.index("## How the tests do it")].splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) >= 3 and cells[0] not in ("event", "") and not set(cells[0]) <= set("-: "):
            yield cells[0], cells[-1]


def text_of(pattern):
    return "\n".join(file.read_text() for file in sorted(TESTS.glob(pattern)))


def exists(name):
    """Whether there is a test of a name as ctest or pytest knows it; '…' stands for any rest."""
    start = name.rstrip("…")
    if name.startswith("test_") and name.endswith(".py"):
        return (TESTS / "faults" / name).exists()
    if name.startswith("test_"):
        return re.search(rf"^def {re.escape(start)}", text_of("*/test_*.py"), re.MULTILINE) is not None
    room, _, rest = start.partition(".")
    if room in ("faults", "app", "fuzz") and "." not in rest:
        return re.search(rf"\w+\({rest}[ )]|NAME {room}\.{rest} ", text_of(f"{room}/CMakeLists.txt")) is not None
    if start.startswith("cluster.ends."):
        return f"augsweep_mpi_end({start.rpartition('.')[2]} " in text_of("cluster/CMakeLists.txt")
    suite, _, case = rest.partition(".")
    return re.search(rf"TEST\w*\({suite}\w*,\s*{case}", text_of(f"{room}/*_test.cpp")) is not None


def test_every_event_names_tests_that_exist():
    found = list(rows())
    assert len(found) > 35, "the tables of docs/failures.md can't be read"
    for event, tests in found:
        names = [name for name in re.findall(r"`([^`]+)`", tests) if "." in name or name.startswith("test_")]
        assert names, f"no test is named for: {event}"
        for name in names:
            assert exists(name), f"there is no test {name}, named for: {event}"


def test_this_check_sees_names_of_no_test():
    assert exists("faults.chaos") and exists("store.Lock…") and exists("cluster.ends.hung_worker")
    for name in ("faults.nothing", "store.Lock.Nothing", "test_nothing…", "test_nothing.py", "cluster.ends.nothing", "nothing.Lock.Nothing"):
        assert not exists(name)
