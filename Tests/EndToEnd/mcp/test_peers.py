"""Clients of other make and age. Each lives in an environment of its own, $JACKFIELD_PEERS/<name>; `peers/install` makes
them. One that is not there is skipped, and says so."""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import client as wire

PEERS = Path(os.environ.get("JACKFIELD_PEERS", wire.ROOT / ".build/peers"))
SCRIPTS = Path(__file__).resolve().parent / "peers"


class Peers(unittest.TestCase):
    def drive(self, peer, script):
        python = PEERS / peer / "bin/python"
        if not python.exists():
            self.skipTest(f"no {peer} in {PEERS}")
        done = subprocess.run(
            [python, SCRIPTS / script, *wire.FIXTURE], env=wire.ENVIRONMENT, capture_output=True, timeout=60, cwd=wire.ROOT)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        seen = json.loads(done.stdout.splitlines()[-1])
        self.assertIn("fixture.add", seen["tools"])
        self.assertEqual((seen["sum"], seen["again"]), ({"sum": 3}, {"sum": 4}))
        self.assertIs(seen["failed"], True)
        return seen

    def session(self, peer, revision):
        seen = self.drive(peer, "mcp_session.py")
        self.assertEqual(seen["revision"], revision)
        self.assertIn(seen["progress"], ([0, 50, 100], None))
        self.assertIn(seen["timed_out"], (True, None))
        self.assertEqual((seen["resources"], seen["prompts"]), (3, 4))

    def test_mcp_1_6(self):
        self.session("mcp-1.6", "2024-11-05")

    def test_mcp_1_9(self):
        self.session("mcp-1.9", "2025-03-26")

    def test_mcp_1_12(self):
        self.session("mcp-1.12", "2025-06-18")

    def test_mcp_1_30(self):
        self.session("mcp-1.30", "2025-11-25")

    def test_fastmcp(self):
        seen = self.drive("fastmcp", "fastmcp_client.py")
        self.assertEqual((seen["progress"], seen["timed_out"]), ([0, 50, 100], True))
        self.assertEqual((seen["resources"], seen["prompts"]), (3, 4))

    def test_chuk_mcp(self):
        self.assertEqual(self.drive("chuk-mcp", "chuk_mcp_client.py")["revision"], "2025-06-18")

    def test_langchain_adapters(self):
        self.drive("langchain", "langchain_adapters.py")

    def test_openai_agents(self):
        self.drive("openai-agents", "openai_agents.py")

    def test_pydantic_ai(self):
        self.drive("pydantic-ai", "pydantic_ai_toolset.py")


if __name__ == "__main__":
    unittest.main()
