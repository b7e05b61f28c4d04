"""A plugin in a worker that lies, floods or falls silent: its own call fails, in time, and nothing else."""

import json
import subprocess
import time
from pathlib import Path

import pytest

import manifests
from program import FAILED, OK, ROOT, TIMED_OUT, Program

MEBIBYTE = 1 << 20
RESULT = {
    "type": "object", "required": ["value"], "additionalProperties": False,
    "properties": {"value": {"type": "number"}, "note": {"type": "string"}},
}
DESCRIPTOR = {
    "abi": 1, "id": "hostile", "version": "1.0.0", "functions": [
        {"name": "say", "description": "Says something.", "inputSchema": {"type": "object"}, "outputSchema": RESULT,
         "effect": "none", "limits": {"timeoutMs": 5000}}],
}


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    built, text = folder / "hostile.so", folder / "descriptor.json"
    text.write_text(json.dumps(DESCRIPTOR))
    subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-fvisibility=hidden",
         "-I", ROOT / "PluginAPI/include", ROOT / "Tests/Fixtures/plugins/hostile.c", "-o", built], check=True)
    subprocess.run(["objcopy", "--add-section", f".jackfield.desc={text}", built], check=True)
    return built


@pytest.fixture(params=["strict", "standard"])
def host(tmp_path, library, request):
    hostile = {"file": str(library), "isolation": "worker", "sandbox": {"level": request.param}}
    plugins = {**manifests.host()["plugins"], "hostile": hostile}
    tenant = manifests.tenant()
    tenant["plugins"]["hostile"] = {}
    return Program(tmp_path / "state", manifests.write(tmp_path / "host", manifests.host(plugins=plugins), tenant))


def test_it_can_also_be_honest(host):
    said = host.call("hostile.say", {"how": "honestly"})
    assert (said.code, said.json) == (OK, {"value": 1}), str(said)


@pytest.mark.parametrize("how", [
    "no JSON", "nothing", "two values", "a key twice", "no UTF-8", "half a surrogate", "a zero byte",
    "off its schema", "a field too many", "deep"])
def test_a_result_that_is_none_is_refused_with_a_code(host, how):
    said = host.call("hostile.say", {"how": how}, "-o", "json")
    assert (said.code, said.error["code"]) == (FAILED, "invalid_result"), str(said)
    host.assert_journal_is_whole()


def test_a_number_that_no_machine_holds_is_passed_on_as_it_was_written(host):
    said = host.call("hostile.say", {"how": "a huge number"}, "-o", "json")
    assert (said.code, said.out) == (OK, '{"value":1e999999999}\n'), str(said)


@pytest.mark.parametrize("how", ["a message with escapes", "a message that is no text", "an unknown failure"])
def test_a_message_reaches_people_without_its_escapes(host, how):
    for_programs = host.call("hostile.say", {"how": how}, "-o", "json")
    assert (for_programs.code, for_programs.error["code"]) == (FAILED, "tool_failed"), str(for_programs)
    for_people = host.call("hostile.say", {"how": how})
    assert for_people.code == FAILED and not set("\x1b\x07") & set(for_people.out + for_people.err), str(for_people)


def test_a_result_shows_no_escapes_on_a_terminal(host):
    said = host.call("hostile.say", {"how": "escapes"})
    assert said.code == OK and not set("\x1b\x07") & set(said.out + said.err), str(said)


@pytest.mark.parametrize("host, how", [("standard", "stop"), ("strict", "flood"), ("standard", "flood")], indirect=["host"])
def test_one_that_reads_no_more_or_never_stops_is_answered_for_at_its_deadline(host, how):
    process = host.start("tool", "call", "hostile.say", "--input", json.dumps({"how": how}), "-o", "json")
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)["error"]["code"]) == (TIMED_OUT, "timed_out"), out
    host.assert_journal_is_whole()


def test_a_flood_of_events_does_not_fill_the_memory_of_the_host(host):
    process = host.start("tool", "call", "hostile.say", "--input", '{"how":"flood"}', "-o", "json")
    most = 0
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            # Only ever grows. What wait4() says is no less than what the process had that it was forked from.
            most = max([most] + [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")])
        except ProcessLookupError:
            pass
        time.sleep(0.01)
    process.communicate(timeout=30)
    assert 0 < most * 1024 < 200 * MEBIBYTE
