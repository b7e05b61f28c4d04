#!/usr/bin/env python3
"""Measures tool calls through a stdio MCP server, as a client sees them that does as little as possible itself."""
import argparse
import json
import os
import subprocess
import time

META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
CLIENT = {"name": "benchmark", "version": "1"}
IN_FLIGHT = 16


def line(message):
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def report(what, samples, **more):
    samples = sorted(samples)
    p50, p99 = samples[len(samples) // 2], samples[min(len(samples) - 1, int(len(samples) * 0.99))]
    print(json.dumps({"what": what, "p50_ns": p50, "p99_ns": p99, "n": len(samples), **more}, separators=(",", ":")), flush=True)


class Wire:
    def __init__(self, command, is_legacy):
        self.is_legacy = is_legacy
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.buffer = b""
        if is_legacy:
            params = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": CLIENT}
            self.exchange(line({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params}))
            self.write(line({"jsonrpc": "2.0", "method": "notifications/initialized"}))
        else:
            self.exchange(line({"jsonrpc": "2.0", "id": 0, "method": "server/discover", "params": {"_meta": META}}))

    def call(self, identifier, tool, arguments):
        params = {"name": tool, "arguments": arguments, **({} if self.is_legacy else {"_meta": META})}
        return line({"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": params})

    def write(self, data):
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.process.stdin.fileno(), rest):]

    def receive(self):
        """All whole lines that are there; waits for the first."""
        pieces = [self.buffer]
        while b"\n" not in pieces[-1]:
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            if not data:
                raise EOFError("the server left")
            pieces.append(data)
        *lines, self.buffer = b"".join(pieces).split(b"\n")
        return lines

    def exchange(self, data):
        self.write(data)
        return self.receive()[0]

    def processor_ns(self):
        with open(f"/proc/{self.process.pid}/schedstat") as file:
            own = int(file.read().split()[0])
        total = 0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            with open(f"/proc/{self.process.pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return max(own, total)

    def close(self):
        self.process.stdin.close()
        return self.process.wait(10)


def one_by_one(wire, name, requests):
    samples = []
    processor, begin = wire.processor_ns(), time.perf_counter()
    for request in requests:
        start = time.perf_counter_ns()
        wire.exchange(request)
        samples.append(time.perf_counter_ns() - start)
    wall = time.perf_counter() - begin
    processor = (wire.processor_ns() - processor) // len(requests)
    report(f"{name}_one_by_one", samples, calls_per_s=round(len(requests) / wall), server_cpu_ns=processor)


def in_flight(wire, name, requests, width):
    started, samples, sent = {}, [], 0
    processor, begin = wire.processor_ns(), time.perf_counter()
    room = width
    while len(samples) < len(requests):
        batch = requests[sent:sent + room]
        now = time.perf_counter_ns()
        started.update((identifier, now) for identifier in range(sent, sent + len(batch)))
        sent += len(batch)
        if batch:
            wire.write(b"".join(batch))
        answers = wire.receive()
        room, now = len(answers), time.perf_counter_ns()
        for answer in answers:
            # Not parsed: the client would be what is measured.
            identifier = int(answer[answer.index(b'"id":') + 5:].split(b",", 1)[0].split(b"}", 1)[0])
            samples.append(now - started.pop(identifier))
    wall = time.perf_counter() - begin
    processor = (wire.processor_ns() - processor) // len(requests)
    report(f"{name}_{width}_in_flight", samples, calls_per_s=round(len(requests) / wall), server_cpu_ns=processor)


def echo(wire, name, tool, byte_count):
    request = wire.call(1, tool, {"text": "x" * byte_count})
    samples = []
    processor = wire.processor_ns()
    for _ in range(5):
        start = time.perf_counter_ns()
        answer = wire.exchange(request)
        samples.append(time.perf_counter_ns() - start)
        assert len(answer) > byte_count
    processor = (wire.processor_ns() - processor) // len(samples)
    report(f"{name}_echo_{round(byte_count / 2**20)}_mib", samples, server_cpu_ns=processor)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="mcp", help="how the figures are called")
    parser.add_argument("--calls", type=int, default=20000)
    parser.add_argument("--tool", required=True, help="a tool that adds a and b")
    parser.add_argument("--echo", help="a tool that answers its arguments")
    parser.add_argument("--legacy", action="store_true", help="with a handshake of 2025-11-25")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    wire = Wire(options.command, options.legacy)
    requests = [wire.call(n, options.tool, {"a": n, "b": 1}) for n in range(options.calls)]
    for request in requests[:200]:
        wire.exchange(request)
    one_by_one(wire, options.name, requests)
    in_flight(wire, options.name, requests, IN_FLIGHT)
    if options.echo:
        echo(wire, options.name, options.echo, (16 << 20) - 12)
    raise SystemExit(wire.close())


if __name__ == "__main__":
    main()
