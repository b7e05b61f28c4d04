"""The table of sandbox/README.md: which layers stop which attack, as a run has shown.

    Tests/Sandbox/run debug --write-table
"""

import wire
from arena import STANDARD, STRICT
from corpus import ATTACKS
from ground import SANDBOX

README = SANDBOX / "README.md"
BEGIN, END = "<!-- made by Tests/Sandbox/run --write-table -->", "<!-- end of what was made -->"
HEAD = ("| case | attack | stopped alone by, as root | as an ordinary user | `standard` | `strict` |\n"
        "|---|---|---|---|---|---|\n")


def is_complete(starts):
    """Whether this system has all that the table speaks of."""
    return len(starts) == 2 and set(starts[0].layers) == set(wire.LAYERS) and starts[1].level(STRICT) is not None


def alone(start, attack):
    if not start.verdict_on(attack, 0).through:
        return attack.stopped_by_host or "always"
    if attack.stopped_by_host:
        return "nothing"
    names = [f"`{name}`" for name in start.layers if not start.verdict_on(attack, wire.layers(name)).through]
    return ", ".join(names) or "nothing"


def at_level(starts, attack, least):
    through = [start.name for start in starts if start.verdict_on(attack, start.level(least)).through]
    if not through:
        return "stopped"
    return "**goes through**" if len(through) == len(starts) else f"**goes through** as {through[0]}"


def row(starts, attack):
    root, user = (alone(start, attack) for start in starts)
    return (f"| {attack.number} | {attack.title} | {root} | {'the same' if user == root else user} "
            f"| {at_level(starts, attack, STANDARD)} | {at_level(starts, attack, STRICT)} |\n")


def rendered(starts):
    return HEAD + "".join(row(starts, attack) for attack in ATTACKS)


def committed():
    return README.read_text().split(BEGIN + "\n")[1].split(END)[0]


def write(table):
    before, rest = README.read_text().split(BEGIN + "\n")
    README.write_text(before + BEGIN + "\n" + table + END + rest.split(END)[1])
