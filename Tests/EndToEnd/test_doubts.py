"""Calls that may have had their effect, and calls that are asked about: what the plugin says of them."""

import json
import os
import signal
import subprocess
import time

import pytest

import manifests
from ledger import GO, STAGES, Ledger
from program import FAILED, LIMITED, OK

WRITE = {**STAGES, "stages": {"write": {"tool": "ledger.write", "input": {"n": 1}}}}


@pytest.fixture
def doubtful(tmp_path):
    """A ledger whose host was killed while it wrote, the run, and the step that is in doubt."""
    ledger = Ledger(tmp_path / "host")
    # Who writes to it waits for a reader: there is none.
    ledger.file.unlink(missing_ok=True)
    os.mkfifo(ledger.file)
    process = ledger.host.start(*GO, "-o", "ndjson")
    for line in process.stdout:
        event = json.loads(line)
        if event["type"] == "tool.started":
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    ledger.file.unlink()
    return ledger, event["run_id"], event["call_id"].split("/")[1]


def say(ledger, **answer):
    ledger.file.with_suffix(".reconcile").write_text(json.dumps(answer))


def test_the_note_of_a_plugin_that_does_not_know_is_kept_and_shown(doubtful):
    ledger, run, step = doubtful
    say(ledger, outcome="unknown", note="the bank is closed")
    resumed = ledger.host.run("run", "resume", run)
    assert resumed.code == FAILED and "the bank is closed" in resumed.err, str(resumed)
    [doubt] = [event["data"] for event in ledger.host.events(run) if event["type"] == "tool.finished"]
    assert (doubt["status"], doubt["note"]) == ("in_doubt", "the bank is closed")
    assert "the bank is closed" in ledger.host.run("run", "show", run).out
    asked = ledger.host.run("run", "resolve", run, step)
    assert asked.code == FAILED and "the bank is closed" in asked.err, str(asked)
    assert ledger.host.run("run", "resolve", run, step, "--as", "did-not").code == OK
    assert ledger.host.run("run", "resume", run).code == OK
    ledger.assert_nothing_is_lost_or_repeated(run, "resolved")


@pytest.mark.parametrize("words", [[], ["--as", "did-not"]], ids=["nobody", "a person"])
def test_the_plugin_is_asked_first_and_what_it_knows_holds(doubtful, words):
    ledger, run, step = doubtful
    assert ledger.host.run("run", "resume", run).code == FAILED
    say(ledger, outcome="happened", result={"done": True})
    resolved = ledger.host.run("run", "resolve", run, step, *words)
    assert resolved.code == OK and "the plugin says: happened" in resolved.err, str(resolved)
    assert ledger.host.run("run", "resume", run).code == OK
    # It was not written again.
    assert not [line for line in ledger.lines() if line.startswith("write ") and run in line]
    assert ledger.host.run("run", "replay", run).code == OK


def asking(tmp_path, expires):
    """A ledger that is asked about before it writes."""
    ledger = Ledger(tmp_path / "host", WRITE)
    config = ledger.host.config.parent / "tenant.yaml"
    tenant = json.loads(config.read_text())
    config.write_text(json.dumps({**tenant, "tools": {"ledger.write": {"approval": {"expires": expires}}}}))
    return ledger


def test_a_person_reads_what_the_plugin_says_that_the_call_would_do(tmp_path):
    ledger = asking(tmp_path, "1h")
    before = ledger.lines()
    assert ledger.host.run(*GO).code == LIMITED
    [run] = ledger.host.runs("--open")
    [request] = [event["data"] for event in ledger.host.events(run["run_id"]) if event["type"] == "approval.requested"]
    assert request["preview"] == {"summary": "Writes a line.", "details": {"n": 1}}
    assert "it says: Writes a line." in ledger.host.run("run", "show", run["run_id"]).out
    assert ledger.lines() == before


def ended(ledger, run):
    """Waits until the run has ended."""
    limit = time.monotonic() + 60
    while not ledger.host.sql(f"SELECT 1 FROM runs WHERE run = '{run['run_id']}' AND finished IS NOT NULL"):
        assert time.monotonic() < limit, "the run does not end"
        time.sleep(0.02)


def test_a_question_of_another_process_expires_where_a_host_stays(tmp_path):
    ledger = asking(tmp_path, "300ms")
    config = ledger.host.config
    config.write_text(json.dumps({**json.loads(config.read_text()), "runs": {"look_every": "50ms"}}))
    process = ledger.host.start("stdio", stdin=subprocess.PIPE)
    try:
        # It is there before anything is asked, and answers.
        process.stdin.write(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
        process.stdin.flush()
        assert process.stdout.readline()
        assert ledger.host.run(*GO).code == LIMITED
        [run] = ledger.host.runs("-n", "1")
        ended(ledger, run)
    finally:
        process.communicate()
    kinds = [event["type"] for event in ledger.host.events(run["run_id"])]
    assert "approval.expired" in kinds and "tool.started" not in kinds, kinds
    assert ledger.host.run("run", "replay", run["run_id"]).code == OK
    ledger.host.assert_journal_is_whole()


def test_a_question_that_expired_while_no_host_was_there_is_answered_by_the_next_host(tmp_path):
    ledger = asking(tmp_path, "1ms")
    assert ledger.host.run(*GO).code == LIMITED
    [run] = ledger.host.runs("--open")
    process = ledger.host.start("stdio", stdin=subprocess.PIPE)
    try:
        # One that stays goes on with what others left.
        ended(ledger, run)
    finally:
        process.communicate()
    kinds = [event["type"] for event in ledger.host.events(run["run_id"])]
    assert "approval.expired" in kinds and "tool.started" not in kinds and kinds[-1] == "run.failed"
