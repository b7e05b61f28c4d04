"""What the attacks aim at: files, servers and programs that are put up for them."""

import contextlib
import os
import secrets
import shutil
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ATTACKS = ROOT / "Tests/Fixtures/attacks"
SANDBOX = ROOT / "sandbox"
COMPILER = ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1"]


def compile_program(output, *sources, options=()):
    subprocess.run([*COMPILER, f"-I{ROOT}/PluginAPI/include", f"-I{SANDBOX}/wire/include",
                    f"-I{SANDBOX}/hosting/include", *options, *sources, "-o", output], check=True)
    return str(output)


class Programs:
    """What the tests are made of, in a folder that every user can read."""

    def __init__(self, worker):
        self.folder = Path(tempfile.mkdtemp(prefix="jackfield-attacks-"))
        self.folder.chmod(0o755)
        self.worker = str(shutil.copy(worker, self.folder / "jackfield-worker"))
        os.chmod(self.worker, 0o755)
        library = ("-shared", "-fPIC", "-fvisibility=hidden", "-pthread")
        self.plugin = compile_program(self.folder / "attacks.so", *sorted(ATTACKS.glob("*.c")), options=library)
        self.image = Path(self.plugin).read_bytes()
        wire = (SANDBOX / "wire/frames.c", SANDBOX / "wire/texts.c")
        self.unconfined = compile_program(self.folder / "unconfined", ATTACKS / "unconfined/unconfined.c", *wire)
        self.hosting = compile_program(self.folder / "hosting.so", SANDBOX / "hosting/hosting.c", options=("-shared", "-fPIC"))
        self.capable = compile_program(self.folder / "capable", ATTACKS / "unconfined/capable.c")
        if os.geteuid() == 0:
            os.chmod(self.capable, 0o4755)

    def attacking_while_loading(self, order):
        """The plugin, whose constructor does what a call would."""
        mark = b"WHILE-LOADING-->"
        at = self.image.index(mark) + len(mark)
        order = order.encode() + b"\0"
        return self.image[:at] + order + self.image[at + len(order):]

    def running(self):
        """Processes of these programs, of this run alone."""
        found = []
        for process in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{process}/exe").startswith(f"{self.folder}/"):
                    found.append(int(process))
        return found

    def remove(self):
        shutil.rmtree(self.folder)


class Ground:
    def __init__(self, programs, owner):
        self.token = secrets.token_hex(12)
        self.folder = Path(tempfile.mkdtemp(prefix="jackfield-ground-"))
        self.folder.chmod(0o755)
        self.capable = programs.capable
        self.account = self.file("account", 0o600, owner)
        self.secret = self.file("secret", 0o644, owner)
        self.open_folder = self.folder / "open"
        self.open_folder.mkdir()
        self.open_folder.chmod(0o1777)
        self.abstract = f"jackfield-{self.token}"
        self.tcp = self.server(socket.AF_INET, ("127.0.0.1", 0))
        self.udp = self.server(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM)
        self.path = self.server(socket.AF_UNIX, str(self.folder / "socket"))
        os.chmod(self.folder / "socket", 0o777)
        self.name = self.server(socket.AF_UNIX, "\0" + self.abstract)
        self.printed, self.stdout = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.environment = {"JACKFIELD_SECRET": self.token}

    def file(self, name, mode, owner):
        path = self.folder / name
        path.write_text(self.token)
        os.chown(path, owner, owner)
        path.chmod(mode)
        return path

    @staticmethod
    def server(family, address, kind=socket.SOCK_STREAM):
        server = socket.socket(family, kind)
        server.bind(address)
        if kind == socket.SOCK_STREAM:
            server.listen(16)
        server.setblocking(False)
        return server

    def port(self, server):
        return server.getsockname()[1]

    def was_called(self, server):
        """Whether somebody has connected, or sent something, since it was asked last."""
        with contextlib.suppress(BlockingIOError):
            if server.type == socket.SOCK_DGRAM:
                return bool(server.recv(64))
            server.accept()[0].close()
            return True
        return False

    def was_written(self):
        found = [entry for entry in (*self.open_folder.iterdir(), Path("/dev/shm") / self.abstract)
                 if entry.exists() and stat.S_ISREG(entry.stat().st_mode) and entry.read_bytes() == b"attack"]
        for entry in found:
            entry.unlink()
        return bool(found)

    def was_printed(self):
        with contextlib.suppress(BlockingIOError):
            return self.token.encode() in os.read(self.printed, 4096)
        return False

    def close(self):
        for server in (self.tcp, self.udp, self.path, self.name):
            server.close()
        os.close(self.printed)
        os.close(self.stdout)
        shutil.rmtree(self.folder)
