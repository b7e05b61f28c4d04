"""What a server of models may do wrong, said in each provider's interface: the right error, no call that is not whole, and an end."""

import json
import os
import re
import shutil
import sys
import threading
from pathlib import Path

import pytest

from program import DENIED, FAILED, LIMITED, OK, TIMED_OUT

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from authority import Authority  # noqa: E402
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, endless, error, serving  # noqa: E402
from streams import INTERFACES  # noqa: E402

KEY_HEADERS = {"openai": "authorization", "anthropic": "x-api-key", "gemini": "x-goog-api-key"}
PROVIDERS = {"chat": INTERFACES["chat"], "messages": INTERFACES["messages"], "contents": INTERFACES["contents"]}


@pytest.fixture(scope="module", params=INTERFACES)
def each(request, tmp_path_factory):
    """An interface, a host that speaks it, and its server."""
    spoken = INTERFACES[request.param]
    with serving(Reply(*spoken.words)) as server:
        yield spoken, ModelHost(tmp_path_factory.mktemp("faults"), spoken.provider, server.port, settings=spoken.settings), server


def run(host):
    return host.run("flow", "run", "talk", "-m", "Count")


def made(host):
    """What the calculator was asked, in order: calls of one answer are made at once."""
    return sorted(event["data"]["arguments"]["expression"] for event in host.newest_events() if event["type"] == "tool.started")


def trouble(host):
    [completed] = [event["data"] for event in host.newest_events() if event["type"] == "model.completed"]
    return completed["detail"]


def answers(client, questions):
    """What the flow answers to each, asked a few at a time."""
    found = {}
    for first in range(0, len(questions), 16):
        asked = [client.start("tools/call", {"name": "flow.talk", "arguments": {"input": question}})
                 for question in questions[first:first + 16]]
        while not found.keys() >= set(asked):
            frame = client.receive(timeout=120)
            if "id" in frame:
                found[frame["id"]] = frame
    return found.values()


def test_calls_whose_pieces_take_turns_are_put_together(each):
    spoken, host, server = each
    server.replies[:] = [Reply(*spoken.calls), Reply(*spoken.words)]
    outcome = run(host)
    assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
    assert made(host) == ["2+3", "6*7"]


class Cut(Reply):
    """Ends where the question says, and as it says: `12 cut`."""

    def __init__(self, whole):
        super().__init__()
        self.whole = whole.encode()

    def send(self, handler):
        [(end, how)] = re.findall(r"(\d+) (whole|cut)", json.dumps(handler.asked))
        Reply(self.whole[:int(end)], ends=how).send(handler)


@pytest.mark.parametrize("name", INTERFACES)
def test_no_tool_runs_on_half_a_call(tmp_path, name):
    """JACKFIELD_LONG=1 cuts at every byte; otherwise at every event's end, and in its middle."""
    spoken = INTERFACES[name]
    whole = "".join(spoken.calls)
    # Without its last line break an event of two carriage returns is whole.
    length = len(whole) - (2 if whole.endswith("\r\n") else 1) + 1
    ends, at = {0}, 0
    for piece in spoken.calls:
        ends |= {at + len(piece) // 2, at + len(piece) - 1, at + len(piece)}
        at += len(piece)
    if os.environ.get("JACKFIELD_LONG") == "1":
        ends = set(range(length))
    questions = [f"{end} {how}" for end in sorted(ends) if end < length for how in ("whole", "cut")]
    with serving(Cut(whole)) as server:
        # That it fails again and again is what is asked of it.
        patient = {"models": {"circuit_breaker": {"failures": 1000, "cooldown": "1s"}}}
        host = ModelHost(tmp_path, spoken.provider, server.port, settings=spoken.settings, tenant=patient)
        for first in range(0, len(questions), 960):
            with host.staying() as client:
                assert all(answer["result"]["isError"] for answer in answers(client, questions[first:first + 960]))
        assert len(server.seen) == len(questions)
    [(runs,)] = host.sql("SELECT count(*) FROM runs WHERE status = 'failed'")
    assert runs == len(questions)
    assert host.sql("SELECT * FROM events WHERE kind LIKE 'tool.%'") == []


@pytest.mark.parametrize("each", [name for name in INTERFACES if name != "contents"], indirect=True)
@pytest.mark.parametrize("order", [(0, 0, 1, 2, 3), (2, 1, 0, 3), (2, 3), ()], ids=["twice", "late", "lost", "none"])
def test_pieces_in_another_order_make_no_other_call(each, order):
    spoken, host, server = each
    before, after = spoken.calls[:spoken.arguments.start], spoken.calls[spoken.arguments.stop:]
    server.replies[:] = [Reply(*before, *(spoken.calls[spoken.arguments[place]] for place in order), *after), Reply(*spoken.words)]
    outcome = run(host)
    assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
    calls = made(host)
    assert set(calls) <= {"2+3", "6*7"}, calls
    refused = [event["data"]["error"]["code"] for event in host.newest_events() if event["type"] == "tool.rejected"]
    assert len(calls) + len(refused) == 2 and set(refused) <= {"invalid_json", "schema_violation"}, refused


VARIANTS = {
    "one piece": lambda words: ["".join(words)],
    "bytes": lambda words: list("".join(words)),
    "CRLF and an order mark": lambda words: ["\ufeff" + "".join(words).replace("\r", "").replace("\n", "\r\n")],
    "LF": lambda words: ["".join(words).replace("\r", "")],
    "comments": lambda words: [": hello\n\n" + piece.rstrip() + "\n: within\n\n" for piece in words],
}


@pytest.mark.parametrize("name", VARIANTS)
def test_however_a_stream_is_cut_it_is_the_same(each, name):
    spoken, host, server = each
    server.replies[:] = [Reply(*VARIANTS[name](spoken.words))]
    assert host.chat(settings=spoken.settings).json["text"] == "Hello."


def test_a_packed_stream_is_unpacked(each):
    spoken, host, server = each
    server.replies[:] = [Reply(*spoken.words, packed=True)]
    assert host.chat(settings=spoken.settings).json["text"] == "Hello."


@pytest.mark.parametrize("each", [name for name in INTERFACES if name != "contents"], indirect=True)
def test_what_comes_behind_the_end_is_not_waited_for(each):
    spoken, host, server = each
    for more, ends in ((["data: more\n\n"], "whole"), ([], "never")):
        server.replies[:] = [Reply(*spoken.words, *more, ends=ends)]
        assert host.chat(settings=spoken.settings).json["text"] == "Hello."


JSON = "application/json"
FAULTS = {
    # name: reply, exit status, kind
    "busy": (error(429, {}), LIMITED, "rate_limited"),
    "busy for so long": (error(429, {}, ("Retry-After", "20")), LIMITED, "rate_limited"),
    "overloaded": (error(503, "busy", type="text/plain"), LIMITED, "overloaded"),
    "overloaded for so long": (error(503, {}, ("Retry-After", "20")), LIMITED, "overloaded"),
    "server error": (error(500, {}), FAILED, "server_error"),
    "bad gateway": (error(502, "<html>", type="text/html"), FAILED, "server_error"),
    "key refused": (error(401, {}), DENIED, "credentials"),
    "a page": (Reply("<html>Hello</html>", type="text/html"), FAILED, "bad_answer"),
    "no JSON in it": (Reply("data: Hello\n\n"), FAILED, "bad_answer"),
    "a stream that says that it is JSON": (lambda spoken: Reply(*spoken.words, type=JSON), FAILED, "bad_answer"),
    "no type": (lambda spoken: Reply(*spoken.words, type=None), FAILED, "bad_answer"),
    "JSON that is another": (Reply("[]", type=JSON), FAILED, "bad_answer"),
    "an error within": (lambda spoken: Reply(*spoken.words[:2], spoken.fault), FAILED, "server_error"),
    "nothing": (Reply(), FAILED, "incomplete"),
    "what is packed otherwise": (Reply(b"no gzip", headers=[("Content-Encoding", "gzip")]), FAILED, "incomplete"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_has_its_code(each, name):
    spoken, host, server = each
    reply, status, kind = FAULTS[name]
    server.replies[:] = [reply(spoken) if callable(reply) else reply]
    outcome = host.chat(settings=spoken.settings)
    assert outcome.code == status, str(outcome)
    assert kind in trouble(host)
    assert outcome.error.get("retry_after_ms") == {LIMITED: 20000 if "for so long" in name else 1000}.get(status), str(outcome)


class Silent(Reply):
    """Takes the question, and says nothing."""

    def send(self, handler):
        handler.server.over.wait(60)


def test_a_server_that_falls_silent_is_left(each):
    spoken, host, server = each
    for reply, limit in ((Silent(), "responseMs"), (Reply(spoken.words[0], ends="never"), "idleMs")):
        server.replies[:] = [reply]
        outcome = host.chat(settings=spoken.settings, timeouts={limit: 500})
        assert outcome.code == FAILED and ("incomplete" if limit == "idleMs" else "unreachable") in trouble(host), str(outcome)


@pytest.mark.parametrize("name", INTERFACES)
def test_a_call_that_drips_ends_at_its_deadline(tmp_path, name):
    spoken, over = INTERFACES[name], threading.Event()
    with serving(Reply(spoken.words[0], *[": wait\n\n"] * 1000, between=lambda: over.wait(0.2))) as server:
        outcome = ModelHost(tmp_path, spoken.provider, server.port, timeout="2s").chat(settings=spoken.settings)
        over.set()
        assert outcome.code == TIMED_OUT and outcome.error["code"] == "timed_out", str(outcome)


def peak(pid):
    """The most memory that a process and those below it ever had, in bytes."""
    below = [int(child) for task in Path(f"/proc/{pid}/task").glob("*/children") for child in task.read_text().split()]
    [own] = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(own) * 1024 + sum(map(peak, below))


def test_what_never_ends_is_left_and_takes_no_more_memory(each):
    spoken, host, server = each
    with host.staying() as client:
        def ask():
            [answer] = answers(client, ["Hi"])
            return answer
        server.replies[:] = [Reply(*spoken.words)]
        assert not ask()["result"].get("isError")
        before = peak(client.process.pid)
        for piece, type in ((b"data: " + b"x" * 65536, None), (b": waiting\n\n" * 6000, None), (b" " * 65536, JSON)):
            reply = endless(piece)
            reply.type = type or reply.type
            server.replies[:] = [reply]
            assert ask()["result"]["isError"]
            assert "bad_answer" in json.dumps(host.newest_events())
        # An answer may have 16 MiB, and is there a few times over: as bytes, as text, as a value.
        assert peak(client.process.pid) - before < 256 << 20


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_redirect_goes_where_the_operator_allows_and_the_key_does_not_go_along(tmp_path, name):
    spoken = PROVIDERS[name]
    header = KEY_HEADERS[spoken.provider]
    with serving(Reply(*spoken.words)) as there, serving(Reply(*spoken.words)) as hidden:
        with serving(Reply(status=307, headers=[("Location", f"http://127.0.0.1:{there.port}/v1/moved")])) as server:
            host = ModelHost(tmp_path, spoken.provider, server.port, also=[there.port])
            assert host.chat().json["text"] == "Hello."
            assert header in server.seen[0][1]
            assert there.seen[0][0] == "/v1/moved" and header not in there.seen[0][1] and KEY not in json.dumps(there.seen)
            for target in (f"http://127.0.0.1:{hidden.port}/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"):
                server.replies[:] = [Reply(status=307, headers=[("Location", target)])]
                assert host.chat().error["code"] == ("tool_failed" if target.startswith("file:") else "denied")
            assert not hidden.seen


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
@pytest.mark.parametrize("name", PROVIDERS)
def test_a_server_whose_certificate_nobody_signed_is_not_believed(tmp_path, name):
    spoken = PROVIDERS[name]
    with serving(Reply(*spoken.words), certificate=Authority(tmp_path, "others").sign()) as server:
        host = ModelHost(tmp_path / "host", spoken.provider, server.port, scheme="https")
        assert host.chat().code == FAILED and "unreachable" in trouble(host)
        assert not server.seen
