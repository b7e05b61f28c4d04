"""The program as its tests see it: a command line, an exit status, two streams, a journal file."""

import json
import os
import sqlite3
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".build" / os.environ.get("JACKFIELD_CONFIGURATION", "debug")
JACKFIELD = BUILD / "jackfield"
DEMO = ROOT / "manifests/demo/jackfield.yaml"

OK, FAILED, USAGE, FINDINGS, NOT_FOUND, DENIED, LIMITED, TIMED_OUT, INTERRUPTED = 0, 1, 2, 3, 5, 7, 75, 124, 130

# What of this process's environment the program gets: nothing that could change what it prints.
INHERITED = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}


@dataclass
class Outcome:
    """What one command did."""

    words: list
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self):
        """The error object that `-o json` promises, alone on stdout."""
        value = self.json
        assert list(value) == ["error"], value
        assert {"code", "message"} <= set(value["error"]) <= {"code", "message", "pointer", "retry_after_ms"}, value
        return value["error"]

    def __str__(self):
        return f"jackfield {' '.join(map(str, self.words))}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


class Program:
    """The built program with a configuration and a state folder of its own."""

    def __init__(self, state, config=DEMO):
        self.state = Path(state)
        self.config = Path(config)

    @property
    def journal_file(self):
        return self.state / "journal.sqlite"

    def environment(self, **more):
        return {
            **INHERITED, "HOME": str(self.state), "JACKFIELD_CONFIG": str(self.config),
            "JACKFIELD_STATE": str(self.state), **more,
        }

    def run(self, *words, stdin=b"", timeout=60, cwd=ROOT, env=None):
        """Runs one command to its end. However it goes, no signal may end it and no trap may show."""
        input = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [JACKFIELD, *map(str, words)], input=input, capture_output=True, timeout=timeout, cwd=cwd,
            env=env or self.environment())
        outcome = Outcome(list(words), done.returncode, done.stdout.decode(), done.stderr.decode())
        assert outcome.code in (
            OK, FAILED, USAGE, FINDINGS, NOT_FOUND, DENIED, LIMITED, TIMED_OUT, INTERRUPTED), str(outcome)
        assert "Fatal error" not in outcome.err, str(outcome)
        return outcome

    def start(self, *words, **options):
        """Starts a command that the test will end itself."""
        return subprocess.Popen(
            [JACKFIELD, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
            env=self.environment(), **{"stdin": subprocess.DEVNULL, **options})

    def ask(self, question, *words):
        """Asks the flow `helpdesk`. The answer's run is found in the journal."""
        return self.run("flow", "run", "helpdesk", "-m", question, *words)

    def call(self, tool, arguments, *words, **options):
        text = arguments if isinstance(arguments, str) else json.dumps(arguments)
        return self.run("tool", "call", tool, "--input", text, *words, **options)

    def runs(self, *words):
        """As `run list` prints them, the newest first."""
        listed = self.run("run", "list", "-o", "json", *words)
        assert listed.code == OK, str(listed)
        return listed.json

    def events(self, run, *words):
        shown = self.run("run", "show", run, "-o", "json", *words)
        assert shown.code == OK, str(shown)
        return shown.json

    def newest_events(self):
        return self.events(self.runs("-n", "1")[0]["run_id"])

    def sql(self, statement):
        """What SQLite itself says of the journal."""
        connection = sqlite3.connect(f"file:{self.journal_file}?mode=ro", uri=True)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def assert_journal_is_whole(self):
        assert self.sql("PRAGMA integrity_check") == [("ok",)]
        # Every run's row says what its events say.
        assert self.sql(
            "SELECT r.run FROM runs r WHERE event_count != (SELECT count(*) FROM events e WHERE e.run = r.run)") == []


def answer(outcome):
    """What the agents said: the lines of `flow run` that are indented by two and are no call."""
    said = [line[2:] for line in outcome.out.splitlines() if line.startswith("  ") and line[2:3] not in ("·", "→", " ")]
    return "\n".join(said)


def finished(events, tool):
    """The data of the `tool.finished` or `tool.rejected` events of one tool, in order."""
    kinds = ("tool.finished", "tool.rejected")
    return [event["data"] for event in events if event["type"] in kinds and event["data"]["tool"] == tool]
