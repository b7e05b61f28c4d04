"""Flows in stages: the demo's, and some that wait for a person or fail."""

import json
import os
import pty
import re
import subprocess

import pytest

import manifests
import program
from program import FAILED, FINDINGS, LIMITED, OK, ROOT

RULES = {
    "models": {
        "clerk": {"rules": [{"when": {"message": "\\w"}, "answer": '{"expression": "{{question}}"}'}],
                  "default": {"answer": "{}"}},
    }
}
STAGES = {
    "draft": {"agent": "clerk", "output_schema": {"required": ["expression"]}},
    "sign": {"approval": {"expires": "1h"}, "needs": ["draft"], "input": "$stages.draft",
             "output_schema": {"properties": {"expression": {"type": "string"}}}},
    "compute": {"tool": "calc.evaluate", "needs": ["sign"], "input": {"expression": "$stages.sign/expression"}},
}


def flow(stages):
    return {
        "apiVersion": "jackfield/v1", "kind": "Flow", "name": "wait", "description": "Computes.", "stages": stages,
        "agents": {"clerk": {"model": {"provider": "rules", "name": "clerk"}}},
    }


def office_with(folder, stages):
    config = manifests.write(
        folder / "config", flow_manifest=flow(stages),
        tenant_manifest=manifests.tenant(plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}}))
    (folder / "state").mkdir()
    return program.Program(folder / "state", config)


@pytest.fixture
def office(tmp_path):
    """A flow whose second stage waits for a person."""
    return office_with(tmp_path, STAGES)


def data(events, kind):
    return [event["data"] for event in events if event["type"] == kind]


# MARK: the demo


@pytest.fixture(scope="module")
def briefed(tmp_path_factory):
    """The demo's flow, asked once, and its run."""
    demo = program.Program(tmp_path_factory.mktemp("brief"))
    asked = demo.run("flow", "run", "brief", "-m", "What does a deadline mean?")
    assert asked.code == OK, str(asked)
    return demo, demo.runs()[0]["run_id"]


def test_the_demo_gathers_first_and_extracts_then(briefed):
    demo, run = briefed
    events = demo.events(run)
    brief = json.loads(events[-1]["data"]["text"])
    text = (ROOT / brief["file"]).read_text().split("\n")
    assert 1 <= brief["line"] <= len(text) and "deadline" in "\n".join(text[brief["line"] - 1:brief["line"] + 20]).lower()
    assert brief["runs"] == 1
    # Its first answer was no JSON, and was given back to it.
    assert len(data(events, "output.rejected")) == 1
    assert [each["stage"] for each in data(events, "stage.started")] == ["gather", "usage", "extract"]
    assert data(events, "stage.finished")[-1] == {"stage": "extract", "output": brief}
    assert demo.run("run", "replay", run).code == OK


def test_a_run_is_shown_stage_by_stage(briefed):
    demo, run = briefed
    shown = demo.run("run", "show", run).out
    assert shown.index("◆ gather") < shown.index("docs.search") < shown.index("◆ extract") < shown.index("succeeded")
    for words, sign in [(["--timeline"], "stage"), (["--timeline", "-o", "svg"], "<rect")]:
        chart = demo.run("run", "show", run, *words)
        assert chart.code == OK and sign in chart.out, str(chart)
        assert all(name in chart.out for name in ("gather", "usage", "extract"))


@pytest.mark.parametrize("form, order", [
    ("text", r"◆ gather\n.*\n    ↓ extract"), ("mermaid", r"s0 ==> s2"), ("dot", r'"stage gather" -> "stage extract"'),
])
def test_stages_are_drawn_in_their_order(jackfield, form, order):
    drawn = jackfield.run("flow", "graph", "brief", "-o", form)
    assert drawn.code == OK and re.search(order, drawn.out), str(drawn)


def test_the_picture_has_a_box_for_each_stage_and_each_agent(jackfield):
    drawn = jackfield.run("flow", "graph", "brief", "-o", "svg").out
    assert drawn.count("<rect") == 5 and drawn.count("<path d=\"M") == 5


def test_the_sheet_of_a_flow_has_its_stages(jackfield):
    sheet = jackfield.run("flow", "show", "brief", "-o", "json").json
    assert sheet["start_agent"] is None and sheet["result"] == "extract"
    assert [stage["work"] for stage in sheet["stages"]] == ["agent gatherer", "tool sql.query", "agent extractor"]


# MARK: forms and forks


def test_what_does_not_have_its_form_fails_the_stage_with_its_code(tmp_path):
    strict = {**STAGES["compute"], "needs": ["draft"], "input": {"expression": "$stages.draft/expression"},
              "output_schema": {"required": ["no_such"]}}
    office = office_with(tmp_path, {"draft": STAGES["draft"], "compute": strict})
    asked = office.run("flow", "run", "wait", "-m", "2*3")
    assert asked.code == FAILED and "the stage compute failed" in asked.err, str(asked)
    [failed] = data(office.newest_events(), "stage.failed")
    assert failed["stage"] == "compute" and failed["error"]["code"] == "invalid_result"


def test_a_stages_call_can_be_made_with_other_arguments(tmp_path):
    compute = {**STAGES["compute"], "needs": ["draft"], "input": {"expression": "$stages.draft/expression"}}
    office = office_with(tmp_path, {"draft": STAGES["draft"], "compute": compute})
    assert office.run("flow", "run", "wait", "-m", "2*3").code == OK
    run = office.runs()[0]["run_id"]
    [step] = [event["call_id"].split("/")[1] for event in office.events(run) if event["type"] == "tool.started"]
    forked = office.run("run", "fork", run, "--at", step, "--with-args", '{"expression":"2*5"}')
    assert forked.code == OK, str(forked)
    assert '"value":10' in office.newest_events()[-1]["data"]["text"]


# MARK: a person's approval


def waiting(office):
    asked = office.run("flow", "run", "wait", "-m", "2*3")
    assert asked.code == LIMITED and "stage sign" in asked.err, str(asked)
    [run] = office.runs("--open")
    assert run["status"] == "awaiting_approval"
    [request] = [event for event in office.events(run["run_id"]) if event["type"] == "approval.requested"]
    assert request["data"]["stage"] == "sign" and request["data"]["value"] == {"expression": "2*3"}
    return run["run_id"], request["call_id"].split("/")[1]


@pytest.mark.parametrize("words, value", [([], 6), (["--edit", '{"expression":"2*4"}'], 8)])
def test_what_a_person_approves_goes_on(office, words, value):
    run, step = waiting(office)
    assert "waits for approval" in office.run("run", "show", run).out
    approved = office.run("run", "approve", run, step, *words, "--user", "ada")
    assert approved.code == OK, str(approved)
    resumed = office.run("run", "resume", run)
    assert resumed.code == OK and f'"value":{value}' in resumed.out.replace(" ", ""), str(resumed)
    assert office.run("run", "replay", run).code == OK


def test_what_does_not_have_the_stages_form_is_not_approved(office):
    run, step = waiting(office)
    for edit in ('{"expression":5}', "{"):
        assert office.run("run", "approve", run, step, "--edit", edit).code != OK
    assert office.runs()[0]["status"] == "awaiting_approval"


def test_what_a_person_denies_ends_the_run(office):
    run, step = waiting(office)
    assert office.run("run", "deny", run, step, "--reason", "not like this").code == OK
    resumed = office.run("run", "resume", run)
    assert resumed.code != OK and "not like this" in resumed.err, str(resumed)
    assert "tool.started" not in [event["type"] for event in office.events(run)]


def test_a_person_at_the_terminal_is_asked_at_once(office):
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [program.JACKFIELD, "flow", "run", "wait", "-m", "2*3"], stdin=slave, stdout=slave, stderr=slave,
        cwd=ROOT, env=office.environment(), start_new_session=True)
    os.close(slave)
    seen = b""
    while b"[l]ater" not in seen:
        seen += os.read(master, 4096)
    assert b"stage sign" in seen and b'"2*3"' in seen
    os.write(master, b"y\n")
    while True:
        try:
            piece = os.read(master, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    assert process.wait(timeout=60) == OK, seen
    os.close(master)
    assert office.runs()[0]["status"] == "succeeded"


# MARK: faults


@pytest.mark.parametrize("change, code", [
    ({"draft": {"agent": "clerk", "needs": ["compute"]}}, "stage_cycle"),
    ({"draft": {"agent": "clerk", "needs": ["nothing"]}}, "unknown_stage"),
    ({"sign": {"approval": {}, "input": "$stages.draft"}}, "unknown_stage"),
    ({"draft": {"agent": "clerk", "input": "$nothing"}}, "unknown_variable"),
])
def test_stages_that_cannot_be_done_are_told(tmp_path, change, code):
    checked = office_with(tmp_path, {**STAGES, **change}).run("config", "validate")
    assert checked.code == FINDINGS and f"[{code}]" in checked.out + checked.err, str(checked)
