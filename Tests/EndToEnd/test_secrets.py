"""A secret is with its server and with nobody else: it is looked for in everything that a host writes, says and lets others see."""

import base64
import json
import os
import re
import resource
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from program import BUILD, DENIED, FAILED, FINDINGS, JACKFIELD, OK, Program

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import KEY, ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from streams import chunk  # noqa: E402

KEPT = "OPENAI_API_KEY"


def said(*pieces, **more):
    return Reply(*[chunk({"content": piece}) for piece in pieces], chunk({}, "stop"), "data: [DONE]\n\n", **more)


def calling(tool, arguments):
    function = {"name": tool, "arguments": json.dumps(arguments)}
    call = {"index": 0, "id": "a", "type": "function", "function": function}
    return Reply(chunk({"tool_calls": [call]}), chunk({}, "tool_calls"), "data: [DONE]\n\n")


def held_back(*pieces, as_list=False):
    """An answer whose second piece waits until it is told to come; and when it is waited for."""
    held, reached = threading.Event(), threading.Event()

    def between():
        reached.set()
        held.wait(60)
    reply = said(*pieces, between=between)
    return held, reached, [reply] if as_list else reply


def forget_secrets(tenant):
    del tenant["plugins"]["openai"]["secrets"]
    for origin in tenant["plugins"]["openai"]["services"]["http"]["allow"]:
        del origin["secrets"]


def from_file(host, folder, mode=0o600, text=KEY + "\n"):
    """Has the host read the key from a file instead: its environment has none then."""
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    host.change("acme.yaml", lambda it: it["plugins"]["openai"].update(secrets={KEPT: {"file": str(path)}}))
    host.environment = lambda: without_key(host)
    return path


def without_key(host):
    return Program.environment(host)


def mappings(pid):
    """Of each mapping of a process that can be read: its flags and its bytes."""
    flags, found = None, []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
        if head:
            start, end, rights = int(head[1], 16), int(head[2], 16), head[3]
        elif line.startswith("VmFlags:"):
            flags = line.split()[1:]
            if "r" in rights and "io" not in flags:
                found.append((start, end, flags))
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, flags in found:
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue  # the system's own pages
            yield flags, data


def processes_below(pid):
    children = [int(each) for task in Path(f"/proc/{pid}/task").glob("*/children") for each in task.read_text().split()]
    return children + [each for child in children for each in processes_below(child)]


def assert_nowhere_below(pid):
    """In no environment and no memory of the processes that a host has started."""
    below = processes_below(pid)
    names = [Path(f"/proc/{each}/comm").read_text().strip() for each in below]
    assert "jf-worker" in names and "jf-zygote" in names, names
    for each, name in zip(below, names):
        assert KEY.encode() not in Path(f"/proc/{each}/environ").read_bytes(), name
        assert not any(KEY.encode() in data for _, data in mappings(each)), f"the memory of {name} has the secret"


def assert_not_in(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "journal.sqlite" for path in files)
    for path in files:
        data = path.read_bytes()
        assert KEY.encode() not in data and base64.b64encode(KEY.encode()) not in data, path


def started(host, folder):
    """A run that the test ends, in a folder of its own, and allowed to leave a core dump there."""
    limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    return subprocess.Popen(
        [JACKFIELD, "flow", "run", "talk", "-m", "Hi"], cwd=folder,
        # Or the language's runtime would look into the process that crashes, and take its time.
        env={**host.environment(), "SWIFT_BACKTRACE": "enable=no"}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, limit))


def read_until(running, words):
    seen = b""
    while words not in seen:
        piece = running.stdout.read1()
        assert piece, (seen, running.stderr.read())
        seen += piece
    return seen


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="memory of other processes is root's to read")
FLOWS = {
    "success": ([said("Your key is ", f"{KEY}.")], OK),
    "refusal": ([error(401, {"error": {"message": f"Incorrect API key provided: Bearer {KEY}.", "code": "invalid_api_key"}},
                       ("X-Seen", f"Bearer {KEY}"), ("X-Request-Id", KEY))], DENIED),
    "no JSON": ([Reply(f"who are you, {KEY}?", status=500, type="text/plain")], FAILED),
    "cut off": ([Reply(chunk({"content": KEY[:-1]}), f"data: {KEY}", ends="cut")], FAILED),
}


@pytest.mark.parametrize("name", FLOWS)
def test_nothing_that_is_written_or_said_has_a_secret(tmp_path, name):
    replies, code = FLOWS[name]
    with serving(*replies) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        outcome = host.run("flow", "run", "talk", "-m", "Hi", "--verbose")
        assert outcome.code == code, str(outcome)
        assert server.seen[0][1]["authorization"] == f"Bearer {KEY}"
        run = host.runs("-n", "1")[0]["run_id"]
        told = [outcome, host.chat(), host.run("run", "show", run), host.run("run", "show", run, "-o", "json"),
                host.run("run", "export", run, "-o", "json"), host.run("usage", "-o", "json"), host.run("config", "validate")]
        for each in told:
            assert KEY not in each.out + each.err, str(each)
        if name == "success":
            assert "Your key is *********************." in outcome.out, str(outcome)
        assert_not_in(tmp_path)


@needs_root
@pytest.mark.parametrize("source", ["env", "file"])
def test_no_other_process_has_a_secret_in_its_environment_or_memory(tmp_path, source):
    held, reached, reply = held_back(f"Your key is {KEY}", ".")
    with serving(reply) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        if source == "file":
            from_file(host, tmp_path)
        running = started(host, tmp_path)
        # The worker has read what came.
        seen = read_until(running, b"****")
        assert_nowhere_below(running.pid)
        # The search finds what is there: the host itself has it.
        assert any(KEY.encode() in data for _, data in mappings(running.pid))
        held.set()
        out, err = running.communicate(timeout=60)
        assert running.returncode == OK and KEY.encode() not in seen + out + err


@needs_root
def test_a_host_forgets_a_secret_that_was_sent(tmp_path):
    """Between two requests only memory of its own has it, which is in no dump."""
    with serving(calling("slow_sleep", {"milliseconds": 60000})) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        from_file(host, tmp_path)
        host.change("jackfield.yaml", lambda it: it["plugins"].update(slow={"file": str(BUILD / "fixtures/slow.so")}))
        host.change("acme.yaml", lambda it: it["plugins"].update(slow={}))
        host.change("talk.yaml", lambda it: it["agents"]["a"].update(tools=["slow.*"]))
        running = started(host, tmp_path)
        # The model has answered, its exchange is closed, and a tool sleeps.
        read_until(running, b"slow.sleep")
        kept = [flags for flags, data in mappings(running.pid) if KEY.encode() in data]
        running.kill()
        running.communicate(timeout=60)
        assert len(kept) == 1 and {"dd", "wf"} <= set(kept[0]), kept


def test_a_worker_that_ends_in_the_middle_leaves_no_trace_of_a_secret(tmp_path):
    held, reached, reply = held_back(f"It is {KEY}", ".")
    with serving(reply) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        running = started(host, tmp_path)
        assert reached.wait(60)
        for each in processes_below(running.pid):
            if Path(f"/proc/{each}/comm").read_text() == "jf-worker\n":
                os.kill(each, signal.SIGKILL)
        out, err = running.communicate(timeout=60)
        held.set()
        assert running.returncode == FAILED and KEY.encode() not in out + err, (out, err)
        assert_not_in(tmp_path)


def test_a_host_that_crashes_dumps_nothing_where_it_has_a_secret(tmp_path):
    def dumps(folder, host):
        held, reached, host_server.replies[:] = held_back("One", ".", as_list=True)
        running = started(host, folder)
        assert reached.wait(60)
        os.kill(running.pid, signal.SIGABRT)
        _, status = os.waitpid(running.pid, 0)
        held.set()
        assert os.WIFSIGNALED(status), status
        return os.WCOREDUMP(status)

    with serving(said()) as host_server:
        plain, secret = tmp_path / "plain", tmp_path / "secret"
        for folder in (plain, secret):
            folder.mkdir()
        without = ModelHost(plain / "host", "openai", host_server.port, endpoint={"preset": "vllm"})
        without.change("acme.yaml", forget_secrets)
        if not dumps(plain, without):
            pytest.skip("this system makes no core dumps")
        assert not dumps(secret, ModelHost(secret / "host", "openai", host_server.port))
        assert_not_in(secret)


@pytest.mark.parametrize("prepare, code, words", [
    (lambda path: path.chmod(0o640), "secret_exposed", "chmod 600"),
    (lambda path: path.chmod(0o604), "secret_exposed", "chmod 600"),
    (lambda path: path.unlink(), "secret_unreadable", "No such file"),
    (lambda path: path.write_text(""), "secret_unreadable", "empty"),
    (lambda path: path.write_text(f"{KEY}\n{KEY}\n"), "secret_unreadable", "line breaks"),
    pytest.param(lambda path: os.chown(path, 65534, 65534), "secret_exposed", "root", marks=needs_root),
], ids=["group", "others", "missing", "empty", "lines", "owner"])
def test_a_secret_that_cannot_be_had_is_an_error_of_the_manifest_that_names_it(tmp_path, prepare, code, words):
    with serving(said("Hello.")) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        path = from_file(host, tmp_path)
        prepare(path)
        checked = host.run("config", "validate", env=without_key(host))
        outcome = host.run("flow", "run", "talk", "-m", "Hi", env=without_key(host))
        assert checked.code == FINDINGS and f"[{code}]" in checked.out + checked.err, str(checked)
        assert f"the secret '{KEPT}'" in checked.out + checked.err and words in checked.out + checked.err
        assert code in outcome.err and KEPT in outcome.err, str(outcome)
        assert outcome.code == DENIED and not server.seen
        assert KEY not in checked.out + checked.err + outcome.out + outcome.err


@pytest.mark.parametrize("lose, code", [
    (lambda path: path.chmod(0o644), "secret_exposed"), (lambda path: path.unlink(), "secret_unreadable"),
    (lambda path: path.write_text(""), "secret_unreadable"),
], ids=["others", "missing", "empty"])
def test_a_host_that_stays_keeps_its_secret_until_there_is_another(tmp_path, lose, code):
    with serving(said("Hello.")) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        path = from_file(host, tmp_path)

        def key(client):
            answer = client.call("flow.talk", {"input": "Hi"})
            assert not answer["result"].get("isError"), answer
            return server.seen[-1][1]["authorization"]

        with host.staying(stderr=subprocess.PIPE) as client:
            assert key(client) == f"Bearer {KEY}"
            lose(path)
            client.process.send_signal(signal.SIGUSR1)
            assert select.select([client.process.stderr], [], [], 60)[0]
            line = client.process.stderr.readline().decode()
            # Nothing of the new configuration holds; of the old one everything does.
            assert "the configuration is not in order and stays as it was" in line and json.loads(line)["level"] == "error"
            assert f"[{code}]" in line and f"the secret '{KEPT}'" in line and KEY not in line
            assert key(client) == f"Bearer {KEY}"
            path.write_text("sk-the-next-0123456789\n")
            path.chmod(0o600)
            client.process.send_signal(signal.SIGUSR1)
            while client.receive().get("method") != "notifications/tools/list_changed":
                pass
            assert key(client) == "Bearer sk-the-next-0123456789"
            client.close()
            # It was said once.
            assert client.process.stderr.read() == b""


def test_a_credential_of_the_service_supervisor_is_found(tmp_path):
    """Its file's group rights are those of an access list: of systemd's making, and no sign of others."""
    credentials = tmp_path / "credentials"
    credentials.mkdir(0o700)
    (credentials / "model-key").write_text(KEY)
    (credentials / "model-key").chmod(0o440)
    with serving(said("Hello.")) as server:
        host = ModelHost(tmp_path / "host", "openai", server.port)
        host.change("acme.yaml", lambda it: it["plugins"]["openai"].update(secrets={KEPT: {"credential": "model-key"}}))
        environment = without_key(host) | {"CREDENTIALS_DIRECTORY": str(credentials)}
        assert host.run("config", "validate", env=environment).code == OK
        assert host.run("flow", "run", "talk", "-m", "Hi", env=environment).code == OK
        assert server.seen[0][1]["authorization"] == f"Bearer {KEY}"
        (credentials / "model-key").chmod(0o444)
        refused = host.run("config", "validate", env=environment)
        assert refused.code == FINDINGS and "secret_exposed" in refused.out + refused.err, str(refused)
