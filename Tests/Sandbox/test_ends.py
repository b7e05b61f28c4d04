"""How workers end, and with whom."""

import signal
import struct
import time
from pathlib import Path

import pytest

import wire
from arena import STANDARD, STRICT, is_ready
from wire import CLOSED, DUMPED, EXITED, HOST_IS_GONE, KILLED, REFUSED

both_levels = pytest.mark.parametrize("level", [STANDARD, STRICT], ids=["standard", "strict"])


def test_it_ends_in_order_when_it_is_told_to(start, loaded):
    worker = loaded()
    worker.say(wire.Frame(wire.CLOSE))
    assert start.zygote.end_of(worker) == (EXITED, CLOSED)


def test_it_ends_when_its_channel_does(start, spawn, loaded):
    for worker in (spawn(), loaded()):
        worker.channel.shutdown(2)
        assert start.zygote.end_of(worker) == (EXITED, HOST_IS_GONE)


def test_a_plugin_that_cannot_be_loaded_ends_it_with_a_sentence(start, spawn):
    worker = spawn()
    answer = worker.load(b"no shared object" * 300)
    assert answer.type == wire.FAILED and b"ELF" in answer.payload
    assert start.zygote.end_of(worker) == (EXITED, REFUSED)


def test_the_zygote_tells_what_killed_one(start, loaded):
    worker = loaded()
    worker.invoke("touch-nothing")
    assert start.zygote.end_of(worker) in {(KILLED, signal.SIGSEGV), (DUMPED, signal.SIGSEGV)}
    worker = loaded()
    worker.kill()
    assert start.zygote.end_of(worker) == (KILLED, signal.SIGKILL)


def clinging(loaded, zygote, level):
    """Idle ones, some that loop, and some that want to stay."""
    workers = [loaded(level, zygote) for _ in range(9)]
    for worker, order in zip(workers, ["spin", "sleep-deaf", "cling"] * 2):
        worker.invoke(order)
    return workers


def all_over(workers, seconds):
    until = time.monotonic() + seconds
    return all(worker.is_over(max(0, until - time.monotonic())) for worker in workers)


@both_levels
def test_every_worker_is_gone_when_the_channel_of_the_zygote_closes(loaded, zygote, level):
    workers = clinging(loaded, zygote, level)
    zygote.channel.shutdown(2)
    assert all_over(workers, 30)
    assert zygote.process.wait(30) == 0


@both_levels
def test_every_worker_is_gone_when_the_zygote_is_killed(loaded, zygote, level):
    workers = clinging(loaded, zygote, level)
    zygote.process.kill()
    assert all_over(workers, 30)


@pytest.mark.parametrize("frame", [b"\1", wire.Frame(999), wire.Frame(wire.SPAWN, b"short"), wire.Frame(wire.HELLO, b""),
                                   wire.Frame(wire.HELLO, struct.pack("=II", 1, 0), flags=1)])
def test_the_zygote_ends_with_all_its_workers_at_a_wrong_frame(loaded, zygote, frame):
    worker = loaded(STRICT, zygote)
    wire.send(zygote.channel, frame)
    assert worker.is_over(30) and zygote.process.wait(30) == 0


def test_a_zygote_of_another_installation_says_so(zygote):
    wire.send(zygote.channel, wire.Frame(wire.HELLO, struct.pack("=II", wire.VERSION + 1, 0)))
    answer, _ = wire.receive(zygote.channel, 5)
    assert answer.status < 0 and b"different installations" in answer.payload


@pytest.mark.parametrize("mask, says", [(1 << 20, b"not known"), (wire.BIT["slot_uid"], b"only root")])
def test_a_layer_that_cannot_be_had_is_refused_with_a_remedy(start, mask, says):
    if says == b"only root" and start.uid == 0:
        pytest.skip("root has it")
    with pytest.raises(OSError, match=says.decode()):
        start.zygote.spawn(mask)


def groups_of(worker):
    """Where the system keeps the limits of its tasks and its memory."""
    lines = Path(f"/proc/{worker.pid}/cgroup").read_text().splitlines()
    names = {controller: path for line in lines for _, controllers, path in [line.split(":", 2)] for controller in controllers.split(",")}
    mounted = Path("/sys/fs/cgroup")
    return [mounted / name / path[1:] for name, path in names.items() if name in {"pids", "memory"}] or [mounted / names[""][1:]]


def test_a_group_that_cannot_be_removed_yet_costs_the_next_worker_of_its_slot_nothing(start, zygote):
    if "cgroup" not in start.layers:
        pytest.skip(f"workers have no groups as {start.name}: {start.missing}")
    mask = start.level(STANDARD)
    first = zygote.spawn(mask, slot=7)
    inside = [group / "inside" for group in groups_of(first)]
    for group in inside:
        group.mkdir()  # nobody can remove what is around it now
    try:
        first.kill()
        assert zygote.end_of(first) == (KILLED, signal.SIGKILL)
        second = zygote.spawn(mask, slot=7)
        # Before it answers this, the zygote has tried to remove what it must, and ended whoever is in there.
        third = zygote.spawn(mask)
        assert is_ready(second.load(start.programs.image))
        for worker in (first, second, third):
            worker.close()
    finally:
        for group in inside:
            group.rmdir()


def test_processor_time_ends_where_it_was_limited(start):
    worker = start.zygote.spawn(start.level(STANDARD), cpu_seconds=1)
    try:
        assert is_ready(worker.load(start.programs.image))
        worker.invoke("spin")
        ended = start.zygote.end_of(worker, patience=20)
        assert ended is not None and ended[1] in {signal.SIGXCPU, signal.SIGKILL}
    finally:
        worker.close()
