"""A disk that fails: no room, an error on one write or one sync, and what becomes of the run that meets it.

The promise: what was not committed is not acknowledged, a call whose intent could not be recorded is not made, no effect is
repeated, the host neither crashes nor hangs, and once the disk is well everything works again by itself.
"""

import json
import subprocess

import pytest

from ledger import GO, Ledger
from program import FAILED, JACKFIELD, OK, ROOT
from tracing import failed, skip_without_strace, syncs


@pytest.fixture(scope="module", autouse=True)
def strace():
    skip_without_strace()


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "host")


def journal_files(ledger):
    return [f"{ledger.host.journal_file}{suffix}" for suffix in ("", "-wal", "-shm")]


def assert_kept(ledger, done):
    """Whatever the disk did: what was promised of the run holds, and the host works."""
    assert done.returncode in (OK, FAILED), (done.returncode, done.stderr)
    assert b"Fatal error" not in done.stderr
    ledger.host.assert_journal_is_whole()
    intents = {row[0]: row[1] for row in ledger.host.sql(
        "SELECT run || '/' || step, count(*) FROM events WHERE kind = 'tool.started' GROUP BY 1")}
    for line in (each for each in ledger.lines() if not each.startswith("read ")):  # has no effect
        assert line.split(" ")[1] in intents, f"{line} has happened without an intent"
    writes = [line.split(" ")[1] for line in ledger.lines() if line.startswith("write ")]
    assert len(writes) == len(set(writes))
    run = ledger.open_run()
    if done.returncode == OK:
        assert run is None
        ended = ledger.host.sql("SELECT run FROM runs ORDER BY run DESC LIMIT 1")[0][0]
        assert ledger.host.run("run", "replay", ended).code == OK, done.stdout
    if run is not None:
        ledger.recover(run)
        ledger.assert_nothing_is_lost_or_repeated(run, done)
    assert ledger.host.run(*GO).code == OK
    assert ledger.host.run("run", "verify").code == OK


@pytest.mark.parametrize("call", ["fdatasync", "fsync", "pwrite64", "ftruncate"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_one_call_that_fails_is_survived_by_the_journal_and_the_run(ledger, call, error):
    checked = 0
    for point in range(1, 500, 1 if call.endswith("sync") else 6):
        done, injected = failed(ledger.host, call, error, point, *GO, files=journal_files(ledger))
        # What was to be saved is written anew, into the file as it was found to be.
        if b"opened again after an error" in done.stderr:
            assert done.returncode == OK and b"all done" in done.stdout
            checked += 1
        assert_kept(ledger, done)
        if not injected:
            assert checked > 0 or (call, error) not in [("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("pwrite64", "EIO")]
            return
    raise AssertionError("there are more calls than this test looks at")


@pytest.mark.parametrize("call, error", [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO")])
def test_a_disk_that_fails_from_a_moment_on_is_told_and_nothing_is_acknowledged(ledger, call, error):
    refused = 0
    for point in range(1, 500, 5):
        done, injected = failed(ledger.host, call, error, f"{point}+", *GO, files=journal_files(ledger))
        refused += done.returncode == FAILED
        # Where it went well nevertheless, all was committed, and only tidying up failed.
        assert_kept(ledger, done)
        if not injected:
            assert refused > 0
            return
    raise AssertionError("there are more calls than this test looks at")


class Server:
    """A host that stays, under strace; its calls to the journal's files are noted, and some of them made to fail."""

    def __init__(self, ledger, *tracing):
        self.log = ledger.host.state.parent / "strace.log"
        files = [word for file in journal_files(ledger) for word in ("-P", file)]
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", self.log, *files, *tracing, JACKFIELD, "stdio"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=ledger.host.environment())

    def call(self, tool):
        """Whether it went well."""
        self.process.stdin.write(json.dumps({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
                "name": tool, "arguments": {}, "_meta": {
                    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                    "io.modelcontextprotocol/clientCapabilities": {}}},
        }).encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return not answer.get("result", {"isError": True}).get("isError", False)

    def end(self):
        """What it wrote to stderr."""
        self.process.stdin.close()
        code = self.process.wait(30)
        with self.process.stdout, self.process.stderr:
            log = self.process.stderr.read().decode()
        assert code == OK, log
        return log


@pytest.mark.parametrize("name, error", [("fdatasync", "EIO"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC")])
def test_a_host_that_stays_heals_by_itself_once_the_disk_does(ledger, name, error):
    server = Server(ledger, "-e", f"trace={name}")
    assert all(server.call("ledger.write") for _ in range(3))
    begin = server.log.read_text().count(f"{name}(")
    server.end()
    made = len(ledger.lines())
    server = Server(ledger, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={begin}..{begin + 9}")
    went_well = [server.call("ledger.write") for _ in range(30)]
    log = server.end()
    assert went_well[0] and went_well[-1] and not all(went_well), went_well
    assert ("storage_full" if error == "ENOSPC" else "storage_unavailable") in log
    # A call that was answered well was made and is recorded; one whose intent was not recorded was not made.
    made = len(ledger.lines()) - made
    assert went_well.count(True) <= made < len(went_well)
    ledger.host.assert_journal_is_whole()
    assert ledger.host.sql(
        "SELECT count(*) FROM events WHERE kind = 'tool.started'")[0][0] >= len(ledger.lines())
    assert ledger.host.run("run", "verify").code == OK


def test_a_durable_step_costs_one_sync_at_most(ledger):
    """One more of them, one sync more: what a host does at its start and its end is the same in both runs."""
    nothing = syncs(ledger.host, "flow", "run", "wait", "-m", "nothing")
    everything = syncs(ledger.host, *GO)
    # Beside the run's first and last event and one answer: three answers of the model, the intents of write and put, the
    # outcomes of write, put and read.
    assert 0 < everything - nothing <= 8, (nothing, everything)
