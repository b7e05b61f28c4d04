"""Flows as pictures, and what can be told of them without running them."""

import json
import re
from xml.etree import ElementTree

import pytest

import manifests
import program
from program import FINDINGS, NOT_FOUND, OK

SVG = "{http://www.w3.org/2000/svg}"


def drawn(jackfield, form, flow="helpdesk"):
    shown = jackfield.run("flow", "graph", flow, "-o", form)
    assert (shown.code, shown.err) == (OK, ""), str(shown)
    return shown.out


AGENTS = ["triage", "librarian", "analyst", "calculator"]
HANDOFFS = [("triage", "librarian"), ("triage", "analyst"), ("triage", "calculator"), ("librarian", "calculator"),
            ("analyst", "calculator")]


def test_the_text_has_every_agent_and_handoff(jackfield):
    lines = drawn(jackfield, "text").splitlines()
    assert [line.split()[1] for line in lines if line[0] in "▶▸"] == AGENTS
    assert lines[0].startswith("▶ triage")
    assert len([line for line in lines if "→" in line]) == len(HANDOFFS)


def test_mermaid_has_every_agent_and_handoff(jackfield):
    text = drawn(jackfield, "mermaid")
    assert text.startswith("flowchart TD\n")
    ids = {name: number for number, name in re.findall(r"^  (a\d+)[\[(]+\"([a-z]+)", text, re.M)}
    assert sorted(ids) == sorted(AGENTS)
    arrows = re.findall(r"^  (a\d+) -->\|\"transfer_to_[a-z]+\"\| (a\d+)$", text, re.M)
    assert arrows == [(ids[source], ids[target]) for source, target in HANDOFFS]


def test_dot_has_every_agent_and_handoff(jackfield):
    text = drawn(jackfield, "dot")
    assert text.startswith('digraph "helpdesk" {') and text.rstrip().endswith("}")
    assert re.findall(r'"(\w+)" -> "(\w+)"', text) == HANDOFFS


def test_the_svg_is_xml_with_every_agent_inside_its_frame(jackfield):
    root = ElementTree.fromstring(drawn(jackfield, "svg"))
    width, height = (int(root.get(side)) for side in ("width", "height"))
    boxes = root.findall(f"{SVG}g/{SVG}rect")
    assert len(boxes) == len(AGENTS)
    for box in boxes:
        assert 0 <= int(box.get("x")) and int(box.get("x")) + int(box.get("width")) <= width
        assert 0 <= int(box.get("y")) and int(box.get("y")) + int(box.get("height")) <= height
    names = [text.text for text in root.iter(f"{SVG}text") if text.get("font-weight") == "bold"]
    assert sorted(names) == sorted(AGENTS)
    assert len(root.findall(f"{SVG}path")) == len(HANDOFFS)


def test_what_an_author_writes_is_no_markup(tmp_path):
    agent = manifests.agent(description='<script>"&\u0001')
    config = manifests.write(tmp_path / "config", flow_manifest=manifests.flow(agents={"worker": agent}))
    (tmp_path / "state").mkdir()
    shown = drawn(program.Program(tmp_path / "state", config), "svg", "wait")
    assert "<script" not in shown
    ElementTree.fromstring(shown)


def test_a_flow_that_is_not_there_is_not_found(jackfield):
    assert jackfield.run("flow", "graph", "nothing").code == NOT_FOUND
    assert jackfield.run("flow", "check", "nothing").code == NOT_FOUND


def test_the_demo_has_no_findings(jackfield):
    checked = jackfield.run("flow", "check", "helpdesk")
    assert (checked.code, checked.out) == (OK, ""), str(checked)


@pytest.mark.parametrize("agents, tenant, code", [
    ({"worker": {}, "idle": {}}, {}, "unreachable_agent"),
    ({"worker": {"tools": [], "handoffs": ["second"]}, "second": {"tools": [], "handoffs": ["worker"]}}, {},
     "handoff_cycle"),
    ({"worker": {"tools": ["calc.evaluate"]}}, {"plugins": {"calc": {"functions": ["convert"]}, "rules": {}}},
     "not_enabled"),
])
def test_what_is_found_is_told_with_its_place(tmp_path, agents, tenant, code):
    config = manifests.write(
        tmp_path / "config",
        tenant_manifest=manifests.tenant(**tenant),
        flow_manifest=manifests.flow(agents={name: manifests.agent(**more) for name, more in agents.items()}))
    (tmp_path / "state").mkdir()
    host = program.Program(tmp_path / "state", config)
    checked = host.run("flow", "check", "wait", "-o", "json")
    assert checked.code == FINDINGS, str(checked)
    [finding] = checked.json
    assert finding["code"] == code and finding["file"].endswith("flow.yaml") and finding["line"] > 1
    told = host.run("flow", "check", "wait")
    assert told.code == FINDINGS and f"[{code}]" in told.out
    assert not host.journal_file.exists()
