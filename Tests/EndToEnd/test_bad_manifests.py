"""Manifests that are wrong: each is told with file, line, place and code, before anything runs."""

import json

import pytest

import manifests
from manifests import agent, flow, host, tenant
from program import FINDINGS, OK, Program


def without(manifest, key):
    return {name: value for name, value in manifest.items() if name != key}


TWO_AGENTS = {"worker": agent(handoffs=["nobody"]), "other": agent()}

# name, what is written, the file that is to blame, the code, the pointer, what the message must say
CASES = [
    ("an unknown key of the host", {"host_manifest": host(plugnis={})}, "jackfield", "unknown_key", "/plugnis", "plugins"),
    ("an unknown key of a tenant", {"tenant_manifest": tenant(flow=[])}, "tenant", "unknown_key", "/flow", "flows"),
    ("an unknown key of an agent", {"flow_manifest": flow(agents={"worker": agent(toolz=[])})}, "flow", "unknown_key",
     "/agents/worker/toolz", "tools"),
    ("a wrong type", {"host_manifest": host(tenants="tenant.yaml")}, "jackfield", "schema_violation", "/tenants", "array"),
    ("a wrong type deep inside", {"flow_manifest": flow(limits={"max_turns": "many"})}, "flow", "schema_violation",
     "/limits/max_turns", "integer"),
    ("a duration that is none", {"host_manifest": host(defaults={"timeout": "soon"})}, "jackfield", "schema_violation",
     "/defaults/timeout", "soon"),
    ("a missing key", {"flow_manifest": without(flow(), "start_agent")}, "flow", "missing_key", "", "start_agent"),
    ("the wrong kind", {"flow_manifest": tenant()}, "flow", "wrong_kind", "/kind", "Flow"),
    ("another version", {"host_manifest": {**host(), "apiVersion": "jackfield/v9"}}, "jackfield", "unsupported_version",
     "/apiVersion", "jackfield/v1"),
    ("a handoff to nowhere", {"flow_manifest": flow(agents=TWO_AGENTS)}, "flow", "unknown_agent",
     "/agents/worker/handoffs/0", "nobody"),
    ("a start at nobody", {"flow_manifest": flow(start_agent="wroker")}, "flow", "unknown_agent", "/start_agent", "worker"),
    ("an unknown provider", {"flow_manifest": flow(agents={"worker": agent(model={"provider": "gtp", "name": "x"})})},
     "flow", "unknown_provider", "/agents/worker/model", "gtp"),
    ("a provider that is none", {"flow_manifest": flow(agents={"worker": agent(model={"provider": "calc", "name": "x"})})},
     "flow", "unknown_provider", "/agents/worker/model", "calc"),
    ("a tool that no plugin has", {"flow_manifest": flow(agents={"worker": agent(tools=["slow.slep"])})}, "flow",
     "unknown_tool", "/agents/worker/tools/0", "slow.sleep"),
    ("limits of a tool that no plugin has", {"tenant_manifest": tenant(tools={"calc.evalute": {"timeout": "1s"}})}, "tenant",
     "unknown_tool", "/tools/calc.evalute", "calc.evaluate"),
    ("an unknown plugin of a tenant", {"tenant_manifest": tenant(plugins={"calk": {}, "rules": {"config": manifests.RULES}})},
     "tenant", "unknown_plugin", "/plugins/calk", "calc"),
    ("an unknown flow of a tenant", {"tenant_manifest": tenant(flows=["wiat"])}, "tenant", "unknown_flow", "/flows/0", "wait"),
    ("a provider that the tenant lacks", {"tenant_manifest": tenant(plugins={"calc": {}, "slow": {}})}, "tenant",
     "not_enabled", "/flows/0", "rules"),
    ("an unknown default tenant", {"host_manifest": host(default_tenant="amce")}, "jackfield", "unknown_tenant",
     "/default_tenant", "acme"),
    ("two tools of one name for a model", {"flow_manifest": flow(agents={
        "worker": agent(handoffs=[{"target": "other", "tool_name": "slow_sleep"}]), "other": agent()})}, "flow",
     "name_clash", "/agents/worker/handoffs/0", "slow.sleep"),
    ("two handoffs of one name", {"flow_manifest": flow(agents={
        "worker": agent(handoffs=["other", {"target": "other"}]), "other": agent()})}, "flow", "duplicate_name",
     "/agents/worker/handoffs/1", "transfer_to_other"),
    ("one flow twice", {"host_manifest": host(flows=["flow.yaml", "flow.yaml"])}, "flow", "duplicate_name", "/name", "wait"),
    ("a missing plugin", {"host_manifest": host(plugins={"calc": {}, "rules": {}, "slow": {"file": "no/such.so"}})},
     "jackfield", "file_missing", "/plugins/slow", "no/such.so"),
    ("a missing manifest", {"host_manifest": host(tenants=["tenant.yaml", "nobody.yaml"])}, "jackfield", "file_missing",
     "/tenants/1", "nobody.yaml"),
    ("a key twice", {"tenant_manifest": json.dumps(tenant())[:-1] + ', "name": "acme"}'}, "tenant", "duplicate_key", None, "name"),
    ("a file cut in the middle", {"flow_manifest": json.dumps(flow(), indent=1)[:200]}, "flow", "syntax_error", None, ""),
    ("an empty file", {"flow_manifest": "\n"}, "flow", None, None, ""),
    ("a configuration that breaks the plugin's schema", {"tenant_manifest": tenant(
        plugins={"calc": {}, "rules": {"config": {"models": 5}}, "slow": {}})}, "tenant", "configuration_invalid",
     "/plugins/rules/config/models", "object"),
    ("a configuration for a plugin without one", {"tenant_manifest": tenant(
        plugins={"calc": {"config": {"x": 1}}, "rules": {"config": manifests.RULES}, "slow": {}})}, "tenant",
     "configuration_invalid", "/plugins/calc/config/x", "calc"),
]


def configured(tmp_path, **written):
    return Program(tmp_path / "state", manifests.write(tmp_path / "host", **written))


def test_the_configuration_that_they_all_differ_from_is_without_fault(tmp_path):
    checked = configured(tmp_path).run("config", "validate", "-o", "json")
    assert (checked.code, checked.json) == (OK, []), str(checked)


@pytest.mark.parametrize("written, file, code, pointer, says", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_is_found_with_its_place_and_its_code(tmp_path, written, file, code, pointer, says):
    host = configured(tmp_path, **written)
    checked = host.run("config", "validate", "-o", "json")
    assert checked.code == FINDINGS, str(checked)
    [error] = [each for each in checked.json if code in (None, each["code"])][:1]
    assert error["file"].endswith(f"{file}.yaml") and error["line"] >= 1, error
    assert pointer in (None, error["pointer"]), error
    assert says in error["message"], error
    for_people = host.run("config", "validate")
    assert for_people.code == FINDINGS
    assert f"{file}.yaml:{error['line']}:{error['column']}: {error['message']}" in for_people.out
    assert f"[{error['code']}]" in for_people.out


@pytest.mark.parametrize("written", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_nothing_runs_on_it_that_it_is_wrong_about(tmp_path, written):
    """Whatever is wrong with it, a command ends with one of its promised codes and leaves no run behind."""
    host = configured(tmp_path, **written)
    asked = host.run("flow", "run", "wait", "-m", "nothing", "-o", "ndjson")
    if asked.code == OK:
        # A fault that is not this flow's: the flow runs, and the log says what is left out.
        assert '"level":"error"' in asked.err or '"reason"' in asked.err, str(asked)
    else:
        assert asked.err, str(asked)


def test_a_configuration_that_cannot_be_read_is_told_before_a_journal_is_made(tmp_path):
    host = Program(tmp_path / "state", tmp_path / "missing.yaml")
    asked = host.run("tool", "list", "-o", "json")
    assert (asked.code, asked.error["code"]) == (FINDINGS, "file_missing")
    assert not host.journal_file.exists()


def test_all_faults_of_all_files_are_told_at_once(tmp_path):
    written = {
        "tenant_manifest": tenant(flow=[], tools={"calc.evaluate": {"timeout": 5}}),
        "flow_manifest": flow(limits={"max_turns": 0}),
    }
    checked = configured(tmp_path, **written).run("config", "validate", "-o", "json")
    assert {(each["code"], each["pointer"]) for each in checked.json} == {
        ("unknown_key", "/flow"), ("schema_violation", "/tools/calc.evaluate/timeout"),
        ("schema_violation", "/limits/max_turns")}, str(checked)
