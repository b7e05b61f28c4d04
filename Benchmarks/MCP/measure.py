#!/usr/bin/env python3
"""How fast a stdio server answers, seen by a raw client. One JSON line for each figure.

    Benchmarks/MCP/measure.py [--calls N] [--tool NAME] [--arguments JSON] [--legacy] -- COMMAND…
"""

import argparse
import json
import os
import subprocess
import time
from pathlib import Path

META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def line(message):
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


class Wire:
    def __init__(self, command, legacy):
        self.legacy = legacy
        started = time.perf_counter_ns()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.output = self.process.stdin.fileno()
        self.input = self.process.stdout.fileno()
        self.buffer = b""
        if legacy:
            client = {"name": "measure", "version": "1"}
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
            self.exchange(line({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}))
            os.write(self.output, line({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        else:
            self.exchange(line({"jsonrpc": "2.0", "id": 0, "method": "server/discover", "params": {"_meta": META}}))
        self.ready = time.perf_counter_ns() - started

    def call(self, identifier, tool, arguments):
        params = {"name": tool, "arguments": arguments, **({} if self.legacy else {"_meta": META})}
        return line({"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": params})

    def exchange(self, data):
        self.write(data)
        return self.receive()[0]

    def write(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.output, view):]

    def receive(self):
        """Blocks for at least one whole line."""
        pieces = [self.buffer]
        while b"\n" not in pieces[-1]:
            data = os.read(self.input, 1 << 20)
            if not data:
                raise EOFError("the server left")
            pieces.append(data)
        *lines, self.buffer = b"".join(pieces).split(b"\n")
        return lines

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def close(self):
        self.process.stdin.close()
        return self.process.wait(10)


def report(what, samples, wall, count, processor):
    samples.sort()
    print(json.dumps({
        "what": what, "n": count, "calls_per_s": round(count / wall),
        "p50_ns": samples[len(samples) // 2], "p99_ns": samples[len(samples) * 99 // 100],
        "server_cpu_ns": round(processor / count * 1e9),
    }), flush=True)


def sequential(wire, tool, arguments, count):
    requests = [wire.call(n, tool, arguments) for n in range(count)]
    samples = []
    before, begin = wire.processor_seconds(), time.perf_counter()
    for request in requests:
        start = time.perf_counter_ns()
        wire.exchange(request)
        samples.append(time.perf_counter_ns() - start)
    report("mcp_sequential", samples, time.perf_counter() - begin, count, wire.processor_seconds() - before)


def concurrent(wire, tool, arguments, count, width):
    requests = [wire.call(n, tool, arguments) for n in range(count)]
    started, samples = {}, []
    before, begin = wire.processor_seconds(), time.perf_counter()
    sent = min(width, count)
    now = time.perf_counter_ns()
    for n in range(sent):
        started[n] = now
    wire.write(b"".join(requests[:sent]))
    while len(samples) < count:
        answers = wire.receive()
        now = time.perf_counter_ns()
        for answer in answers:
            # Not parsed: the client would be what is measured.
            identifier = int(answer[answer.index(b'"id":') + 5:].split(b",", 1)[0])
            samples.append(now - started.pop(identifier))
        batch = requests[sent:sent + len(answers)]
        for n in range(sent, sent + len(batch)):
            started[n] = now
        sent += len(batch)
        if batch:
            wire.write(b"".join(batch))
    what = f"mcp_{width}_in_flight"
    report(what, samples, time.perf_counter() - begin, count, wire.processor_seconds() - before)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--tool", default="fixture.add")
    parser.add_argument("--arguments", default='{"a":1,"b":2}')
    parser.add_argument("--echo", default="fixture.echo", help="a tool that answers its arguments; empty: none")
    parser.add_argument("--legacy", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    arguments = json.loads(options.arguments)
    ready = []
    for _ in range(20):
        wire = Wire(options.command, options.legacy)
        ready.append(wire.ready)
        wire.close()
    ready.sort()
    print(json.dumps({"what": "mcp_first_answer", "p50_ns": ready[10], "p99_ns": ready[19], "n": 20}), flush=True)
    wire = Wire(options.command, options.legacy)
    print(json.dumps({"what": "mcp_idle_rss", "bytes": wire.resident_bytes(), "n": 1}), flush=True)
    wire.exchange(wire.call(0, options.tool, arguments))
    sequential(wire, options.tool, arguments, options.calls)
    concurrent(wire, options.tool, arguments, 2 * options.calls, 16)
    if options.echo:
        request = wire.call(1, options.echo, {"text": "x" * ((16 << 20) - 11)})
        samples = []
        for _ in range(5):
            start = time.perf_counter_ns()
            wire.write(request)
            answer = wire.receive()[0]
            samples.append(time.perf_counter_ns() - start)
            assert len(answer) > 16 << 20
        print(json.dumps({"what": "mcp_echo_16_mib", "p50_ns": sorted(samples)[2], "n": 5}), flush=True)
    raise SystemExit(wire.close())


if __name__ == "__main__":
    main()
