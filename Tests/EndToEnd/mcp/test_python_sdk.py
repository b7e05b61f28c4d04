"""The public Python SDK's client, in each of its modes, against the program and against the fixtures."""

import asyncio
import json
import tempfile
import unittest
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import ElicitResult

import client as wire
import manifests


def transport(command):
    return stdio_client(StdioServerParameters(command=command[0], args=command[1:], cwd=str(wire.ROOT)))


class PythonSDK(unittest.IsolatedAsyncioTestCase):
    MODES = ["auto", "legacy", wire.MODERN]

    async def test_lists_and_calls_the_demo(self):
        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as state:
                async with Client(transport(wire.jackfield(state)), mode=mode) as session:
                    names = [tool.name for tool in (await session.list_tools()).tools]
                    self.assertIn("calc.evaluate", names)
                    self.assertIn("flow.helpdesk", names)
                    self.assertEqual(names, sorted(names))
                    result = await session.call_tool("calc.evaluate", {"expression": "6*7"})
                    self.assertFalse(result.is_error)
                    self.assertEqual(result.structured_content["value"], 42)
                    self.assertEqual(json.loads(result.content[0].text), result.structured_content)

    async def test_a_flow_is_a_tool_with_progress(self):
        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as state:
                seen = []

                async def progress(done, total, message):
                    seen.append((done, message))

                async with Client(transport(wire.jackfield(state)), mode=mode) as session:
                    result = await session.call_tool(
                        "flow.helpdesk", {"input": "What is 6 * 7?"}, progress_callback=progress)
                self.assertFalse(result.is_error, result)
                self.assertIn("42", result.structured_content["text"])
                self.assertEqual(result.structured_content["status"], "succeeded")
                self.assertGreater(len(seen), 2)
                self.assertEqual([done for done, _ in seen], sorted({done for done, _ in seen}))

    async def test_a_dialogue_is_held_over_several_calls(self):
        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as state:
                async with Client(transport(wire.jackfield(state)), mode=mode) as session:
                    first = await session.call_tool(
                        "flow.helpdesk", {"input": "What is 6 * 7?", "conversation": "new"})
                    self.assertFalse(first.is_error, first)
                    conversation = first.structured_content["conversation"]
                # Another process goes on with it.
                async with Client(transport(wire.jackfield(state)), mode=mode) as session:
                    second = await session.call_tool(
                        "flow.helpdesk", {"input": "What is 2 + 3?", "conversation": conversation})
                    self.assertFalse(second.is_error, second)
                    self.assertEqual(second.structured_content["conversation"], conversation)
                    self.assertNotEqual(second.structured_content["run"], first.structured_content["run"])
                    stranger = await session.call_tool(
                        "flow.brief", {"input": "What is 2 + 3?", "conversation": conversation})
                    self.assertTrue(stranger.is_error, stranger)

    async def test_a_dialogue_whose_first_turn_failed_is_gone_on_with(self):
        guarded = manifests.flow(
            guardrails={"polite": {"forbid": ["nonsense"]}},
            agents={"worker": manifests.agent(guardrails={"input": ["polite"]})})
        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as folder:
                config = manifests.write(Path(folder), flow_manifest=guarded)
                command = [str(wire.BUILD / "jackfield"), "stdio", "--config", str(config), "--state", folder]
                async with Client(transport(command), mode=mode) as session:
                    failed = await session.call_tool(
                        "flow.wait", {"input": "nonsense", "conversation": "new"})
                    self.assertTrue(failed.is_error, failed)
                    told = json.loads(failed.content[0].text)
                    self.assertEqual(told["error"]["code"], "denied")
                    second = await session.call_tool(
                        "flow.wait", {"input": "something", "conversation": told["conversation"]})
                    self.assertFalse(second.is_error, second)
                    self.assertEqual(second.structured_content["conversation"], told["conversation"])
                    seen = await session.read_resource(f"jackfield://run/{told['run']}")
                    self.assertIn("guardrail.tripped", seen.contents[0].text)

    async def test_the_words_of_a_flow_are_progress(self):
        with tempfile.TemporaryDirectory() as state:
            seen = []

            async def progress(done, total, message):
                seen.append(message)

            async with Client(transport(wire.jackfield(state))) as session:
                result = await session.call_tool(
                    "flow.helpdesk", {"input": "What is 6 * 7?"}, progress_callback=progress)
            self.assertTrue(any("42" in message and ": " in message for message in seen), seen)
            self.assertIn("42", result.structured_content["text"])

    async def test_a_tenant_sees_and_calls_its_own_tools_only(self):
        with tempfile.TemporaryDirectory() as state:
            async with Client(transport(wire.jackfield(state, "globex"))) as session:
                names = [tool.name for tool in (await session.list_tools()).tools]
                self.assertTrue(names and all(name.startswith("calc.") for name in names), names)
                with self.assertRaises(Exception) as refused:
                    await session.call_tool("docs.search", {"query": "lane"})
                self.assertIn("no tool", str(refused.exception))

    async def test_a_tool_asks_the_person_at_the_client(self):
        async def fill_in(context, params):
            asked.append(params.message)
            if len(asked) == 1:
                return ElicitResult(action="accept", content={"name": "Ada"})
            return ElicitResult(action="decline")

        for mode in self.MODES:
            with self.subTest(mode):
                asked = []
                async with Client(transport(wire.FIXTURE), mode=mode, elicitation_callback=fill_in) as session:
                    result = await session.call_tool("test.asking_twice", {})
                self.assertFalse(result.is_error, result)
                self.assertEqual(result.structured_content, {"first": {"accepted": {"name": "Ada"}}, "second": "declined"})
                self.assertEqual(asked, ["What is your name?"] * 2)

    async def test_a_servers_question_reaches_the_person_at_the_client(self):
        """Two hops: the SDK's server asks, the host passes it on, the SDK's client answers."""
        server = """
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import ElicitRequest, ElicitRequestFormParams, InputRequiredResult
from pydantic import BaseModel
class Name(BaseModel):
    name: str
server = MCPServer("asks")
@server.tool()
async def greet(ctx: Context) -> str:
    "Greets by name."
    if ctx.protocol_version < "2026-07-28":
        answer = await ctx.elicit("Your name?", Name)
        return f"{answer.action}: {answer.data.name if answer.action == 'accept' else ''}"
    if not ctx.input_responses:
        form = ElicitRequestFormParams(message="Your name?", requested_schema=Name.model_json_schema())
        return InputRequiredResult(input_requests={"name": ElicitRequest(params=form)}, request_state="s")
    answer = ctx.input_responses["name"]
    return f"{answer.action}: {(answer.content or {}).get('name', '')}"
server.run(transport="stdio")
"""
        async def fill_in(context, params):
            return ElicitResult(action="accept", content={"name": "Ada"})

        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as folder:
                command = wire.host_with_server(folder, server)
                async with Client(transport(command), mode=mode, elicitation_callback=fill_in) as session:
                    result = await session.call_tool("asks.greet", {})
                self.assertIn("accept: Ada", result.content[0].text, result)

    async def test_a_client_that_cannot_be_asked_gets_an_error_that_a_model_can_read(self):
        for mode in self.MODES:
            with self.subTest(mode):
                async with Client(transport(wire.FIXTURE), mode=mode) as session:
                    if mode == "legacy":
                        self.assertTrue((await session.call_tool("test.asking", {})).is_error)
                    else:
                        with self.assertRaises(Exception) as refused:
                            await session.call_tool("test.asking", {})
                        self.assertIn("does not offer to be asked", str(refused.exception))

    async def test_the_demos_prompts_and_manifests_can_be_read(self):
        for mode in self.MODES:
            with self.subTest(mode), tempfile.TemporaryDirectory() as state:
                async with Client(transport(wire.jackfield(state)), mode=mode) as session:
                    prompts = {prompt.name: prompt for prompt in (await session.list_prompts()).prompts}
                    self.assertEqual(sorted(prompts), ["ask-the-docs", "explain-run"])
                    prompt = await session.get_prompt("explain-run", {"run": "x", "audience": "customer"})
                    self.assertIn("jackfield://run/x", prompt.messages[0].content.text)
                    run = (await session.call_tool("flow.helpdesk", {"input": "What is 6 * 7?"})).structured_content
                    answer = await session.read_resource(f"jackfield://run/{run['run']}/answer")
                    self.assertEqual(answer.contents[0].text, run["text"])
                    uris = [str(resource.uri) for resource in (await session.list_resources()).resources]
                    self.assertIn("jackfield://manifest/flow/helpdesk", uris)
                    tenant = json.loads((await session.read_resource("jackfield://manifest/tenant")).contents[0].text)
                    self.assertEqual((tenant["name"], tenant["flows"]), ("acme", ["helpdesk", "brief"]))
                    # What the operator keeps to himself.
                    self.assertNotIn("config", json.dumps(tenant))
                    flow = (await session.read_resource("jackfield://manifest/flow/helpdesk")).contents[0].text
                    self.assertNotIn("instructions", flow)

    async def test_bad_arguments_are_told_to_the_model(self):
        for mode in self.MODES:
            with self.subTest(mode):
                async with Client(transport(wire.FIXTURE), mode=mode) as session:
                    result = await session.call_tool("fixture.add", {"a": 1, "b": "two"})
                    self.assertTrue(result.is_error)
                    error = json.loads(result.content[0].text)["error"]
                    self.assertEqual(error["code"], "schema_violation")
                    self.assertEqual(error["pointer"], "/b")

    async def test_progress_and_cancellation(self):
        for mode in self.MODES:
            with self.subTest(mode):
                seen = []

                async def progress(done, total, message):
                    seen.append((done, total, message))

                async with Client(transport(wire.FIXTURE), mode=mode) as session:
                    await session.call_tool("fixture.count", {}, progress_callback=progress)
                    self.assertEqual(seen, [(0, 100, "at 0"), (50, 100, "at 50"), (100, 100, "at 100")])
                    with self.assertRaises((asyncio.TimeoutError, Exception)):
                        await session.call_tool("fixture.wait", {}, read_timeout_seconds=0.2)
                    result = await session.call_tool("fixture.add", {"a": 1, "b": 2})
                    self.assertEqual(result.structured_content, {"sum": 3})

    async def test_many_calls_at_once(self):
        for mode in self.MODES:
            with self.subTest(mode):
                async with Client(transport(wire.FIXTURE), mode=mode) as session:
                    results = await asyncio.gather(
                        *(session.call_tool("fixture.add", {"a": n, "b": 1}) for n in range(200)))
                self.assertEqual([r.structured_content["sum"] for r in results], list(range(1, 201)))


if __name__ == "__main__":
    unittest.main()
