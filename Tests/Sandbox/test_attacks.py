"""What a plugin's code tries, and what stops it."""

import os

import pytest

import threat_table
import wire
from arena import STANDARD, STRICT
from corpus import ATTACKS

# The processor answers without asking the kernel.
ALWAYS_THROUGH = {"ticks"}
# A constructor is run while libraries are loaded: those of the system it may load, and its own image may still be open.
THROUGH_WHILE_LOADING = {STANDARD: ALWAYS_THROUGH | {"dlopen", "descriptors"}, STRICT: ALWAYS_THROUGH | {"dlopen"}}

every_attack = pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: f"{attack.number}-{attack.title.replace(' ', '-')}")
both_levels = pytest.mark.parametrize("level", [STANDARD, STRICT], ids=["standard", "strict"])


def goes_through_at_standard(start, attack):
    """Threads are counted by cgroup, or by a uid that is the worker's alone: an ordinary user has neither for it."""
    return attack.order == "thread-bomb" and not {"cgroup", "slot_uid"} & set(start.layers)


@every_attack
def test_the_attack_does_what_it_says_where_nothing_is_taken_away(attack, all_starts):
    if attack.needs_root and os.geteuid() != 0:
        pytest.skip("only root can show it")
    verdicts = [start.control(attack) for start in all_starts]
    assert any(verdict.through for verdict in verdicts), verdicts


@every_attack
@both_levels
def test_a_level_stops_it(start, attack, level):
    mask = start.level(level)
    if mask is None:
        pytest.skip(f"this level cannot be had as {start.name}: {start.missing}")
    verdict = start.verdict_on(attack, mask)
    expected = attack.order in ALWAYS_THROUGH or (level == STANDARD and goes_through_at_standard(start, attack))
    assert verdict.through == expected, verdict


@pytest.mark.parametrize("attack", [one for one in ATTACKS if one.while_loading], ids=lambda attack: f"{attack.number}-{attack.order}")
@both_levels
def test_a_constructor_gets_no_further_than_a_call(start, attack, level):
    mask = start.level(level)
    if mask is None:
        pytest.skip(f"this level cannot be had as {start.name}: {start.missing}")
    verdict = start.attack_while_loading(attack, mask)
    expected = attack.order in THROUGH_WHILE_LOADING[level] or (level == STANDARD and goes_through_at_standard(start, attack))
    assert verdict.through == expected, verdict


def test_no_layer_hides_what_another_one_lacks(start):
    """Without any layer most attacks go through: it is the layers that stop them, and nothing else by chance."""
    stopped = [attack.order for attack in ATTACKS if not attack.stopped_by_host and not start.verdict_on(attack, 0).through]
    always = {"run-file", "environment", "bpf", "mount", "chroot", "nice", "fifo"}  # no capabilities, no new ones; no environment
    assert set(stopped) <= always | ({"ptrace"} if start.uid == 0 else set())


def test_the_threat_table_of_the_readme_is_what_a_run_shows(all_starts, request):
    if not threat_table.is_complete(all_starts):
        pytest.skip(f"not all layers are here: {[start.missing for start in all_starts]}")
    table = threat_table.rendered(all_starts)
    if request.config.getoption("--write-table"):
        threat_table.write(table)
    assert table == threat_table.committed()
