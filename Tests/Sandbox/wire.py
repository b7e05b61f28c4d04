"""What a host says to `jackfield-worker`, said by hand: so that a worker can have any layers, and hear anything."""

import array
import ctypes
import dataclasses
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time

HELLO, SPAWN, ENDED = 1, 2, 3
LOAD, INVOKE, CANCEL, CREDIT, ANSWER, MEMORY, CLOSE, DEADLINE = range(16, 24)
READY, FAILED, COMPLETE, EMIT, PROGRESS, LOG, SERVICE, MEMORY_WANTED = range(32, 40)
LAYERS = ("seccomp", "landlock", "namespaces", "limits", "cgroup", "hygiene", "slot_uid")
BIT = {name: 1 << at for at, name in enumerate(LAYERS)}
EXITED, KILLED, DUMPED = 1, 2, 3  # CLD_...
CLOSED, REFUSED, HOST_IS_GONE, BAD_FRAME = 0, 2, 3, 4  # how a worker exits
VERSION, FRAME_MAX, HEADER_LENGTH = 2, 64 * 1024, 40
CHANNEL = 3
MEMORY_SIZE = 1 << 20


@dataclasses.dataclass
class Frame:
    type: int
    payload: bytes = b""
    flags: int = 0
    call: int = 0
    request: int = 0
    memory: int = 0
    status: int = 0
    kind: int = 0
    count: int = 0
    length: int | None = None  # where it is to be another than the payload's
    fields = struct.Struct("=IHHQQIiII")

    def packed(self):
        length = len(self.payload) if self.length is None else self.length
        return self.fields.pack(length, self.type, self.flags, self.call, self.request, self.memory, self.status,
                                self.kind, self.count) + self.payload

    @classmethod
    def of(cls, packet):
        length, kind_of, flags, call, request, memory, status, kind, count = cls.fields.unpack_from(packet)
        return cls(kind_of, packet[HEADER_LENGTH:], flags, call, request, memory, status, kind, count, length)


def texts(*parts):
    parts = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"".join(struct.pack("=I", len(part)) for part in parts) + b"".join(parts)


def layers(*names):
    return sum(BIT[name] for name in names)


def send(channel, frame, descriptors=()):
    packet = frame if isinstance(frame, bytes) else frame.packed()
    beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))] if descriptors else []
    channel.sendmsg([packet], beside)


def receive(channel, patience, most_descriptors=0):
    """A frame and what came beside it; None where there is none, and b"" where there never will be."""
    if not select.select([channel], [], [], patience)[0]:
        return None, []
    try:
        packet, beside, _, _ = channel.recvmsg(FRAME_MAX, socket.CMSG_SPACE(4 * most_descriptors) if most_descriptors else 0)
    except ConnectionResetError:
        return receive(channel, patience)
    descriptors = array.array("i")
    for level, kind, content in beside:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(content[: len(content) - len(content) % 4])
    return (Frame.of(packet) if packet else b""), list(descriptors)


def sealed(content, seals=fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL):
    memory = os.memfd_create("image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(content)
    while view:
        view = view[os.write(memory, view):]
    fcntl.fcntl(memory, fcntl.F_ADD_SEALS, seals)
    return memory


def is_over(pidfd, patience):
    return bool(select.select([pidfd], [], [], patience)[0])


def start(arguments, user=None, environment=None, stdout=subprocess.DEVNULL, inherited=()):
    """A program with a channel as descriptor 3: it, and the channel's other end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    placeholder = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, CHANNEL)  # so that nothing else of ours has that number in the child
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    try:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=stdout, env=environment or {}, close_fds=False,
            preexec_fn=lambda: (os.dup2(theirs.fileno(), CHANNEL), [os.set_inheritable(one, True) for one in inherited]),
            **identity)
    finally:
        os.close(placeholder)
        theirs.close()
    return process, ours


class Talk:
    """A channel on which calls are made: of a worker, or of a process that nothing was taken away from."""

    def __init__(self, channel, pidfd, pid):
        self.channel, self.pidfd, self.pid, self.last_call = channel, pidfd, pid, 0

    def say(self, frame, descriptors=()):
        try:
            send(self.channel, frame, descriptors)
        except (BrokenPipeError, ConnectionResetError):
            pass  # its end is then heard

    def hear(self, patience=10.0):
        return receive(self.channel, patience)[0]

    def invoke(self, order):
        self.last_call += 1
        deadline = time.monotonic_ns() + 10**11
        self.say(Frame(INVOKE, texts("run", "key", order), call=self.last_call, request=deadline, count=1))

    def answer(self, order, patience=10.0):
        """What a call is answered; None where its process ends first, or says nothing in time."""
        self.invoke(order)
        frame = self.hear(patience)
        return frame.payload.decode(errors="replace") if isinstance(frame, Frame) and frame.type == COMPLETE else None

    def kill(self):
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def is_over(self, patience=0.0):
        return is_over(self.pidfd, patience)

    def close(self):
        if not self.is_over():
            try:
                self.kill()
            except ProcessLookupError:
                pass
        self.channel.close()
        self.is_over(5)
        os.close(self.pidfd)


class Worker(Talk):
    def load(self, image, services="", plugin="attacks", version="1.0.0", function="1 2 0 attack"):
        """Answers what became of it: READY, FAILED or, where it ended, nothing."""
        memory = sealed(image)
        self.say(Frame(LOAD, texts(plugin, version, "acme", "", services, function + "\n")), [memory])
        os.close(memory)
        return self.hear()


class Unconfined(Talk):
    def __init__(self, program, plugin, **how):
        self.process, channel = start([program, plugin], **how)
        super().__init__(channel, os.pidfd_open(self.process.pid), self.process.pid)
        assert self.hear(), "the attacks cannot be loaded"

    def close(self):
        super().close()
        self.process.wait()


class Zygote:
    def __init__(self, program, **how):
        self.process, self.channel = start([program, "--zygote", ""], **how)
        self.pid, self.ended, self.slot = self.process.pid, {}, 0

    def hello(self):
        """The layers that work here, and what is said about the others."""
        send(self.channel, Frame(HELLO, struct.pack("=II", VERSION, 0)))
        answer, _ = receive(self.channel, 20)
        return [name for name in LAYERS if answer.kind & BIT[name]], answer.payload.decode()

    def spawn(self, mask, *, memory=128 << 20, cpu_seconds=0, paths=(), slot=None):
        self.slot = (self.slot + 1) % 60000
        wanted = struct.pack("=IIQQQII", mask, self.slot if slot is None else slot, memory, cpu_seconds, 0, 0, 0)
        send(self.channel, Frame(SPAWN, wanted + b"".join(path.encode() + b"\n" for path in paths)))
        while True:
            frame, descriptors = receive(self.channel, 20, most_descriptors=4)
            assert isinstance(frame, Frame), "the zygote is silent"
            if frame.type != ENDED:
                break
            self.ended[frame.count] = (frame.kind, frame.status)
        if frame.status != 0:
            raise OSError(frame.payload.decode())
        return Worker(socket.socket(fileno=descriptors[0]), descriptors[1], frame.count)

    def end_of(self, worker, patience=5.0):
        """How a worker ended, as the zygote tells it: a CLD_... and the status or signal."""
        until = time.monotonic() + patience
        while worker.pid not in self.ended and (left := until - time.monotonic()) > 0:
            frame, _ = receive(self.channel, left)
            if not isinstance(frame, Frame):
                break
            if frame.type == ENDED:
                self.ended[frame.count] = (frame.kind, frame.status)
        return self.ended.pop(worker.pid, None)

    def close(self):
        self.channel.close()
        self.process.wait(10)


class Hosting:
    """The host's own code that reads what workers send."""

    def __init__(self, library):
        self.library = ctypes.CDLL(library)
        self.library.worker_receive.restype = ctypes.c_ssize_t

    def receive(self, channel):
        packet = ctypes.create_string_buffer(FRAME_MAX)
        length = self.library.worker_receive(channel.fileno(), packet, FRAME_MAX, True)
        return Frame.of(packet.raw[:length]) if length >= HEADER_LENGTH else None

    def memory(self, length):
        return self.library.worker_memory(length)

    def reads(self, memory, length):
        content = ctypes.create_string_buffer(length)
        return bool(self.library.worker_memory_read(memory, content, length))
