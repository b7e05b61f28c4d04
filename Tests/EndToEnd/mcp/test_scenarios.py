"""The public conformance scenarios, as far as they concern a server on stdio, replayed as raw JSON-RPC.

Every frame in both directions is held against the schema of its revision, if PyPI's `jsonschema` is installed and the
schemas are found in $JACKFIELD_SUITES (else ../shared/suites); without either that part is skipped, and says so.
"""

import json
import os
import sys
import unittest

import client as wire
from client import Client, FIXTURE, MODERN

SUITES = os.environ.get("JACKFIELD_SUITES", str(wire.ROOT / "../shared/suites"))
RESULTS = {
    "initialize": "InitializeResult", "server/discover": "DiscoverResult", "tools/list": "ListToolsResult",
    "tools/call": "CallToolResult", "resources/list": "ListResourcesResult",
    "resources/templates/list": "ListResourceTemplatesResult", "resources/read": "ReadResourceResult",
    "prompts/list": "ListPromptsResult", "prompts/get": "GetPromptResult", "completion/complete": "CompleteResult",
    "ping": "EmptyResult", "logging/setLevel": "EmptyResult", "resources/subscribe": "EmptyResult",
    "resources/unsubscribe": "EmptyResult", "subscriptions/listen": "SubscriptionsListenResult",
}
NOTIFICATIONS = {
    "notifications/progress": "ProgressNotification", "notifications/message": "LoggingMessageNotification",
    "notifications/cancelled": "CancelledNotification",
    "notifications/tools/list_changed": "ToolListChangedNotification",
    "notifications/prompts/list_changed": "PromptListChangedNotification",
    "notifications/resources/list_changed": "ResourceListChangedNotification",
    "notifications/resources/updated": "ResourceUpdatedNotification",
    "notifications/subscriptions/acknowledged": "SubscriptionsAcknowledgedNotification",
}


class Schema:
    """The schema of one revision; checks nothing where it is not there."""

    def __init__(self, revision):
        self.validators = {}
        try:
            import jsonschema
            with open(f"{SUITES}/mcp-schema/schema/{revision}/schema.json") as file:
                document = json.load(file)
        except (ImportError, FileNotFoundError) as reason:
            print(f"SKIPPED: frames of {revision} are not checked ({reason})", file=sys.stderr)
            return
        key = "$defs" if "$defs" in document else "definitions"
        validator = jsonschema.validators.validator_for(document)
        for name in document[key]:
            self.validators[name] = validator({**document, "$ref": f"#/{key}/{name}"})

    def check(self, name, value):
        if self.validators:
            self.validators[name].validate(value)


SCHEMAS = {revision: Schema(revision) for revision in [*wire.LEGACY, MODERN]}


class CheckedClient(Client):
    """Holds every frame that it sends and receives against the schema."""

    def __init__(self, command, revision):
        self.methods = {}
        self.schema = SCHEMAS[revision]
        super().__init__(command, revision)

    def send(self, message):
        if "id" in message and "method" in message:
            self.methods[message["id"]] = message["method"]
        super().send(message)

    def receive(self, timeout=20):
        frame = super().receive(timeout)
        if frame is not None:
            self.check(frame)
        return frame

    def check(self, frame):
        if "method" in frame:
            assert "id" not in frame, f"a server asks nothing on this connection: {frame}"
            self.schema.check(NOTIFICATIONS[frame["method"]], frame)
        elif "error" in frame:
            legacy = "JSONRPCError" in self.schema.validators
            self.schema.check("JSONRPCError" if legacy else "JSONRPCErrorResponse", frame)
        else:
            self.schema.check(RESULTS[self.methods[frame["id"]]], frame["result"])


class Scenarios(unittest.TestCase):
    def connect(self, revision):
        return CheckedClient(FIXTURE, revision)

    def each_revision(self):
        for revision in [*wire.LEGACY, MODERN]:
            with self.subTest(revision), self.connect(revision) as client:
                yield revision, client

    def test_server_initialize(self):
        for revision in wire.LEGACY:
            with self.subTest(revision), self.connect(revision) as client:
                result = client.handshake["result"]
                self.assertEqual(result["protocolVersion"], revision)
                self.assertTrue(result["serverInfo"]["name"])
                self.assertIn("tools", result["capabilities"])
                self.assertEqual("completions" in result["capabilities"], revision > "2024-11-05")

    def test_ping(self):
        for revision in wire.LEGACY:
            with self.subTest(revision), self.connect(revision) as client:
                self.assertEqual(client.request("ping")["result"], {})

    def test_tools_list(self):
        for revision, client in self.each_revision():
            tools = client.request("tools/list")["result"]["tools"]
            self.assertIn("test.simple_text", [tool["name"] for tool in tools])
            for tool in tools:
                self.assertTrue(tool["description"])
                self.assertEqual(tool["inputSchema"]["type"], "object")

    def test_json_schema_2020_12(self):
        for revision, client in self.each_revision():
            tools = client.request("tools/list")["result"]["tools"]
            schema = next(t for t in tools if t["name"] == "test.json_schema_2020_12_tool")["inputSchema"]
            self.assertEqual(schema["$schema"], "https://json-schema.org/draft/2020-12/schema")
            self.assertEqual(schema["$defs"]["address"]["$anchor"], "addressDef")
            for keyword in ["allOf", "if", "then", "else", "additionalProperties"]:
                self.assertIn(keyword, schema)

    def test_tools_call_simple_text(self):
        for revision, client in self.each_revision():
            content = client.call("test.simple_text")["result"]["content"]
            self.assertEqual(content, [{"type": "text", "text": "This is a simple text response for testing."}])

    def test_tools_call_image_audio_embedded_mixed(self):
        for revision, client in self.each_revision():
            image = client.call("test.image_content")["result"]["content"][0]
            self.assertEqual((image["type"], image["mimeType"]), ("image", "image/png"))
            audio = client.call("test.audio_content")["result"]["content"]
            self.assertEqual(bool(audio), revision >= "2025-03-26")
            resource = client.call("test.embedded_resource")["result"]["content"][0]
            self.assertEqual(resource["resource"]["uri"], "test://embedded-resource")
            mixed = client.call("test.multiple_content_types")["result"]["content"]
            self.assertEqual([block["type"] for block in mixed], ["text", "image", "resource"])

    def test_tools_call_error(self):
        for revision, client in self.each_revision():
            result = client.call("test.error_handling")["result"]
            self.assertIs(result["isError"], True)
            self.assertIn("intentionally", result["content"][0]["text"])
            self.assertNotIn("structuredContent", result)

    def test_tools_call_unknown(self):
        for revision, client in self.each_revision():
            self.assertEqual(client.call("test.unknown")["error"]["code"], -32602)

    def test_tools_call_with_progress(self):
        for revision, client in self.each_revision():
            client.call("test.tool_with_progress", progressToken="progress-test-1")
            frames = [f["params"] for f in client.frames if f.get("method") == "notifications/progress"]
            self.assertEqual([f["progress"] for f in frames], [0, 50, 100])
            self.assertTrue(all(f["total"] == 100 and f["progressToken"] == "progress-test-1" for f in frames))
            before = len(client.frames)
            client.call("test.tool_with_progress")
            self.assertEqual(len(client.frames), before + 1)

    def test_tools_call_with_logging(self):
        for revision, client in self.each_revision():
            meta = {}
            if revision == MODERN:
                meta = {"io.modelcontextprotocol/logLevel": "info"}
            else:
                self.assertEqual(client.request("logging/setLevel", {"level": "info"})["result"], {})
            client.call("test.tool_with_logging", **meta)
            messages = [f["params"] for f in client.frames if f.get("method") == "notifications/message"]
            self.assertEqual([m["level"] for m in messages], ["info"] * 3)

    def test_resources(self):
        for revision, client in self.each_revision():
            uris = [r["uri"] for r in client.request("resources/list")["result"]["resources"]]
            self.assertIn("test://static-text", uris)
            read = lambda uri: client.request("resources/read", {"uri": uri})
            text = read("test://static-text")["result"]["contents"][0]
            self.assertEqual((text["mimeType"], bool(text["text"])), ("text/plain", True))
            blob = read("test://static-binary")["result"]["contents"][0]
            self.assertEqual((blob["mimeType"], bool(blob["blob"])), ("image/png", True))
            data = read("test://template/123/data")["result"]["contents"][0]
            self.assertIn("123", data["text"])
            missing = read("test://no/such")
            self.assertEqual(missing["error"]["code"], -32602 if revision == MODERN else -32002)
            self.assertEqual(missing["error"]["data"]["uri"], "test://no/such")

    def test_resources_subscribe(self):
        for revision in wire.LEGACY:
            with self.subTest(revision), self.connect(revision) as client:
                uri = {"uri": "test://watched-resource"}
                self.assertEqual(client.request("resources/subscribe", uri)["result"], {})
                client.call("test.trigger_resource_change")
                updated = [f for f in client.frames if f.get("method") == "notifications/resources/updated"]
                self.assertEqual([f["params"]["uri"] for f in updated], ["test://watched-resource"])
                self.assertEqual(client.request("resources/unsubscribe", uri)["result"], {})

    def test_prompts(self):
        for revision, client in self.each_revision():
            prompts = client.request("prompts/list")["result"]["prompts"]
            self.assertEqual([p["name"] for p in prompts], ["test_prompt_with_arguments", "test_simple_prompt"])
            simple = client.request("prompts/get", {"name": "test_simple_prompt"})["result"]["messages"]
            self.assertEqual(simple[0]["content"]["text"], "This is a simple prompt for testing.")
            arguments = {"arg1": "hello", "arg2": "world"}
            filled = client.request("prompts/get", {"name": "test_prompt_with_arguments", "arguments": arguments})
            text = filled["result"]["messages"][0]["content"]["text"]
            self.assertEqual(text, "Prompt with arguments: arg1='hello', arg2='world'")

    def test_completion(self):
        for revision, client in self.each_revision():
            result = client.request("completion/complete", {
                "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
                "argument": {"name": "arg1", "value": "par"}})["result"]
            self.assertEqual(result["completion"]["values"], ["paris", "park", "party"])


class Stateless(unittest.TestCase):
    """The scenarios `server-stateless` and `caching` of 2026-07-28."""

    def setUp(self):
        self.client = CheckedClient(FIXTURE, MODERN)

    def tearDown(self):
        self.client.__exit__()

    def bare(self, method, params):
        identifier = next(self.client.ids)
        self.client.send({"jsonrpc": "2.0", "id": identifier, "method": method, "params": params})
        return self.client.answer(identifier)

    def test_a_request_without_its_meta_is_invalid_params(self):
        full = wire.modern_meta()
        self.assertEqual(self.bare("tools/list", {})["error"]["code"], -32602)
        for missing in ["protocolVersion", "clientCapabilities"]:
            meta = {k: v for k, v in full.items() if not k.endswith(missing)}
            self.assertEqual(self.bare("tools/list", {"_meta": meta})["error"]["code"], -32602)
        anonymous = {k: v for k, v in full.items() if not k.endswith("clientInfo")}
        self.assertIn("result", self.bare("tools/list", {"_meta": anonymous}))

    def test_discovery(self):
        result = self.client.request("server/discover")["result"]
        self.assertIn(MODERN, result["supportedVersions"])
        self.assertEqual(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "jackfield-fixture")
        methods = {"tools": "tools/list", "resources": "resources/list", "prompts": "prompts/list"}
        for capability, method in methods.items():
            self.assertIn(capability, result["capabilities"])
            self.assertIn("result", self.client.request(method))

    def test_an_unsupported_version_is_told_with_those_that_are(self):
        meta = {**wire.modern_meta(), "io.modelcontextprotocol/protocolVersion": "1900-01-01"}
        error = self.bare("tools/list", {"_meta": meta})["error"]
        self.assertEqual(error["code"], -32022)
        self.assertEqual(error["data"]["requested"], "1900-01-01")
        supported = self.client.request("server/discover")["result"]["supportedVersions"]
        self.assertTrue(error["data"]["supported"] and set(error["data"]["supported"]) <= set(supported))

    def test_methods_that_were_removed_or_never_existed(self):
        for method in ["initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe", "no/such"]:
            identifier = self.client.start(method)
            answer = self.client.answer(identifier)
            self.assertEqual((answer["id"], answer["error"]["code"]), (identifier, -32601))

    def test_no_message_without_a_level(self):
        self.client.call("test.tool_with_logging")
        self.assertFalse([f for f in self.client.frames if f.get("method") == "notifications/message"])

    def test_listening(self):
        wanted = {"toolsListChanged": True, "promptsListChanged": False}
        identifier = self.client.start("subscriptions/listen", {"notifications": wanted})
        first = self.client.receive()
        self.assertEqual(first["method"], "notifications/subscriptions/acknowledged")
        self.assertEqual(first["params"]["notifications"], {"toolsListChanged": True})
        for tool in ["test.trigger_prompt_change", "test.trigger_tool_change"]:
            self.client.call(tool)
        told = [f for f in self.client.frames if f.get("method", "").endswith("list_changed")]
        self.assertEqual([f["method"] for f in told], ["notifications/tools/list_changed"])
        for frame in [first, *told]:
            self.assertEqual(frame["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], identifier)
        rest = self.client.close()
        self.assertEqual(rest[0]["params"]["requestId"], identifier)
        self.assertEqual(rest[1]["result"]["resultType"], "complete")

    def test_caching(self):
        requests = [
            ("tools/list", {}), ("prompts/list", {}), ("resources/list", {}), ("resources/templates/list", {}),
            ("resources/read", {"uri": "test://static-text"}), ("server/discover", {})]
        for method, params in requests:
            result = self.client.request(method, params)["result"]
            self.assertIsInstance(result["ttlMs"], int)
            self.assertGreaterEqual(result["ttlMs"], 0)
            self.assertEqual(result["cacheScope"], "private")


class Interleaved(unittest.TestCase):
    def test_every_revision_on_one_pipe(self):
        with Client(FIXTURE) as client:
            for revision in [*wire.LEGACY, *reversed(wire.LEGACY)]:
                client.revision = None
                client.request("initialize", {
                    "protocolVersion": revision, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}})
                old = client.call("fixture.add", {"a": 1, "b": 2})["result"]
                SCHEMAS[revision].check("CallToolResult", old)
                self.assertNotIn("resultType", old)
                client.revision = MODERN
                new = client.call("fixture.add", {"a": 1, "b": 2})["result"]
                SCHEMAS[MODERN].check("CallToolResult", new)
                self.assertEqual(new["structuredContent"], {"sum": 3})


if __name__ == "__main__":
    unittest.main()
