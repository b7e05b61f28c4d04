"""Calls that a person must approve: asked about by one process, answered in another, made by a third."""

import json
import os
import pty
import subprocess

import pytest

import manifests
import program
from program import DENIED, FAILED, LIMITED, OK, ROOT, USAGE

RULES = {
    "models": {
        "clerk": {
            "rules": [
                {
                    "when": {"message": "(?<sum>\\d+\\+\\d+)"},
                    "call": {"tool": "calc_evaluate", "arguments": {"expression": "{{sum}}"}},
                },
                {"when": {"tool_result": {"is_error": False, "fields": {"value": "/text"}}}, "answer": "it is {{value}}"},
                {
                    "when": {"tool_result": {"is_error": True, "fields": {"why": "/error/message"}}},
                    "answer": "no: {{why}}",
                },
            ],
            "default": {"answer": "nothing to do"},
        }
    }
}


@pytest.fixture
def office(tmp_path):
    return office_with(tmp_path, "1h")


def office_with(tmp_path, expires):
    """A flow whose tool is asked about where its expression is longer than three characters."""
    rule = {"when": {"properties": {"expression": {"minLength": 4}}}, "expires": expires}
    config = manifests.write(
        tmp_path / "config",
        tenant_manifest=manifests.tenant(
            plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}},
            tools={"calc.evaluate": {"approval": rule}}),
        flow_manifest=manifests.flow(
            agents={"worker": {"model": {"provider": "rules", "name": "clerk"}, "tools": ["calc.*"]}}))
    state = tmp_path / "state"
    state.mkdir()
    return program.Program(state, config)


def ask(office, question):
    return office.run("flow", "run", "wait", "-m", question)


def waiting(office):
    """A run that waits, and its step."""
    asked = ask(office, "10+20")
    assert asked.code == LIMITED, str(asked)
    assert "awaiting_approval" in asked.err and "run approve|deny" in asked.err
    [run] = office.runs("--open")
    assert run["status"] == "awaiting_approval"
    [request] = [event for event in office.events(run["run_id"]) if event["type"] == "approval.requested"]
    assert request["data"]["arguments"] == {"expression": "10+20"}
    # Who is to answer is told under which number.
    [line] = [line for line in office.run("run", "show", run["run_id"]).out.splitlines() if "waits for approval" in line]
    assert line.split()[3] == request["call_id"].split("/")[1], line
    return run["run_id"], request["call_id"].split("/")[1]


def test_what_the_rule_does_not_mean_needs_nobody(office):
    asked = ask(office, "1+2")
    assert asked.code == OK and "it is 3" in asked.out, str(asked)


def test_a_call_is_made_once_it_was_approved(office):
    run, step = waiting(office)
    approved = office.run("run", "approve", run, step, "--user", "ada")
    assert approved.code == OK, str(approved)
    assert office.runs("--open")[0]["status"] == "open"
    resumed = office.run("run", "resume", run)
    assert resumed.code == OK and "it is 30" in resumed.out, str(resumed)
    [decided] = [event["data"] for event in office.events(run) if event["type"] == "approval.decided"]
    assert decided["user"] == "ada" and decided["decision"] == "approved"
    assert office.run("run", "replay", run).code == OK
    office.assert_journal_is_whole()


def test_a_call_is_made_with_the_arguments_that_the_person_gives(office):
    run, step = waiting(office)
    wrong = office.run("run", "approve", run, step, "--edit", '{"expression": 7}')
    assert wrong.code == FAILED and "expression" in wrong.err, str(wrong)
    assert office.run("run", "approve", run, step, "--edit", '{"expression": "40+2"}').code == OK
    assert "it is 42" in office.run("run", "resume", run).out
    assert [call["result"]["value"] for call in program.finished(office.events(run), "calc.evaluate")] == [42]


def test_a_call_that_was_denied_is_not_made(office):
    run, step = waiting(office)
    assert office.run("run", "deny", run, step, "--reason", "too large").code == OK
    resumed = office.run("run", "resume", run)
    assert resumed.code == OK and "too large" in resumed.out, str(resumed)
    assert not [event for event in office.events(run) if event["type"] == "tool.started"]


def test_a_rule_that_changes_takes_back_what_was_not_used(office):
    run, step = waiting(office)
    assert office.run("run", "approve", run, step).code == OK
    tenant = office.config.parent / "tenant.yaml"
    tenant.write_text(tenant.read_text().replace('"1h"', '"2h"'))
    resumed = office.run("run", "resume", run)
    assert resumed.code == OK and "not what would be done now" in resumed.out, str(resumed)
    assert not [event for event in office.events(run) if event["type"] == "tool.started"]


def test_a_call_outside_of_a_run_is_refused(office):
    called = office.call("calc.evaluate", {"expression": "10+20"}, "-o", "json")
    assert called.code == LIMITED and called.error["code"] == "approval_required", str(called)
    assert office.call("calc.evaluate", {"expression": "1+2"}).code == OK


def test_what_does_not_wait_cannot_be_approved(office):
    run, step = waiting(office)
    assert office.run("run", "approve", run, "99").code == FAILED
    assert office.run("run", "approve", run, "four").code == USAGE
    assert office.run("run", "cancel", run).code == OK
    assert office.run("run", "approve", run, step).code == FAILED


def at_a_terminal(office, typed, *words):
    """Exit status and everything that was shown to a person who types."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [program.JACKFIELD, *words], stdin=follower, stdout=follower, stderr=follower, cwd=ROOT,
        env=office.environment(TERM="dumb"))
    os.close(follower)
    os.write(leader, typed.encode())
    shown = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:  # how Linux says that nobody writes there any more
            break
        if not piece:
            break
        shown += piece
    os.close(leader)
    return process.wait(60), shown.decode()


@pytest.mark.parametrize("typed, code, answer", [
    ("y\n", OK, "it is 30"),
    ("what?\nno\ntoo large\n", OK, "too large"),
    ('e\n{"expression": 7}\ne\n{"expression": "40+2"}\n', OK, "it is 42"),
    ("later\n", LIMITED, "awaiting_approval"),
])
def test_a_person_at_the_terminal_is_asked(office, typed, code, answer):
    status, shown = at_a_terminal(office, typed, "flow", "run", "wait", "-m", "10+20")
    assert status == code and answer in shown, shown
    assert 'wants to call calc.evaluate {"expression":"10+20"}' in shown


def test_a_question_that_nobody_at_the_terminal_answers_expires_in_front_of_them(tmp_path):
    office = office_with(tmp_path, "1s")
    status, shown = at_a_terminal(office, "", "flow", "run", "wait", "-m", "10+20")
    assert "Nobody has answered in time." in shown and "it is 30" not in shown, shown
    assert status == OK, shown  # the flow has an answer for that
    kinds = [kind for (kind,) in office.sql("SELECT kind FROM events")]
    assert "approval.expired" in kinds and "tool.started" not in kinds, kinds
    assert kinds[-1] == "run.finished"
    office.assert_journal_is_whole()
