"""What every command takes, prints and returns."""

import json
import os
import pty
import subprocess

import pytest

import program
from program import DEMO, DENIED, FAILED, FINDINGS, LIMITED, NOT_FOUND, OK, ROOT, TIMED_OUT, USAGE, BUILD

COMMANDS = [
    "flow run", "flow list", "flow show", "run list", "run show", "tool list", "tool call", "plugin list",
    "plugin check", "config validate", "stdio", "version",
]
GLOBAL_OPTIONS = ["--config", "--state", "--no-color", "--quiet", "--verbose", "--help"]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"], ["help"]])
def test_the_programs_help_lists_every_command_and_every_exit_code(jackfield, words):
    shown = jackfield.run(*words)
    assert (shown.code, shown.err) == (OK, "")
    listed = [line.split("  ")[1].strip() for line in shown.out.splitlines() if line.startswith("  ")]
    assert [name for name in COMMANDS if name not in listed] == []
    for code in ("0 ok", "1 failed", "2 usage", "3 a check", "5 not found", "7 denied", "75 limited", "124 timed", "130 inter"):
        assert code in shown.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_its_options_and_an_example(jackfield, command):
    shown = jackfield.run(*command.split(), "--help")
    assert (shown.code, shown.err) == (OK, "")
    assert f"usage: jackfield {command}" in shown.out
    assert "\nexamples:\n  " in shown.out
    assert f"jackfield {command}" in shown.out.split("examples:")[1]
    for option in GLOBAL_OPTIONS:
        assert option in shown.out


def test_help_needs_neither_a_configuration_nor_a_state_folder(tmp_path):
    host = program.Program(tmp_path / "none", tmp_path / "none.yaml")
    assert host.run("tool", "call", "--help", env=program.INHERITED).code == OK
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("words", [
    ["bogus"], ["flow"], ["flow", "rum", "helpdesk"], ["tool", "call"], ["run", "show"], ["flow", "run", "helpdesk"],
    ["version", "surplus"], ["tool", "list", "--bogus"], ["tool", "list", "--tenant"], ["tool", "list", "-o", "yaml"],
    ["tool", "list", "-o", "text", "-o", "json"], ["tool", "list", "--quiet=yes"], ["run", "list", "-n", "0"],
    ["run", "list", "-n", "many"], ["tool", "call", "calc.evaluate", "--timeout", "fast"],
    ["tool", "call", "calc.evaluate", "--timeout", "0s"], ["tool", "call", "calc.evaluate", "--timeout", "99999999999999999m"],
    ["tool", "call", "calc.evaluate", "--input", "@/no/such/file"], ["flow", "run", "helpdesk", "-m", "x", "-o", "json"],
])
def test_a_wrong_command_line_is_a_usage_error_and_nothing_is_recorded(jackfield, words):
    refused = jackfield.run(*words)
    assert (refused.code, refused.out) == (USAGE, "" if "json" not in words else refused.out)
    assert refused.err.startswith("jackfield: ") and refused.err.count("\n") == 1
    assert not jackfield.journal_file.exists()


@pytest.mark.parametrize("words, suggestion", [
    (["flow", "rum"], "flow run"), (["tool", "cal"], "tool call"), (["tool", "list", "--tennant", "x"], "--tenant"),
])
def test_a_misspelling_is_answered_with_what_was_meant(jackfield, words, suggestion):
    assert f"did you mean {suggestion}?" in jackfield.run(*words).err


def test_the_version_names_the_program_and_the_plugin_abi(jackfield):
    shown = jackfield.run("version")
    assert (shown.code, shown.err) == (OK, "")
    words = shown.out.split()
    assert words[0] == "jackfield" and words[2:4] == ["plugin", "ABI"]
    assert (ROOT / f"Tests/Golden/abi-{words[4]}.txt").exists()


def test_tools_are_listed_for_people_and_for_programs(jackfield):
    text, listed = jackfield.run("tool", "list"), jackfield.run("tool", "list", "-o", "json")
    assert (text.code, text.err, listed.code, listed.err) == (OK, "", OK, "")
    names = [tool["name"] for tool in listed.json]
    assert names == ["calc.evaluate", "clock.now", "docs.read", "docs.search", "sql.query", "sql.schema"]
    assert [line.split()[0] for line in text.out.splitlines()] == names
    for tool in listed.json:
        assert tool["inputSchema"]["type"] == "object" and tool["description"] and tool["timeout_ms"] > 0
        assert tool["effect"] in ("none", "idempotent", "non_idempotent")


def test_flows_are_listed_and_shown(jackfield):
    assert [flow["name"] for flow in jackfield.run("flow", "list", "-o", "json").json] == ["brief", "helpdesk"]
    assert jackfield.run("flow", "list").out.startswith("brief ")
    sheet = jackfield.run("flow", "show", "helpdesk", "-o", "json").json
    assert sheet["start_agent"] == "triage"
    agents = {agent["name"]: agent for agent in sheet["agents"]}
    assert set(agents) == {"triage", "librarian", "analyst", "calculator"}
    assert [handoff["tool_name"] for handoff in agents["triage"]["handoffs"]] == [
        "transfer_to_librarian", "transfer_to_analyst", "transfer_to_calculator"]
    shown = jackfield.run("flow", "show", "helpdesk")
    assert shown.code == OK and all(name in shown.out for name in agents)


def test_plugins_are_listed_with_who_has_them(jackfield):
    plugins = jackfield.run("plugin", "list", "--tenant", "globex", "-o", "json").json
    assert {plugin["id"]: plugin["enabled"] for plugin in plugins} == {
        "calc": True, "clock": False, "docs": False, "rules": False, "sql": False}
    assert all("error" not in plugin for plugin in plugins)
    lines = jackfield.run("plugin", "list").out.splitlines()
    assert len(lines) == 5 and all(" enabled " in line for line in lines)


@pytest.mark.parametrize("plugin", ["calc", "clock", "docs", "rules", "sql"])
def test_the_shipped_plugins_pass_their_check(jackfield, plugin):
    file = BUILD / f"plugins/{plugin}.so"
    checked = jackfield.run("plugin", "check", file, "-o", "json")
    assert checked.code == OK
    assert (checked.json["ok"], checked.json["id"], checked.json["version"]) == (True, plugin, "1.0.0")
    assert all(finding["severity"] == "note" for finding in checked.json["findings"]), str(checked)
    assert "nothing wrong" in jackfield.run("plugin", "check", file).out


def test_the_shipped_configuration_is_found_without_fault(jackfield):
    checked = jackfield.run("config", "validate")
    assert (checked.code, checked.out) == (OK, "")
    assert "nothing wrong" in checked.err
    assert jackfield.run("config", "validate", "-o", "json").json == []
    for file in (ROOT / "manifests/demo/flows/helpdesk.yaml", ROOT / "manifests/demo/tenants/acme.yaml"):
        assert jackfield.run("config", "validate", file).code == OK


def test_a_result_goes_to_stdout_and_nothing_else_does(jackfield):
    called = jackfield.call("calc.evaluate", {"expression": "6*7"})
    assert (called.code, called.json, called.err) == (OK, {"value": 42, "text": "42"}, "")
    failed = jackfield.call("calc.evaluate", {"expression": "1/0"})
    assert (failed.code, failed.out) == (FAILED, "")
    assert failed.err == "jackfield: division by zero at column 2\n"


def test_arguments_come_from_the_command_line_a_file_or_stdin(jackfield, tmp_path):
    text = json.dumps({"expression": "2^10"})
    (tmp_path / "arguments.json").write_text(text)
    for words, stdin in [([text], b""), ([f"@{tmp_path}/arguments.json"], b""), (["-"], text)]:
        called = jackfield.run("tool", "call", "calc.evaluate", "--input", *words, stdin=stdin)
        assert called.json["value"] == 1024, str(called)


ENDLESS = {
    "database": "journal",
    "sql": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
}


@pytest.mark.parametrize("words, code, exit_code", [
    (["tool", "call", "calc.evaluate", "--input", '{"expression":"1/0"}'], "tool_failed", FAILED),
    (["tool", "call", "calc.evaluate", "--input", "{"], "invalid_json", FAILED),
    (["tool", "call", "calc.evaluate", "--input", "{}"], "schema_violation", FAILED),
    (["tool", "call", "calc.nope"], "tool_not_found", NOT_FOUND),
    (["tool", "call", "clock.now", "--tenant", "globex"], "denied", DENIED),
    (["tool", "call", "sql.query", "--input", json.dumps(ENDLESS)], "timed_out", TIMED_OUT),
    (["flow", "show", "nope"], "tool_not_found", NOT_FOUND),
    (["run", "show", "nope"], "run_not_found", NOT_FOUND),
    (["tool", "list", "--config", "/no/such.yaml"], "file_missing", FINDINGS),
    (["tool", "list", "--bogus"], "usage", USAGE),
])
def test_a_failure_is_an_object_with_a_code_where_json_is_asked_for(jackfield, words, code, exit_code):
    failed = jackfield.run(*words, "-o", "json")
    assert (failed.code, failed.error["code"]) == (exit_code, code), str(failed)
    assert failed.err.startswith("jackfield: ")
    plain = jackfield.run(*words)
    assert (plain.code, plain.out) == (exit_code, ""), str(plain)
    # Either the plugin or the host notices first that time is up; they say it differently.
    assert failed.error["message"] in plain.err or code == "timed_out"


def test_a_timeout_given_with_the_call_shortens_the_tools_own(jackfield):
    called = jackfield.call("sql.query", ENDLESS, "--timeout", "50ms", "-o", "json")
    assert (called.code, called.error["code"]) == (TIMED_OUT, "timed_out")
    rejected = program.finished(jackfield.newest_events(), "sql.query")[0]
    assert 50_000 <= rejected["duration_us"] < 250_000


def on_a_terminal(host, *words, **environment):
    """What the program prints where stdout is a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [program.JACKFIELD, *words], stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL, cwd=ROOT,
        env=host.environment(TERM="xterm", **environment))
    os.close(follower)
    printed = b""
    while True:
        try:
            piece = os.read(leader, 4096)
        except OSError:  # how Linux says that nobody writes there any more
            break
        if not piece:
            break
        printed += piece
    os.close(leader)
    assert process.wait(60) == OK
    return printed.decode()


def test_colours_are_for_terminals_that_want_them(jackfield):
    words = ["flow", "show", "helpdesk"]
    assert "\x1b[" in on_a_terminal(jackfield, *words)
    assert "\x1b" not in on_a_terminal(jackfield, *words, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(jackfield, *words, "--no-color")
    assert "\x1b" not in jackfield.run(*words).out


def test_text_from_outside_reaches_the_terminal_without_its_escapes(jackfield):
    run = jackfield.ask("\x1b]0;owned\x07 what is 2 + 2?")
    shown = jackfield.run("run", "show", jackfield.runs()[0]["run_id"])
    assert "\x1b" not in run.out + run.err + shown.out and "owned" in shown.out


def test_quiet_leaves_out_messages_and_verbose_adds_some(jackfield):
    question = ["flow", "run", "helpdesk", "-m", "What is 1 + 1?"]
    assert jackfield.run(*question, "-q").err == ""
    assert jackfield.run(*question).err.startswith("run ")
    assert jackfield.run("flow", "show", "nope", "-q").err == "jackfield: there is no flow nope\n"


def test_options_go_before_the_environment_and_that_before_defaults(jackfield, tmp_path):
    other = tmp_path / "other"
    assert jackfield.call("calc.evaluate", {"expression": "1"}, "--state", other).code == OK
    assert (other / "journal.sqlite").exists() and not jackfield.journal_file.exists()
    assert jackfield.run("tool", "list", env=jackfield.environment(JACKFIELD_CONFIG="/no/such.yaml")).code == FINDINGS
    assert jackfield.run(
        "tool", "list", "--config", DEMO, env=jackfield.environment(JACKFIELD_CONFIG="/no/such.yaml")).code == OK
    bare = {**program.INHERITED, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "xdg")}
    in_demo = jackfield.run("tool", "call", "calc.evaluate", "--input", '{"expression":"1"}', cwd=DEMO.parent, env=bare)
    assert in_demo.code == OK and (tmp_path / "xdg/jackfield/journal.sqlite").exists()
    del bare["XDG_STATE_HOME"]
    assert jackfield.run("run", "list", cwd=DEMO.parent, env=bare).code == OK
    assert (tmp_path / ".local/state/jackfield/journal.sqlite").exists()
    del bare["HOME"]
    homeless = jackfield.run("run", "list", "-o", "json", cwd=DEMO.parent, env=bare)
    assert (homeless.code, homeless.error["code"]) == (USAGE, "state_unknown")


def test_a_reader_that_goes_away_is_no_failure_to_shout_about(jackfield):
    process = jackfield.start("flow", "run", "helpdesk", "-m", "What is 1 + 1?", "-o", "ndjson")
    process.stdout.close()
    err = process.stderr.read().decode()
    assert process.wait(60) in (OK, FAILED), err
    assert "Fatal" not in err
