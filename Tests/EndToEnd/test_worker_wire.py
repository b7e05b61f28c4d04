"""The frames between host, zygote and worker, through the C that sends and receives them."""

import array
import ctypes
import os
import random
import signal
import socket
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FRAME_MAX, HEADER, IN_MEMORY = 64 * 1024, 40, 1
HEADER_FIELDS = struct.Struct("=IHHQQIiII")
EBADMSG, EMSGSIZE, EINVAL, EPIPE = 74, 90, 22, 32


class Text(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("length", ctypes.c_uint32)]


class Frame(ctypes.Structure):
    _fields_ = [
        ("header", ctypes.c_uint8 * HEADER),
        ("payload", ctypes.c_void_p),
        ("descriptor_count", ctypes.c_uint32),
        ("descriptors", ctypes.c_int * 4),
    ]


@pytest.fixture(scope="module")
def wire(tmp_path_factory):
    library = tmp_path_factory.mktemp("wire") / "wire.so"
    wire = ROOT / "sandbox" / "wire"
    subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-I", wire / "include",
         "-o", library, wire / "texts.c", wire / "frames.c"], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.wire_texts_length.restype = ctypes.c_uint64
    loaded.wire_texts_read.restype = ctypes.c_bool
    return loaded


@pytest.fixture
def channel():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        yield ours, theirs


def header(length, flags=0):
    return HEADER_FIELDS.pack(length, 17, flags, 1, 2, 3, -4, 5, 6)


def send(wire, channel, length, payload=b"", descriptors=(), flags=0):
    numbers = (ctypes.c_int * max(1, len(descriptors)))(*descriptors)
    return wire.wire_send(channel.fileno(), header(length, flags), payload, numbers, len(descriptors))


def receive(wire, channel):
    frame = Frame()
    packet = (ctypes.c_uint64 * (FRAME_MAX // 8))()
    answer = wire.wire_receive(channel.fileno(), packet, ctypes.byref(frame))
    length = struct.unpack_from("=I", bytes(frame.header))[0]
    payload = ctypes.string_at(frame.payload, length) if frame.payload else None
    return answer, bytes(frame.header), payload, list(frame.descriptors[: frame.descriptor_count])


def open_descriptors():
    return len(os.listdir("/proc/self/fd"))


def texts_read(wire, packed, count):
    found = (Text * max(1, count))()
    kept = ctypes.create_string_buffer(packed, max(1, len(packed)))
    if not wire.wire_texts_read(kept, ctypes.c_size_t(len(packed)), found, count):
        return None
    return [ctypes.string_at(one.bytes, one.length) for one in found[:count]]


@pytest.mark.parametrize("texts", [[], [b""], [b"calc", b"", b"1.0\n"], [b"x" * 60000, b"y"]])
def test_texts_come_back_as_they_were_written(wire, texts):
    kept = [ctypes.create_string_buffer(text, max(1, len(text))) for text in texts]
    given = (Text * max(1, len(texts)))(
        *(Text(ctypes.addressof(buffer), len(text)) for buffer, text in zip(kept, texts)))
    length = wire.wire_texts_length(given, len(texts))
    packed = ctypes.create_string_buffer(max(1, length))
    wire.wire_texts_write(packed, given, len(texts))
    assert packed.raw[:length] == b"".join(struct.pack("=I", len(text)) for text in texts) + b"".join(texts)
    assert texts_read(wire, packed.raw[:length], len(texts)) == texts


@pytest.mark.parametrize("packed", [
    b"", b"\1\0\0", struct.pack("=I", 1), struct.pack("=I", 2) + b"a", struct.pack("=I", 1) + b"ab",
    struct.pack("=I", 0xFFFFFFFF) + b"a"])
def test_texts_that_do_not_fill_their_list_are_refused(wire, packed):
    assert texts_read(wire, packed, 1) is None


def test_lengths_that_overflow_together_are_refused(wire):
    assert texts_read(wire, struct.pack("=II", 0xFFFFFFFF, 2) + b"a", 2) is None


def test_random_lists_are_read_within_their_bounds(wire):
    chance = random.Random(4)
    for _ in range(20_000):
        packed = chance.randbytes(chance.randrange(40))
        count = chance.randrange(6)
        found = texts_read(wire, packed, count)
        assert found is None or 4 * count + sum(map(len, found)) == len(packed)


@pytest.mark.parametrize("length", [0, 1, FRAME_MAX - HEADER])
def test_a_frame_arrives_whole_with_its_descriptors(wire, channel, length):
    payload = random.Random(length).randbytes(length)
    assert send(wire, channel[0], length, payload, [0, 1, 2, 0]) == 0
    answer, arrived, body, descriptors = receive(wire, channel[1])
    assert (answer, arrived, body) == (1, header(length), payload)
    assert len(descriptors) == 4
    for descriptor in descriptors:
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)


def test_a_frame_whose_payload_is_in_memory_carries_none(wire, channel):
    assert send(wire, channel[0], 1 << 20, flags=IN_MEMORY) == 0
    assert receive(wire, channel[1])[:3] == (1, header(1 << 20, IN_MEMORY), None)


def test_what_does_not_fit_is_not_sent(wire, channel):
    assert send(wire, channel[0], FRAME_MAX - HEADER + 1, b"x" * FRAME_MAX) == -EMSGSIZE
    assert send(wire, channel[0], 0, b"", [0] * 5) == -EINVAL


@pytest.mark.parametrize("packet", [
    b"x", header(0)[:-1], header(1), header(0) + b"x", header(0xFFFFFFFF), header(5) + b"x" * FRAME_MAX,
    header(0, IN_MEMORY) + b"x", header((1 << 30) + 1, IN_MEMORY)])
def test_a_packet_that_is_no_frame_is_refused_and_its_descriptors_closed(wire, channel, packet):
    before = open_descriptors()
    channel[0].sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1]))])
    answer, _, _, descriptors = receive(wire, channel[1])
    assert (answer, descriptors, open_descriptors()) == (-EBADMSG, [], before)


def test_more_descriptors_than_allowed_are_refused_and_closed(wire, channel):
    before = open_descriptors()
    channel[0].sendmsg([header(0)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * 9))])
    answer, _, _, descriptors = receive(wire, channel[1])
    assert (answer, descriptors, open_descriptors()) == (-EBADMSG, [], before)


def test_a_peer_that_is_gone_is_an_end_and_no_signal(wire, channel):
    raised = []
    before = signal.signal(signal.SIGPIPE, lambda number, _: raised.append(number))
    try:
        channel[0].close()
        assert receive(wire, channel[1])[0] == 0
        assert send(wire, channel[1], 0) == -EPIPE
    finally:
        signal.signal(signal.SIGPIPE, before)
    assert raised == []
