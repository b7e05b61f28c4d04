"""The README's first plugin and first flow, done as a reader would: every file and every command as printed there."""

import json
import os
import re
import subprocess

import pytest

import program
from program import ROOT

README = (ROOT / "README.md").read_text()
BLOCK = re.compile(r"(?:`(hello/[\w.]+)`[^`\n]*:\n\n)?```(\w+)\n(.*?)```", re.S)


def blocks(text):
    """The fenced parts: the file that each is to be written to, its language, its text."""
    return [(file, language, body) for file, language, body in BLOCK.findall(text)]


def section(heading):
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def without_moments(text):
    """What is printed, less what no two runs have in common."""
    for pattern, name in [(r"\b[0-9a-hjkmnp-tv-z]{26}\b", "RUN"), (r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "WHEN"), (r"\b\d+\.\d ms", "MS")]:
        text = re.sub(pattern, name, text)
    return text.strip()


@pytest.fixture
def clone(tmp_path):
    """A folder that has what the README's commands use, and takes what they write."""
    folder = tmp_path / "jackfield"
    (folder / ".build").mkdir(parents=True)
    for name in ("PluginAPI", "manifests"):
        (folder / name).symlink_to(ROOT / name)
    (folder / ".build/release").symlink_to(program.BUILD.resolve())
    return folder


def test_the_first_plugin_and_the_first_flow_work_as_printed(clone):
    commands = blocks(section("A first plugin")) + blocks(section("A first flow"))
    assert [file for file, _, _ in commands if file] == [
        "hello/Greeter.swift", "hello/jackfield.yaml", "hello/home.yaml", "hello/welcome.yaml"]
    (clone / "hello").mkdir()
    script, printed = ["set -eu"], ""
    for file, language, body in commands:
        if file:
            (clone / file).write_text(body)
        elif language == "sh":
            script += ["echo @@@", body]
        elif language == "text":
            printed = body
    environment = {**os.environ, "JACKFIELD_STATE": str(clone / "state"), "NO_COLOR": "1"}
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)], cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=600)
    assert done.returncode == 0, done.stdout
    _, check, flow = done.stdout.split("@@@\n")
    assert "✓ nothing wrong" in check
    assert without_moments(flow) == without_moments(printed)


def test_the_client_configuration_starts_the_server(tmp_path):
    [(_, _, body)] = blocks(section("An MCP client"))
    [entry] = json.loads(body.replace("/path/to/jackfield/.build/release", str(program.BUILD)).replace(
        "/path/to/jackfield", str(ROOT)))["mcpServers"].values()
    ask = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "readme", "version": "1"}}}
    served = subprocess.run(
        [entry["command"], *entry["args"]], input=json.dumps(ask) + "\n", capture_output=True, text=True, timeout=60,
        cwd="/", env={"HOME": str(tmp_path)})
    assert served.returncode == 0, served.stderr
    assert json.loads(served.stdout)["result"]["serverInfo"]["name"] == "jackfield"
