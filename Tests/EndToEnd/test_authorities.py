"""Servers whose certificates an authority of the operator's own has signed."""

import json
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from program import FAILED, FINDINGS

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import ModelHost  # noqa: E402
from replay import Reply, serving  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")

HELLO = Reply(
    'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}]}\n\n', "data: [DONE]\n\n")


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.key, self.file = folder / f"{name}.key", folder / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key,
                "-out", self.file)

    def sign(self, address="127.0.0.1"):
        """Key and certificate of a server, in one file."""
        base = self.folder / f"{self.name}-{address}"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=server", "-keyout", f"{base}.key", "-out", f"{base}.csr")
        Path(f"{base}.ext").write_text(f"subjectAltName=IP:{address}\n")
        openssl("x509", "-req", "-in", f"{base}.csr", "-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
                "-extfile", f"{base}.ext", "-out", f"{base}.pem")
        both = Path(f"{base}.both")
        both.write_bytes(Path(f"{base}.key").read_bytes() + Path(f"{base}.pem").read_bytes())
        return both


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("others"), "others")


def host(folder, port, *, for_all=None, for_one=None):
    made = ModelHost(folder, "openai", port, scheme="https", http={"ca_file": str(for_all)} if for_all else None)
    # `http` stands in the place of what the host says of private addresses.
    for name, change in {
        "jackfield.yaml": lambda it: it["http"].update(
            private_origins=[{"scheme": "https", "host": "127.0.0.1", "port": port}]),
        "acme.yaml": lambda it: for_one and it["plugins"]["openai"]["services"]["http"]["allow"][0].update(ca_file=str(for_one)),
    }.items():
        path = folder / name
        manifest = json.loads(path.read_text())
        change(manifest)
        path.write_text(json.dumps(manifest))
    return made


def reason(host):
    [used] = [event["data"] for event in host.newest_events() if event["type"] == "service.used"]
    assert used["status"] == "io", used
    return used["reason"]


def test_who_signed_is_believed_where_the_operator_says_so(tmp_path, ours, others):
    with serving(HELLO, certificate=ours.sign()) as server:
        for name, trusted in {
            "all": {"for_all": ours.file}, "one": {"for_one": ours.file}, "both": {"for_all": others.file, "for_one": ours.file},
        }.items():
            assert host(tmp_path / name, server.port, **trusted).chat().json["text"] == "Hello.", name
        asked = len(server.seen)
        for name, trusted in {
            "nobody": {}, "another": {"for_all": others.file}, "another for this one": {"for_all": ours.file, "for_one": others.file},
        }.items():
            untrusting = host(tmp_path / name, server.port, **trusted)
            assert untrusting.chat().code == FAILED, name
            assert reason(untrusting) == "certificate_untrusted", name
        assert len(server.seen) == asked == 3


def test_a_certificate_for_another_server_is_not_believed(tmp_path, ours):
    with serving(HELLO, certificate=ours.sign("127.0.0.2")) as server:
        untrusting = host(tmp_path / "host", server.port, for_all=ours.file)
        assert untrusting.chat().code == FAILED
        assert reason(untrusting) == "certificate_untrusted" and not server.seen


def test_a_server_that_speaks_something_else_has_a_reason_of_its_own(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        def answer():
            peer, _ = server.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        thread = threading.Thread(target=answer)
        thread.start()
        talking = host(tmp_path / "host", server.getsockname()[1])
        assert talking.chat().code == FAILED
        thread.join(60)
        assert reason(talking) == "tls_failed"
    # Nobody is there any more.
    assert talking.chat().code == FAILED and reason(talking) == "unreachable"


@pytest.mark.parametrize("text, code", [
    (None, "file_missing"), ("", "certificate_invalid"), ("no certificate", "certificate_invalid"),
    ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate_invalid"), ("key", "certificate_invalid"),
    ("good, then broken", "certificate_invalid"),
], ids=["missing", "empty", "words", "broken", "key", "second"])
@pytest.mark.parametrize("place", ["for_all", "for_one"])
def test_a_file_without_certificates_is_an_error_of_the_manifest(tmp_path, ours, place, text, code):
    file = tmp_path / "ca.pem"
    if text == "key":
        text = ours.key.read_text()
    elif text == "good, then broken":
        text = ours.file.read_text() + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    if text is not None:
        file.write_text(text)
    checked = host(tmp_path / "host", 4433, **{place: file}).run("config", "validate")
    assert checked.code == FINDINGS and f"[{code}]" in checked.out + checked.err, str(checked)
    assert "ca_file" in checked.out + checked.err and "PRIVATE" not in checked.out + checked.err
