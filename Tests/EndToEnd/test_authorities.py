"""Servers whose certificates an authority of the operator's own has signed."""

import shutil
import socket
import sys
import threading
from pathlib import Path

import pytest

from program import FAILED, FINDINGS

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from authority import Authority  # noqa: E402
from hosts import ModelHost  # noqa: E402
from replay import Reply, serving  # noqa: E402

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")

HELLO = Reply(
    'data: {"choices":[{"index":0,"delta":{"content":"Hello."},"finish_reason":"stop"}]}\n\n', "data: [DONE]\n\n")


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("others"), "others")


def host(folder, port, *, for_all=None, for_one=None):
    made = ModelHost(folder, "openai", port, scheme="https", http={"ca_file": str(for_all)} if for_all else None)
    if for_one:
        made.change(
            "acme.yaml", lambda it: it["plugins"]["openai"]["services"]["http"]["allow"][0].update(ca_file=str(for_one)))
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
        tried = host(tmp_path / "one", server.port, for_one=ours.file).run("provider", "test", "openai", "-o", "json").json
        assert tried["connection"]["tls_us"] > 0


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
