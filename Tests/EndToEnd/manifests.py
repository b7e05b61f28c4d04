"""Configurations that tests write themselves. JSON is YAML, so dictionaries will do."""

import json

from program import BUILD

RULES = {
    "models": {
        "worker": {
            "rules": [
                {
                    "when": {"message": "wait (?<time>\\d+)"},
                    "call": {"tool": "slow_sleep", "arguments": {"milliseconds": 60000}},
                },
                {
                    "when": {"message": "fail"},
                    "call": {"tool": "slow_raise", "arguments": {}},
                },
                {"when": {"tool_result": {"is_error": True}}, "answer": "that did not work"},
            ],
            "default": {"answer": "nothing to do"},
        }
    }
}


def host(**more):
    return {
        "apiVersion": "jackfield/v1", "kind": "Host",
        "plugins": {"calc": {}, "rules": {}, "slow": {"file": str(BUILD / "fixtures/slow.so")}},
        "tenants": ["tenant.yaml"], "flows": ["flow.yaml"], "default_tenant": "acme", **more,
    }


def tenant(**more):
    return {
        "apiVersion": "jackfield/v1", "kind": "Tenant", "name": "acme",
        "plugins": {"calc": {}, "rules": {"config": RULES}, "slow": {}}, "flows": ["wait"], **more,
    }


def agent(**more):
    return {
        "description": "Works.", "instructions": "Work.", "model": {"provider": "rules", "name": "worker"},
        "tools": ["slow.*"], **more,
    }


def flow(**more):
    return {
        "apiVersion": "jackfield/v1", "kind": "Flow", "name": "wait", "description": "Waits.",
        "start_agent": "worker", "agents": {"worker": agent()}, **more,
    }


def write(folder, host_manifest=None, tenant_manifest=None, flow_manifest=None):
    """Writes a configuration of one tenant and one flow; returns the host's manifest file."""
    folder.mkdir(exist_ok=True)
    manifests = {
        "jackfield.yaml": host_manifest or host(), "tenant.yaml": tenant_manifest or tenant(),
        "flow.yaml": flow_manifest or flow(),
    }
    for name, manifest in manifests.items():
        text = manifest if isinstance(manifest, str) else json.dumps(manifest, indent=2)
        (folder / name).write_text(text)
    return folder / "jackfield.yaml"
