"""`flow run -o ndjson`: the journal's events, one a line, as they happen."""

import re
from datetime import datetime

import pytest

from program import OK

QUESTIONS = [
    "What is (17+4)*2^3?", "How does Jackfield load a plugin?", "Count the primes below 3000000 in SQL",
    "How many runs are in the journal, and what is that times 7?", "What time is it in Europe/Paris and in Asia/Tokyo?",
    "Sing a song",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_lines_are_what_the_journal_holds_afterwards_in_its_order(jackfield, question):
    printed = jackfield.ask(question, "-o", "ndjson")
    assert (printed.code, printed.err) == (OK, "")
    events = printed.lines
    assert events == jackfield.events(events[0]["run_id"])
    assert events == jackfield.newest_events()


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_event_has_its_envelope_and_every_beginning_its_end(jackfield, question):
    events = jackfield.ask(question, "-o", "ndjson").lines
    for event in events:
        assert list(event)[:6] == ["v", "seq", "ts", "tenant_id", "run_id", "turn"]
        assert (event["v"], event["tenant_id"], event["run_id"]) == (1, "acme", events[0]["run_id"])
        datetime.fromisoformat(event["ts"].replace("Z", "+00:00"))
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", event["type"]) and isinstance(event["data"], dict)
    sequence = [event["seq"] for event in events]
    assert sequence == sorted(set(sequence))
    assert [event["ts"] for event in events] == sorted(event["ts"] for event in events)
    assert (events[0]["type"], events[0]["data"]["input"]) == ("run.started", question)
    assert [event["type"] for event in events if event["type"].startswith("run.")] == ["run.started", "run.finished"]
    assert events[-1]["type"] == "run.finished"
    for begin, ends in [
        ("agent.started", ["agent.finished"]), ("model.requested", ["model.completed"]),
        ("tool.started", ["tool.finished"]), ("handoff.requested", ["handoff.completed"]),
        # One call, one result.
        ("tool.called", ["tool.finished", "tool.rejected", "handoff.completed"]),
    ]:
        begun = [event.get("call_id", event.get("agent")) for event in events if event["type"] == begin]
        ended = [event.get("call_id", event.get("agent")) for event in events if event["type"] in ends]
        # Calls of one turn run at once, and end in any order.
        assert sorted(begun) == sorted(ended), begin


def test_an_event_is_printed_when_it_happens_and_not_at_the_end(jackfield):
    process = jackfield.start("flow", "run", "helpdesk", "-m", "Count the primes below 3000000 in SQL", "-o", "ndjson")
    first = process.stdout.readline()
    assert b'"run.started"' in first
    while b'"tool.started"' not in process.stdout.readline():
        pass
    # 300 ms are given to the query that has only begun.
    assert process.poll() is None
    assert process.stdout.read().endswith(b"\n")
    assert process.wait(60) == OK
    process.stderr.close()
