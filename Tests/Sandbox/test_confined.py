"""How a worker was confined, as can be seen from outside."""

import os

import pytest

from arena import STANDARD, STRICT, descriptors_of

both_levels = pytest.mark.parametrize("level", [STANDARD, STRICT], ids=["standard", "strict"])


def status_of(worker):
    with open(f"/proc/{worker.pid}/status") as lines:
        return dict(line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line)


@both_levels
def test_it_is_confined_before_it_gets_a_plugin(start, spawn, level):
    worker = spawn(level)
    status = status_of(worker)
    assert [status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == ["0" * 16] * 4
    assert (status["NoNewPrivs"], status["Seccomp"], status["Seccomp_filters"]) == ("1", "2", "1")
    if start.uid == 0:
        assert status["CapBnd"] == "0" * 16
    if "slot_uid" in start.layers:
        uids = status["Uid"].split()
        assert len(set(uids)) == 1 and int(uids[0]) > 0x70000000 and status["Groups"].strip() == ""


@both_levels
def test_a_second_filter_is_on_every_thread_before_it_takes_calls(loaded, level):
    worker = loaded(level)
    assert worker.answer("thread-bomb") is not None  # it has threads now, and has had more
    threads = os.listdir(f"/proc/{worker.pid}/task")
    assert len(threads) > 1
    for thread in threads:
        with open(f"/proc/{worker.pid}/task/{thread}/status") as lines:
            assert "Seccomp_filters:\t2\n" in lines.readlines()


@both_levels
def test_it_has_its_streams_and_its_channel_and_no_other_descriptor(loaded, level):
    found = descriptors_of(loaded(level))
    assert sorted(found) == [0, 1, 2, 3]
    # Its file system is not ours: there the path begins at the folder of devices.
    assert all(found[stream].endswith("/null") for stream in range(3)) and found[3].startswith("socket:")


def test_it_has_no_environment(start, loaded):
    worker = loaded()
    if os.geteuid() == 0:
        with open(f"/proc/{worker.pid}/environ") as environment:
            assert environment.read() == ""
    assert start.ground.token not in worker.answer("environment")


def test_namespaces_are_its_own(start, loaded):
    if os.geteuid() != 0:
        pytest.skip("only root may look at the namespaces of a process that is not dumpable")
    first, second = loaded(), loaded()
    for name in ("mnt", "pid", "net", "ipc", "uts", "cgroup"):
        links = {os.readlink(f"/proc/{pid}/ns/{name}") for pid in (first.pid, second.pid, start.zygote.pid)}
        assert len(links) == 3, name


def test_workers_of_two_tenants_have_nothing_in_common(start, loaded):
    if os.geteuid() != 0:
        pytest.skip("only root may look at the memory of a process that is not dumpable")
    first, second = loaded(), loaded()
    if "slot_uid" in start.layers:
        assert status_of(first)["Uid"] != status_of(second)["Uid"]
    for worker in (first, second):
        with open(f"/proc/{worker.pid}/maps") as maps:
            assert [line for line in maps if " rw-s " in line or " rwxs " in line] == []


def test_its_limits_are_those_that_were_asked_for(loaded):
    worker = loaded()
    with open(f"/proc/{worker.pid}/limits") as lines:
        limits = {line[:26].strip(): line[26:].split()[:2] for line in lines}
    assert limits["Max address space"] == [str(128 << 20)] * 2
    assert limits["Max open files"] == ["64"] * 2
    assert limits["Max processes"] == ["32"] * 2
    assert limits["Max file size"] == [str(1 << 20)] * 2
    assert limits["Max core file size"] == limits["Max locked memory"] == limits["Max msgqueue size"] == ["0"] * 2
