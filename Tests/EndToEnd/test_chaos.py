"""A flow, held against models that misbehave."""

import pytest

import manifests
import program
from program import FINDINGS, NOT_FOUND, OK, USAGE


@pytest.fixture
def laboratory(tmp_path):
    host = manifests.host()
    host["plugins"]["chaos"] = {}
    tenant = manifests.tenant()
    tenant["plugins"]["chaos"] = {}
    payload = {"type": "object", "required": ["why"], "properties": {"why": {"type": "string"}}}
    flow = manifests.flow(
        limits={"max_turns": 8, "max_tool_calls": 20, "max_handoffs": 3, "timeout": "2s", "on_limit": "wrap_up"},
        agents={
            "worker": manifests.agent(
                tools=["calc.*"], handoffs=[{"target": "second", "input_schema": payload}, "third"]),
            "second": manifests.agent(tools=["calc.*"], handoffs=["worker", {"target": "third", "mode": "delegate"}]),
            "third": manifests.agent(tools=[], output_schema={"type": "object"}, output_repairs=1),
        })
    config = manifests.write(tmp_path / "config", host, tenant, flow)
    (tmp_path / "state").mkdir()
    return program.Program(tmp_path / "state", config)


def test_whatever_a_model_does_the_run_is_in_order(laboratory):
    held = laboratory.run("flow", "chaos", "wait", "-o", "json", timeout=600)
    assert held.code == OK, str(held)
    trials = {trial["case"]: trial for trial in held.json}
    assert len(trials) == 24 and all(trial["violations"] == [] for trial in trials.values())

    def ended(outcome, error=None):
        return {name for name, trial in trials.items() if (trial["outcome"], trial["error"]) == (outcome, error)}

    # What a model can be told, it is told; the run goes on.
    assert {
        "unknown_tool", "not_advertised", "bad_json", "fenced_json", "duplicate_keys", "wrong_types", "truncated",
        "duplicate_ids", "empty", "drip",
    } <= ended("succeeded")
    # What does not end is ended, by the limit that it comes to first.
    assert {"never_done", "many_calls"} <= ended("limit_reached", "rate_limited")
    assert {"stall", "endless_text"} <= ended("limit_reached", "timed_out")
    # What cannot be gone on with fails with its reason.
    assert "same_mistake" in ended("failed", "tool_not_found")
    assert "busy" in ended("failed", "rate_limited")
    assert "huge_arguments" in ended("failed", "result_too_large")
    assert {"failure", "defect"} <= ended("failed", "tool_failed")
    laboratory.assert_journal_is_whole()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_of_one_seed_is_always_the_same(laboratory, seed):
    def events():
        held = laboratory.run("flow", "chaos", "wait", "--seed", seed, "--cases", "noise", "-o", "json")
        assert held.code == OK, str(held)
        run = laboratory.events(held.json[0]["run_id"])
        return [(event["type"], event.get("agent"), event["turn"]) for event in run if event["type"] != "tool.started"]

    first = events()
    assert sorted(first, key=str) == sorted(events(), key=str)


def test_what_is_asked_for_must_be_there(laboratory):
    assert laboratory.run("flow", "chaos", "nothing").code == NOT_FOUND
    wrong = laboratory.run("flow", "chaos", "wait", "--cases", "stal")
    assert wrong.code == USAGE and "stall" in wrong.err
    assert laboratory.run("flow", "chaos", "wait", "--seed", "x").code == USAGE
    missing = program.Program(laboratory.state).run("flow", "chaos", "helpdesk")
    assert missing.code == FINDINGS and "chaos" in missing.err
