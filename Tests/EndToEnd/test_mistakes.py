"""docs/mistakes.md: every answer that it gives has its test, by name."""

import re

from program import ROOT

ROWS = re.findall(r"^\| (?!case|-)(.+) \| (.+) \| (.+) \|$", (ROOT / "docs/mistakes.md").read_text(), re.M)


def test_every_case_names_a_test_that_is_there():
    tests = "\n".join(file.read_text() for file in (ROOT / "Tests").rglob("*.swift"))
    known = set(re.findall(r"@Test(?:(?!func ).)*?func (\w+)\(", tests, re.S))
    assert len(ROWS) > 20
    for case, _, names in ROWS:
        named = re.findall(r"`(\w+)`", names)
        assert named, case
        assert set(named) <= known, (case, set(named) - known)
