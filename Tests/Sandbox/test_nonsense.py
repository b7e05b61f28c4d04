"""What a worker makes of what makes no sense: it ends, with a status that says so."""

import os
import random
import struct

import pytest

import wire
from arena import descriptors_of
from wire import BAD_FRAME, CLOSED, EXITED, HOST_IS_GONE, REFUSED


def own_header(**changes):
    return wire.Frame(**{"type": wire.CREDIT, **changes})


BEFORE_LOADING = {
    "not a load": wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=1),
    "a load without an image": wire.Frame(wire.LOAD, wire.texts("attacks", "1.0.0", "acme", "", "", "1 2 0 attack\n")),
    "half a header": b"\1\2\3",
    "a header that lies about its length": own_header(type=wire.LOAD, length=7),
    "no such type": own_header(type=999),
}
WHILE_SERVING = {
    "no such type": own_header(type=999),
    "a frame of a worker": own_header(type=wire.COMPLETE, call=1),
    "a second load": own_header(type=wire.LOAD),
    "flags of nothing": own_header(flags=1 << 9),
    "half a header": b"\1\2\3",
    "more than its header says": wire.Frame(wire.CREDIT, b"more", length=1),
    "less than its header says": wire.Frame(wire.CREDIT, b"", length=1),
    "a length without end": wire.Frame(wire.CREDIT, b"", length=0xFFFFFFFF),
    "a call without a number": wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=0),
    "a function that is not there": wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=1, kind=1),
    "two modes": wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=1, flags=6),
    "an unknown flag of a call": wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=1, flags=8),
    "texts that are missing": wire.Frame(wire.INVOKE, wire.texts("run"), call=1),
    "texts that overlap": wire.Frame(wire.INVOKE, struct.pack("=III", 1, 1, 0xFFFFFFFF) + b"ab", call=1),
    "arguments in memory that is not there": wire.Frame(wire.INVOKE, flags=1, call=1, length=70000),
    "an answer in memory that is not there": wire.Frame(wire.ANSWER, flags=1, request=1, length=70000),
    "memory that is not there": wire.Frame(wire.MEMORY, request=1, count=70000),
    "memory in parts": wire.Frame(wire.MEMORY, flags=16, request=1, status=-1),
}


@pytest.mark.parametrize("frame", BEFORE_LOADING.values(), ids=BEFORE_LOADING)
def test_it_ends_at_a_wrong_frame_instead_of_its_plugin(start, spawn, frame):
    worker = spawn()
    worker.say(frame)
    assert start.zygote.end_of(worker) == (EXITED, BAD_FRAME)


@pytest.mark.parametrize("frame", WHILE_SERVING.values(), ids=WHILE_SERVING)
def test_it_ends_at_a_wrong_frame(start, loaded, frame):
    worker = loaded()
    worker.say(frame)
    assert start.zygote.end_of(worker) == (EXITED, BAD_FRAME)


@pytest.mark.parametrize("frame, descriptors", [
    (own_header(), 1), (own_header(), 5), (wire.Frame(wire.CLOSE), 1), (wire.Frame(wire.MEMORY, count=1), 2),
    (wire.Frame(wire.INVOKE, wire.texts("run", "key", "x"), call=1), 1)])
def test_it_ends_at_descriptors_that_it_has_no_use_for(start, loaded, frame, descriptors):
    worker = loaded()
    worker.say(frame, [0] * descriptors)
    assert start.zygote.end_of(worker) == (EXITED, BAD_FRAME)


@pytest.mark.parametrize("length", [0, 4095, 69999])
def test_memory_that_is_shorter_than_its_frame_says_is_a_wrong_frame(start, loaded, length):
    worker = loaded()
    memory = wire.sealed(b"\0" * length)
    worker.say(wire.Frame(wire.INVOKE, flags=1, call=1, length=70000), [memory])
    os.close(memory)
    assert start.zygote.end_of(worker) == (EXITED, BAD_FRAME)


def test_a_list_in_memory_that_is_shorter_than_a_load_says_loads_nothing(start, spawn):
    worker = spawn()
    image, memory = wire.sealed(start.programs.image), wire.sealed(b"\0" * 100)
    worker.say(wire.Frame(wire.LOAD, flags=1, length=70000), [image, memory])
    os.close(image)
    os.close(memory)
    assert worker.hear().type == wire.FAILED
    assert start.zygote.end_of(worker) == (EXITED, REFUSED)


def test_what_nobody_asked_for_is_passed_over_and_leaves_no_descriptor(loaded):
    worker = loaded()
    before = sorted(descriptors_of(worker))
    memory = wire.sealed(b"x" * 70000)
    for number in range(200):
        worker.say(wire.Frame(wire.ANSWER, flags=1, request=number, length=70000), [memory])
        worker.say(wire.Frame(wire.ANSWER, b"part", flags=16, request=number))
        worker.say(wire.Frame(wire.MEMORY, request=number, count=70000), [memory])
        worker.say(wire.Frame(wire.CANCEL, call=number, status=-5))
        worker.say(wire.Frame(wire.DEADLINE, call=number, request=1))
        worker.say(wire.Frame(wire.CREDIT, call=number, count=0xFFFFFFFF))
    os.close(memory)
    assert worker.answer("host-name") == "refused: uname: EPERM"
    assert sorted(descriptors_of(worker)) == before


def garbage(chance):
    """A frame with mistakes in it, or noise."""
    if chance.random() < 0.1:
        return chance.randbytes(chance.randrange(1, 200))
    payload = chance.choice([b"", wire.texts("run", "key", "host-name"), chance.randbytes(chance.randrange(64))])
    return wire.Frame(
        chance.choice([*range(wire.LOAD, wire.DEADLINE + 1), chance.randrange(1 << 16)]), payload,
        flags=chance.choice([0, 0, 0, 1, 2, 4, chance.randrange(1 << 16)]), call=chance.choice([0, 1, 2, chance.getrandbits(64)]),
        request=chance.getrandbits(chance.choice([2, 64])), status=chance.randrange(-13, 2), memory=chance.randrange(4),
        kind=chance.choice([0, 0, 1, chance.getrandbits(32)]), count=chance.choice([0, 1, chance.getrandbits(32)]),
        length=chance.choice([None, None, None, chance.getrandbits(32)]))


@pytest.mark.parametrize("seed", range(40))
def test_garbage_ends_it_in_order_and_never_crashes_it(start, loaded, seed):
    worker, chance = loaded(), random.Random(seed)
    memory = wire.sealed(wire.texts("run", "key", "host-name") + b"\0" * 5000)
    for _ in range(200):
        if worker.is_over():
            break
        worker.say(garbage(chance), [memory] * chance.choice([0, 0, 0, 1, 2]))
        worker.hear(0)
    os.close(memory)
    worker.channel.shutdown(2)
    assert start.zygote.end_of(worker) in {(EXITED, CLOSED), (EXITED, HOST_IS_GONE), (EXITED, BAD_FRAME)}
