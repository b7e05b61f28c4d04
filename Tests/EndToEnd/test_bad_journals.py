"""A journal that is in use, read-only, too new or none: a clear refusal, and nothing in it changes or is lost."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import time

import pytest

from program import FAILED, OK, Program


@pytest.fixture
def recorded(jackfield):
    """The program with one finished run in its journal."""
    assert jackfield.ask("What is 1 + 1?").code == OK
    return jackfield


COMMANDS = {
    "a call": ["tool", "call", "calc.evaluate", "--input", '{"expression":"1"}', "-o", "json"],
    "a list": ["run", "list", "-o", "json"],
}


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file() and path.suffix != ".sqlite-shm"}


@contextlib.contextmanager
def kept_by_another_program(file):
    """Nobody else may read or write it meanwhile."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("COMMIT")
    yield
    connection.close()


@contextlib.contextmanager
def written_by_another_program(file):
    """Others may read it meanwhile."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_journal_that_another_program_keeps_is_locked_and_works_again_afterwards(recorded, words):
    before = recorded.runs()
    with kept_by_another_program(recorded.journal_file):
        refused = recorded.run(*words)
    assert (refused.code, refused.error["code"]) == (FAILED, "storage_locked"), str(refused)
    assert recorded.runs() == before
    recorded.assert_journal_is_whole()
    assert recorded.run(*words).code == OK


def test_while_another_program_writes_nothing_runs_that_could_not_be_recorded(recorded):
    before = recorded.runs()
    with written_by_another_program(recorded.journal_file):
        started = time.monotonic()
        refused = recorded.run(*COMMANDS["a call"])
        assert time.monotonic() - started < 20
        assert recorded.runs() == before  # reading goes on
        asked = recorded.ask("What is 1 + 1?")
    assert refused.code == FAILED and set(refused.error) >= {"code", "message"}, str(refused)
    assert '"value"' not in refused.out
    assert asked.code == FAILED and "1 + 1 = 2" not in asked.out, str(asked)
    recorded.assert_journal_is_whole()
    assert recorded.runs()[-1:] == before
    assert recorded.ask("What is 1 + 1?").code == OK


@contextlib.contextmanager
def mounted_read_only(folder):
    """Nobody can write there, not even the superuser, whom file modes do not hold."""
    for command in (["mount", "--bind", folder, folder], ["mount", "-o", "remount,bind,ro", folder]):
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode != 0:
            pytest.skip(f"NOT TESTED: a read-only journal, since this user may not {' '.join(map(str, command[:3]))}")
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


@contextlib.contextmanager
def owned_by_somebody_else(folder):
    """For those whom file modes hold."""
    for path in [*folder.iterdir(), folder]:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        yield
    finally:
        for path in [folder, *folder.iterdir()]:
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_journal_that_is_read_only_is_told_as_such(recorded, words):
    before, bytes_before = recorded.runs(), content(recorded.state)
    with mounted_read_only(recorded.state) if os.geteuid() == 0 else owned_by_somebody_else(recorded.state):
        refused = recorded.run(*words)
        assert content(recorded.state) == bytes_before
    assert (refused.code, refused.error["code"]) == (FAILED, "storage_read_only"), str(refused)
    assert recorded.runs() == before
    recorded.assert_journal_is_whole()


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_journal_of_a_newer_release_is_left_alone(recorded, words):
    before = recorded.runs()
    with contextlib.closing(sqlite3.connect(recorded.journal_file)) as connection:
        [(version,)] = connection.execute("PRAGMA user_version").fetchall()
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bytes_before = recorded.journal_file.read_bytes()
    refused = recorded.run(*words)
    assert (refused.code, refused.error["code"]) == (FAILED, "storage_newer_version"), str(refused)
    assert recorded.journal_file.read_bytes() == bytes_before
    with contextlib.closing(sqlite3.connect(recorded.journal_file)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")
    assert recorded.runs() == before
    recorded.assert_journal_is_whole()


def a_text_file(file):
    file.write_text("This is a letter, not a database.\n" * 300)


def another_programs_database(file):
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE theirs (x)")


def a_damaged_journal(file):
    content = bytearray(file.read_bytes())
    content[100:] = b"\xa5" * (len(content) - 100)
    file.write_bytes(content)


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("make", [a_text_file, another_programs_database, a_damaged_journal])
def test_what_is_no_journal_is_refused_and_left_as_it_is(recorded, make, words):
    with contextlib.closing(sqlite3.connect(recorded.journal_file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if make is not a_damaged_journal:
        for path in recorded.state.glob("journal.sqlite*"):
            path.unlink()
    make(recorded.journal_file)
    bytes_before = recorded.journal_file.read_bytes()
    refused = recorded.run(*words)
    assert (refused.code, refused.error["code"]) == (FAILED, "storage_corrupt"), str(refused)
    assert recorded.journal_file.read_bytes() == bytes_before


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_place_where_no_file_can_be_is_unavailable(tmp_path, words):
    (tmp_path / "file").write_text("")
    host = Program(tmp_path / "file")
    refused = host.run(*words)
    assert (refused.code, refused.error["code"]) == (FAILED, "storage_unavailable"), str(refused)
    (tmp_path / "state/journal.sqlite").mkdir(parents=True)
    assert Program(tmp_path / "state").run(*words).error["code"] == "storage_unavailable"


def test_the_journal_is_readable_by_its_owner_alone(recorded):
    assert recorded.journal_file.stat().st_mode & 0o077 == 0


def test_two_hosts_may_write_one_journal_at_the_same_time(jackfield):
    words = ["flow", "run", "helpdesk", "-m", "What is 1 + 1?"]
    processes = [jackfield.start(*words) for _ in range(6)]
    for process in processes:
        _, err = process.communicate(timeout=60)
        assert process.returncode == OK, err
    assert [run["status"] for run in jackfield.runs()] == ["succeeded"] * 6
    jackfield.assert_journal_is_whole()
