"""The public conformance scenarios, as far as they concern a server on stdio, replayed as raw JSON-RPC.

Every frame in both directions is held against the schema of its revision: as it passes by PyPI's `jsonschema`, and at
the end, all of them, by the program's own validator. The schemas are found in $JACKFIELD_SUITES (else
../shared/suites); without them that part is skipped, and says so.
"""

import json
import os
import subprocess
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


REQUESTS = {
    "initialize": "InitializeRequest", "server/discover": "DiscoverRequest", "tools/list": "ListToolsRequest",
    "tools/call": "CallToolRequest", "resources/list": "ListResourcesRequest",
    "resources/templates/list": "ListResourceTemplatesRequest", "resources/read": "ReadResourceRequest",
    "prompts/list": "ListPromptsRequest", "prompts/get": "GetPromptRequest", "completion/complete": "CompleteRequest",
    "ping": "PingRequest", "logging/setLevel": "SetLevelRequest", "resources/subscribe": "SubscribeRequest",
    "resources/unsubscribe": "UnsubscribeRequest", "subscriptions/listen": "SubscriptionsListenRequest",
    # The server's own.
    "elicitation/create": "ElicitRequest", "sampling/createMessage": "CreateMessageRequest", "roots/list": "ListRootsRequest",
}
# Every frame that passed, by revision and definition, for the program's own validator.
SEEN = {}


class Schema:
    """The schema of one revision; checks nothing where it is not there."""

    def __init__(self, revision):
        self.revision, self.document = revision, None
        self.validators = {}
        try:
            import jsonschema
            with open(f"{SUITES}/mcp-schema/schema/{revision}/schema.json") as file:
                document = json.load(file)
        except (ImportError, FileNotFoundError) as reason:
            print(f"SKIPPED: frames of {revision} are not checked ({reason})", file=sys.stderr)
            return
        key = "$defs" if "$defs" in document else "definitions"
        self.document, self.key = document, key
        validator = jsonschema.validators.validator_for(document)
        for name in document[key]:
            self.validators[name] = validator({**document, "$ref": f"#/{key}/{name}"})

    def check(self, name, value):
        if self.validators:
            self.validators[name].validate(value)
            SEEN.setdefault((self.revision, name), []).append(value)


SCHEMAS = {revision: Schema(revision) for revision in [*wire.LEGACY, MODERN]}


class CheckedClient(Client):
    """Holds every frame that it sends and receives against the schema."""

    def __init__(self, command, revision, capabilities=None):
        self.methods = {}
        self.schema = SCHEMAS[revision]
        super().__init__(command, revision, capabilities)

    def start(self, method, params=None, **meta):
        self.wanted = REQUESTS.get(method)
        return super().start(method, params, **meta)

    def send(self, message):
        if "id" in message and "method" in message:
            self.methods[message["id"]] = message["method"]
            # Only what `start` sends is meant to be right.
            wanted, self.wanted = getattr(self, "wanted", None), None
            if wanted in self.schema.validators:
                self.schema.check(wanted, message)
        super().send(message)

    def receive(self, timeout=20):
        frame = super().receive(timeout)
        if frame is not None:
            self.check(frame)
        return frame

    def check(self, frame):
        if "method" in frame and "id" in frame:
            assert self.revision != MODERN, f"a server of this revision sends no requests: {frame}"
            self.schema.check(REQUESTS[frame["method"]], frame)
        elif "method" in frame:
            self.schema.check(NOTIFICATIONS[frame["method"]], frame)
        elif "error" in frame:
            legacy = "JSONRPCError" in self.schema.validators
            self.schema.check("JSONRPCError" if legacy else "JSONRPCErrorResponse", frame)
        else:
            asks = frame["result"].get("resultType") == "input_required"
            self.schema.check("InputRequiredResult" if asks else RESULTS[self.methods[frame["id"]]], frame["result"])


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
            self.assertEqual([p["name"] for p in prompts], [
                "test_prompt_with_arguments", "test_prompt_with_embedded_resource", "test_prompt_with_image",
                "test_simple_prompt"])
            embedded = client.request("prompts/get", {
                "name": "test_prompt_with_embedded_resource", "arguments": {"resourceUri": "test://x"}})
            resource = embedded["result"]["messages"][0]["content"]["resource"]
            self.assertEqual(resource["text"], "Embedded for test://x.")
            image = client.request("prompts/get", {"name": "test_prompt_with_image"})["result"]["messages"][0]
            self.assertEqual(image["content"]["mimeType"], "image/png")
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


class Elicitation(unittest.TestCase):
    """The scenarios in which a server of an older revision asks its client."""

    def ask(self, client, tool, result):
        identifier = client.start("tools/call", {"name": tool, "arguments": {}})
        question = client.receive()
        client.send({"jsonrpc": "2.0", "id": question["id"], "result": result})
        content = client.answer(identifier)["result"]["content"]
        return question, json.loads(content[0]["text"])["answer"]

    def test_tools_call_elicitation(self):
        for revision in ["2025-06-18", "2025-11-25"]:
            with self.subTest(revision), CheckedClient(FIXTURE, revision, {"elicitation": {}}) as client:
                accepted = {"action": "accept", "content": {"name": "Ada"}}
                question, answer = self.ask(client, "test.asking", accepted)
                self.assertEqual(question["method"], "elicitation/create")
                self.assertEqual(answer, {"accepted": {"name": "Ada"}})
                self.assertEqual(self.ask(client, "test.asking", {"action": "decline"})[1], "declined")

    def test_tools_call_sampling(self):
        for revision in wire.LEGACY:
            with self.subTest(revision), CheckedClient(FIXTURE, revision, {"sampling": {}}) as client:
                sampled = {"role": "assistant", "model": "m", "content": {"type": "text", "text": "4"}}
                question, answer = self.ask(client, "test.asking_model", sampled)
                self.assertEqual(question["params"]["maxTokens"], 100)
                self.assertEqual(answer, {"accepted": sampled})

    def test_elicitation_defaults_and_enums(self):
        with CheckedClient(FIXTURE, "2025-11-25", {"elicitation": {}}) as client:
            content = {"plain": "a", "titled": "b", "several": ["a", "b"], "age": 30}
            question, answer = self.ask(client, "test.asking_choices", {"action": "accept", "content": content})
            fields = question["params"]["requestedSchema"]["properties"]
            defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
            self.assertEqual(defaults, {"name": "John Doe", "age": 30, "score": 95.5, "verified": True, "plain": "a"})
            self.assertEqual(fields["titled"]["oneOf"][0], {"const": "a", "title": "First"})
            self.assertEqual(fields["named"]["enumNames"], ["First", "Second"])
            self.assertEqual(fields["several"]["items"]["enum"], ["a", "b"])
            self.assertEqual(fields["severalTitled"]["items"]["anyOf"][1]["title"], "Second")
            self.assertEqual(answer, {"accepted": content})


class InputRequired(unittest.TestCase):
    """The scenarios `input-required-result-…` of 2026-07-28."""

    ACCEPTED = {"action": "accept", "content": {"name": "Ada"}}
    SAMPLED = {"role": "assistant", "model": "m", "content": {"type": "text", "text": "4"}}

    def setUp(self):
        everything = {"elicitation": {"form": {}, "url": {}}, "sampling": {}, "roots": {}}
        self.client = CheckedClient(FIXTURE, MODERN, everything)

    def tearDown(self):
        self.client.__exit__()

    def call(self, tool, state=None, responses=None, client=None):
        more = {"requestState": state} if state else {}
        if responses is not None:
            more["inputResponses"] = responses
        return (client or self.client).request("tools/call", {"name": tool, "arguments": {}, **more})

    def questions(self, answer):
        self.assertEqual(answer["result"]["resultType"], "input_required")
        return answer["result"]["inputRequests"], answer["result"]["requestState"]

    def round(self, tool, *responses):
        answer, states = self.call(tool), []
        for response in responses:
            requests, state = self.questions(answer)
            states.append(state)
            answer = self.call(tool, state, {key: response for key in requests})
        self.assertEqual(answer["result"]["resultType"], "complete")
        self.assertEqual(len(set(states)), len(states))
        return answer["result"]["structuredContent"]

    def test_basic_elicitation(self):
        self.assertEqual(self.round("test.asking", self.ACCEPTED), {"answer": {"accepted": {"name": "Ada"}}})

    def test_basic_sampling(self):
        self.assertEqual(self.round("test.asking_model", self.SAMPLED), {"answer": {"accepted": self.SAMPLED}})

    def test_basic_list_roots(self):
        roots = {"roots": [{"uri": "file:///a", "name": "a"}]}
        self.assertEqual(self.round("test.asking_folders", roots), {"answer": {"accepted": roots}})

    def test_multi_round_with_a_state_that_changes(self):
        done = self.round("test.asking_twice", self.ACCEPTED, {"action": "decline"})
        self.assertEqual(done["second"], "declined")

    def test_multiple_requests_missing_and_unexpected_responses(self):
        requests, state = self.questions(self.call("test.asking_much"))
        by_method = {request["method"]: key for key, request in requests.items()}
        self.assertEqual(set(by_method), {"elicitation/create", "sampling/createMessage", "roots/list"})
        some = {by_method["elicitation/create"]: self.ACCEPTED, by_method["roots/list"]: {"roots": []}, "stray": {"roots": []}}
        rest, state = self.questions(self.call("test.asking_much", state, some))
        self.assertEqual(list(rest), [by_method["sampling/createMessage"]])
        done = self.call("test.asking_much", state, {by_method["sampling/createMessage"]: self.SAMPLED})
        self.assertEqual(done["result"]["resultType"], "complete")

    def test_a_prompt_asks_too(self):
        params = {"name": "test_prompt_with_embedded_resource"}
        requests, state = self.questions(self.client.request("prompts/get", params))
        accepted = {"action": "accept", "content": {"resourceUri": "test://here"}}
        answer = self.client.request(
            "prompts/get", {**params, "requestState": state, "inputResponses": {key: accepted for key in requests}})
        self.assertEqual(answer["result"]["messages"][0]["content"]["resource"]["text"], "Embedded for test://here.")

    def test_lists_never_ask(self):
        for method in ["tools/list", "prompts/list", "resources/list", "server/discover"]:
            self.assertEqual(self.client.request(method)["result"]["resultType"], "complete")

    def test_a_state_that_was_tampered_with_is_an_error(self):
        requests, state = self.questions(self.call("test.asking"))
        responses = {key: self.ACCEPTED for key in requests}
        for tampered in [state[:-1] + ("0" if state[-1] != "0" else "1"), state + "00", "x"]:
            self.assertEqual(self.call("test.asking", tampered, responses)["error"]["code"], -32602)

    def test_only_what_the_client_declared(self):
        for capabilities, tool, missing in [
            ({}, "test.asking", {"elicitation": {"form": {}}}),
            ({"elicitation": {}}, "test.asking_model", {"sampling": {}}),
            ({"sampling": {}}, "test.asking_folders", {"roots": {}}),
        ]:
            with CheckedClient(FIXTURE, MODERN, capabilities) as client:
                error = self.call(tool, client=client)["error"]
                self.assertEqual((error["code"], error["data"]["requiredCapabilities"]), (-32021, missing))

    def test_what_is_no_response_is_not_accepted(self):
        requests, state = self.questions(self.call("test.asking"))
        for nothing in [7, None, "yes", {"action": "sure"}]:
            identifier = next(self.client.ids)
            params = {"name": "test.asking", "arguments": {}, "requestState": state, "inputResponses": {key: nothing for key in requests}}
            self.client.send({"jsonrpc": "2.0", "id": identifier, "method": "tools/call", "params": {
                **params, "_meta": wire.modern_meta(capabilities=self.client.capabilities)}})
            self.client.methods[identifier] = "tools/call"
            self.assertEqual(self.client.answer(identifier)["error"]["code"], -32602)
        self.assertEqual(self.call("test.asking", state, {key: self.ACCEPTED for key in requests})["result"]["resultType"], "complete")


class Requirements(unittest.TestCase):
    """Every scenario that is required of a server has its test here, or a reason why a server on stdio has none."""

    HTTP = "over HTTP alone"
    WHERE = {
        "server-initialize": "test_server_initialize", "logging-set-level": "test_tools_call_with_logging", "ping": "test_ping",
        "completion-complete": "test_completion", "tools-list": "test_tools_list",
        "tools-call-simple-text": "test_tools_call_simple_text", "tools-call-image": "test_tools_call_image_audio_embedded_mixed",
        "tools-call-audio": "test_tools_call_image_audio_embedded_mixed",
        "tools-call-embedded-resource": "test_tools_call_image_audio_embedded_mixed",
        "tools-call-mixed-content": "test_tools_call_image_audio_embedded_mixed",
        "tools-call-with-logging": "test_tools_call_with_logging", "tools-call-error": "test_tools_call_error",
        "tools-call-with-progress": "test_tools_call_with_progress", "tools-call-sampling": "test_tools_call_sampling",
        "tools-call-elicitation": "test_tools_call_elicitation",
        "elicitation-sep1034-defaults": "test_elicitation_defaults_and_enums",
        "elicitation-sep1330-enums": "test_elicitation_defaults_and_enums",
        "server-sse-multiple-streams": HTTP, "dns-rebinding-protection": HTTP,
        "resources-list": "test_resources", "resources-read-text": "test_resources", "resources-read-binary": "test_resources",
        "resources-templates-read": "test_resources", "sep-2164-resource-not-found": "test_resources",
        "resources-subscribe": "test_resources_subscribe", "resources-unsubscribe": "test_resources_subscribe",
        "prompts-list": "test_prompts", "prompts-get-simple": "test_prompts", "prompts-get-with-args": "test_prompts",
        "prompts-get-embedded-resource": "test_prompts", "prompts-get-with-image": "test_prompts",
        "server-stateless": "test_a_request_without_its_meta_is_invalid_params", "caching": "test_caching",
        "input-required-result-basic-elicitation": "test_basic_elicitation",
        "input-required-result-basic-sampling": "test_basic_sampling",
        "input-required-result-basic-list-roots": "test_basic_list_roots",
        "input-required-result-request-state": "test_multi_round_with_a_state_that_changes",
        "input-required-result-multiple-input-requests": "test_multiple_requests_missing_and_unexpected_responses",
        "input-required-result-multi-round": "test_multi_round_with_a_state_that_changes",
        "input-required-result-missing-input-response": "test_multiple_requests_missing_and_unexpected_responses",
        "input-required-result-non-tool-request": "test_a_prompt_asks_too",
        "input-required-result-result-type": "test_basic_elicitation",
        "input-required-result-unsupported-methods": "test_lists_never_ask",
        "input-required-result-tampered-state": "test_a_state_that_was_tampered_with_is_an_error",
        "input-required-result-capability-check": "test_only_what_the_client_declared",
        "input-required-result-ignore-extra-params": "test_multiple_requests_missing_and_unexpected_responses",
        "input-required-result-validate-input": "test_what_is_no_response_is_not_accepted",
    }

    def required(self, revision):
        """The list `server:` of a file that has nothing but lists of names in it."""
        path = f"{SUITES}/mcp-conformance/requirements/{revision}.yaml"
        if not os.path.exists(path):
            self.skipTest(f"no {path}")
        names, inside = [], False
        for line in open(path):
            if line[:1].strip() and line[0] != "#":
                inside = line.startswith("server:")
            elif inside and line.strip().startswith("- "):
                names.append(line.strip()[2:])
        return names

    def test_every_required_scenario_has_its_test(self):
        tests = {name for case in [Scenarios, Stateless, Elicitation, InputRequired] for name in dir(case)}
        for revision, count in [("2025-11-25", 30), (MODERN, 37)]:
            names = self.required(revision)
            self.assertEqual(len(names), count)
            for name in names:
                self.assertIn(self.WHERE.get(name), tests | {self.HTTP}, name)


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


class OwnValidator(unittest.TestCase):
    """The last of this file: what passed by was right by the program's own validator as well, and it knows
    what is not."""

    def test_every_frame_that_was_seen(self):
        if not SEEN:
            self.skipTest("no frames were seen: there are no schemas")
        process = subprocess.Popen(
            [str(wire.BUILD / "jackfield"), "schema", "bowtie"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

        def ask(**command):
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        ask(cmd="start", version=1)
        checked = 0
        for number, ((revision, name), frames) in enumerate(SEEN.items()):
            schema = SCHEMAS[revision]
            dialect = "https://json-schema.org/draft/2020-12/schema" if schema.key == "$defs" else "http://json-schema.org/draft-07/schema#"
            ask(cmd="dialect", dialect=dialect)
            case = {"description": name, "schema": {**schema.document, "$ref": f"#/{schema.key}/{name}"}}
            if schema.key == "definitions":  # there a $ref hides what stands beside it
                case["schema"] = {"$schema": dialect, "definitions": schema.document["definitions"], "allOf": [{"$ref": f"#/definitions/{name}"}]}
            # The last one is nobody's frame.
            case["tests"] = [{"description": "", "instance": frame} for frame in [*frames, 7]]
            results = ask(cmd="run", seq=number, case=case)["results"]
            self.assertEqual([result["valid"] for result in results], [True] * len(frames) + [False], (revision, name))
            checked += len(frames)
        process.communicate(json.dumps({"cmd": "stop"}) + "\n")
        self.assertGreater(checked, 200)


if __name__ == "__main__":
    unittest.main()
