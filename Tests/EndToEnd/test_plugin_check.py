"""`plugin check` tells the truth: each module of the zoo breaks one rule, and is told that one and no other."""

import json
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from program import BUILD, FINDINGS, NOT_FOUND, OK, ROOT, Program

MODULES = json.loads((ROOT / "Tests/Fixtures/zoo/zoo.json").read_text())
PARTS = {"code", "severity", "where", "message", "why", "remedy"}


@pytest.fixture(scope="session")
def checks(zoo, tmp_path_factory):
    """What each module is told, by its name. Most of the time is spent waiting for those that never come back."""
    program = Program(tmp_path_factory.mktemp("state"))

    def check(module):
        return module["name"], program.run("plugin", "check", zoo / f"{module['name']}.so", "-o", "json")

    with ThreadPoolExecutor(4) as pool:
        return dict(pool.map(check, MODULES))


def codes(outcome):
    return {finding["code"] for finding in outcome.json["findings"]}


def expected(module, outcome):
    """On a machine that is busy with something else, the time for a test may run out."""
    busy = {"partly_tried"} & codes(outcome)
    return set(module["check"]) | busy


@pytest.mark.parametrize("module", MODULES, ids=[module["name"] for module in MODULES])
def test_a_module_breaks_its_rule_and_no_other(checks, module):
    checked = checks[module["name"]]
    assert codes(checked) == expected(module, checked), str(checked)
    errors = [finding for finding in checked.json["findings"] if finding["severity"] == "error"]
    assert checked.code == (FINDINGS if errors else OK) and checked.json["ok"] == (not errors), str(checked)
    for finding in checked.json["findings"]:
        assert set(finding) == PARTS and all(finding.values()), finding


def test_people_are_told_where_why_and_what_to_do(jackfield, zoo):
    checked = jackfield.run("plugin", "check", zoo / "work-completes-twice.so")
    assert checked.code == FINDINGS
    lines = checked.out.splitlines()
    assert lines[0].startswith("zoo 1.0.0  2 functions, 2 examples answered, loaded in "), str(checked)
    [found] = [line for line in lines if line.endswith("[completed_twice]")]
    assert found.startswith("✗ work: "), found
    why, remedy = lines[lines.index(found) + 1:][:2]
    assert why.startswith("    ") and remedy.startswith("    → "), str(checked)
    assert lines[-1] == "1 error"


def test_what_is_sound_is_said_to_be(jackfield, zoo):
    checked = jackfield.run("plugin", "check", zoo / "sound.so", "--strict")
    assert (checked.code, checked.out.splitlines()[-1]) == (OK, "✓ nothing wrong"), str(checked)


def test_to_the_strict_a_warning_is_an_error(jackfield, zoo):
    leaking = zoo / "open-leaks.so"
    assert jackfield.run("plugin", "check", leaking).code == OK
    assert jackfield.run("plugin", "check", leaking, "--strict").code == FINDINGS


def test_of_a_folder_every_plugin_is_checked(jackfield, zoo, tmp_path):
    for name in ("sound", "work-exits"):
        shutil.copy(zoo / f"{name}.so", tmp_path)
    checked = jackfield.run("plugin", "check", tmp_path, "-o", "json")
    assert (checked.code, checked.json["ok"]) == (FINDINGS, False)
    assert [each["ok"] for each in checked.json["plugins"]] == [True, False], str(checked)
    (tmp_path / "work-exits.so").unlink()
    assert jackfield.run("plugin", "check", tmp_path).code == OK
    # A project has its plugin one folder further.
    (tmp_path / "build").mkdir()
    shutil.move(tmp_path / "sound.so", tmp_path / "build")
    assert jackfield.run("plugin", "check", tmp_path).code == OK


def test_a_folder_without_plugins_is_not_checked(jackfield, tmp_path):
    checked = jackfield.run("plugin", "check", tmp_path, "-o", "json")
    assert (checked.code, checked.error["code"]) == (NOT_FOUND, "plugin_not_found"), str(checked)


def test_what_is_shipped_passes_the_strict_check(jackfield):
    checked = jackfield.run("plugin", "check", BUILD / "plugins", "--strict", "-o", "json")
    assert checked.code == OK, str(checked)
    assert {each["id"] for each in checked.json["plugins"]} == {folder.name.lower() for folder in (ROOT / "Plugins").iterdir()}
    answered = {each["id"]: each["examples_answered"] for each in checked.json["plugins"]}
    assert answered["calc"] == answered["clock"] == 1, answered


@pytest.mark.parametrize("language, command", [
    ("c", ["cc", "-std=c11", "-pthread"]), ("cpp", ["c++", "-std=c++17", "-pthread"]),
    ("rust", ["rustc", "--edition", "2021", "-O", "--crate-type", "cdylib"]),
])
def test_the_samples_pass(jackfield, tmp_path, language, command):
    if not shutil.which(command[0]):
        pytest.skip(f"there is no {command[0]}")
    api, suffix = ROOT / "PluginAPI", {"rust": "rs"}.get(language, language)
    if language != "rust":
        command = [*command, "-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-I", api / "include", "-I", api / "cpp",
                   f"-Wl,--version-script={api / 'exports.map'}"]
    library = tmp_path / "sample.so"
    subprocess.run([*command, api / f"samples/{language}/sample.{suffix}", "-o", library], check=True)
    subprocess.run([api / "seal", library, api / f"samples/{language}/sample.json"], check=True)
    checked = jackfield.run("plugin", "check", library, "-o", "json")
    assert checked.code == OK, str(checked)


def test_a_configuration_can_be_given(jackfield, tmp_path):
    given = tmp_path / "config.json"
    given.write_text(json.dumps({"root": str(ROOT / "docs")}))
    docs = BUILD / "plugins/docs.so"
    assert codes(jackfield.run("plugin", "check", docs, "-o", "json")) == {"examples_missing", "not_opened"}
    checked = jackfield.run("plugin", "check", docs, "--plugin-config", given, "-o", "json")
    assert (checked.code, codes(checked)) == (OK, {"examples_missing"}), str(checked)
    given.write_text('{"root": 1}')
    refused = jackfield.run("plugin", "check", docs, "--plugin-config", given, "-o", "json")
    assert refused.code == FINDINGS and "configuration_invalid" in codes(refused), str(refused)


def test_where_a_test_cannot_be_made_it_is_said(zoo, tmp_path):
    """An installation without jackfield-check."""
    for name in ("jackfield", "jackfield-probe"):
        shutil.copy(BUILD / name, tmp_path)
    done = subprocess.run(
        [tmp_path / "jackfield", "plugin", "check", zoo / "sound.so", "-o", "json"], capture_output=True,
        env=Program(tmp_path).environment())
    assert done.returncode == FINDINGS, done
    assert [finding["code"] for finding in json.loads(done.stdout)["findings"]] == ["not_checked"]


def test_a_plugin_leaves_no_process_behind(jackfield, zoo):
    """The child of this one waits for nothing but its parent's end, and its parent is ended by the check."""
    before = set(subprocess.run(["pgrep", "-x", "jackfield-check"], capture_output=True, text=True).stdout.split())
    jackfield.run("plugin", "check", zoo / "work-sleeps.so")
    after = set(subprocess.run(["pgrep", "-x", "jackfield-check"], capture_output=True, text=True).stdout.split())
    assert after <= before


def test_the_documents_list_every_rule():
    listed = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/plugin-check.md").read_text(), re.M))
    source = (ROOT / "Sources/PluginChecking/Rule.swift").read_text()
    assert listed == set(re.findall(r'case \w+ = "(\w+)"', source))
