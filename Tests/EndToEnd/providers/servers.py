"""Servers that others wrote, as processes of their own."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request


@contextlib.contextmanager
def running(folder, path, words, **environment):
    """The port of a server that answers at `path`; it ends with the block.

    words: its command line, made of its port.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            list(map(str, words(port))), cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment})
    try:
        deadline = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).read()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()[-2000:]
                time.sleep(0.5)
        yield port
    finally:
        process.terminate()
        process.wait(60)
