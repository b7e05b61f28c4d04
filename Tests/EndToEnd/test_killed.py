"""A host that is killed or interrupted in the middle of a run."""

import json
import signal

import pytest

import manifests
from program import INTERRUPTED, OK, Program


@pytest.fixture
def host(tmp_path):
    """A host with a flow that calls a tool which sleeps for a minute, and one complete run in its journal."""
    host = Program(tmp_path / "state", manifests.write(tmp_path / "host"))
    complete = host.run("flow", "run", "wait", "-m", "fail")
    assert complete.code == OK, str(complete)
    return host


def start_waiting(host):
    """A process in the middle of a call, and the run's id."""
    process = host.start("flow", "run", "wait", "-m", "wait 60", "-o", "ndjson")
    while True:
        event = json.loads(process.stdout.readline())
        if event["type"] == "tool.started":
            return process, event["run_id"]


def end(process):
    process.communicate(timeout=30)
    return process.returncode


def test_kill_9_leaves_the_journal_whole_the_run_open_and_the_others_complete(host):
    [before] = host.runs()
    events_before = host.events(before["run_id"])
    process, run = start_waiting(host)
    process.kill()
    assert end(process) == -signal.SIGKILL
    host.assert_journal_is_whole()
    after = host.runs()
    assert [(each["run_id"], each["status"]) for each in after] == [(run, "open"), (before["run_id"], "succeeded")]
    assert "finished" not in after[0] and after[1] == before
    assert host.events(before["run_id"]) == events_before
    events = host.events(run)
    # The intent was there before the call was: whoever comes after the crash can tell that it was begun.
    assert (events[0]["type"], events[-1]["type"]) == ("run.started", "tool.started")
    assert events[-1]["data"]["tool"] == "slow.sleep"
    shown = host.run("run", "show", run)
    assert shown.code == OK and "slow.sleep" in shown.out and "no outcome" in shown.out
    assert host.run("flow", "run", "wait", "-m", "fail").code == OK
    assert [each["status"] for each in host.runs()] == ["succeeded", "open", "succeeded"]


def test_kill_9_again_and_again_loses_no_run_that_was_begun(host):
    runs = []
    for _ in range(5):
        process, run = start_waiting(host)
        process.kill()
        end(process)
        runs.insert(0, run)
    assert [each["run_id"] for each in host.runs()][:5] == runs
    host.assert_journal_is_whole()


@pytest.mark.parametrize("interrupt", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_ends_the_run_and_records_it_as_cancelled(host, interrupt):
    process, run = start_waiting(host)
    process.send_signal(interrupt)
    assert end(process) == INTERRUPTED
    assert host.runs()[0]["status"] == "cancelled"
    events = host.events(run)
    [outcome] = [event["data"] for event in events if event["type"] == "tool.finished"]
    assert outcome["error"]["code"] == "cancelled" and events[-1]["data"]["outcome"] == "cancelled"
    host.assert_journal_is_whole()
