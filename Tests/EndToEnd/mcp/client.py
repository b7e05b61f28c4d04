"""What the end-to-end tests share: how a server is started, and a raw client that sees every frame."""

import contextlib
import itertools
import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUILD = ROOT / ".build" / os.environ.get("JACKFIELD_CONFIGURATION", "debug")
# All that an MCP client hands on to a server that it starts.
ENVIRONMENT = {k: v for k, v in os.environ.items() if k in ("HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER")}

FIXTURE = [str(BUILD / "mcp-fixture-host")]


def jackfield(state, tenant="acme"):
    return [
        str(BUILD / "jackfield"), "stdio", "--config", str(ROOT / "manifests/demo/jackfield.yaml"),
        "--state", str(state), "--tenant", tenant,
    ]


def host_with_server(folder, source):
    """A host whose one plugin is an MCP server: a Python program."""
    folder = Path(folder)
    (folder / "server.py").write_text(source)
    server = {"command": sys.executable, "args": [str(folder / "server.py")], "probe_timeout": "10s"}
    for name, manifest in {
        "jackfield.json": {
            "kind": "Host", "plugins": {}, "mcp_servers": {"asks": server}, "tenants": ["acme.json"]},
        "acme.json": {"kind": "Tenant", "name": "acme", "plugins": {"asks": {}}},
    }.items():
        (folder / name).write_text(json.dumps({"apiVersion": "jackfield/v1", **manifest}))
    program, where = str(BUILD / "jackfield"), ["--config", str(folder / "jackfield.json"), "--state", str(folder)]
    # What was used before is known from the start.
    subprocess.run([program, "tool", "list", *where], check=True, capture_output=True, env=ENVIRONMENT, cwd=ROOT)
    return [program, "stdio", *where]


MODERN = "2026-07-28"
LEGACY = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]


def modern_meta(capabilities=None, **more):
    prefix = "io.modelcontextprotocol/"
    return {
        prefix + "protocolVersion": MODERN,
        prefix + "clientCapabilities": capabilities or {},
        prefix + "clientInfo": {"name": "raw", "version": "1"},
        **more,
    }


class Client:
    """Speaks lines with a server process. `frames` holds everything that came, in order."""

    def __init__(self, command, revision=None, capabilities=None, stderr=subprocess.DEVNULL):
        self.capabilities = capabilities or {}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, env=ENVIRONMENT, cwd=ROOT)
        self.ids = itertools.count(1)
        self.buffer = b""
        self.frames = []
        self.revision = revision
        if revision and revision != MODERN:
            params = {
                "protocolVersion": revision, "capabilities": self.capabilities, "clientInfo": {"name": "raw", "version": "1"}}
            self.handshake = self.request("initialize", params)
            self.notify("notifications/initialized")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.close()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.write(json.dumps(message).encode() + b"\n")

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params is not None else {})})

    def start(self, method, params=None, **meta):
        """Sends a request, in the connection's revision; returns its id."""
        identifier = next(self.ids)
        params = dict(params or {})
        if self.revision == MODERN:
            params["_meta"] = modern_meta(self.capabilities, **meta)
        elif meta:
            params["_meta"] = meta
        self.send({"jsonrpc": "2.0", "id": identifier, "method": method, **({"params": params} if params else {})})
        return identifier

    def request(self, method, params=None, **meta):
        return self.answer(self.start(method, params, **meta))

    def call(self, tool, arguments=None, **meta):
        return self.request("tools/call", {"name": tool, "arguments": arguments or {}}, **meta)

    def answer(self, identifier, timeout=20):
        while True:
            frame = self.receive(timeout)
            if frame is None:
                raise EOFError(f"the server left without an answer to {identifier}")
            if "method" not in frame and frame.get("id") == identifier:
                return frame

    def receive(self, timeout=20):
        """The next frame; None at the end."""
        deadline = time.monotonic() + timeout
        while b"\n" not in self.buffer:
            if not select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
                raise TimeoutError("no frame in time")
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                assert not self.buffer, f"the output ends in the middle of a line: {self.buffer[:100]}"
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        frame = json.loads(line)
        self.frames.append(frame)
        return frame

    def rest(self):
        frames = []
        while (frame := self.receive()) is not None:
            frames.append(frame)
        return frames

    def close(self):
        """Ends the input; returns the frames that were still to come."""
        self.process.stdin.close()
        frames = self.rest()
        self.process.wait(40)
        self.process.stdout.close()
        return frames
