"""What the host writes to MCP servers: every frame is held against the schema of its revision."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import client as wire
import test_scenarios as scenarios
from client import Client, LEGACY, MODERN

# Writes down each line that it reads. `ask` asks its person, `slow` never answers.
SERVER = """
import json, sys
revision, log = sys.argv[1:]
log = open(log, "a")
asked = {}
def send(**frame): print(json.dumps({"jsonrpc": "2.0", **frame}), flush=True)
def form(): return {"message": "Who?", "requestedSchema": {"type": "object", "properties": {"name": {"type": "string"}}}}
def done(id): send(id=id, result={"resultType": "complete", "content": [{"type": "text", "text": "done"}]})
for line in sys.stdin:
    log.write(line)
    log.flush()
    message = json.loads(line)
    method, id, params = message.get("method"), message.get("id"), message.get("params", {})
    if method == "server/discover":
        if revision == "2026-07-28":
            send(id=id, result={"resultType": "complete", "supportedVersions": [revision], "capabilities": {"tools": {}}, "ttlMs": 0, "cacheScope": "private"})
        else:
            send(id=id, error={"code": -32601, "message": "?"})
    elif method == "initialize":
        send(id=id, result={"protocolVersion": revision, "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}})
    elif method == "tools/list":
        page = {} if params.get("cursor") else {"nextCursor": "more"}
        names = ["plain", "slow"] if params.get("cursor") else ["ask"]
        send(id=id, result={"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in names], **page})
        send(id="p", method="ping")
        send(id="r", method="roots/list")
    elif method == "tools/call" and params["name"] == "ask":
        if revision == "2026-07-28" and "inputResponses" not in params:
            send(id=id, result={"resultType": "input_required", "requestState": "s", "inputRequests": {"q": {"method": "elicitation/create", "params": form()}}})
        elif revision in ("2025-06-18", "2025-11-25"):
            asked["q"] = id
            send(id="q", method="elicitation/create", params=form())
        else:
            done(id)
    elif method == "tools/call" and params["name"] == "plain":
        done(id)
    elif id == "q":
        done(asked["q"])
"""
NOTIFICATIONS = {"notifications/initialized": "InitializedNotification", "notifications/cancelled": "CancelledNotification"}
ANSWERS = {"p": "EmptyResult", "q": "ElicitResult"}


class ClientFrames(unittest.TestCase):
    def test_every_frame_is_one_of_its_revision(self):
        for revision in [*LEGACY, MODERN]:
            if not scenarios.SCHEMAS[revision].validators:
                self.skipTest("there are no schemas")
            with self.subTest(revision), tempfile.TemporaryDirectory() as folder:
                log = Path(folder) / "frames"
                self.drive(revision, Path(folder), log)
                seen = {self.check(json.loads(line), revision) for line in log.read_text().splitlines()}
                wanted = {"tools/list", "tools/call", "notifications/cancelled", "r"}
                wanted |= {"subscriptions/listen"} if revision == MODERN else {"initialize", "notifications/initialized", "p"}
                wanted |= {"q"} if revision in ("2025-06-18", "2025-11-25") else set()
                self.assertLessEqual(wanted, seen)

    def drive(self, revision, folder, log):
        command = wire.host_with_server(folder, "")
        (folder / "server.py").write_text(SERVER)
        host = json.loads((folder / "jackfield.json").read_text())
        host["mcp_servers"]["asks"]["args"] = ["-S", str(folder / "server.py"), revision, str(log)]
        (folder / "jackfield.json").write_text(json.dumps(host))
        subprocess.run([command[0], "tool", "list", *command[2:]], check=True, capture_output=True, env=wire.ENVIRONMENT)
        with Client(command, "2025-11-25", {"elicitation": {}}) as client:
            for tool in ["plain", "ask"]:
                call = client.start("tools/call", {"name": f"asks.{tool}", "arguments": {"text": "\u2028\U0001f600"}})
                while (frame := client.receive()).get("id") != call:
                    if frame.get("method") == "elicitation/create":
                        client.send({"jsonrpc": "2.0", "id": frame["id"], "result": {"action": "accept", "content": {"name": "Ada"}}})
                self.assertNotIn("isError", frame["result"], frame)
            slow = client.start("tools/call", {"name": "asks.slow", "arguments": {}}, progressToken="t")
            while '"slow"' not in log.read_text().split("tools/call")[-1]:
                client.request("ping")
            client.notify("notifications/cancelled", {"requestId": slow})
            while "notifications/cancelled" not in log.read_text():
                client.request("ping")

    def check(self, frame, revision):
        method = frame.get("method")
        if method in ("server/discover", "initialize"):
            # Before anything is agreed it speaks of what it offers.
            revision = MODERN if method == "server/discover" else "2025-11-25"
        schema = scenarios.SCHEMAS[revision]
        if method in NOTIFICATIONS:
            schema.check(NOTIFICATIONS[method], frame)
        elif method:
            schema.check(scenarios.REQUESTS[method], frame)
        elif "error" in frame:
            schema.check("JSONRPCError" if "JSONRPCError" in schema.validators else "JSONRPCErrorResponse", frame)
        elif ANSWERS[frame["id"]] in schema.validators:
            schema.check(ANSWERS[frame["id"]], frame["result"])
        return method or frame["id"]


if __name__ == "__main__":
    unittest.main()
