"""The providers `openai` and `anthropic` against a proxy that nobody here wrote, with answers that it makes up. It takes long to
install and to start: only with JACKFIELD_LONG=1."""

import json
import os
import sys
from pathlib import Path

import pytest

from program import BUILD, FAILED, LIMITED, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from servers import running  # noqa: E402

PROXY = BUILD.parent / "peers/litellm/bin/litellm"
pytestmark = pytest.mark.skipif(os.environ.get("JACKFIELD_LONG") != "1", reason="JACKFIELD_LONG is not 1")


def model(name, **answers):
    return {"model_name": name, "litellm_params": {"model": "openai/gpt-4.1", "api_key": "none", **answers}}


CALL = {"id": "call_1", "type": "function", "function": {"name": "calc_evaluate", "arguments": '{"expression":"6*7"}'}}
CONFIG = {
    "model_list": [
        model("words", mock_response="Hello from the proxy."), model("calls", mock_response="", mock_tool_calls=[CALL]),
        model("limited", mock_response="litellm.RateLimitError"), model("long", mock_response="litellm.ContextWindowExceededError"),
        model("broken", mock_response="litellm.InternalServerError"),
        {"model_name": "vectors", "litellm_params": {
            "model": "openai/text-embedding-3-small", "api_key": "none", "mock_response": [0.5, 1.0]}}],
    "general_settings": {"master_key": KEY},
    "router_settings": {"num_retries": 0, "disable_cooldowns": True},
}


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    """Its port."""
    folder = tmp_path_factory.mktemp("litellm")
    (folder / "config.yaml").write_text(json.dumps(CONFIG))
    with running(
            folder, "/health/liveliness",
            lambda port: [PROXY, "--config", folder / "config.yaml", "--host", "127.0.0.1", "--port", port],
            LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_TELEMETRY="False") as port:
        yield port


@pytest.fixture(scope="module")
def host(proxy, tmp_path_factory):
    return ModelHost(tmp_path_factory.mktemp("openai"), "openai", proxy, endpoint={"preset": "litellm", "secret": "OPENAI_API_KEY"})


@pytest.mark.parametrize("settings", [
    {}, {"openai": {"stream": False}}, {"openai": {"api": "responses", "stream": False}},
], ids=["streamed", "whole", "responses"])
def test_words_are_an_answer(host, settings):
    outcome = host.chat(model="words", settings=settings)
    assert outcome.code == OK and outcome.json["text"] == "Hello from the proxy.", str(outcome)
    assert outcome.json["finishReason"] == "stop"


def test_a_call_is_handed_on(host):
    outcome = host.chat(model="calls", settings={"openai": {"stream": False}})
    assert [(call["name"], call["arguments"]) for call in outcome.json["toolCalls"]] == [("calc_evaluate", '{"expression":"6*7"}')]


@pytest.mark.parametrize("name, status, kind", [
    ("limited", LIMITED, "rate_limited"), ("long", FAILED, "context_too_long"), ("broken", FAILED, "server_error")])
@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_faults_have_their_codes(host, name, status, kind, streams):
    outcome = host.chat(model=name, settings={"openai": {"stream": streams}})
    assert outcome.code == status, str(outcome)
    completed = [event["data"] for event in host.newest_events() if event["type"] == "model.completed"]
    assert kind in completed[0]["detail"], completed


def test_messages_are_answered_and_so_are_vectors_and_models(host, proxy, tmp_path):
    talking = ModelHost(tmp_path, "anthropic", proxy)
    outcome = talking.chat(model="words")
    assert outcome.code == OK and outcome.json["text"] == "Hello from the proxy.", str(outcome)
    vectors = host.call("openai.embed", {"form": 2, "model": "vectors", "texts": ["a"]}, "-o", "json")
    assert vectors.json["vectors"] == [[0.5, 1]], str(vectors)
    names = {each["name"] for each in host.call("openai.models", {"form": 2}, "-o", "json").json["models"]}
    assert {"words", "vectors"} <= names
