"""The provider `openai` against a server that answers as OpenAI's do, and as they should not."""

import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from program import FAILED, LIMITED, OK, TIMED_OUT

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, endless, error, serving  # noqa: E402


def chunk(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return "data: " + json.dumps({"id": "c-1", "model": "m-1", "choices": [choice], **more}) + "\n\n"


def calling(index, arguments, **more):
    return chunk({"tool_calls": [{"index": index, "function": {"arguments": arguments}, **more}]})


DONE = "data: [DONE]\n\n"
HELLO = [chunk({"role": "assistant", "content": "Hel"}), chunk({"content": "lo."}), chunk({}, "stop"), DONE]
# Two calls whose pieces take turns, the second first.
CALLS = [
    chunk({"tool_calls": [{"index": 1, "id": "b", "type": "function", "function": {"name": "calc_evaluate", "arguments": ""}}]}),
    chunk({"tool_calls": [{"index": 0, "id": "a", "type": "function", "function": {"name": "calc_evaluate", "arguments": ""}}]}),
    calling(1, '{"expression":'), calling(0, '{"expres'), calling(1, '"6*7"}'), calling(0, 'sion":"2+3"}'),
    chunk({}, "tool_calls"), DONE]


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


def test_no_tool_runs_on_half_a_call(tmp_path):
    whole = "".join(CALLS)
    # Every event's end, and the middle of each.
    ends = {0, len(whole) - 1}
    at = 0
    for event in CALLS:
        ends |= {at + len(event) // 2, at + len(event) - 1}
        at += len(event)
    if os.environ.get("JACKFIELD_LONG") == "1":
        ends = range(len(whole))
    cuts = [end for end in sorted(ends) if end < len(whole)]
    replies = [Reply(whole[:end], ends=how) for end in cuts for how in ("whole", "cut")]
    with serving(*replies) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        for _ in replies:
            outcome = host.run("flow", "run", "talk", "-m", "Count")
            assert outcome.code == FAILED, str(outcome)
        assert len(server.seen) == len(replies)
    kinds = {event["type"] for run in host.runs("-n", str(len(replies))) for event in host.events(run["run_id"])}
    assert "model.completed" in kinds and not {kind for kind in kinds if kind.startswith("tool.")}, kinds


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
    "rate limit in seconds": (error(429, {"error": {"message": "slow"}}, ("Retry-After", "20")), LIMITED, "rate_limited", "rate_limited"),
    "rate limit with a date": (
        error(429, {}, ("Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT")), LIMITED, "rate_limited", "rate_limited"),
    "rate limit": (error(429, {"error": {"message": "slow"}}), LIMITED, "rate_limited", "rate_limited"),
    "quota": (error(429, {"error": {"code": "insufficient_quota", "message": "pay"}}), None, "denied", "quota_exhausted"),
    "overloaded": (error(503, "busy", type="text/plain"), LIMITED, "rate_limited", "overloaded"),
    "server error": (error(500, {"error": {"message": "oops"}}), FAILED, "tool_failed", "server_error"),
    "bad gateway": (error(502, "<html>", type="text/html"), FAILED, "tool_failed", "server_error"),
    "key refused": (error(401, {"error": {"code": "invalid_api_key", "message": "no"}}), None, "denied", "credentials"),
    "forbidden": (error(403, {}), None, "denied", "forbidden"),
    "no such model": (error(404, {"error": {"code": "model_not_found"}}), FAILED, "tool_failed", "model_not_found"),
    "too long": (error(400, {"error": {"code": "context_length_exceeded"}}), FAILED, "tool_failed", "context_too_long"),
    "filtered": (error(400, {"error": {"code": "content_filter"}}), FAILED, "tool_failed", "content_filter"),
    "not a stream": (Reply("<html>Hello</html>", type="text/html"), FAILED, "tool_failed", "bad_answer"),
    "no type at all": (Reply(*HELLO, type=None), FAILED, "tool_failed", "bad_answer"),
    "no JSON": (Reply("data: Hello\n\n"), FAILED, "tool_failed", "bad_answer"),
    "an error within": (Reply(HELLO[0], 'data: {"error":{"message":"m","code":"server_error"}}\n\n'), FAILED, "tool_failed", "server_error"),
    "cut off": (Reply(*HELLO[:2], ends="cut"), FAILED, "tool_failed", "incomplete"),
    "ended early": (Reply(*HELLO[:2]), FAILED, "tool_failed", "incomplete"),
    "no end of the stream": (Reply(*HELLO[:3]), FAILED, "tool_failed", "incomplete"),
    "an event without end": (endless(b"data: " + b"x" * 65536), FAILED, "tool_failed", "bad_answer"),
    "events without end": (endless(b": waiting\n\n" * 6000), FAILED, "tool_failed", "bad_answer"),
    "silence": (Reply(HELLO[0], ends="never"), FAILED, "tool_failed", "incomplete"),
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
    outcome = host.chat(timeouts={"idleMs": 1500})
    assert status is None or outcome.code == status, str(outcome)
    assert outcome.error["code"] == code, str(outcome)
    if name == "rate limit in seconds":
        assert outcome.error["retry_after_ms"] == 20000
    if name == "rate limit with a date":
        assert outcome.error["retry_after_ms"] > 10**12
    completed = [event["data"] for event in host.newest_events() if event["type"] == "model.completed"]
    assert kind in completed[0]["detail"], completed


@pytest.mark.parametrize("pieces", [
    ["".join(HELLO)],
    list("".join(HELLO)),
    ["\ufeff" + "".join(HELLO).replace("\n", "\r\n")],
    [": hello\n\n" + piece.replace("\n\n", "\n: within\n\n") for piece in HELLO],
    ["".join(HELLO), "data: what comes behind the end\n\n"],
], ids=["one piece", "bytes", "CRLF and an order mark", "comments", "more behind the end"])
def test_however_a_stream_is_cut_it_is_the_same(faulty, pieces):
    host, server = faulty
    server.replies[:] = [Reply(*pieces)]
    assert host.chat().json["text"] == "Hello."


def test_a_packed_stream_is_unpacked_and_one_that_never_ends_is_left(faulty):
    host, server = faulty
    server.replies[:] = [Reply(*HELLO, packed=True)]
    assert host.chat().json["text"] == "Hello."
    server.replies[:] = [Reply(*HELLO, ends="never")]
    assert host.chat().json["text"] == "Hello."


def test_a_call_that_drips_ends_at_its_deadline(tmp_path):
    over = threading.Event()
    with serving(Reply(*HELLO[:1], *[": wait\n\n"] * 1000, between=lambda: over.wait(0.2))) as server:
        host = ModelHost(tmp_path, "openai", server.port, timeout="2s")
        outcome = host.chat()
        over.set()
        assert outcome.code == TIMED_OUT and outcome.error["code"] == "timed_out", str(outcome)


def test_a_redirect_goes_where_the_operator_allows_and_the_key_does_not_go_along(tmp_path):
    with serving(Reply(*HELLO)) as there, serving(Reply(*HELLO)) as hidden:
        with serving(Reply(status=307, headers=[("Location", f"http://127.0.0.1:{there.port}/v1/moved")])) as server:
            host = ModelHost(tmp_path, "openai", server.port, also=[there.port])
            assert host.chat().json["text"] == "Hello."
            assert there.seen[0][0] == "/v1/moved" and "authorization" not in there.seen[0][1]
            for target in (f"http://127.0.0.1:{hidden.port}/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"):
                server.replies[:] = [Reply(status=307, headers=[("Location", target)])]
                assert host.chat().error["code"] == ("tool_failed" if target.startswith("file:") else "denied")
            assert not hidden.seen


def test_a_server_that_is_not_there_cannot_be_reached(tmp_path):
    with serving(Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "openai", server.port)
    assert host.chat().code == FAILED
    assert "unreachable" in completed(host)["data"]["detail"]


def test_a_server_whose_certificate_nobody_signed_is_not_believed(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl")
    certificate = tmp_path / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "certificate"],
        check=True, capture_output=True)
    certificate.write_bytes((tmp_path / "key").read_bytes() + (tmp_path / "certificate").read_bytes())
    with serving(Reply(*HELLO), certificate=certificate) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port, scheme="https")
        assert host.chat().code == FAILED
        assert "unreachable" in completed(host)["data"]["detail"]
        assert not server.seen


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
