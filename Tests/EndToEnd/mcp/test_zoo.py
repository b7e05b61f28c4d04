"""Whatever a plugin does in its worker: its call is answered in time, its other tool and its neighbours answer on."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import BUILD, ROOT, Client

MODULES = json.loads((ROOT / "Tests/Fixtures/zoo/zoo.json").read_text())
# Seconds: the deadline of every call, and what a busy machine may add to it.
DEADLINE, PATIENCE = 1, 40
CALLS = (("zoo.work", {}), ("zoo.rest", {}), ("calc.evaluate", {"expression": "6*7"}))


def host(folder, module, library):
    """The command of a host with that plugin, and a good one beside it."""
    plugin = module.get("descriptor", {}).get("id", "zoo")
    for name, manifest in {
        "jackfield.json": {
            "kind": "Host", "plugins": {plugin: {"file": str(library)}, "calc": {}}, "tenants": ["acme.json"],
            "defaults": {"timeout": f"{DEADLINE}s"}, "journal": {"store": "memory"}},
        "acme.json": {"kind": "Tenant", "name": "acme", "plugins": {plugin: {}, "calc": {}}},
    }.items():
        (folder / name).write_text(json.dumps({"apiVersion": "jackfield/v1", **manifest}))
    return [str(BUILD / "jackfield"), "stdio", "--config", str(folder / "jackfield.json"), "--state", str(folder)]


def outcome(frame):
    """ok, a failure's code, or refused where there is no such tool."""
    if "error" in frame:
        return "refused"
    result = frame["result"]
    return json.loads(result["content"][0]["text"])["error"]["code"] if result.get("isError") else "ok"


@pytest.fixture(scope="module")
def answers(zoo, tmp_path_factory):
    """What was answered to each of CALLS, and after how long; by module."""

    def ask(module):
        folder = tmp_path_factory.mktemp(module["name"])
        with Client(host(folder, module, zoo / f"{module['name']}.so"), "2025-06-18") as client:
            heard = []
            for tool, arguments in CALLS:
                begun = time.monotonic()
                heard.append((outcome(client.call(tool, arguments)), time.monotonic() - begun))
            assert client.process.poll() is None
        return module["name"], heard

    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(ask, MODULES))


@pytest.mark.parametrize("module", MODULES, ids=[module["name"] for module in MODULES])
def test_a_bad_plugin_harms_its_own_call_and_nothing_else(answers, module):
    (work, took), (rest, _), (neighbour, _) = answers[module["name"]]
    assert work in module["call"], answers[module["name"]]
    assert took < DEADLINE + PATIENCE
    assert neighbour == "ok", answers[module["name"]]
    # One that could not be loaded has no second tool either; of the others it is answered, if need be by a new worker.
    loaded = work not in ("refused", "unavailable") and not module["name"].startswith(("constructor-sleeps", "open-sleeps"))
    assert not loaded or rest == "ok", answers[module["name"]]
