"""From nothing to a plugin that answers: `plugin new`, `plugin build`, `plugin run`, in every language."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import pytest

from program import BUILD, FAILED, JACKFIELD, NOT_FOUND, OK, ROOT, USAGE

COMPILERS = {"swift": "swiftc", "c": "cc", "cpp": "c++", "rust": "rustc"}


def begin(jackfield, folder, *words):
    made = jackfield.run("plugin", "new", folder, *words)
    assert made.code == OK, str(made)
    return folder


def needs(language):
    if not shutil.which(COMPILERS[language]):
        pytest.skip(f"there is no {COMPILERS[language]}")


@pytest.fixture
def home(jackfield, monkeypatch):
    """Compilers that are wrappers find themselves by the home folder of whoever installed them."""
    environment = jackfield.environment

    def with_home(**more):
        return environment(**{"HOME": os.environ.get("HOME", "/"), **more})

    monkeypatch.setattr(jackfield, "environment", with_home)
    return jackfield


@pytest.mark.parametrize("kind", ["tool", "provider"])
@pytest.mark.parametrize("language", COMPILERS)
def test_a_new_project_builds_and_passes_its_own_test(home, tmp_path, language, kind):
    needs(language)
    project = begin(home, tmp_path / "parrot", "--lang", language, "--kind", kind)
    begun = time.monotonic()
    tested = subprocess.run(
        [project / "test.sh"], env=home.environment(JACKFIELD=str(JACKFIELD)), capture_output=True, text=True, timeout=300)
    assert tested.returncode == OK, tested.stdout + tested.stderr
    assert tested.stdout.splitlines()[-1] == "✓ nothing wrong", tested.stdout
    print(f"{language} {kind}: tested after {time.monotonic() - begun:.1f} s")


def test_an_installed_program_finds_what_it_needs(home, tmp_path):
    """As a package would lay it out: programs in bin, PluginAPI in share."""
    (tmp_path / "bin").mkdir()
    for name in ("jackfield", "jackfield-probe", "jackfield-check", "jackfield-worker"):
        shutil.copy(BUILD / name, tmp_path / "bin")
    shutil.copytree(ROOT / "PluginAPI", tmp_path / "share/jackfield/PluginAPI")
    environment = home.environment()
    for words in (["new", "parrot", "--lang", "c"], ["build", "parrot"], ["check", "parrot", "--strict"]):
        done = subprocess.run(
            [tmp_path / "bin/jackfield", "plugin", *words], cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == OK, done.stdout + done.stderr
    assert (tmp_path / "parrot/build/parrot.so").exists()


def test_a_project_is_made_of_nothing_but_a_good_name(jackfield, tmp_path):
    for name in ("Parrot", "a_b", "-x", "flow", "x" * 33):
        refused = jackfield.run("plugin", "new", "--lang", "c", "--", tmp_path / name)
        assert refused.code == USAGE and "plugin's id" in refused.err, str(refused)
        assert not (tmp_path / name).exists()
    assert jackfield.run("plugin", "new", tmp_path / "parrot").code == USAGE
    assert jackfield.run("plugin", "new", tmp_path / "parrot", "--lang", "cobol").code == USAGE


def test_what_is_there_already_is_not_written_over(jackfield, tmp_path):
    project = begin(jackfield, tmp_path / "parrot", "--lang", "c")
    before = {path: path.read_bytes() for path in project.iterdir()}
    again = jackfield.run("plugin", "new", project, "--lang", "cpp")
    assert again.code == USAGE and "not empty" in again.err, str(again)
    assert {path: path.read_bytes() for path in project.iterdir()} == before


def test_a_plugin_that_does_not_compile_is_not_called(jackfield, tmp_path):
    project = begin(jackfield, tmp_path / "parrot", "--lang", "c")
    (project / "plugin.c").write_text("int broken = ;\n")
    for words in (["build"], ["run"]):
        done = jackfield.run("plugin", *words, project)
        assert (done.code, done.out) == (FAILED, ""), str(done)
        # The compiler's own words.
        assert "plugin.c:1" in done.err and "has not built the plugin" in done.err, str(done)


def test_what_is_no_project_is_not_built(jackfield, tmp_path):
    for words in (["build"], ["run"]):
        refused = jackfield.run("plugin", *words, tmp_path)
        assert refused.code == NOT_FOUND and "plugin new" in refused.err, str(refused)


def test_a_run_is_held_to_the_schema_as_in_production(jackfield, tmp_path):
    project = begin(jackfield, tmp_path / "parrot", "--lang", "c")
    called = jackfield.run("plugin", "run", project, "--fn", "double", "--input", '{"number":4}')
    assert (called.code, called.out, called.err) == (OK, '{"doubled":8}\n', ""), str(called)
    refused = jackfield.run("plugin", "run", project, "--input", '{"number":"four"}')
    assert refused.code == FAILED and "number" in refused.err, str(refused)
    missing = jackfield.run("plugin", "run", project, "--fn", "triple")
    assert missing.code == NOT_FOUND and "it has double" in missing.err, str(missing)


def test_a_watched_plugin_answers_after_every_change_whatever_it_did_before(jackfield, tmp_path):
    project = begin(jackfield, tmp_path / "parrot", "--lang", "c")
    source = project / "plugin.c"
    good = source.read_text()
    watching = subprocess.Popen(
        [JACKFIELD, "plugin", "run", project, "--watch", "--input", '{"number":4}'], env=jackfield.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert json.loads(watching.stdout.readline()) == {"doubled": 8}
        wait_for(watching.stderr, "waiting for a change")
        source.write_text(good.replace("number * 2", "number * 3"))
        begun = time.monotonic()
        assert json.loads(watching.stdout.readline()) == {"doubled": 12}
        print(f"answered {time.monotonic() - begun:.2f} s after the change")
        wait_for(watching.stderr, "waiting for a change")
        # Neither what does not compile nor what crashes ends the watch.
        source.write_text(good.replace("number * 2", "number *"))
        wait_for(watching.stderr, "has not built the plugin")
        wait_for(watching.stderr, "waiting for a change")
        source.write_text(good.replace("long long number;", "long long number; __builtin_trap();"))
        wait_for(watching.stderr, "waiting for a change")
        source.write_text(good)
        assert json.loads(watching.stdout.readline()) == {"doubled": 8}
        wait_for(watching.stderr, "waiting for a change")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(timeout=60) == OK
    finally:
        watching.kill()
        watching.communicate()


def wait_for(stream, words):
    for line in stream:
        if words in line:
            return
    raise AssertionError(f"it ended without: {words}")


def test_every_file_of_the_templates_is_used(jackfield, tmp_path):
    used = set()
    for language in COMPILERS:
        for kind in ("tool", "provider"):
            project = begin(jackfield, tmp_path / f"{language}-{kind}", "--lang", language, "--kind", kind)
            used |= {path.name for path in project.iterdir()}
            for path in project.iterdir():
                # What a shell has in braces is no placeholder.
                assert not re.search(r"\{\{(?:id|source|described)\}\}", path.read_text()), path
    templates = {path.name for path in (ROOT / "PluginAPI/project").rglob("*") if path.is_file()}
    assert used == {".gitignore" if name == "gitignore" else name for name in templates}
