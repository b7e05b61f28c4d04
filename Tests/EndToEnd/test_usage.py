"""What model calls used and cost: recorded with each, summed up, and held to budgets that hosts share."""

import csv
import io
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

import manifests
from program import FINDINGS, LIMITED, OK, ROOT, USAGE, Program

# Rules count four bytes a token. At these prices a token costs a millionth, read or written.
PRICES = {
    "apiVersion": "jackfield/v1", "kind": "Prices", "currency": "EUR",
    "models": [{"provider": "rules", "model": "worker", "from": "2020-01-01", "input": 1, "output": "1.000000"}],
}


@pytest.fixture
def program(tmp_path):
    def make(prices=PRICES, **more):
        folder = tmp_path / "manifests"
        config = manifests.write(
            folder, manifests.host(**({"prices": "prices.yaml"} if prices else {})), manifests.tenant(**more))
        if prices:
            (folder / "prices.yaml").write_text(prices if isinstance(prices, str) else json.dumps(prices))
        return Program(tmp_path / "state", config)

    return make


def ask(program, *words):
    return program.run("flow", "run", "wait", "-m", "hello", *words)


def completed(program):
    return next(event["data"] for event in program.newest_events() if event["type"] == "model.completed")


def test_each_call_is_recorded_with_its_cost_and_summed_up(program):
    here = program()
    for user in ("ada", "ada", "bob"):
        assert ask(here, "--user", user).code == OK
    data = completed(here)
    tokens = sum(data["result"]["usage"].values())
    assert tokens > 0 and data["model"] == "worker" and data["currency"] == "EUR" and data["user"] == "bob"
    # Integers throughout: so many millionths, to the last digit.
    assert data["cost"] == f"{tokens / 1_000_000:.6f}".rstrip("0")
    report = here.run("usage", "--by", "user", "-o", "json").json
    assert [(row["user"], row["calls"]) for row in report["rows"]] == [("ada", 2), ("bob", 1)]
    assert report["total"]["cost"] == {"EUR": f"{3 * tokens / 1_000_000:.6f}".rstrip("0")}
    assert report["total"]["calls_of_unknown_cost"] == 0
    rows = list(csv.DictReader(io.StringIO(here.run("usage", "-o", "csv").out, newline="")))
    assert [(row["model"], row["calls"], row["currency"]) for row in rows] == [("rules worker", "3", "EUR")]
    assert "rules worker" in here.run("usage").out
    by_tool = here.run("usage", "--by", "tool", "-o", "json").json["rows"]
    assert [(row["tool"], row["calls"]) for row in by_tool] == [("rules.chat", 3)]
    for grouping, count in (("tenant", 1), ("day", 1), ("run", 3), ("agent", 1)):
        rows = here.run("usage", "--by", grouping, "-o", "json").json["rows"]
        assert len(rows) == count and sum(row["calls"] for row in rows) == 3, (grouping, rows)


def test_what_a_model_without_a_price_costs_is_unknown(program):
    here = program(prices=None)
    assert ask(here).code == OK
    assert completed(here)["cost"] is None
    total = here.run("usage", "-o", "json").json["total"]
    assert total["cost"] == {} and total["calls_of_unknown_cost"] == 1
    assert "unknown of 1" in here.run("usage").out


def test_only_what_was_used_since_then_is_summed_up(program):
    here = program()
    assert ask(here).code == OK
    assert here.run("usage", "--since", "1h", "-o", "json").json["total"]["calls"] == 1
    assert here.run("usage", "--since", "2020-01-01", "-o", "json").json["total"]["calls"] == 1
    assert here.run("usage", "--since", "9999-01-01", "-o", "json").json["total"]["calls"] == 0
    assert here.run("usage", "--since", "yesterday").code == USAGE


def test_a_budget_ends_the_run_that_goes_over_it(program):
    here = program(budgets={"tenant": {"tokens": 1500}, "reserved_output": 16})
    first = ask(here)
    while first.code == OK:
        first = ask(here)
    assert first.code == LIMITED, str(first)
    event = here.newest_events()[-1]
    assert event["type"] == "run.failed" and event["data"]["error"]["code"] == "budget_exhausted"
    # What was refused used nothing: nothing is left put aside.
    with sqlite3.connect(here.state / "budgets.sqlite") as file:
        assert file.execute("SELECT count(*) FROM reservations").fetchone() == (0,)
        used, reserved = file.execute(
            "SELECT used_tokens, reserved_tokens FROM accounts WHERE scope = 'tenant'").fetchone()
    assert 0 < used <= 1500 and reserved == 0
    # A call outside of a flow is held to it as well.
    request = {"model": "worker", "messages": [{"role": "user", "content": "word " * 3000}], "tools": [], "toolChoice": "auto"}
    assert here.call("rules.chat", request).code == LIMITED


def test_the_turns_of_a_conversation_share_its_budget(program):
    here = program(budgets={"conversation": {"tokens": 1500}, "reserved_output": 16})
    assert ask(here, "--conversation", "new").code == OK
    [conversation] = here.run("conversation", "list", "-o", "json").json["conversations"]
    turn = ask(here, "--conversation", conversation["conversation_id"])
    while turn.code == OK:
        turn = ask(here, "--conversation", conversation["conversation_id"])
    assert turn.code == LIMITED, str(turn)
    event = here.newest_events()[-1]
    assert event["type"] == "run.failed" and event["data"]["error"]["code"] == "budget_exhausted"
    # Another one has a budget of its own, and so has a run that is part of none.
    assert ask(here, "--conversation", "new").code == OK
    assert ask(here).code == OK
    rows = here.run("usage", "--by", "conversation", "-o", "json").json["rows"]
    calls = {row["conversation"]: row["calls"] for row in rows}
    assert len(calls) == 3 and calls[""] == 1 and calls[conversation["conversation_id"]] > 1, calls


def test_hosts_on_one_file_share_a_budget(program):
    here = program(budgets={"tenant": {"cost": "0.0015"}, "reserved_output": 1})
    assert ask(here).code == OK
    with sqlite3.connect(here.state / "budgets.sqlite") as file:
        one = file.execute("SELECT used_cost FROM accounts WHERE scope = 'tenant'").fetchone()[0]
    limit = 1_500_000_000
    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: ask(here).code, range(8)))
    assert set(codes) <= {OK, LIMITED} and LIMITED in codes
    with sqlite3.connect(here.state / "budgets.sqlite") as file:
        used = file.execute("SELECT used_cost FROM accounts WHERE scope = 'tenant'").fetchone()[0]
    assert used <= limit and used == one * (1 + codes.count(OK))


def test_a_budget_in_money_lets_no_model_without_a_price_pass(program):
    here = program(prices=None, budgets={"run": {"cost": 1}})
    assert ask(here).code == LIMITED
    error = next(event["data"]["error"] for event in here.newest_events() if event["type"] == "model.completed")
    assert error["code"] == "budget_exhausted" and "cost" in error["message"]


@pytest.mark.parametrize("priced, more, limits, code, severity", [
    (False, {"budgets": {"run": {"cost": 1}}}, {}, "unpriced_model", "error"),
    (False, {}, {"max_cost": 1}, "unpriced_model", "error"),
    (False, {"budgets": {"run": {"tokens": 100000}}}, {}, "unknown_price", "warning"),
    (True, {"budgets": {"run": {"cost": 1}}}, {"max_cost": 1}, None, None),
])
def test_a_check_finds_models_without_a_price(tmp_path, priced, more, limits, code, severity):
    prices = PRICES if priced else {**PRICES, "models": [{**PRICES["models"][0], "model": "other"}]}
    folder = tmp_path / "manifests"
    flow = manifests.flow(**({"limits": limits} if limits else {}))
    flow["agents"]["worker"]["tools"] = []
    config = manifests.write(folder, manifests.host(prices="prices.yaml"), manifests.tenant(**more), flow)
    (folder / "prices.yaml").write_text(json.dumps(prices))
    here = Program(tmp_path / "state", config)
    checked = here.run("flow", "check", "wait", "-o", "json")
    assert [(each["code"], each["severity"]) for each in checked.json] == ([(code, severity)] if code else []), str(checked)
    assert checked.code == (FINDINGS if severity == "error" else OK)
    if code:
        assert checked.json[0]["pointer"] == "/agents/worker/model" and checked.json[0]["line"] > 0
        assert here.run("flow", "check", "wait").out.startswith("warning: ") == (severity == "warning")
    else:
        # It is nothing that keeps a host from its work.
        assert ask(here).code == OK


@pytest.mark.parametrize("prices, code", [
    ({**PRICES, "models": PRICES["models"] * 2}, "duplicate_name"),
    ({**PRICES, "models": [{**PRICES["models"][0], "from": "2026-02-30"}]}, "schema_violation"),
    ({**PRICES, "models": [{**PRICES["models"][0], "input": "0.0000001"}]}, "schema_violation"),
    ({**PRICES, "models": [{**PRICES["models"][0], "input": 0.0000001}]}, "schema_violation"),
    ({**PRICES, "models": [{**PRICES["models"][0], "inputs": 1}]}, "unknown_key"),
    ({**PRICES, "kind": "Tenant"}, "wrong_kind"),
])
def test_a_wrong_price_is_an_error_of_the_manifest(program, prices, code):
    outcome = program(prices=prices).run("config", "validate", "-o", "json")
    assert outcome.code == FINDINGS and code in outcome.out, str(outcome)


def test_the_prices_that_are_shipped_are_in_order(program):
    outcome = program(prices=(ROOT / "manifests/prices.yaml").read_text()).run("config", "validate")
    assert outcome.code == OK, str(outcome)


def test_what_a_fork_copied_is_not_used_twice(program):
    here = program()
    assert ask(here).code == OK
    run = here.runs("-n", "1")[0]["run_id"]
    assert here.run("run", "fork", run, "--at", "1").code == OK
    # The first call is made anew, and nothing else was there to copy.
    assert here.run("usage", "-o", "json").json["total"]["calls"] == 2


@pytest.mark.parametrize("prices, most", [(PRICES, "0.000001"), (None, 100)], ids=["known", "unknown"])
def test_a_run_ends_at_what_it_may_cost(program, prices, most):
    here = program(prices)
    (here.config.parent / "flow.yaml").write_text(json.dumps(manifests.flow(limits={"max_cost": most})))
    asked = here.run("flow", "run", "wait", "-m", "fail")
    assert asked.code == LIMITED and "max_cost" in asked.err, str(asked)
    events = here.newest_events()
    assert [event["data"]["limit"] for event in events if event["type"] == "run.limit_reached"] == ["max_cost"]
    assert len([event for event in events if event["type"] == "model.requested"]) == 1
