"""A host that is killed at one durable system call after another, and what another host makes of the run.

The promise: an acknowledged event is never lost, the effect of a tool that is not idempotent is never repeated, and what
may have happened is put to a person. Each point kills a run; then the run is resumed, what is in doubt is resolved by
looking whether the effect is there, and the run has to end as if nothing had been.

An ordinary run looks at every seventh point. JACKFIELD_LONG=1 looks at each, and kills the resumed run as well.
"""

import os
import signal
import subprocess
from collections import Counter

import pytest

import manifests
from program import BUILD, JACKFIELD, OK, ROOT, Program

LONG = os.environ.get("JACKFIELD_LONG") == "1"
# Whatever changes a file, or makes a change last.
DURABLE = "write,pwrite64,fsync,fdatasync,ftruncate,unlink"

CALLED = {"is_error": False}
RULES = {
    "models": {
        "worker": {
            "rules": [
                {"when": {"tool_result": {"tool": "ledger_read", **CALLED}}, "answer": "all done"},
                {
                    "when": {"tool_result": {"tool": "ledger_put", **CALLED}},
                    "call": {"tool": "ledger_read", "arguments": {}},
                },
                {"when": {"tool_result": {"tool": "ledger_write"}}, "call": {"tool": "ledger_put", "arguments": {}}},
                {"when": {"message": "go"}, "call": {"tool": "ledger_write", "arguments": {}}},
            ],
            "default": {"answer": "nothing to do"},
        }
    }
}


@pytest.fixture(scope="module")
def strace():
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace cannot trace here: no system call can be made to kill")


class Ledger:
    """A host whose flow writes, puts and reads, one after the other, and the file that shows what happened."""

    def __init__(self, folder):
        folder.mkdir()
        self.file = folder / "ledger"
        plugins = {"rules": {}, "ledger": {"file": str(BUILD / "fixtures/ledger.so"), "isolation": "in_process"}}
        tenant_plugins = {"rules": {"config": RULES}, "ledger": {"config": {"file": str(self.file)}}}
        config = manifests.write(
            folder / "host", manifests.host(plugins=plugins), manifests.tenant(plugins=tenant_plugins),
            manifests.flow(agents={"worker": manifests.agent(tools=["ledger.*"])}))
        self.host = Program(folder / "state", config)
        # The journal and the verdicts on the plugins exist: what is counted is the run.
        assert self.host.run("flow", "run", "wait", "-m", "nothing").code == OK

    def lines(self):
        return self.file.read_text().splitlines() if self.file.exists() else []

    def killed(self, point, *words):
        """Runs a command and kills it at its `point`-th durable call. False where it came to its end before."""
        done = subprocess.run(
            ["strace", "-f", "-o", "/dev/null", "-e", f"trace={DURABLE}", "-e",
             f"inject={DURABLE}:signal=SIGKILL:when={point}", JACKFIELD, *words],
            stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, env=self.host.environment(), timeout=60)
        return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)

    def open_run(self):
        runs = self.host.run("run", "list", "--open", "-o", "json").json
        return runs[0]["run_id"] if runs else None

    def recover(self, run):
        """Resumes the run until it has ended; says of each call in doubt what the ledger shows."""
        for _ in range(3):
            resumed = self.host.run("run", "resume", run)
            if resumed.code == OK:
                return
            [listed] = self.host.run("run", "list", "--in-doubt", "-o", "json").json
            assert listed["run_id"] == run, str(resumed)
            for event in self.host.events(run):
                if event["type"] == "tool.finished" and event["data"]["status"] == "in_doubt":
                    happened = any(event["call_id"] in line for line in self.lines())
                    self.host.run(
                        "run", "resolve", run, event["call_id"].split("/")[1], "--as",
                        "happened" if happened else "did-not")
        raise AssertionError(f"the run {run} does not end: {resumed}")

    def assert_nothing_is_lost_or_repeated(self, run, point):
        self.host.assert_journal_is_whole()
        [summary] = [each for each in self.host.runs() if each["run_id"] == run]
        assert summary["status"] == "succeeded", (point, summary)
        effects = Counter(line.rsplit(" ", 1)[0] for line in self.lines())
        writes = {key: count for key, count in effects.items() if key.startswith("write ")}
        assert list(writes.values()) == [1], (point, effects)
        # Put was made too, as often as it took, and each time as the same step.
        assert len([key for key in effects if key.startswith("put ")]) == 1, (point, effects)
        assert self.host.run("run", "replay", run).code == OK


def points():
    """All of them are tried until a run comes to its end unharmed."""
    return range(1, 400, 1 if LONG else 7)


def test_killed_at_any_durable_call_no_effect_is_repeated_and_no_event_is_lost(strace, tmp_path):
    begun = 0
    for point in points():
        ledger = Ledger(tmp_path / str(point))
        was_killed = ledger.killed(point, "flow", "run", "wait", "-m", "go")
        run = ledger.open_run()
        if run is not None:
            begun += 1
            ledger.recover(run)
            ledger.assert_nothing_is_lost_or_repeated(run, point)
        if not was_killed:
            break
    assert not was_killed, "there are more points than this test looks at"
    assert begun >= (20 if LONG else 2)


@pytest.mark.skipif(not LONG, reason="the long mode: JACKFIELD_LONG=1")
def test_killed_again_while_it_recovers_the_run_still_ends_as_promised(strace, tmp_path):
    for first in range(5, 60, 9):
        for second in range(1, 60, 6):
            ledger = Ledger(tmp_path / f"{first}-{second}")
            ledger.killed(first, "flow", "run", "wait", "-m", "go")
            run = ledger.open_run()
            if run is None:
                break
            ledger.killed(second, "run", "resume", run)
            if ledger.open_run() is not None:
                ledger.recover(run)
            ledger.assert_nothing_is_lost_or_repeated(run, (first, second))
