"""Runs between processes: ended, taken over and gone on with by others than the one that began them."""

import contextlib
import decimal
import json
import re
import signal
import sqlite3
import subprocess
import time
import xml.etree.ElementTree

import pytest

import manifests
from program import BUILD, FAILED, FINDINGS, JACKFIELD, NOT_FOUND, OK, ROOT, USAGE, Program


@pytest.fixture
def host(tmp_path):
    """A host whose flow sleeps in a call for a minute."""
    host = Program(tmp_path / "state", manifests.write(tmp_path / "host"))
    assert host.run("run", "list").code == OK  # there is a journal
    return host


def until(condition, what, seconds=30):
    """Waits for what another process does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def in_a_call(host):
    """The run that is inside of its tool; the outcome of the intent is not there yet."""
    rows = host.sql("SELECT run FROM events WHERE kind = 'tool.started'")
    return rows[-1][0] if rows else None


@contextlib.contextmanager
def sleeping_run(host):
    process = host.start("flow", "run", "wait", "-m", "wait 60")
    try:
        yield process, until(lambda: in_a_call(host), "the call begins")
    finally:
        process.kill()
        process.communicate()


def test_a_run_is_ended_from_another_process_and_its_plugin_is_told(host):
    with sleeping_run(host) as (process, run):
        before = time.monotonic()
        ended = host.run("run", "cancel", run)
        assert ended.code == OK, str(ended)
        assert time.monotonic() - before < 40
        process.communicate(timeout=40)
        assert process.returncode != OK
    events = host.events(run)
    assert events[-1]["type"] == "run.finished" and events[-1]["data"]["outcome"] == "cancelled"
    [call] = [event["data"] for event in events if event["type"] == "tool.finished"]
    assert call["status"] == "cancelled"
    assert host.run("run", "cancel", run).code == FAILED  # it is finished
    host.assert_journal_is_whole()


def test_a_run_whose_host_is_gone_is_ended_here(host):
    with sleeping_run(host) as (process, run):
        process.kill()
    ended = host.run("run", "cancel", run)
    assert ended.code == OK, str(ended)
    assert [each["status"] for each in host.runs()] == ["cancelled"]


def test_what_is_not_there_cannot_be_ended(host):
    assert host.run("run", "cancel", "01kahq8p2w7v4t5n6r3m1c9d0e").code == NOT_FOUND
    assert host.run("run", "cancel", "nonsense").code == NOT_FOUND


def test_a_host_that_hangs_loses_its_run_and_writes_no_more_of_it(host):
    with sleeping_run(host) as (process, run):
        process.send_signal(signal.SIGSTOP)
        refused = host.run("run", "resume", run)
        assert refused.code == FAILED and "going on" in refused.err, str(refused)
        # The other's call may have been made: a person is asked, or it is made again, as the tool declares.
        taken = host.start("run", "resume", run, "--take-over")
        until(lambda: len(host.sql(f"SELECT 1 FROM events WHERE run = '{run}' AND fence = 2")) > 0, "it is taken over")
        count = host.sql(f"SELECT count(*) FROM events WHERE run = '{run}' AND fence = 1")
        host.run("run", "cancel", run)
        taken.communicate(timeout=20)
        process.send_signal(signal.SIGCONT)
        _, err = process.communicate(timeout=90)
        assert process.returncode != OK
    assert host.sql(f"SELECT count(*) FROM events WHERE run = '{run}' AND fence = 1") == count
    fences = [event["fence"] for event in host.events(run)]
    assert fences == sorted(fences)
    assert "storage_lease_lost" in err.decode()
    host.assert_journal_is_whole()


def serve(host):
    """A host that stays; its stdin is open."""
    return subprocess.Popen(
        [JACKFIELD, "stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
        env=host.environment())


def end(process):
    process.stdin.close()
    process.wait(timeout=30)
    process.stdout.close()
    process.stderr.close()


@pytest.fixture
def left(tmp_path):
    """A host with a run in its journal that was killed before its first answer."""

    def make(**runs):
        more = {"runs": runs} if runs else {}
        host = Program(tmp_path / "state", manifests.write(tmp_path / "host", manifests.host(**more)))
        assert host.run("flow", "run", "wait", "-m", "nothing").code == OK
        [run] = [each["run_id"] for each in host.runs()]
        copied = host.events(run)
        with contextlib.closing(sqlite3.connect(host.journal_file, isolation_level=None)) as connection:
            # As if the host had been killed after the run's first event.
            connection.execute("DELETE FROM events WHERE seq > 1")
            connection.execute(
                "UPDATE runs SET status = 'open', finished = NULL, event_count = 1, last_seq = 1,"
                " digest = (SELECT digest FROM events WHERE seq = 1)")
        assert len(copied) > 1
        return host, run

    return make


def status(host):
    return [row[0] for row in host.sql("SELECT status FROM runs")]


def test_a_host_that_stays_goes_on_with_what_others_left(left):
    host, _ = left()
    process = serve(host)
    until(lambda: status(host) == ["succeeded"], "the run ends")
    end(process)


def test_by_policy_it_only_shows_what_others_left(left):
    host, run = left(on_start="show")
    process = serve(host)
    process.stdin.write(json.dumps({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "calc.evaluate", "arguments": {"expression": "1"},
                   "_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}}}).encode() + b"\n")
    process.stdin.flush()
    assert process.stdout.readline()
    end(process)
    assert status(host)[0] == "open"
    assert host.run("run", "list", "--open", "-o", "json").json[0]["run_id"] == run


def finished_run(host):
    assert host.run("flow", "run", "wait", "-m", "fail").code == OK
    return host.runs("-n", "1")[0]["run_id"]


def test_a_run_is_carried_to_another_journal_and_is_there_what_it_was(host, tmp_path):
    run = finished_run(host)
    exported = host.run("run", "export", run)
    assert exported.code == OK
    header, *events = exported.lines
    shown = host.events(run)
    assert (header["run_id"], header["status"], header["events"]) == (run, "succeeded", len(shown))
    assert [{key: event[key] for key in shown[0] if key in event} for event in events] == [
        {key: event[key] for key in shown[0] if key in event} for event in shown]
    other = Program(tmp_path / "other", host.config)
    file = tmp_path / "run.ndjson"
    file.write_text(exported.out)
    assert other.run("run", "verify", "--file", file).code == OK
    assert other.run("run", "import", file).code == OK
    assert other.run("run", "export", run).out == exported.out
    assert other.run("run", "replay", run).code == OK
    again = other.run("run", "import", "-", stdin=exported.out)
    assert again.code == FAILED and "already" in again.err, str(again)
    digests = [each.run("run", "verify", run).out for each in (host, other)]
    assert digests[0] == digests[1] and header["digest"] in digests[0]
    other.assert_journal_is_whole()


def test_a_run_that_was_changed_is_found_and_not_taken_over(host, tmp_path):
    run = finished_run(host)
    changed = host.run("run", "export", run).out.replace('"fail"', '"fall"')
    file = tmp_path / "run.ndjson"
    file.write_text(changed)
    found = host.run("run", "verify", "--file", file, "-o", "json")
    assert found.code == FINDINGS and "event 1" in found.json[0]["damage"], str(found)
    other = Program(tmp_path / "other", host.config)
    assert other.run("run", "import", file).code == FINDINGS
    assert other.runs() == []
    with contextlib.closing(sqlite3.connect(host.journal_file, isolation_level=None)) as connection:
        connection.execute("UPDATE events SET data = replace(data, 'fail', 'fall') WHERE seq = 1")
    found = host.run("run", "verify")
    assert found.code == FINDINGS and "damaged" in found.out, str(found)
    assert host.run("run", "export", run).code == FINDINGS
    for words in [(), ("-o", "json"), ("--timeline",), ("-o", "svg")]:
        shown = host.run("run", "show", run, *words)
        assert shown.code == FINDINGS and shown.out and "damaged" in shown.err, str(shown)
    replayed = host.run("run", "replay", run)
    assert replayed.code == FAILED and "damaged" in replayed.err


def test_a_run_that_has_not_ended_is_taken_over_only_where_that_is_asked_for(left, tmp_path):
    host, run = left()
    exported = host.run("run", "export", run).out
    other = Program(tmp_path / "other", host.config)
    refused = other.run("run", "import", "-", stdin=exported)
    assert refused.code == FAILED and "--unfinished" in refused.err, str(refused)
    assert other.run("run", "import", "-", "--unfinished", stdin=exported).code == OK
    assert other.run("run", "resume", run).code == OK
    assert other.run("run", "verify").code == OK


def test_a_run_is_forked_at_a_call_and_stays_as_it_is(host):
    run = finished_run(host)
    before = host.run("run", "export", run).out
    [step] = [event["call_id"].split("/")[1] for event in host.events(run) if event["type"] == "tool.started"]
    forked = host.run("run", "fork", run, "--at", step, "--with-args", '{"status": "no_such_status"}')
    assert forked.code == OK, str(forked)
    [fork] = [each["run_id"] for each in host.runs() if each["run_id"] != run]
    events = host.events(fork)
    assert events[0]["data"]["fork"] == {"run_id": run, "step": int(step)}
    refusals = [event["data"] for event in events if event["type"] == "tool.rejected"]
    assert [each["error"]["code"] for each in refusals] == ["schema_violation"]
    assert host.run("run", "export", run).out == before
    assert host.run("run", "replay", fork).code == OK
    assert host.run("run", "fork", run, "--at", "77").code == NOT_FOUND
    assert host.run("run", "fork", run).code == USAGE
    assert host.run("run", "fork", run, "--at", step, "--with-args", "[1]").code == USAGE
    host.assert_journal_is_whole()


def test_runs_that_ended_long_ago_are_removed_by_who_asks_and_by_a_host_that_stays(host, tmp_path):
    runs = [finished_run(host) for _ in range(3)]
    old = time.time_ns() - 100 * 3600 * 10**9
    with contextlib.closing(sqlite3.connect(host.journal_file, isolation_level=None)) as connection:
        connection.execute(f"UPDATE runs SET finished = {old} WHERE run != '{runs[2]}'")
    assert host.run("run", "prune").code == USAGE  # nobody has said how long
    rehearsed = host.run("run", "prune", "--older-than", "99h", "--dry-run")
    assert rehearsed.code == OK and rehearsed.out.startswith("2 runs with"), str(rehearsed)
    assert len(host.runs()) == 3
    assert host.run("run", "prune", "--older-than", "101h").out.startswith("0 runs")
    assert host.run("run", "prune", "--older-than", "99h").out.startswith("2 runs")
    assert [each["run_id"] for each in host.runs()] == [runs[2]]
    host.assert_journal_is_whole()
    with contextlib.closing(sqlite3.connect(host.journal_file, isolation_level=None)) as connection:
        connection.execute(f"UPDATE runs SET finished = {old}")
    keeping = Program(host.state, manifests.write(tmp_path / "keeping", manifests.host(runs={"keep": "99h"})))
    process = serve(keeping)
    until(lambda: host.sql("SELECT count(*) FROM runs") == [(0,)], "the host removes it")
    end(process)
    assert host.sql("SELECT count(*) FROM events") == [(0,)]


def test_of_runs_that_ended_so_many_are_kept_and_one_that_has_not_ended_always(host, tmp_path):
    runs = [finished_run(host) for _ in range(4)]
    with contextlib.closing(sqlite3.connect(host.journal_file, isolation_level=None)) as connection:
        for age, run in enumerate(runs[:3]):
            connection.execute(f"UPDATE runs SET finished = {1000 + age} WHERE run = '{run}'")
        connection.execute(f"UPDATE runs SET finished = NULL, status = 'in_doubt' WHERE run = '{runs[3]}'")
    assert host.run("run", "prune", "--keep-at-most", "many").code == USAGE
    assert host.run("run", "prune", "--keep-at-most", "2", "--dry-run").out.startswith("1 runs with")
    assert host.run("run", "prune", "--keep-at-most", "3").out.startswith("0 runs")
    assert host.run("run", "prune", "--keep-at-most", "2").out.startswith("1 runs")
    assert sorted(each["run_id"] for each in host.runs()) == sorted(runs[1:])
    keeping = Program(host.state, manifests.write(
        tmp_path / "keeping", manifests.host(runs={"keep_at_most": 0, "on_start": "show"})))
    process = serve(keeping)
    until(lambda: host.sql("SELECT run FROM runs") == [(runs[3],)], "the host removes what ended")
    end(process)
    refused = Program(host.state, manifests.write(tmp_path / "refused", manifests.host(runs={"keep_at_most": -1})))
    assert "keep_at_most" in refused.run("manifest", "check").err + refused.run("run", "list").err


def test_of_runs_that_ended_as_many_are_kept_as_hold_so_many_bytes(host, tmp_path):
    runs = [finished_run(host) for _ in range(3)]
    sizes = {each["run_id"]: each["bytes"] for each in host.runs()}
    assert sizes == dict(host.sql("SELECT run, sum(length(CAST(data AS BLOB))) FROM events GROUP BY 1"))
    for words in [("many",), ("-1",), ("1GiB",)]:
        assert host.run("run", "prune", "--keep-at-most-bytes", *words).code == USAGE
    room = sizes[runs[1]] + sizes[runs[2]]
    rehearsed = host.run("run", "prune", "--keep-at-most-bytes", room, "--dry-run")
    assert rehearsed.out.startswith("1 runs with") and f" {sizes[runs[0]]} B," in rehearsed.out, str(rehearsed)
    assert host.run("run", "prune", "--keep-at-most-bytes", room, "--keep-at-most", "3").out.startswith("1 runs")
    assert [each["run_id"] for each in host.runs()] == [runs[2], runs[1]]
    keeping = Program(host.state, manifests.write(
        tmp_path / "keeping", manifests.host(runs={"keep_at_most_bytes": room * 3 // 4, "look_every": "50ms"})))
    process = serve(keeping)
    until(lambda: host.sql("SELECT run FROM runs") == [(runs[2],)], "the host removes what there is no room for")
    # It looks again and again.
    last = finished_run(host)
    until(lambda: host.sql("SELECT run FROM runs") == [(last,)], "the host removes what there is no room for any more")
    end(process)
    host.assert_journal_is_whole()
    for wrong in [{"keep_at_most_bytes": "2GiB"}, {"keep_at_most_bytes": -1}, {"look_every": "soon"}, {"look_every": "0s"}]:
        refused = Program(host.state, manifests.write(tmp_path / "refused", manifests.host(runs=wrong)))
        checked = refused.run("config", "validate")
        assert checked.code == FINDINGS and next(iter(wrong)) in checked.out + checked.err, str(checked)


def test_a_run_is_held_against_another_version_of_its_flow_and_of_a_plugin(host, tmp_path):
    run = finished_run(host)
    assert host.run("run", "replay", run, "--against", host.config.parent / "flow.yaml").code == OK
    other = tmp_path / "other"
    manifests.write(other, flow_manifest=manifests.flow(agents={"worker": manifests.agent(instructions="Work harder.")}))
    differs = host.run("run", "replay", run, "--against", other / "flow.yaml")
    assert differs.code == FINDINGS and "does not decide what it did" in differs.err, str(differs)
    assert host.run("run", "replay", run, "--against", other / "tenant.yaml").code == FINDINGS
    same = host.run("run", "replay", run, "--against", BUILD / "fixtures/slow.so")
    assert same.code == OK and "1 calls of slow" in same.err, str(same)
    assert "0 calls of calc" in host.run("run", "replay", run, "--against", BUILD / "plugins/calc.so").err
    assert host.run("run", "replay", run, "--against", tmp_path / "no.so").code == FINDINGS


def test_a_run_is_shown_by_step_and_size_and_as_a_picture(host):
    run = finished_run(host)
    events = host.events(run)
    shown = host.run("run", "show", run)
    total = sum(size for size, in host.sql(f"SELECT length(CAST(data AS BLOB)) FROM events WHERE run = '{run}'"))
    assert f"{len(events)} events, {total} B" in shown.out, shown.out
    for step, size in host.sql(
            f"SELECT step, sum(length(CAST(data AS BLOB))) FROM events WHERE run = '{run}' AND step IS NOT NULL GROUP BY 1"):
        assert any(f"{step}   {size} B" in line for line in shown.out.splitlines()), (step, size, shown.out)
    timeline = host.run("run", "show", run, "--timeline")
    assert timeline.code == OK
    assert "2 model calls" in timeline.out and "1 tool calls, 1 without a result" in timeline.out, timeline.out
    assert [line for line in timeline.out.splitlines() if "slow.raise" in line and "tool_failed" in line]
    picture = host.run("run", "show", run, "-o", "svg")
    root = xml.etree.ElementTree.fromstring(picture.out)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall("{http://www.w3.org/2000/svg}rect")) == 1 + 3  # the ground and the calls
    assert "slow.raise" in "".join(root.itertext())


def test_the_timeline_says_what_a_run_cost_and_how_large_each_step_is(tmp_path):
    prices = {"apiVersion": "jackfield/v1", "kind": "Prices", "currency": "EUR",
              "models": [{"provider": "rules", "model": "*", "from": "2020-01-01", "input": 2, "output": 10}]}
    config = manifests.write(tmp_path / "host", manifests.host(prices="prices.yaml"))
    (config.parent / "prices.yaml").write_text(json.dumps(prices))
    host = Program(tmp_path / "state", config)
    run = finished_run(host)
    told = host.run("run", "show", run, "--timeline", "-o", "json").json
    assert (told["run_id"], told["name"], told["status"]) == (run, "wait", "succeeded")
    sizes = host.sql(f"SELECT step, sum(length(CAST(data AS BLOB))) FROM events WHERE run = '{run}' GROUP BY 1")
    assert {step["step"]: step["bytes"] for step in told["steps"]} == {step: size for step, size in sizes if step}
    assert told["bytes"] == sum(size for _, size in sizes) == host.runs()[0]["bytes"]
    calls = [attempt for step in told["steps"] for attempt in step["attempts"] if step["kind"] == "model"]
    assert len(calls) == 2 and all(call["currency"] == "EUR" for call in calls), told
    spent = sum(decimal.Decimal(call["cost"]) for call in calls)
    assert spent > 0 and decimal.Decimal(told["cost"]["EUR"]) == spent
    assert spent == decimal.Decimal(told["input_tokens"] * 2 + told["output_tokens"] * 10) / 1_000_000
    for words in [("--timeline",), ("-o", "svg")]:
        assert f"{told['cost']['EUR']} EUR" in host.run("run", "show", run, *words).out
    # A fork pays for what it asks itself, not for what it has a copy of.
    [step] = [each["step"] for each in told["steps"] if each.get("kind") == "tool"]
    assert host.run("run", "fork", run, "--at", step).code == OK
    fork = host.run("run", "show", host.runs("-n", "1")[0]["run_id"], "--timeline", "-o", "json").json
    paid = [attempt.get("cost") for each in fork["steps"] for attempt in each["attempts"] if each["kind"] == "model"]
    assert len(paid) == 2 and paid[0] is None and fork["cost"] == {"EUR": paid[1]}, fork
    # Where nobody knows what it cost, that is said.
    unpriced = Program(tmp_path / "other", manifests.write(tmp_path / "unpriced"))
    run = finished_run(unpriced)
    assert "unknown cost of 2" in unpriced.run("run", "show", run, "--timeline").out
    told = unpriced.run("run", "show", run, "--timeline", "-o", "json").json
    assert told["cost"] == {} and told["calls_of_unknown_cost"] == 2


def test_what_cannot_be_taken_over_is_one_error_with_a_code(host, tmp_path):
    run = finished_run(host)
    exported = host.run("run", "export", run).out
    other = Program(tmp_path / "other", host.config)

    def refused(text, code, exit=FINDINGS):
        done = other.run("run", "import", "-", "-o", "json", stdin=text)
        assert done.code == exit and done.error["code"] == code, str(done)
        return done.error["message"]

    lines = exported.splitlines(keepends=True)
    assert "is empty" in refused("", "run_unreadable")
    assert "no exported run" in refused('{"run_id": 1}\n', "run_unreadable")
    newer = exported.replace('"jackfield_run":1', '"jackfield_run":2', 1)
    assert "newer release" in refused(newer, "run_unreadable")
    assert "another run begins" in refused(exported * 2, "run_unreadable")
    assert "should be" in refused("".join(lines[:-1]), "run_unreadable")
    assert "should be" in refused("".join(lines[:3] + lines[4:]), "run_unreadable")
    refused(exported.replace('"turn":1', '"turn":2', 1), "run_damaged")
    refused("".join([lines[0], lines[2], lines[1], *lines[3:]]), "run_damaged")
    assert other.runs() == []
    taken = other.run("run", "import", "-", "-o", "json", stdin=exported)
    assert taken.code == OK and host.runs()[0] == other.runs()[0], str(taken)
    assert taken.json == {**host.runs()[0], "undigested": 0}
    # Of what has no digests nobody can say that it is what was written, and that is said.
    stripped = Program(tmp_path / "stripped", host.config)
    bare = re.sub(r',"digest":"[0-9a-f]{64}"', "", exported)
    told = stripped.run("run", "import", "-", stdin=bare)
    assert told.code == OK and f"{len(lines) - 1} without a digest" in told.err, str(told)
    assert "already" in refused(exported, "run_exists", FAILED)
    # What was taken over is a run like any other.
    assert other.run("run", "replay", run).code == OK
    [step] = [event["call_id"].split("/")[1] for event in other.events(run) if event["type"] == "tool.started"]
    assert other.run("run", "fork", run, "--at", step).code == OK
    assert other.run("run", "verify").code == OK


def test_what_a_tool_is_called_with_cannot_break_the_picture(jackfield):
    assert jackfield.call("calc.evaluate", {"expression": '<script>"&'}).code == FAILED
    [run] = jackfield.runs()
    picture = jackfield.run("run", "show", run["run_id"], "-o", "svg")
    assert xml.etree.ElementTree.fromstring(picture.out) is not None
