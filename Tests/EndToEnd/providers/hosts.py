"""Hosts whose agents have a model behind a server of the tests."""

import json
import sys
from pathlib import Path

from program import JACKFIELD, Program

sys.path.insert(0, str(Path(__file__).parents[1] / "mcp"))
from client import Client  # noqa: E402

KEY = "sk-of-acme-0123456789"
# The secret that each provider's plugin puts into its requests.
SECRETS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "gemini": "GEMINI_API_KEY"}


class ModelHost(Program):
    """One tenant with one provider."""

    def __init__(self, folder, provider, port, *, isolation="worker", scheme="http", endpoint=None, settings=None,
                 timeout="30s", also=(), http=None, model=None, tenant=None):
        self.provider = provider
        base = f"{scheme}://127.0.0.1:{port}"
        origins = [{"scheme": scheme, "host": "127.0.0.1", "port": each} for each in (port, *also)]
        config = (
            {"endpoints": {"test": {"base_url": base + "/v1", **(endpoint or {})}}} if provider == "openai"
            else {"base_url": base, **(endpoint or {})})
        files = {
            "jackfield.yaml": {
                "kind": "Host", "plugins": {provider: {"isolation": isolation}, "calc": {}}, "tenants": ["acme.yaml"],
                "flows": ["talk.yaml"], "http": {"private_origins": origins, **(http or {})}},
            "acme.yaml": {
                "kind": "Tenant", "name": "acme", "flows": ["talk"],
                "plugins": {
                    "calc": {},
                    provider: {
                        "config": config, "secrets": {SECRETS[provider]: {"env": "MODEL_KEY"}},
                        "services": {"http": {"allow": [{**each, "secrets": [SECRETS[provider]]} for each in origins]}}}},
                "tools": {f"{provider}.chat": {"timeout": timeout}}, **(tenant or {})},
            "talk.yaml": {
                "kind": "Flow", "name": "talk", "description": "Talks.", "start_agent": "a",
                "agents": {"a": {
                    "description": "Talks.", "instructions": "Be brief.", "tools": ["calc.*"],
                    "model": {"provider": provider, "name": "m", "settings": settings or {}, **(model or {})}}}},
        }
        folder.mkdir(exist_ok=True)
        for name, value in files.items():
            (folder / name).write_text(json.dumps({"apiVersion": "jackfield/v1", **value}))
        state = folder / "state"
        state.mkdir(exist_ok=True)
        super().__init__(state, folder / "jackfield.yaml")

    def change(self, name, by):
        """Has `by` change a manifest: what it returns counts for nothing."""
        path = self.config.parent / name
        manifest = json.loads(path.read_text())
        by(manifest)
        path.write_text(json.dumps(manifest))

    def environment(self, **more):
        return super().environment(MODEL_KEY=KEY, **more)

    def chat(self, *messages, **more):
        """One turn, straight to the provider."""
        request = {
            "form": 2, "model": "m", "messages": list(messages) or [{"role": "user", "content": "Hello"}], "tools": [],
            "toolChoice": "auto", **more}
        return self.call(f"{self.provider}.chat", request, "-o", "json")

    def staying(self, stderr=None):
        """A client of a host that stays."""
        environment = [f"{name}={value}" for name, value in self.environment().items()]
        return Client(["env", *environment, str(JACKFIELD), "stdio"], "2025-11-25", stderr=stderr)

    def failure(self):
        """The newest call's failure, as its operator reads it."""
        errors = [event["data"]["error"] for event in self.newest_events() if "error" in event["data"]]
        return errors[0]
