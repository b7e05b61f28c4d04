"""The provider `openai` against a server of llama.cpp, with models of random weights: streams of real tokens that mean nothing, calls that
a grammar forces out of them, and what the server makes of requests that it cannot do. The server takes minutes to build: only with
JACKFIELD_NIGHTLY=1 (scripts/nightly)."""

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from program import BUILD, FAILED, OK, ROOT

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import ModelHost  # noqa: E402
from servers import running  # noqa: E402

PYTHON = BUILD.parent / "peers/llama_cpp/bin/python"
MODELS = ROOT / "Tests/EndToEnd/providers/tiny_model.py"
pytestmark = pytest.mark.skipif(os.environ.get("JACKFIELD_NIGHTLY") != "1", reason="JACKFIELD_NIGHTLY is not 1")


@contextlib.contextmanager
def serving(folder, *words):
    """The port of a server with one model."""
    model = folder / "tiny.gguf"
    subprocess.run([PYTHON, MODELS, model, *words], check=True)
    with running(folder, "/v1/models", lambda port: [
            PYTHON, "-m", "llama_cpp.server", "--model", model, "--host", "127.0.0.1", "--port", port, "--n_ctx", "8192",
            "--n_threads", "2", "--chat_format", "chatml-function-calling"]) as port:
        yield port


@pytest.fixture(scope="module", params=["1", "2", "3"])
def speaking(request, tmp_path_factory):
    with serving(tmp_path_factory.mktemp("speaking"), request.param) as port:
        yield port


@pytest.fixture(scope="module")
def calling(tmp_path_factory):
    """Its model likes `<` best, which ends an answer, and then `f`, with which calls of functions begin."""
    with serving(tmp_path_factory.mktemp("calling"), "1", "<f") as port:
        yield port


def host(folder, port, **settings):
    made = ModelHost(
        folder, "openai", port, endpoint={"preset": "llama_cpp"}, settings={"max_output_tokens": 64, **settings}, timeout="120s")
    made.change("jackfield.yaml", lambda it: it["plugins"].update(add={"file": str(BUILD / "fixtures/add.so")}))
    made.change("acme.yaml", lambda it: it["plugins"].update(add={}))
    made.change("talk.yaml", lambda it: it.update(limits={"timeout": "5m"}) or it["agents"]["a"].update(
        tools=["add.*"], tool_use_behavior="stop_on_first_tool"))
    return made


def ask(host, **more):
    return host.run("flow", "run", "talk", "-m", "Add some numbers.", timeout=400, **more)


def events(host, kind):
    return [event["data"] for event in host.newest_events() if event["type"] == kind]


@pytest.mark.parametrize("temperature", [0, 1, 2])
@pytest.mark.parametrize("streams", [True, False], ids=["streamed", "whole"])
def test_words_that_mean_nothing_are_an_answer(speaking, tmp_path, temperature, streams):
    made = host(tmp_path, speaking)
    outcome = made.chat(settings={
        "max_output_tokens": 64, "temperature": temperature, "seed": 7, "openai": {"stream": streams}})
    assert outcome.code == OK, str(outcome)
    answer = outcome.json
    assert isinstance(answer["text"], str) and answer["finishReason"] in ("length", "stop"), answer
    made.assert_journal_is_whole()


def test_a_call_that_a_grammar_forces_is_made_with_what_it_says(calling, tmp_path):
    made = host(tmp_path, calling, openai={"stream": False})
    outcome = ask(made)
    [started] = events(made, "tool.started")
    assert started["tool"] == "add.add", started
    numbers = started["arguments"]
    assert set(numbers) == {"a", "b"} and all(isinstance(number, (int, float)) for number in numbers.values()), numbers
    [finished] = events(made, "tool.finished")
    assert outcome.code == OK and finished["status"] == "ok", str(outcome)
    made.assert_journal_is_whole()


def test_a_stream_that_the_server_breaks_off_makes_no_call(calling, tmp_path):
    """It cannot choose a function while it streams: it says that all is well, and then nothing."""
    made = host(tmp_path, calling, openai={"stream": True})
    outcome = ask(made)
    assert outcome.code == FAILED and "incomplete" in json.dumps(made.newest_events()), str(outcome)
    assert not events(made, "tool.started")


def test_a_request_that_the_server_fails_at_is_its_fault(calling, tmp_path):
    made = host(tmp_path, calling, openai={"stream": False})
    made.change("talk.yaml", lambda it: it["agents"]["a"].update(tool_choice="required"))
    assert ask(made).code == FAILED
    assert "server_error, HTTP 500" in json.dumps(made.newest_events())
    assert not events(made, "tool.started")
