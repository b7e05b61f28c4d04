"""Plugins in processes of their own, seen from outside: who is there, as whom, and for how long."""

import json
import os
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

import manifests
from program import JACKFIELD, OK, TIMED_OUT, Program

NOBODY = 65534


def is_there(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except FileNotFoundError:
        return False


def below(pid):
    """Every process that it has started, and those of theirs."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        children += [int(each) for each in task.read_text().split()]
    return children + [each for child in children for each in below(child)]


def named(pids, name):
    return [pid for pid in pids if Path(f"/proc/{pid}/comm").read_text().strip() == name]


@pytest.fixture
def host(tmp_path):
    return Program(tmp_path / "state", manifests.write(tmp_path / "host"))


def start_sleeping(host):
    """A call that lasts, and the processes below its host."""
    process = host.start("tool", "call", "slow.sleep", "--input", '{"milliseconds": 60000}', "--timeout", "60s")
    deadline = time.monotonic() + 30
    while True:
        try:
            started = below(process.pid)
            # One that has loaded its plugin sleeps in it; the other is kept ready.
            if len(named(started, "jf-worker")) == 2:
                return process, started
        except FileNotFoundError:
            pass
        assert time.monotonic() < deadline and process.poll() is None
        select.select([], [], [], 0.005)


def test_a_host_that_is_killed_leaves_no_process_behind(host):
    process, started = start_sleeping(host)
    assert len(named(started, "jf-zygote")) == 1
    process.kill()
    killed = time.monotonic()
    process.communicate(timeout=30)
    while any(map(is_there, started)):
        assert time.monotonic() < killed + 30, "a worker outlives its host"


def test_a_zygote_that_is_killed_takes_its_workers_along_and_the_call_is_told(host):
    process, started = start_sleeping(host)
    [zygote] = named(started, "jf-zygote")
    os.kill(zygote, signal.SIGKILL)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1 and b"ended before it was done" in err, (out, err)
    assert not any(map(is_there, started))


def test_a_call_that_does_not_end_is_answered_at_its_deadline_and_ended_after_its_grace(host):
    begun = time.monotonic()
    outcome = host.call("slow.spin", {"milliseconds": 60000}, "--timeout", "200ms", "-o", "json")
    assert (outcome.code, outcome.error["code"]) == (TIMED_OUT, "timed_out"), str(outcome)
    assert time.monotonic() < begun + 40


def test_a_host_that_stays_has_a_process_ready_before_the_first_call(host):
    process = subprocess.Popen(
        [JACKFIELD, "stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=host.environment())
    deadline = time.monotonic() + 30
    while not any(Path(f"/proc/{pid}/comm").read_text() == "jf-worker\n" for pid in below(process.pid) if is_there(pid)):
        assert time.monotonic() < deadline and process.poll() is None
        select.select([], [], [], 0.005)
    started = below(process.pid)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert not any(map(is_there, started))


def test_what_runs_a_plugin_has_nothing_of_its_host(host):
    process, started = start_sleeping(host)
    workers = named(started, "jf-worker")
    for pid in workers:
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), status
        assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}, status
        if os.geteuid() == 0:
            assert int(status["Uid"].split()[0]) not in (0, NOBODY)
            assert os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net")
            targets = {os.readlink(f"/proc/{pid}/fd/{name}") for name in os.listdir(f"/proc/{pid}/fd")}
            assert all(target.startswith("socket:") or target.endswith(("/null", "/plugin.so")) for target in targets), targets
            assert Path(f"/proc/{pid}/environ").read_bytes().count(b"=") <= 1  # what the loader needs to find libraries
    process.kill()
    process.communicate(timeout=30)


def test_the_doctor_finds_a_level_and_says_what_is_missing(host):
    found = host.run("doctor", "-o", "json")
    checks = {check["name"]: check for check in found.json}
    assert found.code == OK and checks["level standard"]["verdict"] == "ok", str(found)
    if os.geteuid() == 0:
        assert checks["layer slot_uid"]["verdict"] == "ok"
    text = host.run("doctor")
    assert text.code == OK and all(name in text.out for name in checks)


def test_the_doctor_names_a_program_that_is_not_there(tmp_path):
    alone = tmp_path / "jackfield"
    shutil.copy(JACKFIELD, alone)
    runtime = os.path.dirname(subprocess.run(
        ["ldd", JACKFIELD], capture_output=True, text=True, check=True).stdout.split("libswiftCore.so => ")[1].split()[0])
    done = subprocess.run(
        [alone, "doctor", "-o", "json"], capture_output=True, text=True, timeout=60,
        env={"HOME": str(tmp_path), "PATH": os.environ["PATH"], "LD_LIBRARY_PATH": runtime})
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 3 and checks["jackfield-worker"]["verdict"] == "missing", done
    assert checks["sandbox"]["verdict"] == "missing"


@pytest.mark.skipif(os.geteuid() != 0, reason="this user is an ordinary one: every other test shows it")
def test_an_ordinary_user_has_a_sandbox_as_well(tmp_path):
    config = manifests.write(tmp_path / "host")
    state = tmp_path / "state"
    state.mkdir()
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & 0o001:
            os.chmod(folder, os.stat(folder).st_mode | 0o711)
    os.chown(state, NOBODY, NOBODY)
    host = Program(state, config)

    def as_nobody(*words):
        return subprocess.run(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", JACKFIELD, *words],
            capture_output=True, text=True, timeout=60, env=host.environment(), cwd="/")

    diagnosed = as_nobody("doctor", "-o", "json")
    checks = {check["name"]: check["verdict"] for check in json.loads(diagnosed.stdout)}
    assert checks["layer slot_uid"] == "limited" and checks["level standard"] == "ok", diagnosed
    called = as_nobody("tool", "call", "calc.evaluate", "--input", '{"expression": "6*7"}')
    assert called.returncode == OK and json.loads(called.stdout)["value"] == 42, called
