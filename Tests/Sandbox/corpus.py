"""The attacks: what each is called, what it aims at, and how it shows that it got through.

The numbers are those of the abuse cases that the sandbox was designed against. A case that is about packets, results and
files, and not about what a worker can reach, is held by other tests: sandbox/README.md says by which."""

import contextlib
import os
import platform
import socket
from collections.abc import Callable
from dataclasses import dataclass

import wire

SHORT = 0.15  # seconds that an attack gets which never ends


@dataclass
class Scene:
    """One attack on one worker."""
    ground: object
    attacker: wire.Talk
    victim: wire.Talk | None  # the worker of another tenant
    host: wire.Talk | wire.Zygote  # who has made the attacker
    hosting: wire.Hosting
    address: str = ""  # of the victim's secret
    gained: int = 0  # descriptors
    memory: int = -1


@dataclass(frozen=True)
class Attack:
    number: int
    order: str
    title: str
    aim: Callable[[Scene], object] = lambda scene: ""
    # Whether it got through, by what it answered (None: its process ended, or hangs) and by what can be seen from outside.
    judge: Callable[[Scene, str | None], bool] = lambda scene, answer: said_so(answer)
    perform: Callable[[Scene, str], str | None] = lambda scene, order: scene.attacker.answer(order)
    needs_victim: bool = False
    ends_zygote: bool = False
    # The host, and no layer, is what stops it: then in these words how. It is run with no layer and with all.
    stopped_by_host: str = ""
    # Whether it has any effect where nothing is taken away; else it is no attack.
    control: Callable[[Scene, str | None], bool] | None = None
    needs_root: bool = False  # to have an effect at all, or to be put up
    while_loading: bool = True  # whether a constructor can do it too


def said_so(answer):
    return answer is not None and answer.startswith("succeeded: ")


def stole(scene, answer):
    return said_so(answer) and scene.ground.token in answer


def connected(name):
    return lambda scene, answer: scene.ground.was_called(getattr(scene.ground, name))


def can_be_knocked(scene, answer):
    if not said_so(answer):
        return False
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", int(answer.split()[-1])), timeout=1).close()
        return True
    return False


def never_comes_back(scene, order):
    return scene.attacker.answer(order, patience=SHORT)


def hangs(scene, answer):
    return answer is None


def outlives_its_kill(scene, answer):
    if not scene.attacker.is_over():
        scene.attacker.kill()
    return not scene.attacker.is_over(1)


def holds_channel_after_kill(scene, answer):
    if scene.attacker.is_over():
        return False
    scene.attacker.kill()
    scene.attacker.is_over(1)
    return said_so(answer) and scene.attacker.hear(1) is None


def outlives_the_host(scene, answer):
    scene.attacker.channel.close()
    scene.host.channel.close()
    return not scene.attacker.is_over(1)


def outlives_the_zygote(scene, answer):
    if isinstance(scene.host, wire.Zygote):
        os.kill(scene.host.pid, 9)
    else:
        scene.attacker.channel.close()
    return not scene.attacker.is_over(1)


def floods(scene, order):
    scene.attacker.invoke(order)
    before = set(os.listdir("/proc/self/fd"))
    read = lambda: scene.hosting.receive(scene.attacker.channel)
    if isinstance(scene.attacker, wire.Unconfined):  # as somebody would read who has not thought of it
        read = lambda: wire.receive(scene.attacker.channel, 5, most_descriptors=253)[0]
    while (frame := read()) and frame.type != wire.COMPLETE:
        pass
    scene.gained = 0
    for descriptor in set(os.listdir("/proc/self/fd")) - before:
        with contextlib.suppress(OSError):
            os.close(int(descriptor))
            scene.gained += 1
    return frame.payload.decode() if frame else None


def gives_memory(scene, order):
    is_naive = isinstance(scene.attacker, wire.Unconfined)
    scene.memory = os.memfd_create("payload") if is_naive else scene.hosting.memory(wire.MEMORY_SIZE)
    if is_naive:
        os.truncate(scene.memory, wire.MEMORY_SIZE)
    scene.attacker.invoke(f"{order} {scene.attacker.last_call + 1}")
    while (frame := scene.attacker.hear()) and frame.type == wire.MEMORY_WANTED:
        scene.attacker.say(wire.Frame(wire.MEMORY, request=frame.request, memory=1, count=wire.MEMORY_SIZE), [scene.memory])
    return frame.payload.decode() if frame else None


def has_shrunk(scene, answer):
    is_whole = scene.hosting.reads(scene.memory, wire.MEMORY_SIZE)
    os.close(scene.memory)
    return not is_whole


def other_process(scene):
    return scene.victim.pid


def killed_another(scene, answer):
    return scene.victim.is_over(0.2 if said_so(answer) else 0)


DEADLINE, OWN_PROCESS = "the host, at the deadline: SIGKILL", "the process is its own"
ends = {"judge": outlives_its_kill, "perform": never_comes_back, "control": hangs,
        "while_loading": False}

ATTACKS = [
    Attack(1, "fork-bomb", "400 processes"),
    Attack(2, "thread-bomb", "400 threads"),
    Attack(3, "memory-bomb", "160 MiB of memory, where 128 are given"),
    Attack(4, "memfd-bomb", "160 MiB in a memory file, past the limit of the address space"),
    Attack(5, "descriptor-bomb", "500 descriptors"),
    Attack(6, "spin", "an endless loop", stopped_by_host=DEADLINE, **ends),
    Attack(7, "sleep-deaf", "sleeping with all signals blocked", stopped_by_host=DEADLINE, **ends),
    Attack(8, "overflow", "overflow of the stack", stopped_by_host=OWN_PROCESS, **ends),
    Attack(8, "touch-nothing", "access to nowhere", stopped_by_host=OWN_PROCESS, **ends),
    Attack(8, "abort", "abort()", stopped_by_host=OWN_PROCESS, **ends),
    Attack(9, "read-file", "reading a file of the host's user", lambda scene: scene.ground.account, stole),
    Attack(10, "read-file", "reading a file that everybody may read", lambda scene: scene.ground.secret, stole),
    Attack(11, "write-file", "writing a file", lambda scene: scene.ground.open_folder / "file",
           lambda scene, answer: scene.ground.was_written()),
    Attack(11, "write-shm", "writing a file in shared memory", lambda scene: scene.ground.abstract,
           lambda scene, answer: scene.ground.was_written()),
    Attack(12, "stat", "looking whether a file exists", lambda scene: scene.ground.secret),
    Attack(13, "tcp", "connecting over TCP", lambda scene: scene.ground.port(scene.ground.tcp), connected("tcp")),
    Attack(14, "udp", "sending a datagram", lambda scene: scene.ground.port(scene.ground.udp), connected("udp")),
    Attack(15, "unix", "connecting to a socket in a folder", lambda scene: scene.ground.path.getsockname(), connected("path")),
    Attack(16, "abstract", "connecting to an abstract socket", lambda scene: scene.ground.abstract, connected("name")),
    Attack(17, "netlink", "asking for the network's interfaces"),
    Attack(18, "vsock", "a socket to the hypervisor"),
    Attack(19, "listen", "listening on a port", judge=can_be_knocked),
    Attack(20, "ptrace", "tracing another tenant's worker", other_process, needs_victim=True),
    Attack(20, "ptrace", "tracing the zygote", lambda scene: scene.host.pid),
    Attack(21, "vm-read", "reading the memory of another tenant's worker",
           lambda scene: f"{scene.victim.pid} {scene.address}", stole, needs_victim=True),
    Attack(22, "kill", "killing another tenant's worker", other_process, killed_another, needs_victim=True),
    Attack(22, "pidfd-kill", "killing it by descriptor", other_process, killed_another, needs_victim=True),
    Attack(23, "kill-all", "signalling every process there is", lambda scene: scene.victim.answer("await-signal"),
           lambda scene, answer: said_so(scene.victim.answer("tell-signal")), needs_victim=True),
    Attack(24, "read-file", "reading another process's command line", lambda scene: f"/proc/{os.getpid()}/cmdline"),
    Attack(25, "own-mem", "writing to its own code through /proc"),
    Attack(26, "descriptors", "using a descriptor that was left open"),
    Attack(27, "environment", "finding a secret in the environment", judge=stole),
    Attack(28, "print", "printing into the host's protocol", lambda scene: scene.ground.token,
           lambda scene, answer: scene.ground.was_printed()),
    Attack(29, "run-shell", "running a program"),
    Attack(30, "run-file", "getting capabilities from a setuid program", lambda scene: scene.ground.capable,
           needs_root=True),
    Attack(31, "run-memory", "running a program out of memory"),
    Attack(32, "writable-code", "memory that can be written and run"),
    Attack(32, "make-executable", "making written memory runnable"),
    Attack(33, "dlopen", "loading another library"),
    Attack(34, "io-uring", "io_uring, which filters of system calls do not see"),
    Attack(35, "userfaultfd", "userfaultfd"),
    Attack(36, "bpf", "loading BPF into the kernel", needs_root=True),
    Attack(36, "perf", "performance counters"),
    Attack(36, "keyctl", "the kernel's keyring"),
    Attack(37, "user-namespace", "becoming root in a user namespace"),
    Attack(37, "clone3", "clone3() with namespaces"),
    Attack(38, "mount", "mounting", lambda scene: scene.ground.open_folder, needs_root=True),
    Attack(38, "chroot", "changing the root folder", needs_root=True),
    Attack(39, "death-signal", "cancelling the signal of its parent's death"),
    Attack(39, "dumpable", "making itself traceable again"),
    Attack(40, "personality", "switching off random addresses"),
    Attack(41, "raise-limit", "raising a limit"),
    Attack(42, "nice", "being preferred by the scheduler", needs_root=True),
    Attack(42, "fifo", "real-time scheduling", needs_root=True),
    Attack(42, "affinity", "choosing its processors"),
    Attack(43, "daemon", "leaving a daemon that outlives its kill", judge=holds_channel_after_kill, while_loading=False),
    Attack(44, "x32", "system calls by the numbers of x32"),
    Attack(44, "int-80", "system calls by the numbers of 32 bits"),
    Attack(45, "shm", "shared memory of System V"),
    Attack(45, "mqueue", "a message queue"),
    Attack(45, "inotify", "watching files"),
    Attack(46, "host-name", "the host's name", judge=lambda scene, answer: said_so(answer) and platform.node() in answer),
    Attack(46, "memory-size", "the machine's memory and load"),
    Attack(47, "ticks", "the processor's clock, to measure others by"),
    Attack(48, "descriptor-flood", "filling the host's table of descriptors", perform=floods, while_loading=False,
           judge=lambda scene, answer: scene.gained > 0, stopped_by_host="the host takes none"),
    Attack(49, "shrink-memory", "shortening memory that the host reads", perform=gives_memory, while_loading=False,
           judge=has_shrunk, stopped_by_host="the memory is sealed"),
    Attack(57, "cling", "outliving the host", perform=never_comes_back, judge=outlives_the_host, while_loading=False,
           ends_zygote=True, control=hangs, stopped_by_host="the channel's end, the zygote, the signal of its death"),
    Attack(58, "cling", "outliving a zygote that was killed", perform=never_comes_back, judge=outlives_the_zygote,
           while_loading=False, ends_zygote=True, control=hangs),
]

