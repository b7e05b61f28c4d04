import os
import time

import pytest

import arena
import threat_table
from ground import ROOT, Programs


def pytest_addoption(parser):
    parser.addoption("--write-table", action="store_true", help="write the threat table instead of comparing it")


@pytest.fixture(scope="session")
def programs():
    made = Programs(ROOT / ".build" / os.environ.get("JACKFIELD_CONFIGURATION", "debug") / "jackfield-worker")
    yield made
    until = time.monotonic() + 10  # the daemons of the attacks end by themselves
    while made.running() and time.monotonic() < until:
        time.sleep(0.1)
    left = made.running()
    made.remove()
    assert not left, f"processes were left behind: {left}"


@pytest.fixture(scope="session")
def all_starts(programs):
    found = arena.starts(programs)
    yield found
    for start in found:
        start.close()


def pytest_terminal_summary(terminalreporter, config):
    for line in getattr(config, "not_tried", []):
        terminalreporter.write_line(f"NOT TRIED {line}", yellow=True)


@pytest.fixture(scope="session", autouse=True)
def not_tried(all_starts, request):
    """What this system lacks, said at the end of the run."""
    found = [] if "root" in arena.POSSIBLE else ["as root: these tests are run by somebody else"]
    found += [f"as {start.name}: {line}" for start in all_starts for line in start.missing.splitlines()]
    if not threat_table.is_complete(all_starts):
        found.append("the threat table: it is compared only where there are all layers and both users")
    request.config.not_tried = found


def pytest_generate_tests(metafunc):
    if "start" in metafunc.fixturenames:
        metafunc.parametrize("start", arena.POSSIBLE, indirect=True, scope="session")


@pytest.fixture(scope="session")
def start(request, all_starts):
    return next(found for found in all_starts if found.name == request.param)


@pytest.fixture
def spawn(start, request):
    """Makes workers at a level; those that are left end with the test."""
    made = []

    def one(level=arena.STRICT, zygote=None):
        mask = start.level(level)
        if mask is None:
            pytest.skip(f"this level cannot be had as {start.name}: {start.missing}")
        made.append((zygote or start.zygote).spawn(mask))
        return made[-1]
    yield one
    for worker in made:
        worker.close()


@pytest.fixture
def loaded(start, spawn):
    def one(level=arena.STRICT, zygote=None):
        worker = spawn(level, zygote)
        assert arena.is_ready(worker.load(start.programs.image))
        return worker
    return one


@pytest.fixture
def zygote(start):
    own = start.new_zygote()
    yield own
    own.close()
