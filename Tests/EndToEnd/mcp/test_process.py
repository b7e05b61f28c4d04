"""The server as a process: how it starts, how it ends, what it leaves behind. Needs nothing but Python."""

import json
import os
import signal
import subprocess
import sys
import time
import unittest

import client as wire
from client import Client, FIXTURE


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Process(unittest.TestCase):
    def test_every_byte_of_the_output_is_protocol_whatever_a_tool_prints(self):
        with Client(FIXTURE, "2025-06-18", stderr=subprocess.PIPE) as client:
            for _ in range(5):
                self.assertTrue(client.call("fixture.print")["result"]["structuredContent"]["printed"])
            client.close()
            printed = client.process.stderr.read()
            client.process.stderr.close()
        self.assertEqual(printed.count(b"printed by a tool"), 5)
        self.assertEqual(printed.count(b"printed by a child"), 5)

    def test_children_of_tools_inherit_neither_end_of_the_wire(self):
        with Client(FIXTURE, "2025-06-18") as client:
            seen = client.call("fixture.descriptors")["result"]["structuredContent"]["descriptors"]
            ours = [os.fstat(file.fileno()).st_ino for file in (client.process.stdin, client.process.stdout)]
        self.assertTrue(seen)
        for inode in ours:
            self.assertNotIn(f"pipe:[{inode}]", [target.strip() for target in seen])

    def test_the_end_of_the_input_answers_everything_and_exits_with_0(self):
        with Client(FIXTURE, wire.MODERN) as client:
            ids = {client.start("tools/call", {"name": "fixture.add", "arguments": {"a": 1, "b": 2}}) for _ in range(64)}
            self.assertEqual({frame["id"] for frame in client.close()}, ids)
            self.assertEqual(client.process.returncode, 0)

    def test_calls_that_do_not_end_are_given_up(self):
        with Client(FIXTURE, wire.MODERN) as client:
            ids = {client.start("tools/call", {"name": "fixture.wait"}) for _ in range(8)}
            start = time.monotonic()
            frames = client.close()
            self.assertLess(time.monotonic() - start, 20)
            self.assertEqual({frame["id"] for frame in frames}, ids)
            self.assertTrue(all(frame["result"]["isError"] for frame in frames))
            self.assertEqual(client.process.returncode, 0)

    def test_a_tool_that_keeps_its_thread_does_not_keep_the_process(self):
        with Client(FIXTURE, wire.MODERN) as client:
            client.start("tools/call", {"name": "fixture.hang"})
            client.request("tools/list")
            start = time.monotonic()
            client.close()
            self.assertLess(time.monotonic() - start, 20)

    def test_a_closed_output_ends_it(self):
        client = Client(FIXTURE, wire.MODERN)
        client.process.stdout.close()
        client.start("tools/list")
        client.start("tools/list")
        client.process.wait(40)
        client.process.stdin.close()

    def test_a_reader_that_stalls_does_not_keep_the_process_after_the_end(self):
        client = Client(FIXTURE, wire.MODERN)
        for _ in range(8):
            client.start("tools/call", {"name": "fixture.repeat", "arguments": {"count": 1000000}})
        client.process.stdin.close()
        start = time.monotonic()
        client.process.wait(40)
        self.assertLess(time.monotonic() - start, 30)
        client.process.stdout.close()

    def test_no_orphan_when_the_parent_is_killed(self):
        script = "import subprocess, sys, time\n" \
            f"p = subprocess.Popen({FIXTURE!r}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n" \
            "print(p.pid, flush=True)\ntime.sleep(60)\n"
        parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        parent.stdout.close()
        deadline = time.monotonic() + 30
        while is_running(pid):
            self.assertLess(time.monotonic(), deadline, "still there")
            time.sleep(0.01)

    def test_standard_error_that_nobody_reads_blocks_nothing(self):
        with Client(FIXTURE, "2025-06-18", stderr=subprocess.PIPE) as client:
            for _ in range(300):  # each writes a warning; a pipe holds 64 KiB
                client.call("fixture.image")
            client.process.stderr.close()

    def test_both_sides_may_write_a_megabyte_at_once(self):
        with Client(FIXTURE, wire.MODERN) as client:
            ids = set()
            for _ in range(8):  # nothing is read meanwhile
                ids.add(client.start("tools/call", {"name": "fixture.echo", "arguments": {"text": "x" * (1 << 20)}}))
            for _ in range(8):
                frame = client.receive()
                ids.discard(frame["id"])
                self.assertEqual(len(frame["result"]["structuredContent"]["text"]), 1 << 20)

    def test_messages_of_many_sizes(self):
        with Client(FIXTURE, wire.MODERN) as client:
            for size in [65535, 65536, 65537, 1 << 20, 8 << 20, (16 << 20) - 12]:
                answer = client.call("fixture.echo", {"text": "x" * size})
                self.assertEqual(len(answer["result"]["structuredContent"]["text"]), size)
            answer = client.request("tools/call", {"name": "fixture.echo", "arguments": {"text": "x" * (18 << 20)}})
            self.assertEqual(answer["error"]["code"], -32600)
            self.assertEqual(client.request("tools/list")["result"]["resultType"], "complete")

    def test_starting_and_ending_leaves_nothing(self):
        before = descriptors("self")
        for _ in range(int(os.environ.get("JACKFIELD_SPAWN_CYCLES", "50"))):
            with Client(FIXTURE, "2024-11-05") as client:
                client.close()
                self.assertEqual(client.process.returncode, 0)
        self.assertEqual(descriptors("self"), before)

    def test_calls_leave_no_descriptor_and_no_thread(self):
        with Client(FIXTURE, wire.MODERN) as client:
            for _ in range(50):
                client.call("fixture.add", {"a": 1, "b": 2})
            count = descriptors(client.process.pid)
            for _ in range(500):
                client.call("fixture.add", {"a": 1, "b": 2})
            self.assertEqual(descriptors(client.process.pid), count)
            self.assertLess(len(os.listdir(f"/proc/{client.process.pid}/task")), 12)

    def test_a_minimal_environment_is_enough(self):
        process = subprocess.run(FIXTURE, input=b'{"jsonrpc":"2.0","id":1,"method":"ping"}', env={}, capture_output=True)
        self.assertEqual(json.loads(process.stdout), {"jsonrpc": "2.0", "id": 1, "result": {}})
        self.assertEqual(process.returncode, 0)


class Program(unittest.TestCase):
    """What holds of the program itself, not of the fixtures."""

    def test_signals_end_it_cleanly(self):
        import tempfile
        for number in [signal.SIGTERM, signal.SIGHUP, signal.SIGINT]:
            with self.subTest(number.name), tempfile.TemporaryDirectory() as state:
                with Client(wire.jackfield(state), wire.MODERN) as client:
                    client.call("calc.evaluate", {"expression": "1+1"})
                    client.process.send_signal(number)
                    self.assertEqual(client.rest(), [])
                    self.assertEqual(client.process.wait(40), 0)


if __name__ == "__main__":
    unittest.main()
