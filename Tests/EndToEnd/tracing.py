"""System calls that fail or kill, one after the other: what strace can do to a program."""

import re
import signal
import subprocess

import pytest

from program import JACKFIELD, ROOT

# Whatever changes a file, or makes a change last.
DURABLE = "write,pwrite64,fsync,fdatasync,ftruncate,unlink"


def skip_without_strace():
    if subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True).returncode != 0:
        pytest.skip("strace cannot trace here: no system call can be made to fail")


def traced(host, words, *inject, files=(), log="/dev/null"):
    """Runs a command under strace. `inject` is `CALLS:WHAT:when=N`; `files`: only calls on these are counted and changed."""
    calls = ",".join(each.split(":")[0] for each in inject)
    paths = [word for file in files for word in ("-P", str(file))]
    return subprocess.run(
        ["strace", "-f", "-o", log, "-e", f"trace={calls}", *paths,
         *(word for each in inject for word in ("-e", f"inject={each}")), JACKFIELD, *map(str, words)],
        stdin=subprocess.DEVNULL, capture_output=True, cwd=ROOT, env=host.environment(), timeout=60)


def killed(host, point, *words):
    """Kills a command at its `point`-th durable call, or one of its workers at its own. False where there was no such call."""
    log = host.state.parent / "strace.log"
    done = traced(host, words, f"{DURABLE}:signal=SIGKILL:when={point}", log=log)
    # Of a call that was cut off nobody knows the result. Workers that the host itself ends wait for their next call.
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL) or re.search(r" = \?$", log.read_text(), re.M)


def failed(host, call, error, point, *words, files=()):
    """Makes one call fail, or with `N+` all from there on; the outcome, and whether any was made to."""
    log = host.state.parent / "strace.log"
    done = traced(host, words, f"{call}:error={error}:when={point}", files=files, log=log)
    return done, len(re.findall(r"\(INJECTED\)", log.read_text()))


def syncs(host, *words):
    """How often a command has the disk sync the journal."""
    log = host.state.parent / "strace.log"
    files = [f"{host.journal_file}{suffix}" for suffix in ("", "-wal")]
    paths = [word for file in files for word in ("-P", file)]
    subprocess.run(
        ["strace", "-f", "-o", log, "-e", "trace=fsync,fdatasync", *paths, JACKFIELD, *words], stdin=subprocess.DEVNULL,
        capture_output=True, cwd=ROOT, env=host.environment(), timeout=60, check=True)
    return len(re.findall(r"f(?:data)?sync\(", log.read_text()))
