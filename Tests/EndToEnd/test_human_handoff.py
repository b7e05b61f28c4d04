"""Runs that are handed over to a person: told by one process, taken over, answered and ended by others."""

import pytest

import manifests
import program
from program import FAILED, FINDINGS, LIMITED, OK
from test_conversations import RULES, begin, go_on, shown


def configure(folder, handoff, **flow):
    return manifests.write(
        folder,
        host_manifest=manifests.host(defaults={"timeout": "120s"}),
        tenant_manifest=manifests.tenant(plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}}),
        flow_manifest=manifests.flow(
            limits={"timeout": "300s"}, human_handoff=handoff,
            agents={"worker": {"model": {"provider": "rules", "name": "clerk"}, "tools": ["calc.*"]}}, **flow))


@pytest.fixture
def desk(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    return program.Program(
        state, configure(tmp_path / "config", {"on_request": ["\\bperson\\b"], "topics": {"refunds": ["[Rr]efund"]}}))


def test_a_person_takes_over_answers_and_gives_back(desk):
    conversation = begin(desk, "hello")
    handed = go_on(desk, conversation, "I want my refund")
    assert handed.code == LIMITED and "waiting_for_person" in handed.err and "refunds" in handed.err, str(handed)
    assert "run take-over" in handed.err
    found = shown(desk, conversation)
    assert found["status"] == "waiting_for_person"
    run = found["newest_run"]
    assert go_on(desk, conversation, "hello?").code == LIMITED
    assert desk.run("run", "return", run, "--user", "ada", "--text", "no").code == FAILED
    assert desk.run("run", "take-over", run).code == FAILED  # who?
    assert desk.run("run", "take-over", run, "--user", "ada").code == OK
    assert desk.run("run", "take-over", run, "--user", "bob").code == FAILED
    assert desk.run("run", "return", run, "--user", "bob", "--text", "no").code == FAILED
    assert desk.run("run", "return", run, "--user", "ada", "--text", "It is on its way.").code == OK
    assert desk.run("run", "resume", run).code == OK
    found = shown(desk, conversation)
    assert found["status"] == "active" and found["messages"][-1]["text"] == "It is on its way."
    assert found["messages"][-1]["agent"] == "person"
    assert go_on(desk, conversation, "thanks").code == OK
    assert desk.run("run", "replay", run).code == OK
    assert "ada" in desk.run("run", "show", run).out
    assert not desk.sql("SELECT 1 FROM events WHERE run = '%s' AND kind = 'model.requested'" % run)
    desk.assert_journal_is_whole()


def test_without_an_answer_the_agent_goes_on(desk):
    conversation = begin(desk, "hello")
    go_on(desk, conversation, "a person, please")
    run = shown(desk, conversation)["newest_run"]
    desk.run("run", "take-over", run, "--user", "ada")
    desk.run("run", "return", run, "--user", "ada")
    resumed = desk.run("run", "resume", run)
    assert resumed.code == OK and "nothing to do" in resumed.out


def test_a_flow_that_cannot_tell_how_sure_it_is_is_found_out(desk, tmp_path):
    desk.config = configure(tmp_path / "unsure", {"confidence": {"pointer": "/confidence", "threshold": 0.5}})
    found = desk.run("flow", "check", "wait")
    assert found.code == FINDINGS and "untold_confidence" in found.out + found.err, str(found)
    asked = desk.run("flow", "run", "wait", "-m", "hello")
    assert asked.code == LIMITED and "nothing to do" not in asked.out
    drawn = desk.run("flow", "graph", "wait")
    assert "a person" in drawn.out and "not sure" in drawn.out
    for format in ("svg", "dot", "mermaid"):
        assert "a person" in desk.run("flow", "graph", "wait", "-o", format).out


@pytest.mark.parametrize("handoff, what", [
    ({"on_request": ["("]}, "human_handoff"),
    ({"confidence": {"threshold": 0.5}}, "confidence"),
    ({"confidence": {"tool": "calc.nothing"}}, "calc.nothing"),
    ({"confidence": {"pointer": "confidence"}}, "JSON Pointer"),
    ({}, "human_handoff"),
])
def test_what_is_wrong_in_the_manifest_is_told(desk, tmp_path, handoff, what):
    desk.config = configure(tmp_path / "wrong", handoff)
    found = desk.run("config", "validate")
    assert found.code == FINDINGS and what in found.out + found.err, str(found)


STAGED = {"read": {"tool": "calc.evaluate", "input": {"expression": "1/"}, "on_failure": "person"},
          "keep": {"tool": "calc.evaluate", "needs": ["read"], "input": {"expression": "$stages.read/expression"}}}


def in_stages(folder, handoff=None, stages=STAGED):
    flow = {"apiVersion": "jackfield/v1", "kind": "Flow", "name": "wait", "stages": stages,
            "agents": {"worker": {"model": {"provider": "rules", "name": "clerk"}}}}
    if handoff:
        flow["human_handoff"] = handoff
    return manifests.write(
        folder, flow_manifest=flow,
        tenant_manifest=manifests.tenant(plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}}))


def test_what_a_stage_could_not_give_a_person_gives(desk, tmp_path):
    desk.config = in_stages(tmp_path / "staged")
    asked = desk.run("flow", "run", "wait", "-m", "?")
    assert asked.code == LIMITED and "the stage read failed" in asked.err, str(asked)
    run = desk.sql("SELECT run FROM events WHERE kind = 'person.requested'")[0][0]
    assert desk.run("run", "take-over", run, "--user", "ada").code == OK
    given = desk.run("run", "return", run, "--user", "ada", "--text", '{"expression": "40+2"}')
    assert given.code == OK, str(given)
    ended = desk.run("run", "resume", run)
    assert ended.code == OK and "42" in ended.out, str(ended)
    assert desk.run("run", "replay", run).code == OK
    for format in ("text", "svg", "dot", "mermaid"):
        drawn = desk.run("flow", "graph", "wait", "-o", format)
        assert "a person" in drawn.out and "failed" in drawn.out, str(drawn)
    desk.assert_journal_is_whole()


@pytest.mark.parametrize("key, handoff", [
    ("on_request", {"on_request": ["person"]}),
    ("topics", {"topics": {"law": ["sue"]}, "on_agent_request": True}),
    ("confidence", {"confidence": {"pointer": "/sure"}}),
])
def test_no_agent_of_a_stage_answers_the_user(desk, tmp_path, key, handoff):
    desk.config = in_stages(tmp_path / "staged", handoff)
    found = desk.run("config", "validate")
    assert found.code == FINDINGS and "[conflicting_keys]" in found.out and key in found.out, str(found)
    desk.config = in_stages(tmp_path / "asking", {"on_agent_request": True})
    assert desk.run("config", "validate").code == OK


def test_a_handoff_cannot_have_the_name_of_the_tool_for_persons(desk, tmp_path):
    model = {"provider": "rules", "name": "clerk"}
    flow = manifests.flow(
        human_handoff={"on_agent_request": True}, start_agent="a",
        agents={"a": {"model": model, "handoffs": [{"target": "b", "tool_name": "ask_for_person"}]}, "b": {"model": model}})
    desk.config = manifests.write(tmp_path / "clash", flow_manifest=flow)
    found = desk.run("config", "validate")
    assert found.code == FINDINGS and "[duplicate_name]" in found.out and "ask_for_person" in found.out, str(found)
