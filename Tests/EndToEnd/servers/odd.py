"""An MCP server that does what servers should not, as its arguments say. Standard library only.

Revision 2025-11-25, or 2026-07-28 with `modern`. Faults: banner, stray, deaf-to-discover, exit-on-discover,
errors-on-discover, storm, noise, children, asks, dies, stubborn, crlf, pages, mute. With `tells` it says so when what it offers
has changed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

faults = set(sys.argv[1:])
lock = threading.Lock()
cancelled = {}
called = []
# What a test may change while the server runs.
override = Path(os.environ.get("ODD_TOOLS", "/nonexistent"))
# While it exists, a server that starts says nothing.
gate = Path(os.environ.get("ODD_GATE", "/nonexistent"))


def write(text):
    with lock:
        sys.stdout.write(text + ("\r\n" if "crlf" in faults else "\n"))
        sys.stdout.flush()


def send(**frame):
    write(json.dumps({"jsonrpc": "2.0", **frame}))


def tool(name, **more):
    return {"name": name, "description": f"The tool {name}.", "inputSchema": {"type": "object"}, **more}


TOOLS = [
    tool("echo", annotations={"readOnlyHint": True}),
    tool("structured", outputSchema={"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}),
    tool("liar", outputSchema={"type": "object", "required": ["n"]}),
    tool("fail"), tool("refuse"), tool("never"), tool("steps"), tool("environment"), tool("exit"),
    tool("Mixed.Case/Name", annotations={"idempotentHint": True}), tool("cancelled"), tool("large", icons=[{"src": "https://odd.example/large.png"}]),
]


def tools():
    return json.loads(override.read_text()) if override.exists() else TOOLS


def text(value):
    return {"content": [{"type": "text", "text": value}]}


def call(id, params):
    name, arguments = params["name"], params.get("arguments", {})
    called.append(name)
    token = params.get("_meta", {}).get("progressToken")
    if name == "echo":
        send(id=id, result=text(json.dumps(arguments)))
    elif name == "structured":
        send(id=id, result={**text("1"), "structuredContent": {"n": 1}})
    elif name == "liar":
        send(id=id, result={**text("1"), "structuredContent": {"m": 1}})
    elif name == "fail":
        send(id=id, result={**text("it is broken"), "isError": True})
    elif name == "refuse":
        send(id=id, error={"code": -32602, "message": "not like this"})
    elif name == "steps":
        for done in range(3):
            send(method="notifications/progress", params={"progressToken": token, "progress": done, "total": 3})
        send(method="notifications/progress", params={"progressToken": "nobody", "progress": 1})
        send(id=id, result=text("done"))
    elif name == "environment":
        send(id=id, result={**text(""), "structuredContent": {
            "env": dict(os.environ), "cwd": os.getcwd(), "fds": sorted(int(fd) for fd in os.listdir("/proc/self/fd")),
            "pid": os.getpid(), "pgid": os.getpgid(0)}})
    elif name == "exit":
        os._exit(3)
    elif name == "cancelled":
        send(id=id, result={**text(""), "structuredContent": {"ids": sorted(cancelled), "called": called}})
    elif name == "large":
        send(id=id, result=text("x" * arguments["bytes"]))
    elif name != "never":
        send(id=id, result=text(name))


def handle(message):
    method, id, params = message.get("method"), message.get("id"), message.get("params", {})
    if "mute" in faults:
        return
    if method == "server/discover":
        if "exit-on-discover" in faults:
            os._exit(4)
        if "deaf-to-discover" in faults:
            return
        if "modern" in faults:
            assert params["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
            send(id=id, result={"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"})
        else:
            send(id=id, error={"code": -32600, "message": "initialize first"})
    elif method == "initialize":
        if "banner" in faults:
            write("Listening on stdio …")
            write("")
            write("[1, 2]")
            write('{"level": "info", "message": "structured logs on stdout"}')
        send(id=id, result={"protocolVersion": "2024-11-05", "capabilities": {"tools": {"listChanged": True}}, "serverInfo": {"name": "odd", "version": "1"}})
    elif method == "tools/list":
        if "stray" in faults:
            send(id=987654, result={})
            send(id="nobody", error={"code": 1, "message": "?"})
            send(id=None, error={"code": -32700, "message": "?"})
        if "asks" in faults:
            for number, asked in enumerate(["ping", "elicitation/create", "sampling/createMessage", "roots/list"]):
                send(id=f"ask-{number}", method=asked, params={})
        if "pages" in faults:
            at = int(params.get("cursor") or 0) if params.get("cursor") != "" else 1
            cursors = ["", "2"]
            more = {"nextCursor": cursors[at]} if at < 2 else {}
            send(id=id, result={"tools": tools()[at * 4:at * 4 + 4], **more})
        else:
            send(id=id, result={"tools": tools()})
        with open(os.environ.get("ODD_LOG", "/dev/null"), "a") as log:
            log.write("list\n")
    elif method == "tools/call":
        threading.Thread(target=call, args=(id, params), daemon=True).start()
    elif method == "notifications/cancelled":
        cancelled[params["requestId"]] = True
    elif method is None and str(id).startswith("ask-"):
        with open(os.environ.get("ODD_LOG", "/dev/null"), "a") as log:
            log.write(f"{id} {message.get('error', {}).get('code', 'result')}\n")


if "stubborn" in faults:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "children" in faults:
    subprocess.Popen(["sleep", "7654"])
    subprocess.Popen(["sleep", "7655"], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
if "noise" in faults:
    sys.stderr.write(("noise " * 20 + "\n") * 90_000)  # about 10 MB
    sys.stderr.flush()
if "storm" in faults:
    def storm():
        for _ in range(20_000):
            send(method="notifications/tools/list_changed")
    threading.Timer(0.2, storm).start()
while gate.exists():
    time.sleep(0.01)
if "dies" in faults:
    sys.exit("nothing works here")

if "tells" in faults:
    def tell():
        known = tools()
        while True:
            time.sleep(0.02)
            if tools() != known:
                known = tools()
                send(method="notifications/tools/list_changed")
    threading.Thread(target=tell, daemon=True).start()

for line in sys.stdin:
    if line.strip():
        handle(json.loads(line))
while "stubborn" in faults:
    time.sleep(1)
