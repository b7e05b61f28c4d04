"""A conversation at a terminal, typed into a real one, and through a pipe."""

import os
import pty
import select
import signal
import subprocess
import time

import pytest

import manifests
import program
from program import LIMITED, OK, ROOT, USAGE
from test_conversations import RULES

PATIENCE = 90  # seconds, after which something hangs


@pytest.fixture
def desk(tmp_path):
    """Sums of more than three characters must be approved."""
    state = tmp_path / "state"
    state.mkdir()
    rule = {"when": {"properties": {"expression": {"minLength": 4}}}, "expires": "1h"}
    return program.Program(
        state,
        manifests.write(
            tmp_path / "config",
            host_manifest=manifests.host(defaults={"timeout": "120s"}),
            tenant_manifest=manifests.tenant(
                plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}},
                tools={"calc.evaluate": {"approval": rule}}),
            flow_manifest=manifests.flow(
                limits={"timeout": "300s"},
                agents={"worker": {"model": {"provider": "rules", "name": "clerk"}, "tools": ["calc.*", "slow.*"]}})))


class Terminal:
    """A chat, and who types: what is typed and what must be seen, in turns."""

    def __init__(self, desk, *words, term="xterm"):
        self.leader, follower = pty.openpty()
        self.process = subprocess.Popen(
            [program.JACKFIELD, "chat", *words], stdin=follower, stdout=follower, stderr=follower, cwd=ROOT,
            env=desk.environment(TERM=term, NO_COLOR="1"), start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
        os.close(follower)
        self.shown = ""

    def type(self, keys):
        os.write(self.leader, keys.encode())

    def see(self, words):
        """Waits for these words; what stood before them is behind us."""
        limit = time.monotonic() + PATIENCE
        while words not in self.shown:
            left = limit - time.monotonic()
            assert left > 0 and select.select([self.leader], [], [], left)[0], f"no {words!r} in {self.shown!r}"
            try:
                piece = os.read(self.leader, 4096)
            except OSError:
                piece = b""
            assert piece, f"ended, and no {words!r} in {self.shown!r}"
            self.shown += piece.decode(errors="replace")
        before, _, self.shown = self.shown.partition(words)
        return before

    def leave(self, keys="/quit\r"):
        self.type(keys)
        self.see("goes on with this conversation")
        code = self.process.wait(PATIENCE)
        os.close(self.leader)
        return code


@pytest.fixture
def terminal(desk):
    chats = []

    def open_terminal(*words, **options):
        chats.append(Terminal(desk, *words, **options))
        chats[-1].see("/help says")
        return chats[-1]

    yield open_terminal
    for chat in chats:
        if chat.process.poll() is None:
            chat.process.kill()
            chat.process.wait()


def conversation_of(desk):
    [found] = desk.run("conversation", "list", "-o", "json").json["conversations"]
    return found["conversation_id"]


def texts(desk):
    shown = desk.run("conversation", "show", conversation_of(desk), "-o", "json").json
    return [message["text"] for message in shown["messages"] if message["class"] in ("user", "assistant")]


def test_lines_are_edited_and_come_back_on_the_arrow_keys(desk, terminal):
    chat = terminal()
    chat.type("halo\x1b[D\x1b[Dl\r")  # the arrow to the left, twice
    chat.see("nothing to do")
    chat.see("> ")
    chat.type("\x1b[A!\r")  # the arrow up
    chat.see("nothing to do")
    chat.see("> ")
    assert chat.leave("\x04") == OK
    assert texts(desk) == ["hallo", "nothing to do", "hallo!", "nothing to do"]


def test_a_call_is_approved_in_place_and_told_why(desk, terminal):
    chat = terminal()
    chat.type("10+20\r")
    chat.see("wants to call calc.evaluate")
    chat.see("Approve?")
    chat.type("y\n")
    chat.see("it is 30")
    chat.see("> ")
    chat.type("/why\r")
    chat.see("calc.evaluate was called: worker lists it, the tenant has it, and it was approved")
    chat.type("/cost\r")
    chat.see("last turn")
    assert "2 model calls" in chat.see("conversation")
    chat.see("2 model calls")
    chat.type("20+30\r")
    chat.see("Approve?")
    chat.type("no\nnot now\n")
    chat.see("> ")
    chat.type("/why\r")
    chat.see("calc_evaluate was not called: denied: a person did not approve the call: not now")
    assert chat.leave() == OK


def test_an_interrupt_ends_the_turn_and_then_the_line_and_never_the_chat(desk, terminal):
    chat = terminal()
    chat.type("sleep\r")
    chat.see("slow.sleep")
    chat.type("\x03")
    chat.see("cancelled")
    chat.see("> ")
    chat.type("never sent\x03")
    chat.see("> ")
    chat.type("hello\r")
    chat.see("nothing to do")
    assert chat.leave() == OK
    assert texts(desk) == ["sleep", "hello", "nothing to do"]


def test_a_turn_is_taken_back(desk, terminal):
    chat = terminal()
    chat.type("hello\r")
    chat.see("nothing to do")
    chat.type("/undo\r")
    chat.see("was taken back")
    # It was paid for all the same.
    chat.type("/cost\r")
    assert "last turn" not in chat.see("conversation  1 model call")
    chat.type("/undo\r")
    chat.see("no turn to take back")
    chat.type("again\r")
    chat.see("nothing to do")
    chat.type("/nonsense\r")
    chat.see("there is no /nonsense")
    assert chat.leave() == OK
    assert texts(desk) == ["again", "nothing to do"]


def test_what_was_never_answered_is_offered(desk, terminal):
    chat = terminal()
    chat.type("sleep\r")
    chat.see("slow.sleep")
    chat.process.send_signal(signal.SIGKILL)
    chat.process.wait()
    chat = terminal("--conversation", conversation_of(desk))
    chat.see("[d]rop")
    chat.type("d\r")
    chat.see("> ")
    # What was asked before is on the arrow keys, though another process was asked.
    chat.type("\x1b[A walking?\x01no \r")
    chat.see("> ")
    chat.type("hello\r")
    chat.see("nothing to do")
    assert chat.leave() == OK
    assert texts(desk)[0] == "sleep" and texts(desk)[-1] == "nothing to do"


def test_lines_come_through_a_pipe_as_well(desk):
    done = desk.run("chat", stdin="hello\n\n1+2\n/cost\n")
    assert done.code == OK, str(done)
    assert "it is 3" in done.out and "2 model calls" in done.out and "> " not in done.err
    assert texts(desk) == ["hello", "nothing to do", "1+2", "it is 3"]
    conversation = conversation_of(desk)
    done = desk.run("chat", "--conversation", conversation, stdin="10+20\nhello\n")
    assert done.code == LIMITED and "conversation_is_waiting" in done.err
    assert desk.run("chat", "--flow", "nothing", stdin="").code == program.NOT_FOUND
    assert desk.run("chat", "surplus", stdin="").code == USAGE
