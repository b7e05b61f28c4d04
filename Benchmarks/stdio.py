#!/usr/bin/env python3
"""Measures `jackfield stdio` from the outside: spawn to the first answer, and memory while idle."""
import json
import os
import subprocess
import sys
import time

ROUNDS = 30
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "benchmark", "version": "1"}},
}
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


def report(what, samples):
    samples = sorted(samples)
    p50, p99 = samples[len(samples) // 2], samples[min(len(samples) - 1, int(len(samples) * 0.99))]
    print(json.dumps({"what": what, "p50_ns": p50, "p99_ns": p99, "n": len(samples)}, separators=(",", ":")))


def ask(process, request):
    process.stdin.write(json.dumps(request).encode() + b"\n")
    process.stdin.flush()
    while True:
        answer = json.loads(process.stdout.readline())
        if answer.get("id") == request["id"]:
            return answer


def once(command):
    start = time.monotonic_ns()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    ask(process, INITIALIZE)
    first = time.monotonic_ns() - start
    process.stdin.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    tools = ask(process, LIST)["result"]["tools"]
    listed = time.monotonic_ns() - start
    time.sleep(0.05)  # idle
    with open(f"/proc/{process.pid}/status") as status:
        resident = next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
    process.stdin.close()
    process.wait(timeout=5)
    return first, listed, resident, len(tools)


def main():
    command = sys.argv[1:]
    if not command:
        sys.exit("usage: stdio.py COMMAND [ARGUMENT ...]")
    once(command)
    runs = [once(command) for _ in range(ROUNDS)]
    report("stdio: spawn to the first answer", [run[0] for run in runs])
    report("stdio: spawn to the list of tools", [run[1] for run in runs])
    resident = sorted(run[2] for run in runs)[ROUNDS // 2]
    print(json.dumps({"what": "stdio: resident memory while idle, bytes", "p50": resident, "n": ROUNDS}, separators=(",", ":")))


if __name__ == "__main__":
    main()
