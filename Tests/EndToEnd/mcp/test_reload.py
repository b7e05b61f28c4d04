"""A host that stays takes up changes: of its manifests when it is asked to, of its MCP servers' tools by itself."""

import json
import signal
import sys
import tempfile
import time
import unittest
from pathlib import Path

import client as wire
from client import Client, MODERN

ODD = Path(__file__).resolve().parents[1] / "servers/odd.py"


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, file, **manifest):
        (self.folder / file).write_text(json.dumps({"apiVersion": "jackfield/v1", **manifest}))

    def host(self, **more):
        self.write("host.json", kind="Host", plugins={"calc": {}}, tenants=["acme.json"], prompts=["prompts.json"], **more)
        self.write("prompts.json", kind="Prompts", prompts={"hello": {"messages": [{"role": "user", "text": "Hello."}]}})
        self.tenant()
        return [str(wire.BUILD / "jackfield"), "stdio", "--config", str(self.folder / "host.json"), "--state", str(self.folder)]

    def tenant(self, plugins=("calc",), **more):
        self.write("acme.json", kind="Tenant", name="acme", plugins={name: {} for name in plugins}, **more)

    def tools(self, client):
        return [tool["name"] for tool in client.request("tools/list")["result"]["tools"]]

    def next(self, client, method):
        while (frame := client.receive()).get("method") != method:
            self.assertNotIn("id", frame)
        return frame

    def test_what_the_manifests_say_is_taken_up_and_told(self):
        for revision in ["2025-11-25", MODERN]:
            with self.subTest(revision), Client(self.host(), revision) as client:
                if revision == MODERN:
                    client.start("subscriptions/listen", {"notifications": {"toolsListChanged": True, "promptsListChanged": True}})
                    self.next(client, "notifications/subscriptions/acknowledged")
                self.assertEqual(self.tools(client), ["calc.evaluate"])
                self.tenant(plugins=(), prompts=["hello"])
                client.process.send_signal(signal.SIGUSR1)
                self.next(client, "notifications/tools/list_changed")
                self.next(client, "notifications/prompts/list_changed")
                self.assertEqual(self.tools(client), [])
                self.assertEqual(client.call("calc.evaluate", {"expression": "1"})["error"]["code"], -32602)
                prompts = client.request("prompts/list")["result"]["prompts"]
                self.assertEqual([prompt["name"] for prompt in prompts], ["hello"])
                self.tenant()
                client.process.send_signal(signal.SIGUSR1)
                self.next(client, "notifications/tools/list_changed")
                self.assertEqual(client.call("calc.evaluate", {"expression": "6*7"})["result"]["structuredContent"]["value"], 42)

    def test_manifests_that_are_not_in_order_change_nothing(self):
        log = self.folder / "log"
        with open(log, "wb") as stderr, Client(self.host(), "2025-11-25", stderr=stderr) as client:
            self.write("acme.json", kind="Tenant", name="acme", plugins={"calk": {}})
            client.process.send_signal(signal.SIGUSR1)
            end = time.monotonic() + 15
            while b"stays as it was" not in log.read_bytes() and time.monotonic() < end:
                self.assertEqual(self.tools(client), ["calc.evaluate"])
            self.assertIn(b"did you mean 'calc'", log.read_bytes())
            self.assertEqual(self.tools(client), ["calc.evaluate"])

    def test_a_rate_that_is_used_up_stays_used_up(self):
        limits = {"calc.evaluate": {"rate_limit": {"limit": 1, "period": "1h"}}}
        command = self.host()
        self.tenant(tools=limits)
        with Client(command, "2025-11-25") as client:
            self.assertNotIn("isError", client.call("calc.evaluate", {"expression": "1"})["result"])
            client.process.send_signal(signal.SIGUSR1)
            self.next(client, "notifications/tools/list_changed")
            refused = json.loads(client.call("calc.evaluate", {"expression": "1"})["result"]["content"][0]["text"])
            self.assertEqual(refused["error"]["code"], "rate_limited")

    def test_a_server_that_starts_late_delays_nobody_and_its_tools_are_told(self):
        gate = self.folder / "gate"
        (self.folder / "late.py").write_text(
            "import os, time\n"
            f"while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
            f"exec(open({str(ODD)!r}).read())\n")
        servers = {"odd": {"command": sys.executable, "args": ["-S", str(self.folder / "late.py")], "probe_timeout": "20s"}}
        command = self.host(mcp_servers=servers)
        self.tenant(plugins=("calc", "odd"))
        started = time.monotonic()
        with Client(command, "2025-11-25") as client:
            self.assertLess(time.monotonic() - started, 10)
            self.assertEqual(self.tools(client), ["calc.evaluate"])
            gate.touch()
            self.next(client, "notifications/tools/list_changed")
            self.assertIn("odd.structured", self.tools(client))
            self.assertEqual(client.call("odd.structured")["result"]["structuredContent"], {"n": 1})


if __name__ == "__main__":
    unittest.main()
