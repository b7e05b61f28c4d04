"""Which model is asked, and what becomes of a call that fails: chosen by rules, asked again, asked of another."""

import pytest

import manifests
from program import BUILD, FAILED, FINDINGS, OK, Program

QUICK = {"attempts": 2, "base": "1ms", "max": "2ms", "max_retry_after": "2s"}
RULES = {"provider": "rules", "name": "worker"}


@pytest.fixture
def program(tmp_path):
    def make(model, question_limits=None, **more):
        host = manifests.host()
        host["plugins"]["chaos"] = {}
        tenant = manifests.tenant(**more)
        tenant["plugins"].setdefault("chaos", {})
        flow = manifests.flow(agents={"worker": manifests.agent(model=model)})
        return Program(tmp_path / "state", manifests.write(tmp_path / "manifests", host, tenant, flow))

    return make


def ask(program, question="hello"):
    return program.run("flow", "run", "wait", "-m", question)


def events(program, kind):
    return [event["data"] for event in program.newest_events() if event["type"] == kind]


def test_a_model_that_is_busy_is_asked_again_and_then_another(program):
    here = program({"provider": "chaos", "name": "busy", "retries": QUICK, "fallback": [RULES]})
    outcome = ask(here)
    assert outcome.code == OK and "nothing to do" in outcome.out, str(outcome)
    assert [data["tool"] for data in events(here, "model.requested")] == ["chaos.chat", "chaos.chat", "rules.chat"]
    again, other = events(here, "model.retried")
    assert again["provider"] == "chaos" and again["because"] == "overloaded" and again["wait_ms"] >= 1000
    assert other["provider"] == "rules" and other["instead_of"] == "chaos busy"
    run = here.runs("-n", "1")[0]["run_id"]
    assert here.run("run", "replay", run).code == OK
    assert "again, of" in here.run("run", "show", run).out


def test_a_model_that_does_not_begin_to_answer_is_given_up(program):
    here = program({
        "provider": "chaos", "name": "stall", "retries": {"attempts": 1}, "deadlines": {"first_piece": "200ms"},
        "fallback": [RULES]})
    assert ask(here).code == OK
    first = events(here, "model.completed")[0]
    assert first["status"] == "timed_out" and first["error"]["message"].startswith("the model did not begin")


def test_a_slow_model_is_helped_out(program):
    here = program({"provider": "chaos", "name": "stall", "hedge_after": "100ms", "fallback": [RULES]})
    outcome = ask(here)
    assert outcome.code == OK and outcome.out.count("nothing to do") == 1, str(outcome)
    assert {data["status"] for data in events(here, "model.completed")} == {"ok", "cancelled"}


def test_a_rule_decides_which_model_is_asked(program):
    here = program({
        "provider": "chaos", "name": "failure", "retries": {"attempts": 1},
        "routing": [
            {"when": {"language": ["de"]}, "use": RULES},
            {"when": {"tokens": {"min": 5000}, "tools": True}, "use": RULES},
        ]})
    assert ask(here, "Wie ist das Wetter und was ist mit der Bahn?").code == OK
    assert events(here, "model.routed")[0]["rule"] == 1
    assert ask(here, "word " * 6000).code == OK
    assert events(here, "model.routed")[0]["rule"] == 2
    assert ask(here, "What is the weather like?").code == FAILED
    routed = events(here, "model.routed")[0]
    assert "rule" not in routed and routed["provider"] == "chaos" and routed["language"] == "en"


def test_a_tenant_has_only_so_many_repetitions(program):
    model = {"provider": "chaos", "name": "busy", "retries": {"attempts": 5, "base": "1ms"}}
    here = program(model, models={"retry_budget": {"burst": 1, "percent": 0}})
    assert ask(here).code != OK
    assert len(events(here, "model.requested")) == 2


def test_without_a_word_nothing_is_made_again(program):
    here = program({"provider": "chaos", "name": "busy"})
    assert ask(here).code != OK
    assert len(events(here, "model.requested")) == 1


@pytest.mark.parametrize("model, more, code", [
    ({"fallback": [{"provider": "nobody", "name": "x"}]}, {}, "unknown_provider"),
    ({"routing": [{"when": {"tools": True}, "use": {"provider": "calc", "name": "x"}}]}, {}, "unknown_provider"),
    ({"fallback": [{"name": "x"}]}, {}, "missing_key"),
    ({"retries": {"attempts": 0}}, {}, "schema_violation"),
    ({"routing": [{"when": {"size": 1}, "use": RULES}]}, {}, "unknown_key"),
    ({}, {"models": {"circuit_breaker": {"failures": 0}}}, "schema_violation"),
])
def test_a_plan_that_makes_no_sense_is_an_error_of_the_manifest(program, model, more, code):
    outcome = program({**RULES, **model}, **more).run("config", "validate", "-o", "json")
    assert outcome.code == FINDINGS and code in outcome.out, str(outcome)


@pytest.mark.parametrize("model, pointer, meant", [
    ({**RULES, "settings": {"ruels": {"x": 1}}}, "/agents/worker/model/settings/ruels", "rules"),
    ({**RULES, "settings": {"reasonning": {"effort": "low"}}}, "/agents/worker/model/settings/reasonning", "reasoning"),
    ({**RULES, "fallback": [{**RULES, "settings": {"chaoss": {}}}]}, "/agents/worker/model/fallback/0/settings/chaoss", "chaos"),
])
def test_a_section_of_settings_that_is_misspelt_is_found(program, model, pointer, meant):
    outcome = program(model).run("config", "validate", "-o", "json")
    assert outcome.code == FINDINGS, str(outcome)
    [found] = outcome.json
    assert (found["code"], found["pointer"]) == ("unknown_key", pointer) and f"did you mean '{meant}'?" in found["message"]


def test_sections_of_others_are_passed_over(program):
    settings = {"reasoning": {"effort": "low"}, "rules": {}, "chaos": {}, "elsewhere": {"x": 1}}
    assert program({**RULES, "settings": settings}).run("config", "validate").code == OK
