"""What there is of providers, whether they answer, and asking another one than a flow names."""

import json
import sys
from pathlib import Path

import pytest

import manifests
from program import DENIED, FAILED, LIMITED, NOT_FOUND, OK, USAGE, Program

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from test_answer_cache import data, says  # noqa: E402


def test_a_list_says_what_there_is_and_never_a_secret(tmp_path):
    host = ModelHost(tmp_path, "openai", 9, endpoint={"preset": "vllm"})
    listed = host.run("provider", "list", "-o", "json")
    [provider] = listed.json
    assert provider["name"] == "openai" and {"chat", "embed", "models"} <= set(provider["functions"])
    assert provider["endpoints"] == {"test": "vllm http://127.0.0.1:9/v1"}
    assert provider["models"] == ["m"] and provider["secrets"] == {"OPENAI_API_KEY": "present"}
    text = host.run("provider", "list").out
    assert "OPENAI_API_KEY present" in text and KEY not in text + listed.out
    without = Program.run(host, "provider", "list", env={**host.environment(), "MODEL_KEY": ""})
    assert "OPENAI_API_KEY missing: is to be in the environment variable 'MODEL_KEY', which is empty\n" in without.out


def test_a_test_times_one_question(tmp_path):
    with serving(says("ready")) as server:
        host = ModelHost(tmp_path, "openai", server.port, settings={"temperature": 0})
        outcome = host.run("provider", "test", "openai", "-o", "json")
        assert outcome.code == OK, str(outcome)
        report = outcome.json
        assert report["status"] == "ok" and report["answer"] == "ready" and report["model"] == "m"
        assert (report["input_tokens"], report["output_tokens"], report["cost"]) == (40, 10, None)
        assert 0 < report["first_piece_us"] <= report["total_us"]
        assert server.seen[0][2]["model"] == "m" and server.seen[0][2]["temperature"] == 0
        # A call like any other.
        assert "model.completed" in [event["type"] for event in host.newest_events()]


def test_a_test_tells_how_long_each_part_of_the_way_took(tmp_path):
    waiting = says("ready")
    send = waiting.send
    waiting.send = lambda handler: handler.server.over.wait(0.2) or send(handler)
    with serving(waiting) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        report = host.run("provider", "test", "openai", "-o", "json").json
        way = report["connection"]
        assert way["server"] == f"http://127.0.0.1:{server.port}" and way["http_status"] == 200
        # An address is no name, but it takes its moment all the same; there is no handshake.
        phases = [way["name_us"], way["connect_us"], way["first_byte_us"]]
        assert "tls_us" not in way and phases[2] >= 200_000 and sum(phases) <= way["duration_us"] <= report["total_us"]
        [used] = data(host, "service.used")
        assert way.pop("server") == used["detail"] and way.items() <= used.items()
        text = host.run("provider", "test", "openai").out
        assert f"server        http://127.0.0.1:{server.port}\nconnection    name " in text, text
        assert ", connect " in text and ", first byte 2" in text and "TLS" not in text, text
    gone = host.run("provider", "test", "openai", "-o", "json").json["connection"]
    assert gone["reason"] == "unreachable" and "first_byte_us" not in gone, gone
    told = host.run("provider", "test", "openai").out
    assert ", unreachable\n" in told and f"server        http://127.0.0.1:{server.port}: the server takes no connection\n" in told, told


def test_a_test_of_a_provider_without_a_server_has_no_connection(two):
    report = two.run("provider", "test", "rules", "-o", "json").json
    assert report["status"] == "ok" and report["connection"] is None
    assert "connection" not in two.run("provider", "test", "rules").out


def test_a_test_that_fails_says_how(tmp_path):
    with serving(error(401, {"error": {"message": "who"}}), error(429, {"error": {"message": "slowly"}})) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        refused = host.run("provider", "test", "openai", "--model", "other", "-o", "json")
        assert refused.code == DENIED and refused.json["error"]["kind"] == "credentials", str(refused)
        # Whoever tests a provider is its operator.
        assert "HTTP 401" in refused.json["error"]["detail"] and "who" in refused.json["error"]["detail"], str(refused)
        busy = host.run("provider", "test", "openai")
        assert busy.code == LIMITED and "rate_limited" in busy.out, str(busy)
        assert "\nbecause       rate_limited, HTTP 429" in busy.out, str(busy)
        assert server.seen[0][2]["model"] == "other"


def test_a_question_that_the_host_did_not_send_has_no_server(tmp_path):
    with serving(says("ready")) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        without = {**host.environment(), "MODEL_KEY": ""}
        report = Program.run(host, "provider", "test", "openai", "-o", "json", env=without).json
        assert report["connection"] == {"refused": "the secret is not granted for this server, or cannot be had"}, report
        assert "\nnot sent      the secret" in Program.run(host, "provider", "test", "openai", env=without).out
        assert not server.seen


def test_models_are_listed_as_the_provider_lists_them(tmp_path):
    listing = Reply(json.dumps({"object": "list", "data": [{"id": "m-1"}, {"id": "m-2"}]}), type="application/json")
    with serving(listing, listing) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        assert {model["name"] for model in host.run("provider", "models", "openai", "-o", "json").json["models"]} >= {"m-1", "m-2"}
        text = host.run("provider", "models", "openai")
        assert text.code == OK and text.out == "m-1\nm-2\n", str(text)
    gone = host.run("provider", "models", "openai")
    assert gone.code == FAILED and "unreachable" in gone.err, str(gone)
    assert host.run("provider", "models", "openia", "-o", "json").error["code"] == "provider_not_found"
    assert host.run("provider", "models", "calc").code == NOT_FOUND


@pytest.fixture
def two(tmp_path):
    host = manifests.host()
    host["plugins"]["chaos"] = {}
    tenant = manifests.tenant()
    tenant["plugins"]["rules"]["config"] = {"models": {
        "worker": {"rules": [], "default": {"answer": "the worker"}}, "other": {"rules": [], "default": {"answer": "the other"}}}}
    # The host has the provider chaos, and the tenant does not.
    return Program(tmp_path / "state", manifests.write(tmp_path / "manifests", host, tenant))


def test_a_run_asks_the_model_that_was_chosen_and_stays_with_it(two):
    asked = two.run("flow", "run", "wait", "-m", "hello", "--model", "other")
    assert asked.code == OK and "the other" in asked.out, str(asked)
    [start] = data(two, "run.started")
    assert start["choice"] == {"model": "other"}
    assert [each["model"] for each in data(two, "model.requested")] == ["other"]
    run = two.runs("-n", "1")[0]["run_id"]
    assert two.run("run", "replay", run).code == OK
    forked = two.run("run", "fork", run, "--at", "1")
    assert forked.code == OK and "the other" in forked.out, str(forked)
    assert "the worker" in two.run("flow", "run", "wait", "-m", "hello", "--provider", "rules").out


def test_a_choice_gives_nobody_what_the_tenant_does_not_have(two):
    for name in ("chaos", "calc", "nothing"):
        refused = two.run("flow", "run", "wait", "-m", "hello", "--provider", name, "--model", "fine")
        assert refused.code == NOT_FOUND and f"there is no provider {name}" in refused.err, str(refused)
    assert two.runs() == []
    assert two.run("flow", "run", "wait", "-m", "hello", "--model", "").code == USAGE
    assert two.run("flow", "run", "wait", "-m", "hello", "--model", "unknown").code == FAILED


def test_a_chat_stays_with_the_model_that_was_chosen(two):
    chat = two.run("chat", "--flow", "wait", "--model", "other", stdin=b"hello\nand again\n")
    assert chat.code == OK and chat.out.count("the other") == 2, str(chat)
