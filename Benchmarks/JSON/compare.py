"""Prints what was measured, each line beside its peer: compare.py OURS PEERS. Exit code 1 when a ratio is over its limit."""

import json
import sys

# Our line, the peer's line, and the ratio that must hold, with room for the noise of a busy machine.
PAIRS = [
    ("parse tool-arguments", "simdjson tool-arguments", 2.6),
    ("parse chat-request", "simdjson chat-request", 3.2),
    ("parse openapi-document", "simdjson openapi-document", 3.2),
    ("parse large", "simdjson large", 3.2),
    ("parse tool-arguments", "orjson parse tool-arguments", 0.6),
    ("parse large", "orjson parse large", 0.5),
    ("tool arguments, text to verdict", "jsonschema-rs + orjson tool arguments, text to verdict", 0.6),
    ("tool arguments, parsed", "jsonschema-rs tool arguments, parsed", 0.96),
    ("tool arguments, parsed", "fastjsonschema tool arguments, parsed", 0.3),
    ("OpenAPI document, text to verdict", "jsonschema-rs + orjson OpenAPI document, text to verdict", 0.5),
    ("OpenAPI document, parsed", "jsonschema-rs OpenAPI document, parsed", 0.83),
    ("metaschema on OpenAPI schema, parsed", "jsonschema-rs metaschema on OpenAPI schema, parsed", 1.1),
    ("compile tool schema", "jsonschema-rs compile tool schema", 1.1),
    ("compile OpenAPI schema", "jsonschema-rs compile OpenAPI schema", 1.0),
    ("one error with its message", "jsonschema-rs one error with its message", 1.6),
]


def shown(nanoseconds: float) -> str:
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if nanoseconds < limit:
            return f"{nanoseconds / limit * 1e3:.4g} {unit}"
    return f"{nanoseconds / 1e9:.4g} s"


def main() -> int:
    read = lambda path: {line["name"]: line for line in map(json.loads, open(path))}
    ours, peers = read(sys.argv[1]), read(sys.argv[2])
    for name, line in ours.items():
        print(f"{name:48} {shown(line['ns']):>12}   {line['allocations']:g} allocations")
    print()
    both = ours | peers
    is_over = False
    for name, peer, limit in PAIRS:
        if name not in both or peer not in both:
            continue
        ratio = both[name]["ns"] / both[peer]["ns"]
        verdict = "" if ratio <= limit else f"   over {limit}"
        is_over = is_over or bool(verdict)
        print(f"{name:40} {shown(both[name]['ns']):>10}   {peer:58} {shown(both[peer]['ns']):>10}   x {ratio:.2f}{verdict}")
    return 1 if is_over else 0


sys.exit(main())
