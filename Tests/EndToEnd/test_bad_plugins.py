"""Shared objects that are no good plugin: `plugin check` says why, and a host goes on without them."""

import json
import subprocess

import pytest

import manifests
from program import DENIED, FINDINGS, LIMITED, NOT_FOUND, OK, ROOT, Program

SOURCES = ROOT / "Tests/Fixtures/bad-plugins"
# What good.c does.
DESCRIPTOR = {
    "abi": 1, "id": "fixture", "version": "1.0.0", "functions": [
        {"name": "first", "description": "First.", "inputSchema": {"type": "object"}, "effect": "none"},
        {"name": "second", "description": "Second.", "inputSchema": {"type": "object"}, "effect": "idempotent", "mayPend": True},
    ],
}


def build(folder, source="good", macros=(), descriptor=DESCRIPTOR):
    """A plugin made of one of the sources, sealed with a descriptor or, for None, without."""
    library = folder / "fixture.so"
    subprocess.run(
        ["cc", "-std=c11", "-D_GNU_SOURCE", "-shared", "-fPIC", "-fvisibility=hidden", "-I", ROOT / "PluginAPI/include",
         *(f"-D{macro}" for macro in macros), SOURCES / f"{source}.c",
         f"-Wl,--version-script={ROOT / 'PluginAPI/exports.map'}", "-o", library], check=True)
    if descriptor is not None:
        text = folder / "descriptor.json"
        text.write_text(descriptor if isinstance(descriptor, str) else json.dumps(descriptor))
        subprocess.run(["objcopy", "--add-section", f".jackfield.desc={text}", library], check=True)
    return library


def cut(share):
    def change(library):
        content = library.read_bytes()
        library.write_bytes(content[:int(len(content) * share)])
    return change


def patch(offset, value):
    def change(library):
        content = bytearray(library.read_bytes())
        content[offset] = value
        library.write_bytes(content)
    return change


def write(content):
    return lambda library: library.write_bytes(content)


def lying(**changes):
    return {**DESCRIPTOR, **changes}


def two_of_one_name():
    first, second = DESCRIPTOR["functions"]
    return lying(functions=[first, {**second, "name": "first"}])


# name, how it is built, what is done to the file then, the code, what the message must say
CASES = [
    ("cut in half", {}, cut(0.5), "plugin_truncated", ""),
    ("cut at its end", {}, cut(0.999), "plugin_truncated", ""),
    ("empty", {}, write(b""), "not_a_plugin", ""),
    ("a script", {}, write(b"#!/bin/sh\nexit 0\n"), "not_a_plugin", ""),
    ("for RISC-V", {}, patch(18, 0xF3), "wrong_architecture", ""),
    ("for 32 bits", {}, patch(4, 1), "wrong_architecture", ""),
    ("big-endian", {}, patch(5, 2), "wrong_architecture", ""),
    ("an object file", {}, patch(16, 1), "not_a_plugin", ""),
    ("without our section", {"descriptor": None}, None, "not_a_plugin", ".jackfield.desc"),
    ("without an entry", {"macros": ["ENTRY=other"]}, None, "load_failed", "jackfield_plugin_v1"),
    ("with a descriptor that is no JSON", {"descriptor": "{"}, None, "descriptor_invalid", "JSON"),
    ("lying about its version", {"descriptor": lying(version="2.0.0")}, None, "descriptor_mismatch", "version 2.0.0"),
    ("lying about its id", {"descriptor": lying(id="trusted")}, None, "descriptor_mismatch", "trusted"),
    ("lying about its functions", {"descriptor": lying(functions=DESCRIPTOR["functions"][:1])}, None, "descriptor_mismatch", ""),
    ("with two tools of one name", {"descriptor": two_of_one_name(), "macros": ['FIRST_NAME="second"']}, None,
     "descriptor_invalid", "no earlier function has"),
    ("for a later ABI", {"macros": ["ABI_BUILT=JF_ABI(2,0)", "ABI_OLDEST=JF_ABI(2,0)"]}, None, "abi_incompatible", "ABI 2.0"),
    ("whose constructor aborts", {"source": "constructor-aborts"}, None, "plugin_crashed", ""),
    ("whose constructor crashes", {"source": "constructor-crashes"}, None, "plugin_crashed", ""),
    ("whose constructor exits", {"source": "constructor-exits"}, None, "plugin_crashed", ""),
    ("whose constructor forks", {"source": "constructor-leaves-a-child"}, None, "plugin_crashed", ""),
    ("whose entry crashes", {"source": "entry-crashes"}, None, "plugin_crashed", ""),
    ("whose table is nowhere", {"source": "table-points-nowhere"}, None, "plugin_crashed", ""),
    ("with a missing symbol", {"source": "unresolved"}, None, "load_failed", "open_elsewhere"),
]


@pytest.fixture(params=[case[1:] for case in CASES], ids=[case[0] for case in CASES])
def bad(request, tmp_path):
    built, change, code, says = request.param
    library = build(tmp_path, **built)
    if change:
        change(library)
    return library, code, says


def loading(tmp_path, library, isolation="in_process"):
    """A host with that plugin beside good ones, enabled for its tenant."""
    plugins = {**manifests.host()["plugins"], "fixture": {"file": str(library), "isolation": isolation}}
    tenant = manifests.tenant()
    tenant["plugins"]["fixture"] = {}
    return Program(
        tmp_path / "state", manifests.write(tmp_path / "host", manifests.host(plugins=plugins), tenant))


def test_the_one_that_they_all_differ_from_is_without_fault(jackfield, tmp_path):
    checked = jackfield.run("plugin", "check", build(tmp_path), "-o", "json")
    assert (checked.code, checked.json["ok"]) == (OK, True), str(checked)


def test_a_plugin_is_refused_with_a_code_and_a_cause(jackfield, bad):
    library, code, says = bad
    checked = jackfield.run("plugin", "check", library, "-o", "json")
    assert (checked.code, checked.json["ok"]) == (FINDINGS, False), str(checked)
    [finding] = [each for each in checked.json["findings"] if each["severity"] == "error"]
    assert finding["code"] == code and says in finding["message"], finding
    for_people = jackfield.run("plugin", "check", library)
    assert for_people.code == FINDINGS and finding["message"] in for_people.out and f"[{finding['code']}]" in for_people.out


def test_a_host_goes_on_without_it_and_says_so_in_one_line(tmp_path, bad):
    library, _, _ = bad
    host = loading(tmp_path, library)
    called = host.call("calc.evaluate", {"expression": "6*7"})
    assert (called.code, called.json["value"]) == (OK, 42), str(called)
    lines = [json.loads(line) for line in called.err.splitlines()]
    blamed = [line for line in lines if str(library) in json.dumps(line, ensure_ascii=False)]
    assert len(blamed) == 1 and blamed[0]["level"] == "error", called.err
    missing = host.call("fixture.first", {}, "-o", "json")
    assert (missing.code, missing.error["code"]) == (NOT_FOUND, "tool_not_found"), str(missing)
    # The caller is not told of files.
    assert str(library) not in missing.out
    host.assert_journal_is_whole()
    assert [run["name"] for run in host.runs()] == ["fixture.first", "calc.evaluate"]


# What only running its code tells.
FOUND_AT_THE_FIRST_CALL = {"load_failed", "descriptor_mismatch", "abi_incompatible", "plugin_crashed"}


def test_in_a_worker_it_harms_only_its_own_calls(tmp_path, bad):
    library, code, _ = bad
    host = loading(tmp_path, library, isolation="worker")
    called = host.call("calc.evaluate", {"expression": "6*7"})
    assert (called.code, called.json["value"]) == (OK, 42), str(called)
    refused = host.call("fixture.first", {}, "-o", "json")
    if called.err:  # found in the file, without running anything
        assert (refused.code, refused.error["code"]) == (NOT_FOUND, "tool_not_found"), str(refused)
    elif refused.error["code"] == "tool_failed":
        # It starts a process in its constructor, which a worker cannot; there is nothing else wrong with it.
        assert code == "plugin_crashed"
    else:
        assert code in FOUND_AT_THE_FIRST_CALL
        assert (refused.code, refused.error["code"]) == (LIMITED, "unavailable"), str(refused)
        [line] = [json.loads(line) for line in refused.err.splitlines() if line.startswith("{")]
        assert line["message"].startswith(f"{code}: ") and (line["plugin"], line["tenant"]) == ("fixture", "acme"), line
    assert str(library) not in refused.out
    host.assert_journal_is_whole()


def test_a_plugin_under_another_name_is_refused(tmp_path):
    """Two plugins cannot have one name: the manifest's names are those that the files declare."""
    host = loading(tmp_path, build(tmp_path, descriptor=DESCRIPTOR))
    config = json.loads((tmp_path / "host/jackfield.yaml").read_text())
    config["plugins"]["double"] = config["plugins"]["fixture"]
    (tmp_path / "host/jackfield.yaml").write_text(json.dumps(config))
    checked = host.run("config", "validate", "-o", "json")
    assert checked.code == FINDINGS
    assert [(each["code"], each["pointer"]) for each in checked.json] == [("unknown_plugin", "/plugins/double")]
    assert "is the plugin 'fixture', not 'double'" in checked.json[0]["message"]
    listed = host.run("tool", "list", "-o", "json")
    assert listed.code == OK and "is the plugin fixture, not double" in listed.err, str(listed)


def test_of_a_plugin_that_the_tenant_does_not_have_no_code_runs(tmp_path):
    host = loading(tmp_path, build(tmp_path, "constructor-aborts"))
    tenant = json.loads((tmp_path / "host/tenant.yaml").read_text())
    del tenant["plugins"]["fixture"]
    (tmp_path / "host/tenant.yaml").write_text(json.dumps(tenant))
    listed = host.run("tool", "list")
    assert (listed.code, listed.err) == (OK, ""), str(listed)
    refused = host.call("fixture.first", {}, "-o", "json")
    assert (refused.code, refused.error["code"]) == (DENIED, "denied"), str(refused)


def test_a_missing_plugin_file_is_found(jackfield, tmp_path):
    checked = jackfield.run("plugin", "check", tmp_path / "none.so", "-o", "json")
    assert (checked.code, [finding["code"] for finding in checked.json["findings"]]) == (FINDINGS, ["plugin_unreadable"])
    assert jackfield.run("plugin", "check", tmp_path).code == NOT_FOUND
    assert jackfield.run("plugin", "check", "/dev/zero").code == FINDINGS


def test_a_plugin_that_was_replaced_by_a_bad_one_is_checked_again(tmp_path):
    library = build(tmp_path)
    host = loading(tmp_path, library)
    assert host.run("tool", "list").err == ""
    library.unlink()
    build(tmp_path, "constructor-aborts")
    again = host.run("tool", "list", "-o", "json")
    assert again.code == OK and str(library) in again.err
    assert not any(tool["name"].startswith("fixture.") for tool in again.json)
