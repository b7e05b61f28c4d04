"""A host whose flow has effects that can be counted, and what must hold of them whatever happened to the host."""

import sqlite3
from collections import Counter

import manifests
from program import BUILD, OK, Program

CALLED = {"is_error": False}
RULES = {
    "models": {
        "worker": {
            "rules": [
                {"when": {"tool_result": {"tool": "ledger_read", **CALLED}}, "answer": "all done"},
                {
                    "when": {"tool_result": {"tool": "ledger_put", **CALLED}},
                    "call": {"tool": "ledger_read", "arguments": {}},
                },
                {"when": {"tool_result": {"tool": "ledger_write"}}, "call": {"tool": "ledger_put", "arguments": {}}},
                {"when": {"message": "go"}, "call": {"tool": "ledger_write", "arguments": {}}},
                {"when": {"handoff": {"from": "read"}}, "call": {"tool": "ledger_read", "arguments": {}}},
            ],
            "default": {"answer": "nothing to do"},
        }
    }
}
GO = ("flow", "run", "wait", "-m", "go")
AGENTS = {"worker": manifests.agent(tools=["ledger.*"])}
ONE_AGENT = manifests.flow(agents=AGENTS)
# The same in stages, two of them beside each other. That a result was lost is no reason to stop.
STAGES = {
    "apiVersion": "jackfield/v1", "kind": "Flow", "name": "wait", "agents": AGENTS,
    "stages": {
        "write": {"tool": "ledger.write", "input": {}, "on_failure": "continue"},
        "put": {"tool": "ledger.put", "input": {}},
        "read": {"agent": "worker", "needs": ["write", "put"], "input": {"written": "$stages.write"}},
    },
}


class Ledger:
    """A host whose flow writes, puts and reads, and what shows that it happened: a file, or, where the plugin is in a worker, the
    host's store."""

    def __init__(self, folder, flow=ONE_AGENT, isolation="in_process", reconciles=False):
        folder.mkdir()
        self.file = folder / "ledger"
        self.is_file = isolation == "in_process"
        self.reconciles = reconciles
        plugins = {"rules": {}, "ledger": {"file": str(BUILD / "fixtures/ledger.so"), "isolation": isolation}}
        ledger = {"config": {"file": str(self.file)}} if self.is_file else {
            "services": {"kv": {}}, "config": {"reconciles": True} if reconciles else {}}
        tenant_plugins = {"rules": {"config": RULES}, "ledger": ledger}
        config = manifests.write(
            folder / "host", manifests.host(plugins=plugins), manifests.tenant(plugins=tenant_plugins),
            flow)
        self.host = Program(folder / "state", config)
        # The journal and the verdicts on the plugins exist: what is counted is the run.
        assert self.host.run("flow", "run", "wait", "-m", "nothing").code == OK

    def lines(self):
        if self.is_file:
            return self.file.read_text().splitlines() if self.file.exists() else []
        values = self.host.state / "values.sqlite"
        if not values.exists():
            return []
        connection = sqlite3.connect(f"file:{values}?mode=ro", uri=True)
        try:
            return [key for key, in connection.execute("SELECT key FROM entries WHERE plugin = 'ledger'")]
        finally:
            connection.close()

    def open_run(self):
        """As the file says it: the one run that has not ended."""
        rows = self.host.sql("SELECT run FROM runs WHERE finished IS NULL")
        assert len(rows) < 2, rows
        return rows[0][0] if rows else None

    def recover(self, run):
        """Resumes the run until it has ended; says of each call in doubt what the ledger shows, where the plugin does not."""
        for _ in range(3):
            resumed = self.host.run("run", "resume", run)
            if resumed.code == OK:
                return
            assert not self.reconciles, f"a person is asked what the plugin knows: {resumed}"
            self.resolve(run)
        raise AssertionError(f"the run {run} does not end: {resumed}")

    def resolve(self, run):
        [listed] = self.host.run("run", "list", "--in-doubt", "-o", "json").json
        assert listed["run_id"] == run
        for event in self.host.events(run):
            if event["type"] == "tool.finished" and event["data"]["status"] == "in_doubt":
                happened = any(event["call_id"] in line for line in self.lines())
                self.host.run(
                    "run", "resolve", run, event["call_id"].split("/")[1], "--as", "happened" if happened else "did-not")

    def assert_nothing_is_lost_or_repeated(self, run, point):
        self.host.assert_journal_is_whole()
        assert self.host.sql(f"SELECT status FROM runs WHERE run = '{run}'") == [("succeeded",)], point
        effects = Counter(line.rsplit(" ", 1)[0] for line in self.lines() if f" {run}/" in line)
        writes = [count for key, count in effects.items() if key.startswith("write ")]
        # A worker that was killed instead of its host has ended the call, and perhaps before its effect.
        assert writes == [1] or (writes == [] and self.was_cut_off(run)), (point, effects)
        # Put was made too, as often as it took, and each time as the same step.
        puts = [key for key in effects if key.startswith("put ")]
        assert len(puts) == 1 or (len(puts) < 2 and self.was_cut_off(run)), (point, effects)
        assert self.host.run("run", "replay", run).code == OK

    def was_cut_off(self, run):
        return not self.is_file and any(
            event["data"].get("error", {}).get("code") == "plugin_crashed" for event in self.host.events(run))
