"""Answers of models that are given again to the same request: what is kept, for how long, for whom, and what it saves."""

import json
import sys
from pathlib import Path

import pytest

from program import FINDINGS, OK

sys.path.insert(0, str(Path(__file__).parent / "providers"))
from hosts import ModelHost  # noqa: E402
from replay import Reply, error, serving  # noqa: E402
from streams import chunk  # noqa: E402

CACHE = {"cache": {"ttl": "1h"}}
PRICES = {
    "apiVersion": "jackfield/v1", "kind": "Prices", "currency": "EUR",
    "models": [{"provider": "openai", "model": "m", "from": "2020-01-01", "input": 1, "output": 1}],
}


def says(text, **more):
    usage = {"prompt_tokens": 40, "completion_tokens": 10, "total_tokens": 50}
    return Reply(
        chunk({"role": "assistant", "content": text[:3]}), chunk({"content": text[3:]}), chunk({}, "stop"),
        "data: " + json.dumps({"id": "c-1", "model": "m-1", "choices": [], "usage": usage}) + "\n\n", "data: [DONE]\n\n", **more)


def ask(host, question="Hi", *words):
    return host.run("flow", "run", "talk", "-m", question, *words)


def data(host, kind):
    return [event["data"] for event in host.newest_events() if event["type"] == kind]


@pytest.fixture
def priced(tmp_path):
    def make(port, **more):
        host = ModelHost(tmp_path, "openai", port, **more)
        host.change("jackfield.yaml", lambda it: it.update(prices="prices.yaml"))
        (tmp_path / "prices.yaml").write_text(json.dumps(PRICES))
        return host

    return make


def test_the_same_question_is_paid_for_once(priced):
    with serving(says("Hello."), says("Others.")) as server:
        host = priced(server.port, model=CACHE)
        first = ask(host)
        assert first.code == OK and "Hello." in first.out, str(first)
        # Another process, and another run.
        second = ask(host)
        assert second.code == OK and "Hello." in second.out, str(second)
        assert len(server.seen) == 1
        [kept] = data(host, "model.completed")
        assert kept["cache"] == "hit" and kept["cost"] == "0" and kept["saved"] == "0.00005" and not data(host, "model.requested")
        run = host.runs("-n", "1")[0]["run_id"]
        assert host.run("run", "replay", run).code == OK
        assert "from the cache" in host.run("run", "show", run).out
        assert ask(host, "Others?").code == OK and len(server.seen) == 2
        [row] = host.run("usage", "-o", "json").json["rows"]
        assert (row["calls"], row["cached_answers"], row["input_tokens"], row["saved_tokens"]) == (3, 1, 80, 50)
        assert row["cost"] == {"EUR": "0.0001"} and row["saved_cost"] == {"EUR": "0.00005"}
        assert "1 from the cache, saved 50 tokens" in host.run("usage").out
        host.assert_journal_is_whole()


def test_a_replay_needs_no_cache(priced):
    with serving(says("Hello.")) as server:
        host = priced(server.port, model=CACHE)
        assert ask(host).code == OK and ask(host).code == OK
        run = host.runs("-n", "1")[0]["run_id"]
    (host.state / "answers.sqlite").unlink()
    assert host.run("run", "replay", run).code == OK


def test_answers_are_forgotten_when_somebody_says_so(tmp_path):
    with serving(*[says(f"Answer {number}.") for number in range(4)]) as server:
        host = ModelHost(tmp_path, "openai", server.port, model=CACHE)
        assert ask(host).code == OK
        assert host.run("provider", "clear-cache", "rules").out == "0 answers are forgotten\n"
        assert ask(host).code == OK and len(server.seen) == 1
        assert host.run("provider", "clear-cache", "openai", "-o", "json").json == {"forgotten": 1}
        assert ask(host).code == OK and len(server.seen) == 2
        assert host.run("provider", "clear-cache").out == "1 answer is forgotten\n"
        assert ask(host).code == OK and len(server.seen) == 3


def test_without_a_word_nothing_is_kept(tmp_path):
    with serving(says("One."), says("Two.")) as server:
        host = ModelHost(tmp_path, "openai", server.port)
        assert ask(host).code == OK and ask(host).code == OK
        assert len(server.seen) == 2 and not (host.state / "answers.sqlite").exists()


def test_an_error_and_a_cut_answer_are_not_kept(tmp_path):
    cut = Reply(chunk({"content": "Hel"}))
    long = Reply(chunk({"content": "Hel"}), chunk({}, "length"), "data: [DONE]\n\n")
    with serving(error(500, {}), cut, long, says("Hello.")) as server:
        host = ModelHost(tmp_path, "openai", server.port, model=CACHE)
        for _ in range(3):
            ask(host)
        assert "Hello." in ask(host).out and len(server.seen) == 4
        assert "Hello." in ask(host).out and len(server.seen) == 4


def test_what_was_kept_for_one_tenant_no_other_gets(tmp_path):
    with serving(says("Ours."), says("Theirs.")) as server:
        host = ModelHost(tmp_path, "openai", server.port, model=CACHE)
        acme = json.loads((tmp_path / "acme.yaml").read_text())
        host.change("jackfield.yaml", lambda it: it["tenants"].append("globex.yaml"))
        (tmp_path / "globex.yaml").write_text(json.dumps({**acme, "name": "globex"}))
        assert "Ours." in ask(host, "Hi", "--tenant", "acme").out
        assert "Theirs." in ask(host, "Hi", "--tenant", "globex").out
        assert "Ours." in ask(host, "Hi", "--tenant", "acme").out and len(server.seen) == 2
        assert host.run("provider", "clear-cache", "--tenant", "globex", "-o", "json").json == {"forgotten": 1}
        assert "Ours." in ask(host, "Hi", "--tenant", "acme").out and len(server.seen) == 2


def test_only_so_many_are_kept(tmp_path):
    with serving(*[says(f"Answer {number}.") for number in range(4)]) as server:
        host = ModelHost(tmp_path, "openai", server.port, model=CACHE, tenant={"models": {"cache": {"entries": 2}}})
        for question in ("one", "two", "one", "three", "one"):
            assert ask(host, question).code == OK
        assert len(server.seen) == 3
        assert ask(host, "two").code == OK and len(server.seen) == 4


def test_a_chat_tells_why(tmp_path):
    with serving(says("Hello.")) as server:
        host = ModelHost(tmp_path, "openai", server.port, model=CACHE)
        assert ask(host, "Hi", "--conversation", "new").code == OK
        told = host.run("chat", "--flow", "talk", stdin=b"Hi\n/why\n/cost\n")
        assert told.code == OK and "from the cache" in told.out + told.err and len(server.seen) == 1, str(told)
        assert "1 answered from the cache" in told.out, told.out


@pytest.mark.parametrize("model", [{"cache": {}}, {"cache": {"ttl": "soon"}}, {"cache": {"ttl": "1h", "entries": 2}}, {"cache": True}])
def test_a_cache_that_makes_no_sense_is_an_error_of_the_manifest(tmp_path, model):
    host = ModelHost(tmp_path, "openai", 9, model=model)
    outcome = host.run("config", "validate")
    assert outcome.code == FINDINGS and "talk.yaml" in outcome.out, str(outcome)
