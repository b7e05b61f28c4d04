"""A host that is killed at one durable system call after another, or at any moment, and what another makes of the run.

The promise: an acknowledged event is never lost, the effect of a tool that is not idempotent is never repeated, and what
may have happened is put to a person. Each point kills a run; then the run is resumed, what is in doubt is resolved by
looking whether the effect is there, and the run has to end as if nothing had been.

The plugin runs in the host and in a worker, and there with and without an answer to what became of a call. What is killed in a
worker's place ends the call, and not the run.

An ordinary run looks at some points, kills a few of the resumed runs as well, and kills at some tens of moments.
JACKFIELD_LONG=1 looks at each point of both; JACKFIELD_KILLS=10000 says how many moments.
"""

import json
import os
import random
import signal
import time

import pytest

from ledger import GO, ONE_AGENT, STAGES, Ledger
from program import OK
from tracing import killed, skip_without_strace

LONG = os.environ.get("JACKFIELD_LONG") == "1"
KILLS = int(os.environ.get("JACKFIELD_KILLS", "8"))
SEED = int(os.environ.get("JACKFIELD_SEED", "1"))


@pytest.fixture(scope="module")
def strace():
    skip_without_strace()


# What runs, where its plugin does, and whether that can say what became of a call; and of how many points one is tried.
CASES = {
    "an agent": (9, (ONE_AGENT,)),
    "stages": (13, (STAGES,)),
    "a worker": (23, (ONE_AGENT, "worker")),
    "a worker that reconciles": (23, (ONE_AGENT, "worker", True)),
}


# All of its points are tried until a run comes to its end unharmed.
@pytest.mark.parametrize("stride, case", CASES.values(), ids=CASES)
def test_killed_at_any_durable_call_no_effect_is_repeated_and_no_event_is_lost(strace, tmp_path, stride, case):
    begun = 0
    for point in range(1, 400, 1 if LONG else stride):
        ledger = Ledger(tmp_path / str(point), *case)
        was_killed = killed(ledger.host, point, *GO)
        run = ledger.open_run()
        if run is not None:
            begun += 1
            ledger.recover(run)
            ledger.assert_nothing_is_lost_or_repeated(run, point)
        if not was_killed:
            break
    assert not was_killed, "there are more points than this test looks at"
    assert begun >= (20 if LONG else 2)


def test_killed_again_while_it_recovers_the_run_still_ends_as_promised(strace, tmp_path):
    recovered = 0
    for first in range(5, 60, 9) if LONG else (14, 23):
        for second in range(1, 60, 1 if LONG else 13):
            ledger = Ledger(tmp_path / f"{first}-{second}")
            killed(ledger.host, first, *GO)
            run = ledger.open_run()
            if run is None:
                break
            was_killed = killed(ledger.host, second, "run", "resume", run)
            if ledger.open_run() is not None:
                ledger.recover(run)
            ledger.assert_nothing_is_lost_or_repeated(run, (first, second))
            recovered += 1
            if not was_killed:
                break
    assert recovered > 4


@pytest.mark.parametrize("case", [case for _, case in CASES.values()], ids=CASES)
def test_killed_at_any_moment_no_effect_is_repeated_and_no_event_is_lost(tmp_path, case):
    """All in one journal, as a host that crashes again and again has it."""
    chance = random.Random(SEED)
    ledger = Ledger(tmp_path / "host", *case)
    started = time.monotonic()
    assert ledger.host.run(*GO).code == OK
    whole = time.monotonic() - started
    begun = 0
    for number in range(KILLS):
        process = ledger.host.start(*GO, "-o", "ndjson")
        time.sleep(chance.uniform(0, whole))
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        # What was shown to somebody is there.
        shown = [json.loads(line) for line in out.split(b"\n")[:-1]]
        assert not shown or ledger.host.events(shown[0]["run_id"])[:len(shown)] == shown
        run = ledger.open_run()
        if run is None:
            continue
        begun += 1
        # Some of those that recover are killed too.
        if chance.random() < 0.3:
            process = ledger.host.start("run", "resume", run)
            time.sleep(chance.uniform(0, whole))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        if ledger.open_run() is not None:
            ledger.recover(run)
        ledger.assert_nothing_is_lost_or_repeated(run, f"kill {number} of JACKFIELD_SEED={SEED}")
    assert begun > 0 or KILLS < 10


def test_what_a_plugin_in_a_worker_knows_no_person_is_asked_about(tmp_path):
    ledger = Ledger(tmp_path / "host", ONE_AGENT, "worker", True)
    for _ in range(3):
        process = ledger.host.start(*GO, "-o", "ndjson")
        while json.loads(process.stdout.readline())["type"] != "tool.started":
            pass
        process.kill()
        process.communicate()
        run = ledger.open_run()
        assert ledger.host.run("run", "resume", run).code == OK
        assert not [event for event in ledger.host.events(run) if event["data"].get("status") == "in_doubt"]
        ledger.assert_nothing_is_lost_or_repeated(run, "in its first call")
