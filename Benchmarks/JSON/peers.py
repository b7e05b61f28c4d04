"""The same work with the peers from PyPI: peers.py FOLDER prints one line of JSON for each piece."""

import json
import pathlib
import sys
import time

import fastjsonschema
import jsonschema_rs
import msgspec
import orjson


def report(name: str, body) -> None:
    count = 1
    while True:
        start = time.perf_counter_ns()
        for _ in range(count):
            body()
        if time.perf_counter_ns() - start > 0.5e6:
            break
        count *= 2
    best = None
    for _ in range(300):
        start = time.perf_counter_ns()
        for _ in range(count):
            body()
        taken = (time.perf_counter_ns() - start) / count
        best = taken if best is None else min(best, taken)
    print(json.dumps({"name": name, "ns": round(best)}), flush=True)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    read = lambda name: (folder / f"{name}.json").read_bytes()
    for name in ("tool-arguments", "chat-request", "openapi-document", "large"):
        text = read(name)
        report(f"orjson parse {name}", lambda: orjson.loads(text))
    text = read("tool-arguments")
    schema = orjson.loads(read("tool-schema"))
    value = orjson.loads(text)
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid(value)
    report("jsonschema-rs + orjson tool arguments, text to verdict", lambda: validator.is_valid(orjson.loads(text)))
    report("jsonschema-rs tool arguments, parsed", lambda: validator.is_valid(value))
    wrong = orjson.loads(read("tool-arguments-wrong"))
    report("jsonschema-rs one error with its message", lambda: next(validator.iter_errors(wrong)).message)
    report("jsonschema-rs compile tool schema", lambda: jsonschema_rs.validator_for(schema))
    generated = fastjsonschema.compile(schema)
    report("fastjsonschema tool arguments, parsed", lambda: generated(value))
    decoder = msgspec.json.Decoder()
    report("msgspec parse tool-arguments", lambda: decoder.decode(text))

    text = read("openapi-document")
    schema = orjson.loads(read("openapi-schema"))
    value = orjson.loads(text)
    validator = jsonschema_rs.validator_for(schema)
    assert validator.is_valid(value)
    report("jsonschema-rs + orjson OpenAPI document, text to verdict", lambda: validator.is_valid(orjson.loads(text)))
    report("jsonschema-rs OpenAPI document, parsed", lambda: validator.is_valid(value))
    report("jsonschema-rs compile OpenAPI schema", lambda: jsonschema_rs.validator_for(schema))
    metaschema = jsonschema_rs.validator_for({"$ref": "https://json-schema.org/draft/2020-12/schema"})
    assert metaschema.is_valid(schema)
    report("jsonschema-rs metaschema on OpenAPI schema, parsed", lambda: metaschema.is_valid(schema))


main()
