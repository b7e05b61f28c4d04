"""Runs that follow one another: begun by one process, gone on with by others."""

import json
import signal

import pytest

import manifests
import program
from program import FAILED, FINDINGS, LIMITED, NOT_FOUND, OK, USAGE

RULES = {
    "models": {
        "clerk": {
            "rules": [
                {
                    "when": {"message": "(?<sum>\\d+\\+\\d+)"},
                    "call": {"tool": "calc_evaluate", "arguments": {"expression": "{{sum}}"}},
                },
                {"when": {"message": "sleep"}, "call": {"tool": "slow_sleep", "arguments": {"milliseconds": 60000}}},
                {"when": {"tool_result": {"is_error": False, "fields": {"value": "/text"}}}, "answer": "it is {{value}}"},
            ],
            "default": {"answer": "nothing to do"},
        }
    }
}


def configure(folder, **conversation):
    return manifests.write(
        folder,
        # Long enough for a machine that is busy with other things.
        host_manifest=manifests.host(defaults={"timeout": "120s"}),
        tenant_manifest=manifests.tenant(plugins={"calc": {}, "rules": {"config": RULES}, "slow": {}}),
        flow_manifest=manifests.flow(
            limits={"timeout": "300s"}, conversation=conversation,
            agents={
                "worker": {"model": {"provider": "rules", "name": "clerk"}, "tools": ["calc.*", "slow.*"]}}))


@pytest.fixture
def desk(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    return program.Program(state, configure(tmp_path / "config", idle_timeout="30m"))


def begin(desk, question, *words):
    asked = desk.run("flow", "run", "wait", "--conversation", "new", "-m", question, *words)
    assert asked.code == OK, str(asked)
    return asked.err.splitlines()[0].split()[1]


def go_on(desk, conversation, question, *words):
    return desk.run("flow", "run", "wait", "--conversation", conversation, "-m", question, *words)


def shown(desk, conversation, *words):
    outcome = desk.run("conversation", "show", conversation, "-o", "json", *words)
    assert outcome.code == OK, str(outcome)
    return outcome.json


def test_what_was_said_is_there_in_the_next_process(desk):
    conversation = begin(desk, "10+20", "--user", "ada")
    assert go_on(desk, conversation, "hello", "--user", "ada").code == OK
    found = shown(desk, conversation)
    assert (found["status"], found["turns"], found["user"], found["flow"]) == ("active", 2, "ada", "wait")
    assert [message["class"] for message in found["messages"]] == [
        "user", "tool_call", "tool_result", "assistant", "user", "assistant"]
    assert found["messages"][3]["text"] == "it is 30"
    # The model was given all of it: with what it was asked first, its request is larger.
    sizes = [
        json.loads(data)["request_bytes"]
        for (data,) in desk.sql("SELECT data FROM events WHERE kind = 'model.requested' ORDER BY seq")]
    assert sizes[2] > sizes[1] > sizes[0]
    for run in desk.runs():
        assert desk.run("run", "replay", run["run_id"]).code == OK
    assert desk.run("run", "verify").code == OK
    desk.assert_journal_is_whole()


def test_a_conversation_is_its_users(desk):
    conversation = begin(desk, "hello", "--user", "ada")
    for words in ([], ["--user", "bob"]):
        refused = go_on(desk, conversation, "hello", *words)
        assert refused.code == NOT_FOUND and "no conversation" in refused.err
    assert desk.run("conversation", "show", conversation, "--user", "bob").code == NOT_FOUND
    assert desk.run("conversation", "show", "01kahq8p2w7v4t5n6r3m1c9d0e").code == NOT_FOUND
    assert go_on(desk, "nonsense", "hello").code == NOT_FOUND


def test_conversations_and_their_messages_are_paged(desk):
    conversations = [begin(desk, "hello") for _ in range(3)]
    first = desk.run("conversation", "list", "-n", "2", "-o", "json").json
    assert [each["conversation_id"] for each in first["conversations"]] == conversations[:0:-1]
    second = desk.run("conversation", "list", "-n", "2", "--before", first["next"], "-o", "json").json
    assert [each["conversation_id"] for each in second["conversations"]] == conversations[:1]
    assert second["next"] is None
    go_on(desk, conversations[0], "again")
    page = shown(desk, conversations[0], "-n", "1")
    assert [message["text"] for message in page["messages"]] == ["again", "nothing to do"]
    page = shown(desk, conversations[0], "-n", "1", "--before", page["next"])
    assert [message["text"] for message in page["messages"]] == ["hello", "nothing to do"] and page["next"] is None
    assert desk.run("conversation", "list", "-n", "0").code == USAGE


def test_a_turn_is_taken_back_and_what_it_did_is_told(desk):
    conversation = begin(desk, "hello")
    go_on(desk, conversation, "10+20")
    undone = desk.run("conversation", "undo", conversation)
    assert undone.code == OK and "was taken back" in undone.err
    assert [message["text"] for message in shown(desk, conversation)["messages"]] == ["hello", "nothing to do"]
    assert desk.runs("-n", "1")[0]["status"] == "withdrawn"
    assert go_on(desk, conversation, "hello").code == OK
    assert desk.run("conversation", "undo", conversation).code == OK
    assert desk.run("conversation", "undo", conversation).code == OK
    empty = desk.run("conversation", "undo", conversation)
    assert empty.code == FAILED and "no turn" in empty.err


def test_a_question_that_was_never_answered_is_told_and_gone_on_with(desk):
    conversation = begin(desk, "hello")
    host = desk.start("flow", "run", "wait", "--conversation", conversation, "-m", "sleep")
    while not desk.sql("SELECT 1 FROM events WHERE kind = 'tool.started'"):
        assert host.poll() is None
    waiting = go_on(desk, conversation, "hello")
    assert waiting.code == LIMITED and "being answered" in waiting.err
    host.send_signal(signal.SIGKILL)
    host.communicate()
    assert shown(desk, conversation)["status"] == "unanswered"
    told = desk.run("conversation", "show", conversation)
    assert "never answered" in told.err and "run resume" in told.err
    refused = go_on(desk, conversation, "hello")
    assert refused.code == FAILED and "never answered" in refused.err
    run = shown(desk, conversation)["newest_run"]
    assert desk.run("run", "cancel", run).code == OK
    assert go_on(desk, conversation, "hello").code == OK
    assert shown(desk, conversation)["messages"][-1]["text"] == "nothing to do"


def test_after_silence_somebody_says_how_to_go_on(desk, tmp_path):
    desk.config = configure(tmp_path / "impatient", idle_timeout="1ms")
    conversation = begin(desk, "10+20")
    assert shown(desk, conversation)["status"] == "expired"
    refused = go_on(desk, conversation, "hello")
    assert refused.code == LIMITED and "--restore" in refused.err
    assert go_on(desk, conversation, "hello", "--restore", "continue").code == OK
    afresh = go_on(desk, conversation, "hello", "--restore", "afresh")
    assert afresh.code == OK, str(afresh)
    new = afresh.err.splitlines()[0].split()[1].rstrip(",")
    found = shown(desk, new)
    assert [message["class"] for message in found["messages"]] == ["user", "summary", "assistant"]
    assert desk.run("run", "replay", found["newest_run"]).code == OK


def test_a_conversation_moves_to_another_journal(desk, tmp_path):
    conversation = begin(desk, "10+20")
    go_on(desk, conversation, "hello")
    exported = desk.run("conversation", "export", conversation)
    assert exported.code == OK
    other = program.Program(tmp_path / "other", desk.config)
    for _ in range(2):
        taken = other.run("conversation", "import", "-", stdin=exported.out)
        assert taken.code == OK and "2 runs" in taken.err, str(taken)
    assert shown(other, conversation)["messages"] == shown(desk, conversation)["messages"]
    assert go_on(other, conversation, "hello").code == OK
    damaged = exported.out.replace("it is 30", "it is 31")
    assert damaged != exported.out
    third = program.Program(tmp_path / "third", desk.config)
    assert third.run("conversation", "import", "-", stdin=damaged).code == FINDINGS
    assert third.run("conversation", "import", "-", stdin=exported.out.splitlines()[1]).code == FINDINGS
    assert third.run("conversation", "list", "-o", "json").json["conversations"] == []
