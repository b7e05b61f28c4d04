"""The provider `openai` against a server that answers as OpenAI's do, and as they should not."""

import json
import sys
import threading
from pathlib import Path

import pytest

from program import FAILED, LIMITED, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from streams import DONE, INTERFACES, chunk  # noqa: E402


CHAT = INTERFACES["chat"]
HELLO, CALLS = CHAT.words, CHAT.calls


def completed(host):
    """What became of the model call; what it asked of the host may be written after it."""
    [event] = [event for event in host.newest_events() if event["type"] == "model.completed"]
    return event


@pytest.mark.parametrize("isolation", ["worker", "in_process"])
def test_pieces_reach_the_asker_before_the_answer_is_whole(tmp_path, isolation):
    held = threading.Event()
    with serving(Reply(*HELLO, between=lambda: held.wait(30))) as server:
        host = ModelHost(tmp_path, "openai", server.port, isolation=isolation)
        running = host.start("flow", "run", "talk", "-m", "Hi")
        seen = b""
        # The server says no more before this one was read.
        while b"Hel" not in seen:
            piece = running.stdout.read1()
            assert piece, (seen, running.stderr.read())
            seen += piece
        assert b"lo." not in seen
        held.set()
        rest, errors = running.communicate(timeout=60)
        assert running.returncode == OK and b"Hello." in seen + rest, errors
        assert server.seen[0][0] == "/v1/chat/completions"
        assert server.seen[0][1]["authorization"] == f"Bearer {KEY}"
        assert KEY not in json.dumps(host.newest_events())


def test_an_agent_calls_tools_and_goes_on_with_their_results(tmp_path):
    with serving(Reply(*CALLS), Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
        first, second = (body for _, _, body in server.seen)
        assert [tool["function"]["name"] for tool in first["tools"]] == ["calc_evaluate"]
        said, one, two = second["messages"][2:]
        assert [call["function"]["arguments"] for call in said["tool_calls"]] == ['{"expression":"2+3"}', '{"expression":"6*7"}']
        assert (one["tool_call_id"], json.loads(one["content"])["value"]) == ("a", 5)
        assert (two["tool_call_id"], json.loads(two["content"])["value"]) == ("b", 42)


def test_a_piece_that_comes_twice_spoils_its_own_call_alone(tmp_path):
    twice = CALLS[:3] + CALLS[2:]
    with serving(Reply(*twice), Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
        events = host.newest_events()
        assert [event["data"]["arguments"] for event in events if event["type"] == "tool.started"] == [{"expression": "2+3"}]
        [refused] = [event["data"] for event in events if event["type"] == "tool.rejected"]
        assert refused["error"]["code"] == "invalid_json", refused
        # The model is told of both.
        assert [message["role"] for message in server.seen[1][2]["messages"]].count("tool") == 2


FAULTS = {
    # name: reply, exit status, code, kind
    "rate limit with a date": (
        error(429, {}, ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")), LIMITED, "rate_limited", "rate_limited"),
    "quota": (error(429, {"error": {"code": "insufficient_quota", "message": "pay"}}), None, "denied", "quota_exhausted"),
    "forbidden": (error(403, {}), None, "denied", "forbidden"),
    "no such model": (error(404, {"error": {"code": "model_not_found"}}), FAILED, "tool_failed", "model_not_found"),
    "too long": (error(400, {"error": {"code": "context_length_exceeded"}}), FAILED, "tool_failed", "context_too_long"),
    "filtered": (error(400, {"error": {"code": "content_filter"}}), FAILED, "tool_failed", "content_filter"),
    "cut off": (Reply(*HELLO[:2], ends="cut"), FAILED, "tool_failed", "incomplete"),
    "ended early": (Reply(*HELLO[:2]), FAILED, "tool_failed", "incomplete"),
    "no end of the stream": (Reply(*HELLO[:3]), FAILED, "tool_failed", "incomplete"),
}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """One host and one server for every fault."""
    with serving(Reply(*HELLO)) as server:
        yield ModelHost(tmp_path_factory.mktemp("faults"), "openai", server.port), server


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_code(faulty, name):
    host, server = faulty
    reply, status, code, kind = FAULTS[name]
    server.replies[:] = [reply]
    outcome = host.chat()
    assert status is None or outcome.code == status, str(outcome)
    assert outcome.error["code"] == code, str(outcome)
    if name == "rate limit with a date":
        assert outcome.error["retry_after_ms"] > 10**12
    completed = [event["data"] for event in host.newest_events() if event["type"] == "model.completed"]
    assert kind in completed[0]["detail"], completed


def test_a_server_that_is_not_there_cannot_be_reached(tmp_path):
    with serving(Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "openai", server.port)
    assert host.chat().code == FAILED
    assert "unreachable" in completed(host)["data"]["detail"]


def test_responses_answers_and_gives_reasoning_back(tmp_path):
    reasoning = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
    call = {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "a", "name": "calc_evaluate",
            "arguments": '{"expression":"6*7"}'}
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "42."}]}

    def completed(*output):
        response = {"id": "r-1", "model": "m-1", "status": "completed", "output": output,
                    "usage": {"input_tokens": 5, "output_tokens": 2}}
        return Reply("event: response.completed\ndata: " + json.dumps(
            {"type": "response.completed", "sequence_number": 1, "response": response}) + "\n\n")

    with serving(completed(reasoning, call), completed(message)) as server:
        settings = {"reasoning": {"effort": "low"}, "openai": {"api": "responses"}}
        host = ModelHost(tmp_path, "openai", server.port, settings=settings)
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "42." in outcome.out, str(outcome)
        (path, _, first), (_, _, second) = server.seen
        assert path == "/v1/responses" and first["include"] == ["reasoning.encrypted_content"]
        assert second["input"][2] == reasoning
        assert second["input"][3]["call_id"] == "a" and second["input"][4]["type"] == "function_call_output"


def test_embeddings_and_models_are_asked_for(faulty):
    host, server = faulty
    vectors = {"data": [{"index": 1, "embedding": [0.5, 2]}, {"index": 0, "embedding": [1, -1e-3]}], "usage": {"prompt_tokens": 4}}
    server.replies[:] = [Reply(json.dumps(vectors), type="application/json")]
    outcome = host.call("openai.embed", {"form": 2, "model": "m", "texts": ["a", "b"], "dimensions": 2}, "-o", "json")
    assert outcome.json["vectors"] == [[1, -0.001], [0.5, 2]], str(outcome)
    path, _, body = server.seen[-1]
    assert path == "/v1/embeddings"
    assert body == {"model": "m", "input": ["a", "b"], "dimensions": 2, "encoding_format": "float"}
    server.replies[:] = [Reply(json.dumps({"data": [{"id": "m"}]}), type="application/json")]
    assert host.call("openai.models", {"form": 2}, "-o", "json").json == {"models": [{"name": "m"}]}


def test_a_long_id_of_a_call_comes_back_as_it_was(tmp_path):
    name = "call_" + "x" * 5000
    piece = {"index": 0, "id": name, "type": "function", "function": {"name": "calc_evaluate", "arguments": '{"expression":"6*7"}'}}
    with serving(Reply(chunk({"tool_calls": [piece]}), chunk({}, "tool_calls"), DONE), Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
        said, result = server.seen[1][2]["messages"][2:]
        assert said["tool_calls"][0]["id"] == result["tool_call_id"] == name
