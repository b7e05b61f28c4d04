"""What a plugin may ask of the host: granted in a tenant's manifest, done by the real program, told in its journal."""

import contextlib
import http.server
import json
import os
import shutil
import subprocess
import threading

import pytest

import manifests

from program import BUILD, FAILED, FINDINGS, OK, ROOT, Program

SECRET = "s3cret-of-acme"
FUNCTIONS = ["count", "keys", "fetch", "ask", "relay", "recurse"]


class Echo(http.server.BaseHTTPRequestHandler):
    """Keeps what it was sent."""

    def do_GET(self):
        self.server.seen.append((self.path, self.headers.get("Authorization")))
        body = b'{"value": "hello"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *rest):
        pass


@contextlib.contextmanager
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as made:
        made.seen = []
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


HIDDEN = ["-shared", "-fPIC", "-fvisibility=hidden", f"-Wl,--version-script={ROOT}/PluginAPI/exports.map",
          "-I", ROOT / "PluginAPI/include"]
FIXTURES, SDK = ROOT / "Tests/Fixtures/services", ROOT / "PluginAPI/Swift/JackfieldPluginSDK"
BUILDS = {
    "c": ["cc", "-std=c11", "-D_GNU_SOURCE", *HIDDEN, ROOT / "Tests/Fixtures/plugins/services.c"],
    "cpp": ["g++", "-std=c++17", "-Wall", "-Wextra", "-Werror", *HIDDEN, "-I", ROOT / "PluginAPI/cpp",
            FIXTURES / "services.cpp"],
    "rust": ["rustc", "--edition", "2021", "-O", "-D", "warnings", "--crate-type", "cdylib", FIXTURES / "services.rs"],
    "swift": ["swiftc", "-swift-version", "6", "-Onone", "-wmo", "-parse-as-library", "-emit-library", "-module-name",
              "Services", "-use-ld=lld", "-Xlinker", f"--version-script={ROOT}/PluginAPI/exports.map",
              "-I", ROOT / "PluginAPI/include", *SDK.rglob("*.swift"), FIXTURES / "Services.swift"],
}


CASES = [("c", "in_process"), *((language, "worker") for language in BUILDS)]


@pytest.fixture(scope="session", params=CASES, ids=lambda case: f"{case[0]}-{case[1]}")
def plugin(request, tmp_path_factory):
    """The fixture that asks for everything, as a host's manifest has it: the same one in each language, where it runs by default, and
    in the host's process."""
    folder = tmp_path_factory.mktemp("services")
    language, isolation = request.param
    library, text = folder / "services.so", folder / "descriptor.json"
    command = BUILDS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    subprocess.run([*command, "-o", library], check=True)
    own = ["hoard"] if language == "c" else []
    text.write_text(json.dumps({
        "abi": 1, "id": "services", "version": "1.0.0", "secrets": ["KEY"],
        "services": ["jf.kv/1", "jf.http/1", "jf.call/1", "jf.ask/1"],
        "functions": [
            {"name": name, "description": "d", "inputSchema": {"type": "object"}, "effect": "none"}
            for name in FUNCTIONS + own],
    }))
    # The table of one in Swift has its descriptor.
    subprocess.run(
        [ROOT / "PluginAPI/seal", library, *([] if language == "swift" else [text])], check=True,
        env={**os.environ, "JACKFIELD_PROBE": str(BUILD / "jackfield-probe")})
    return {"file": str(library), "isolation": isolation}


def program(folder, plugin, granted=None, private=(), **more):
    folder.mkdir(exist_ok=True)
    services = {**({"services": granted} if granted else {}), **more}
    for name, value in {
        "jackfield.yaml": {
            "kind": "Host", "plugins": {"services": plugin}, "tenants": ["acme.yaml", "globex.yaml"],
            "default_tenant": "acme", "http": {"private_origins": list(private)}},
        "acme.yaml": {"kind": "Tenant", "name": "acme", "plugins": {"services": services}},
        "globex.yaml": {"kind": "Tenant", "name": "globex", "plugins": {"services": {"services": {"kv": {}}}}},
    }.items():
        (folder / name).write_text(json.dumps({"apiVersion": "jackfield/v1", **value}))
    state = folder / "state"
    state.mkdir(exist_ok=True)
    return Program(state, folder / "jackfield.yaml")


def test_what_a_tenant_does_not_grant_is_not_there(tmp_path, plugin):
    nothing = program(tmp_path, plugin)
    assert nothing.call("services.count", {}).json == {"value": "no store"}
    assert nothing.call("services.fetch", {}).json == {"value": "no network"}
    assert nothing.call("services.ask", {}).json == {"value": "nobody"}
    assert not (nothing.state / "values.sqlite").exists()


def test_values_outlive_the_process_and_are_one_tenants_own(tmp_path, plugin):
    keeping = program(tmp_path, plugin, {"kv": {}})
    assert [keeping.call("services.count", {}).json["value"] for _ in range(3)] == [1, 2, 3]
    assert keeping.call("services.count", {}, "--tenant", "globex").json["value"] == 1
    assert keeping.call("services.count", {}).json["value"] == 4
    assert keeping.call("services.keys", {}).json["value"] == ["count"]
    assert (keeping.state / "values.sqlite").stat().st_mode & 0o077 == 0


def test_a_quota_holds_over_processes(tmp_path, plugin):
    small = program(tmp_path, plugin, {"kv": {"max_bytes": 4}})
    assert small.call("services.count", {}).code == FAILED


def fetching(tmp_path, plugin, server, **more):
    origin = {"scheme": "http", "host": "127.0.0.1", "port": server.server_address[1]}
    return program(
        tmp_path, plugin, {"http": {"allow": [{**origin, "secrets": ["KEY"]}]}}, more.pop("private", [origin]),
        secrets={"KEY": {"env": "ACME_KEY"}}, **more)


def head(server, path="/path?query"):
    return {"url": f"http://127.0.0.1:{server.server_address[1]}{path}",
            "headers": [["Authorization", "Bearer ${secret:KEY}"]]}


def test_a_request_carries_a_secret_that_nobody_else_sees(tmp_path, plugin):
    with server() as there:
        asking = fetching(tmp_path, plugin, there)
        outcome = asking.call(
            "services.fetch", head(there), "--verbose", env=asking.environment(ACME_KEY=SECRET))
        assert outcome.code == OK and outcome.json == {"value": "hello"}, str(outcome)
        assert there.seen == [("/path?query", f"Bearer {SECRET}")]
        run = asking.runs("-n", "1")[0]["run_id"]
        used = [event["data"] for event in asking.events(run) if event["type"] == "service.used"]
        assert len(used) == 1
        assert {name for name in used[0] if name.endswith("_us")} == {
            "duration_us", "name_us", "connect_us", "first_byte_us"}
        assert {name: value for name, value in used[0].items() if not name.endswith("_us")} == {
            "service": "jf.http/1", "plugin": "services", "operation": "GET", "status": "ok", "http_status": 200,
            "sent_bytes": 0, "received_bytes": 18, "redirects": 0,
            "detail": f"http://127.0.0.1:{there.server_address[1]}"}
        shown = asking.run("run", "show", run)
        assert "jf.http/1 GET 200  ok" in shown.out, str(shown)
    for told in (outcome.out, outcome.err, shown.out, asking.journal_file.read_bytes().decode(errors="replace")):
        assert SECRET not in told


def test_a_secret_that_is_not_there_is_told_and_nothing_is_sent(tmp_path, plugin):
    with server() as there:
        asking = fetching(tmp_path, plugin, there)
        outcome = asking.call("services.fetch", head(there), "-o", "json")
        assert outcome.code != OK and outcome.error["code"] == "denied", str(outcome)
        assert there.seen == []
        assert "[secret_unreadable]" in outcome.err and "'KEY'" in outcome.err and "ACME_KEY" not in outcome.out


def test_a_secret_in_a_file_is_found_beside_the_manifest(tmp_path, plugin):
    with server() as there:
        asking = fetching(tmp_path, plugin, there)
        manifest = json.loads((tmp_path / "acme.yaml").read_text())
        manifest["plugins"]["services"]["secrets"] = {"KEY": {"file": "key"}}
        (tmp_path / "acme.yaml").write_text(json.dumps(manifest))
        (tmp_path / "key").write_text(SECRET + "\n")
        (tmp_path / "key").chmod(0o600)
        assert asking.call("services.fetch", head(there)).json == {"value": "hello"}
        assert there.seen == [("/path?query", f"Bearer {SECRET}")]


def test_an_address_of_this_machine_takes_the_hosts_word(tmp_path, plugin):
    with server() as there:
        asking = fetching(tmp_path, plugin, there, private=[])
        outcome = asking.call(
            "services.fetch", head(there), "-o", "json", env=asking.environment(ACME_KEY=SECRET))
        assert outcome.error["code"] == "denied" and there.seen == []
        assert "127.0.0.1" not in outcome.out
        used = [event["data"] for event in asking.newest_events() if event["type"] == "service.used"]
        assert [(use["status"], use["http_status"]) for use in used] == [("denied", 0)]


def test_a_secret_that_the_plugin_does_not_ask_for_is_a_fault(tmp_path, plugin):
    wrong = program(tmp_path, plugin, secrets={"KEZ": {"env": "ACME_KEY"}})
    outcome = wrong.run("config", "validate")
    assert outcome.code == FINDINGS and "did you mean 'KEY'?" in outcome.out + outcome.err, str(outcome)


def calling(folder, plugin, tools, agent_tools=("services.*", "calc.*")):
    """A tenant whose plugin may call `tools`, and whose agent, which has `agent_tools`, always asks it to."""
    made = program(folder, plugin)
    for name, value in {
        "jackfield.yaml": {
            "kind": "Host", "plugins": {"services": plugin, "calc": {}, "rules": {}}, "tenants": ["acme.yaml"],
            "flows": ["flow.yaml"], "default_tenant": "acme"},
        "acme.yaml": {
            "kind": "Tenant", "name": "acme", "flows": ["wait"], "plugins": {
                "calc": {}, "services": {"services": {"call": {"tools": tools}}},
                "rules": {"config": {"models": {"worker": {
                    "rules": [
                        {"when": {"message": "relay"},
                         "call": {"tool": "services_relay", "arguments": {"expression": "6*7"}}},
                        {"when": {"tool_result": {"is_error": True}}, "answer": "that did not work"}],
                    "default": {"answer": "done"}}}}}}},
        "flow.yaml": manifests.flow(agents={"worker": manifests.agent(tools=list(agent_tools))}),
    }.items():
        (folder / name).write_text(json.dumps({"apiVersion": "jackfield/v1", **value}))
    return made


def test_a_tool_that_is_called_by_a_tool_leaves_its_own_intent_and_outcome(tmp_path, plugin):
    relaying = calling(tmp_path, plugin, ["calc.*"])
    outcome = relaying.call("services.relay", {"expression": "6*7"})
    assert outcome.code == OK and outcome.json["value"] == 42, str(outcome)
    events = relaying.newest_events()
    assert [event["type"] for event in events] == ["tool.started", "call.started", "call.finished", "tool.finished"]
    started, finished = events[1], events[2]
    assert started["call_id"] == events[0]["call_id"] and started["data"]["path"] == "1.1" == finished["data"]["path"]
    assert started["data"]["tool"] == "calc.evaluate" and started["data"]["arguments"] == {"expression": "6*7"}
    assert finished["data"]["status"] == "ok" and finished["data"]["result"]["value"] == 42
    assert relaying.runs("-n", "1")[0]["name"] == "services.relay"
    assert "↳ calc.evaluate" in relaying.run("run", "show", events[0]["run_id"]).out
    relaying.assert_journal_is_whole()


def test_a_tool_that_is_called_by_a_tool_is_checked_like_any_other(tmp_path, plugin):
    relaying = calling(tmp_path, plugin, ["calc.*"])
    outcome = relaying.call("services.relay", {"expresion": "6*7"}, "-o", "json")
    assert outcome.error["code"] == "tool_failed" and "expression" in outcome.error["message"], str(outcome)
    rejected = relaying.newest_events()[1]
    assert rejected["type"] == "call.rejected" and rejected["data"]["error"]["code"] == "schema_violation"


def test_a_tool_calls_no_tool_that_it_was_not_granted_and_not_itself(tmp_path, plugin):
    relaying = calling(tmp_path, plugin, ["services.*"])
    refused = relaying.call("services.relay", {"expression": "6*7"}, "-o", "json")
    assert refused.error["message"] == "calc.evaluate may not be called from here", str(refused)
    used = [event["data"] for event in relaying.newest_events() if event["type"] == "service.used"]
    assert [(use["service"], use["status"]) for use in used] == [("jf.call/1", "denied")]
    endless = relaying.call("services.recurse", {}, "-o", "json")
    assert endless.error["message"] == "services.recurse waits for this very call", str(endless)


@pytest.mark.parametrize("agent_tools, status", [(["services.*", "calc.*"], "ok"), (["services.*"], "error")])
def test_a_tool_reaches_nothing_that_its_agent_may_not(tmp_path, plugin, agent_tools, status):
    relaying = calling(tmp_path, plugin, ["calc.*"], agent_tools)
    outcome = relaying.run("flow", "run", "wait", "-m", "relay")
    assert outcome.code == OK, str(outcome)
    events = relaying.newest_events()
    assert [data["status"] for data in (e["data"] for e in events if e["type"] == "tool.finished")] == [status], str(outcome)
    nested = [event for event in events if event["type"].startswith("call.")]
    assert [event["data"]["path"] for event in nested] == (["2.1", "2.1"] if status == "ok" else [])
    assert relaying.run("run", "replay", events[0]["run_id"]).code == OK
