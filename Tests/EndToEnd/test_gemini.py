"""The provider `gemini` against a server that answers as Google's do."""

import json
import sys
from pathlib import Path

from program import FAILED, LIMITED, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from streams import content  # noqa: E402


HELLO = [content({"text": "Hel"}), content({"text": "lo."}, finish="STOP", usageMetadata={"promptTokenCount": 4})]
CALL = [content({"functionCall": {"name": "calc_evaluate", "args": {"expression": "6*7"}}, "thoughtSignature": "sig"}),
        content({"text": ""}, finish="STOP")]


def test_an_agent_calls_and_gives_signatures_back(tmp_path):
    with serving(Reply(*CALL), Reply(*HELLO)) as server:
        host = ModelHost(tmp_path, "gemini", server.port)
        outcome = host.run("flow", "run", "talk", "-m", "Count")
        assert outcome.code == OK and "Hello." in outcome.out, str(outcome)
        (path, headers, first), (_, _, second) = server.seen
        assert path == "/v1/models/m:streamGenerateContent?alt=sse" and headers["x-goog-api-key"] == KEY
        assert first["systemInstruction"] == {"parts": [{"text": "Be brief."}]}
        assert second["contents"][1]["parts"] == [
            {"functionCall": {"name": "calc_evaluate", "args": {"expression": "6*7"}}, "thoughtSignature": "sig"}]
        [result] = second["contents"][2]["parts"]
        assert result["functionResponse"]["response"]["output"]["value"] == 42


def test_what_is_not_an_answer_has_its_code(tmp_path):
    slow = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "m", "details": [{"retryDelay": "34s"}]}}
    with serving(error(429, slow), Reply(CALL[0]), Reply(*HELLO, ends="cut"), Reply(json.dumps(
            {"embeddings": [{"values": [0.5, 1]}]}), type="application/json")) as server:
        host = ModelHost(tmp_path, "gemini", server.port)
        limited = host.chat()
        assert limited.code == LIMITED and limited.error["retry_after_ms"] == 34000, str(limited)
        assert host.chat().code == FAILED
        assert host.chat().code == FAILED
        vectors = host.call("gemini.embed", {"form": 2, "model": "m", "texts": ["a"]}, "-o", "json")
        assert vectors.json["vectors"] == [[0.5, 1]], str(vectors)
