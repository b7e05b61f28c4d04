"""What the providers send, held against what the makers' own packages send for the same conversation, field by field."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from program import BUILD, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import ModelHost  # noqa: E402
from replay import error, serving  # noqa: E402

PEER = BUILD.parent / "peers/models/bin/python"
CLOSED = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"], "additionalProperties": False}
# One turn with two calls, one of which failed, and a picture.
CONVERSATION = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look.", "parts": [
            {"type": "text", "text": "Look."}, {"type": "image", "mimeType": "image/png", "data": "iVBORw0KGgo="}]},
        {"role": "assistant", "content": "I ask.", "toolCalls": [
            {"id": "call_1", "name": "weather", "arguments": '{"city":"Telford"}'},
            {"id": "call_2", "name": "weather", "arguments": '{"city":"Ironbridge"}'}]},
        {"role": "tool", "toolCallId": "call_1", "name": "weather", "content": "rain", "isError": False},
        {"role": "tool", "toolCallId": "call_2", "name": "weather", "content": "unknown", "isError": True},
        {"role": "user", "content": "And?"}],
    "tools": [{"name": "weather", "description": "Tells the weather.", "inputSchema": CLOSED}],
    "outputSchema": CLOSED,
    "settings": {"max_output_tokens": 64},
}


def sent(tmp_path, provider, **settings):
    """What the plugin sends."""
    with serving(error(400, {"error": {"message": "seen"}})) as server:
        host = ModelHost(tmp_path, provider, server.port)
        host.chat(**{**CONVERSATION, "settings": {**CONVERSATION["settings"], **settings}})
        path, headers, body = server.seen[0]
    return path, headers, body


def wanted(name):
    """What the package sends."""
    if not PEER.exists():
        pytest.skip("the packages are not installed: Tests/EndToEnd/providers/install")
    with serving(error(400, {"error": {"message": "seen"}})) as server:
        subprocess.run(
            [PEER, Path(__file__).parent / "providers/shapes.py", name, f"http://127.0.0.1:{server.port}"], check=True, timeout=60,
            env={"PATH": os.environ["PATH"], "HOME": str(BUILD)})
        path, headers, body = server.seen[0]
    return path, headers, body


# Google's servers read both; its package writes now the one and now the other.
NAMES = {"mime_type": "mimeType", "parameters_json_schema": "parametersJsonSchema"}


def plain(value):
    """Without what means nothing: members that are null, and which of two names one has."""
    if isinstance(value, dict):
        return {NAMES.get(key, key): plain(each) for key, each in value.items() if each is not None}
    return [plain(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("provider, name, settings", [
    ("openai", "chat_completions", {"temperature": 0.5}),
    ("openai", "responses", {"temperature": 0.5, "openai": {"api": "responses"}}),
    ("anthropic", "messages", {}),
    ("gemini", "generate_content", {"temperature": 0.5}),
])
def test_a_plugin_sends_what_the_makers_package_sends(tmp_path, provider, name, settings):
    path, headers, body = sent(tmp_path, provider, **settings)
    their_path, their_headers, theirs = wanted(name)
    assert path == their_path
    theirs_by_name = {key.lower(): value for key, value in their_headers.items()}
    for header in ("anthropic-version", "content-type"):
        assert headers.get(header) == theirs_by_name.get(header)
    # A key goes either way; with two, Anthropic's servers read the plugin's.
    credential = {"openai": "authorization", "anthropic": "x-api-key", "gemini": "x-goog-api-key"}[provider]
    assert credential in headers and {credential, "authorization"} & set(theirs_by_name)
    assert plain(body) == plain(theirs)
