"""The provider `anthropic` against a server that answers as Anthropic's do, and as they should not."""

import json
import sys
from pathlib import Path

import pytest

from program import FAILED, LIMITED, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from streams import block, end, event  # noqa: E402


BEGIN = event("message_start", message={
    "id": "msg_1", "model": "m-1", "usage": {"input_tokens": 5, "cache_read_input_tokens": 2, "output_tokens": 1}})
THINKING = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}


HELLO = [BEGIN, *block(0, {"type": "text", "text": ""}, {"type": "text_delta", "text": "Hel"}, {"type": "text_delta", "text": "lo."}),
         *end("end_turn")]
CALL = [
    BEGIN, *block(0, {"type": "thinking", "thinking": "", "signature": ""}, {"type": "thinking_delta", "thinking": "Hm."},
                  {"type": "signature_delta", "signature": "sig"}),
    *block(1, {"type": "tool_use", "id": "toolu_a", "name": "calc_evaluate", "input": {}},
           {"type": "input_json_delta", "partial_json": '{"expres'}, {"type": "input_json_delta", "partial_json": 'sion":"6*7"}'}),
    *end("tool_use")]


@pytest.mark.parametrize("isolation", ["worker", "in_process"])
def test_an_agent_thinks_calls_and_gives_its_thoughts_back(tmp_path, isolation):
    with serving(Reply(*CALL), Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "anthropic", server.port, isolation=isolation, settings={"reasoning": {"budget_tokens": 1024}})
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
        (path, headers, first), (_, _, second) = server.seen
        assert path == "/v1/messages" and headers["x-api-key"] == KEY and headers["anthropic-version"] == "2026-10-21"
        assert first["thinking"] == {"type": "enabled", "budget_tokens": 1024} and first["system"] == "Be brief."
        _, said, results = second["messages"]
        assert said["content"] == [
            THINKING, {"type": "tool_use", "id": "toolu_a", "name": "calc_evaluate", "input": {"expression": "6*7"}}]
        assert results["content"][0]["tool_use_id"] == "toolu_a"
        assert json.loads(results["content"][0]["content"])["value"] == 42


@pytest.mark.parametrize("reply, status, kind", [
    (error(529, {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}), LIMITED, "overloaded"),
    (error(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "m"}}, ("retry-after", "3")), LIMITED, "rate_limited"),
    (error(400, {"type": "error", "error": {"type": "invalid_request_error", "message": "prompt is too long: 9 > 8"}}), FAILED,
     "context_too_long"),
    (Reply(BEGIN, event("error", error={"type": "overloaded_error", "message": "m"})), LIMITED, "overloaded"),
    (Reply(*HELLO[:3], ends="cut"), FAILED, "incomplete"),
], ids=["overloaded", "rate", "long", "within", "cut"])
def test_every_fault_has_its_code(tmp_path, reply, status, kind):
    with serving(reply) as server:
        host = ModelHost(tmp_path, "anthropic", server.port)
        outcome = host.chat()
        assert outcome.code == status, str(outcome)
        completed = [each["data"] for each in host.newest_events() if each["type"] == "model.completed"]
        assert kind in completed[0]["detail"], completed
