"""Names that stand for nothing, and arguments and questions that nobody can read."""

import pytest

from program import FAILED, NOT_FOUND, OK, Program
import manifests


@pytest.fixture
def recorded(jackfield):
    """The program with a run in its journal, which has to be there still, and whole, whatever a test does."""
    assert jackfield.ask("What is 1 + 1?").code == OK
    [before] = jackfield.runs()
    yield jackfield
    jackfield.assert_journal_is_whole()
    assert before in jackfield.runs()


@pytest.mark.parametrize("words, exit_code, code, names", [
    (["flow", "show", "nope"], NOT_FOUND, "tool_not_found", "nope"),
    (["flow", "show", "../../etc/passwd"], NOT_FOUND, "tool_not_found", "passwd"),
    (["tool", "call", "calc.nope"], NOT_FOUND, "tool_not_found", "calc.nope"),
    (["tool", "call", "nope.evaluate"], NOT_FOUND, "tool_not_found", "nope.evaluate"),
    (["tool", "call", "calc"], NOT_FOUND, "tool_not_found", "calc"),
    (["tool", "call", ""], NOT_FOUND, "tool_not_found", ""),
    (["tool", "call", "calc.evaluate\n"], NOT_FOUND, "tool_not_found", "calc"),
    (["tool", "call", "x" * 10_000], NOT_FOUND, "tool_not_found", "xxx"),
    (["tool", "call", "calc.evaluate", "--tenant", "nobody"], NOT_FOUND, "tenant_not_found", "nobody"),
    (["tool", "list", "--tenant", "ACME"], NOT_FOUND, "tenant_not_found", "ACME"),
    (["run", "list", "--tenant", "nobody"], NOT_FOUND, "tenant_not_found", "nobody"),
    (["run", "show", "00000000000000000000000000"], NOT_FOUND, "run_not_found", "0000"),
    (["run", "show", "%s%n"], NOT_FOUND, "run_not_found", "%s%n"),
])
def test_what_is_unknown_is_named_and_not_found(recorded, words, exit_code, code, names):
    refused = recorded.run(*words, "-o", "json")
    assert (refused.code, refused.error["code"]) == (exit_code, code), str(refused)
    assert names[:40] in refused.error["message"].replace("\\n", "\n")


def test_an_unknown_flow_is_not_run(recorded):
    refused = recorded.run("flow", "run", "nope", "-m", "What is 1 + 1?")
    assert (refused.code, refused.out, refused.err) == (NOT_FOUND, "", "jackfield: there is no flow nope\n")
    assert len(recorded.runs()) == 1


@pytest.mark.parametrize("text, code, pointer", [
    ("", "invalid_json", None), ("{", "invalid_json", None), ("nonsense", "invalid_json", None),
    ('{"expression":"1"', "invalid_json", None), ('{"expression":"1"} 2', "invalid_json", None),
    ('{"expression":"\\ud800"}', "invalid_json", None), (b'{"expression":"\xff"}', "invalid_json", None),
    (b"\xef\xbb\xbf{}", "invalid_json", None), ("{'expression':'1'}", "invalid_json", None),
    ('{"expression":"1","expression":"2"}', "invalid_json", None), ("[" * 100_000, "invalid_json", None),
    ("[]", "schema_violation", ""), ("null", "schema_violation", ""), ("42", "schema_violation", ""),
    ('"text"', "schema_violation", ""), ("{}", "schema_violation", ""),
    ('{"expression":5}', "schema_violation", "/expression"), ('{"expression":""}', "schema_violation", "/expression"),
    ('{"expression":"1","more":1}', "schema_violation", None),
    ('{"expression":"' + "1+" * 100_000 + '1"}', "schema_violation", "/expression"),
])
def test_arguments_that_do_not_fit_are_refused_before_anything_runs(recorded, text, code, pointer):
    refused = recorded.run("tool", "call", "calc.evaluate", "--input", "-", "-o", "json", stdin=text)
    assert (refused.code, refused.error["code"]) == (FAILED, code), str(refused)
    if pointer is not None:
        assert refused.error["pointer"] == pointer
    assert len(refused.err) < 1000
    kinds = [event["type"] for event in recorded.newest_events()]
    assert "tool.rejected" in kinds and "tool.started" not in kinds


def test_a_question_that_ends_in_the_middle_of_a_character_is_refused(recorded):
    refused = recorded.run("flow", "run", "helpdesk", "-m", "-", stdin="What is 1 + 1 €?".encode()[:-2])
    assert (refused.code, refused.out, refused.err) == (FAILED, "", "jackfield: the question is not valid UTF-8\n")
    assert len(recorded.runs()) == 1


def test_a_question_from_stdin_need_not_end_its_line(recorded):
    for text in ("What is 20 + 22?", "What is 20 + 22?\n", "What is 20 + 22?\r\n", "\n\nWhat is 20 + 22?"):
        assert "20 + 22 = 42" in recorded.run("flow", "run", "helpdesk", "-m", "-", stdin=text).out


def test_an_empty_question_is_answered_with_what_may_be_asked(recorded):
    asked = recorded.run("flow", "run", "helpdesk", "-m", "-", stdin=b"")
    assert asked.code == OK and "I can answer questions" in asked.out


def test_input_over_its_limit_is_refused(recorded):
    refused = recorded.run("flow", "run", "helpdesk", "-m", "-", stdin=b"x" * (17 << 20))
    assert (refused.code, refused.err) == (FAILED, "jackfield: the input is over 16 MiB\n")


def test_a_line_that_stdin_does_not_finish_is_answered_and_the_rest_is_not_lost(recorded):
    ping = '{"jsonrpc":"2.0","id":%d,"method":"ping"}'
    for end, answered in [(ping % 2, None), ('{"jsonrpc":"2.0","id":2,"meth', None), ('"', None)]:
        served = recorded.run("stdio", stdin=ping % 1 + "\n" + end)
        assert served.code == OK, str(served)
        assert served.lines[0] == {"jsonrpc": "2.0", "id": 1, "result": {}}, str(served)
        for frame in served.lines[1:]:
            assert frame["jsonrpc"] == "2.0"


# What a plugin may do wrong in a call.


@pytest.fixture
def slow(tmp_path):
    return Program(tmp_path / "slow-state", manifests.write(tmp_path / "slow"))


@pytest.mark.parametrize("tool, arguments, code", [
    ("slow.raise", {}, "tool_failed"), ("slow.wrong", {}, "invalid_result"),
    ("slow.big", {"bytes": 64 << 20}, "result_too_large"),
])
def test_what_goes_wrong_inside_a_tool_has_a_code(slow, tool, arguments, code):
    failed = slow.call(tool, arguments, "-o", "json")
    assert (failed.code, failed.error["code"]) == (FAILED, code), str(failed)
    assert str(slow.state) not in failed.out


@pytest.mark.parametrize("tool", ["sleep", "spin", "later", "late", "never"])
def test_a_tool_that_does_not_end_is_left_at_its_deadline(slow, tool):
    arguments = {} if tool == "never" else {"milliseconds": 30_000}
    cut = slow.call(f"slow.{tool}", arguments, "--timeout", "100ms", "-o", "json", timeout=20)
    assert (cut.code, cut.error["code"]) == (124, "timed_out"), str(cut)
    slow.assert_journal_is_whole()
    assert [event["type"] for event in slow.newest_events()] == ["tool.started", "tool.finished"]
    assert slow.runs()[0]["status"] == "failed"


@pytest.mark.parametrize("tool", ["sleep", "late"])
def test_a_tool_that_comes_back_while_the_program_leaves_does_no_harm(slow, tool):
    for milliseconds in range(100, 120):
        called = slow.call(f"slow.{tool}", {"milliseconds": milliseconds}, "--timeout", "100ms", timeout=20)
        assert called.code in (0, 124), str(called)
    slow.assert_journal_is_whole()


def test_a_run_that_reaches_a_limit_says_which_and_may_be_tried_again_later(tmp_path):
    flow = manifests.flow(limits={"max_turns": 1, "on_limit": "stop"})
    host = Program(tmp_path / "state", manifests.write(tmp_path / "host", flow_manifest=flow))
    limited = host.run("flow", "run", "wait", "-m", "fail")
    assert limited.code == 75 and "max_turns" in limited.err, str(limited)
    assert host.runs()[0]["status"] == "limit_reached"


def test_a_run_over_its_time_is_timed_out(tmp_path):
    flow = manifests.flow(limits={"timeout": "200ms"})
    host = Program(tmp_path / "state", manifests.write(tmp_path / "host", flow_manifest=flow))
    limited = host.run("flow", "run", "wait", "-m", "wait 60", timeout=20)
    assert limited.code == 124, str(limited)
    assert host.runs()[0]["status"] == "limit_reached"
