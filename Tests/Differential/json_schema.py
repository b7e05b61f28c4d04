"""Compares verdicts with the jsonschema package from PyPI on generated schemas and instances.

    python3 Tests/Differential/json_schema.py PATH-OF-jackfield [CASES] [SEED]

Each case is a schema of one of three drafts with a dozen instances, sent through `jackfield schema bowtie`. Exit code 1
and the case itself when the two disagree.
"""

import json
import random
import subprocess
import sys

import jsonschema

DRAFTS = {
    "http://json-schema.org/draft-07/schema#": jsonschema.Draft7Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema.Draft201909Validator,
    "https://json-schema.org/draft/2020-12/schema": jsonschema.Draft202012Validator,
}
NAMES = ["a", "b", "x-c", "é", ""]
SCALARS = [None, True, False, 0, 1, 2, -1, 1.0, 1.5, 0.1, 1e3, "", "a", "ab", "abc", "é", "x-"]
TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
PATTERNS = ["^a", "b$", "^[a-c]+$", "^x-", "^.{2,3}$", "é"]


class Generator:
    def __init__(self, seed: int, draft: str) -> None:
        self.random = random.Random(seed)
        self.draft = draft
        self.is_latest = "2020-12" in draft
        self.has_unevaluated = "draft-07" not in draft

    def instance(self, depth: int = 3):
        choice = self.random.random()
        if depth == 0 or choice < 0.4:
            return self.random.choice(SCALARS)
        if choice < 0.65:
            return [self.instance(depth - 1) for _ in range(self.random.randrange(4))]
        return {self.random.choice(NAMES): self.instance(depth - 1) for _ in range(self.random.randrange(4))}

    def schema(self, depth: int = 3):
        if self.random.random() < 0.08:
            return self.random.random() < 0.7
        schema = {}
        for _ in range(self.random.randrange(1, 4)):
            self.add_keyword(schema, depth)
        return schema

    def schemas(self, depth: int) -> list:
        return [self.schema(depth - 1) for _ in range(self.random.randrange(1, 4))]

    def add_keyword(self, schema: dict, depth: int) -> None:
        pick = self.random.choice
        scalar = {
            "type": lambda: pick([pick(TYPES), self.random.sample(TYPES, 2)]),
            "enum": lambda: [self.instance(1) for _ in range(3)],
            "const": lambda: self.instance(2),
            "minimum": lambda: pick([0, 1, 1.5]),
            "maximum": lambda: pick([0, 1, 2, 100]),
            "exclusiveMinimum": lambda: pick([0, 1]),
            "exclusiveMaximum": lambda: pick([1, 2]),
            "multipleOf": lambda: pick([1, 2, 0.5]),
            "minLength": lambda: pick([0, 1, 2]),
            "maxLength": lambda: pick([0, 1, 2]),
            "pattern": lambda: pick(PATTERNS),
            "minItems": lambda: pick([1, 2]),
            "maxItems": lambda: pick([0, 1, 2]),
            "uniqueItems": lambda: True,
            "minProperties": lambda: pick([1, 2]),
            "maxProperties": lambda: pick([0, 1, 2]),
            "required": lambda: self.random.sample(NAMES, 1),
        }
        nested = {
            "properties": lambda: {pick(NAMES): self.schema(depth - 1) for _ in range(2)},
            "patternProperties": lambda: {pick(PATTERNS): self.schema(depth - 1)},
            "additionalProperties": lambda: self.schema(depth - 1),
            "propertyNames": lambda: self.schema(depth - 1),
            "items": lambda: self.schema(depth - 1),
            "contains": lambda: self.schema(depth - 1),
            "allOf": lambda: self.schemas(depth),
            "anyOf": lambda: self.schemas(depth),
            "oneOf": lambda: self.schemas(depth),
            "not": lambda: self.schema(depth - 1),
            "if": lambda: self.schema(depth - 1),
            "then": lambda: self.schema(depth - 1),
            "else": lambda: self.schema(depth - 1),
        }
        if self.is_latest:
            nested["prefixItems"] = lambda: self.schemas(depth)
        else:
            nested["additionalItems"] = lambda: self.schema(depth - 1)
        if self.has_unevaluated:
            nested["unevaluatedProperties"] = lambda: self.schema(depth - 1)
            nested["unevaluatedItems"] = lambda: self.schema(depth - 1)
            nested["dependentSchemas"] = lambda: {pick(NAMES): self.schema(depth - 1)}
            scalar["dependentRequired"] = lambda: {pick(NAMES): self.random.sample(NAMES, 1)}
            scalar["minContains"] = lambda: pick([0, 1, 2])
            scalar["maxContains"] = lambda: pick([1, 2])
        else:
            nested["dependencies"] = lambda: {pick(NAMES): pick([self.schema(depth - 1), ["a"]])}
        choices = scalar if depth == 0 else {**scalar, **nested}
        name = pick(list(choices))
        schema[name] = choices[name]()


def is_misjudged_by_peer(schema, draft: str) -> bool:
    """The package takes the keywords of a schema under `additionalProperties` for names it has evaluated, and has
    `contains` evaluate items in 2019-09 as it does only in 2020-12."""
    text = json.dumps(schema)
    if "2019-09" in draft and "unevaluatedItems" in text and "contains" in text:
        return True
    return "unevaluatedProperties" in text and "additionalProperties" in text


class Session:
    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen(
            [program, "schema", "bowtie"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ask({"cmd": "start", "version": 1})

    def ask(self, command: dict) -> dict:
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def main() -> int:
    program = sys.argv[1]
    cases = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    session = Session(program)
    compared = 0
    for draft, validator in DRAFTS.items():
        session.ask({"cmd": "dialect", "dialect": draft})
        for number in range(cases // 3):
            generator = Generator(seed * 1_000_003 + number, draft)
            schema = generator.schema()
            if is_misjudged_by_peer(schema, draft):
                continue
            instances = [generator.instance() for _ in range(12)]
            try:
                expected = [validator(schema).is_valid(instance) for instance in instances]
            except (TypeError, AttributeError):
                # The package stumbles over `additionalItems` beside a boolean `items`.
                continue
            case = {"description": "", "schema": schema, "tests": [{"instance": i} for i in instances]}
            reply = session.ask({"cmd": "run", "seq": number, "case": case})
            verdicts = [result.get("valid") for result in reply.get("results", [])]
            compared += len(expected)
            if verdicts != expected:
                print(json.dumps({"draft": draft, "schema": schema, "instances": instances}, ensure_ascii=False))
                print("expected", expected)
                print("answered", verdicts or reply)
                return 1
    print(f"{compared} verdicts agree")
    return 0


sys.exit(main())
