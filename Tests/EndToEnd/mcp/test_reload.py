"""A host that stays takes up changes: of its manifests when it is asked to, of its MCP servers' tools by itself."""

import json
import signal
import subprocess
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
        more = {"plugins": {"calc": {}}, **more}
        self.write("host.json", kind="Host", tenants=["acme.json"], prompts=["prompts.json"], **more)
        self.write("prompts.json", kind="Prompts", prompts={"hello": {"messages": [{"role": "user", "text": "Hello."}]}})
        self.tenant()
        return [str(wire.BUILD / "jackfield"), "stdio", "--config", str(self.folder / "host.json"), "--state", str(self.folder)]

    def tenant(self, plugins=("calc",), **more):
        plugins = plugins if isinstance(plugins, dict) else {name: {} for name in plugins}
        self.write("acme.json", kind="Tenant", name="acme", plugins=plugins, **more)

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
            end = time.monotonic() + 40
            while b"stays as it was" not in log.read_bytes() and time.monotonic() < end:
                self.assertEqual(self.tools(client), ["calc.evaluate"])
            self.assertIn(b"did you mean 'calc'", log.read_bytes())
            self.assertEqual(self.tools(client), ["calc.evaluate"])

    def refused(self, client, log, *words):
        """Asks for a reload that is refused; the log says why."""
        before = log.read_bytes().count(b"stays as it was")
        client.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 40
        while log.read_bytes().count(b"stays as it was") == before:
            self.assertLess(time.monotonic(), end)
            client.request("ping")
        reason = [line for line in log.read_text().splitlines() if "stays as it was" in line][-1]
        for word in words:
            self.assertIn(word, reason)

    def test_where_anything_is_wrong_nothing_is_taken_up(self):
        log = self.folder / "log"
        limits = {"calc.evaluate": {"rate_limit": {"limit": 1, "period": "1h"}}}
        changed = {"prompts": ["hello"], "tools": limits}
        wrong = [
            # A tool that its plugin does not have.
            ({"tools": {"calc.evalute": {}}}, {}, ["calc.evalute", "did you mean"]),
            # A plugin file that is none.
            ({"plugins": ("calc", "broken")}, {"plugins": {"calc": {}, "broken": {"file": "broken.so"}}}, ["broken.so"]),
            # One that nobody uses.
            ({}, {"plugins": {"calc": {}, "broken": {"file": "broken.so"}}}, ["broken.so"]),
            # A configuration that its plugin does not take.
            ({"plugins": {"calc": {"config": {"a": 1}}}}, {}, ["takes no configuration"]),
        ]
        (self.folder / "broken.so").write_bytes(b"\x7fELF" + bytes(100))
        with open(log, "wb") as stderr, Client(self.host(), "2025-11-25", stderr=stderr) as client:
            for tenant, host, words in wrong:
                with self.subTest(words):
                    self.host(**{"plugins": {"calc": {}}, **host})
                    self.tenant(**{**changed, **tenant})
                    self.refused(client, log, *words)
                    self.assertEqual(self.tools(client), ["calc.evaluate"])
                    self.assertEqual(client.request("prompts/list")["result"]["prompts"], [])
                    for _ in range(3):  # and the old limits
                        self.assertNotIn("isError", client.call("calc.evaluate", {"expression": "1"})["result"])
            self.assertFalse([frame for frame in client.frames if "list_changed" in frame.get("method", "")])
            self.host(plugins={"calc": {}})
            self.tenant(**changed)
            client.process.send_signal(signal.SIGUSR1)
            self.next(client, "notifications/prompts/list_changed")
            self.assertEqual(len(client.request("prompts/list")["result"]["prompts"]), 1)
            self.assertNotIn("isError", client.call("calc.evaluate", {"expression": "1"})["result"])
            self.assertTrue(client.call("calc.evaluate", {"expression": "1"})["result"]["isError"])

    def test_news_of_a_server_are_no_reason_to_read_anything_else(self):
        offered = self.folder / "tools.json"
        tool = {"description": "", "inputSchema": {"type": "object"}}
        offered.write_text(json.dumps([{"name": "one", **tool}]))
        servers = {"odd": {"command": sys.executable, "args": ["-S", str(ODD), "tells"], "set_env": {"ODD_TOOLS": str(offered)}}}
        log = self.folder / "log"
        command = self.host(mcp_servers=servers)
        self.tenant(plugins=("calc", "odd"))
        subprocess.run([*command[:1], "tool", "list", *command[2:]], check=True, capture_output=True)
        with open(log, "wb") as stderr, Client(command, "2025-11-25", stderr=stderr) as client:
            self.assertEqual(self.tools(client), ["calc.evaluate", "odd.one"])
            # The manifests are not in order any more; nobody asked for them.
            self.write("acme.json", kind="Tenant", name="acme", plugins={"calk": {}})
            (self.folder / "others.json").write_text(json.dumps([]))
            (self.folder / "others.json").rename(offered)
            end = time.monotonic() + 40
            while self.tools(client) != ["calc.evaluate"]:
                self.assertLess(time.monotonic(), end)
            self.assertNotIn(b"calk", log.read_bytes())

    def test_what_needs_no_plugin_is_answered_while_they_are_loaded(self):
        command = self.host(mcp_servers={"mute": {"command": sys.executable, "args": ["-S", str(ODD), "mute"], "probe_timeout": "20s"}})
        self.tenant(plugins=("calc", "mute"))
        with Client(command, "2025-11-25") as client:
            answered = time.monotonic()
            # This one waits for a server that is new, as long as it may.
            self.assertEqual(self.tools(client), ["calc.evaluate"])
            self.assertGreater(time.monotonic() - answered, 0.05)

    def test_what_is_asked_for_during_the_start_is_done_after_it(self):
        def held(process):
            [mask] = [line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("SigBlk")]
            return int(mask.split()[1], 16) >> (signal.SIGUSR1 - 1) & 1

        for asked in [signal.SIGUSR1, signal.SIGTERM]:
            with self.subTest(asked), open(self.folder / "log", "wb") as log:
                # A server that never answers: the start takes a while.
                mute = {"command": sys.executable, "args": ["-S", str(ODD), "mute"], "probe_timeout": "20s"}
                command = self.host(mcp_servers={"mute": mute})
                self.tenant(plugins=("calc", "mute"))
                process = subprocess.Popen([*command, "-v"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
                while not held(process):
                    self.assertIsNone(process.poll())
                self.assertNotIn(b"initialize", (self.folder / "log").read_bytes())
                process.send_signal(asked)
                if asked == signal.SIGUSR1:
                    end = time.monotonic() + 40
                    while b"was read anew" not in (self.folder / "log").read_bytes():
                        self.assertLess(time.monotonic(), end)
                    process.stdin.close()
                self.assertEqual(process.wait(15), 0)
                process.stdout.close()
                if not process.stdin.closed:
                    process.stdin.close()

    def test_a_server_that_is_what_it_was_is_no_news(self):
        log = self.folder / "log"
        command = self.host(mcp_servers={"odd": {"command": sys.executable, "args": ["-S", str(ODD)]}})
        self.tenant(plugins=("calc", "odd"))
        subprocess.run([*command[:1], "tool", "list", *command[2:]], check=True, capture_output=True)
        with open(log, "wb") as stderr, Client(command, "2025-11-25", stderr=stderr) as client:
            self.assertEqual(client.call("odd.structured")["result"]["structuredContent"], {"n": 1})
            client.process.send_signal(signal.SIGUSR1)
            self.next(client, "notifications/resources/list_changed")
            icons = {tool["name"]: tool.get("icons") for tool in client.request("tools/list")["result"]["tools"]}
            self.assertEqual((icons["odd.large"], icons["odd.echo"]), ([{"src": "https://odd.example/large.png"}], None))
            told = [frame["method"] for frame in client.frames if "list_changed" in frame.get("method", "")]
            self.assertEqual(told.count("notifications/tools/list_changed"), 1)

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
