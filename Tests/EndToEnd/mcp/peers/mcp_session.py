"""`ClientSession` of the SDK's versions 1.x: what editors and adapters were built on for years."""
import asyncio
import json
import sys
from datetime import timedelta

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main(command):
    async with stdio_client(StdioServerParameters(command=command[0], args=command[1:])) as streams:
        async with ClientSession(*streams) as session:
            hello = await session.initialize()
            tools = await session.list_tools()
            added = await session.call_tool("fixture.add", {"a": 1, "b": 2})
            failed = await session.call_tool("fixture.fail", {})
            progress = []

            async def tell(done, total, message=None):
                progress.append(done)

            try:
                await session.call_tool("fixture.count", {}, progress_callback=tell)
            except TypeError:  # before 1.7 there was no such parameter
                progress = None
            timed_out = False
            try:
                await session.call_tool("fixture.nap", {"ms": 600}, read_timeout_seconds=timedelta(seconds=0.2))
            except TypeError:
                timed_out = None
            except Exception:
                timed_out = True
            # These versions do not cancel what they gave up, and fail at their own end where an answer comes after it.
            await session.call_tool("fixture.nap", {"ms": 700})
            resources = await session.list_resources()
            prompts = await session.list_prompts()
            again = await session.call_tool("fixture.add", {"a": 2, "b": 2})
    print(json.dumps({
        "revision": hello.protocolVersion, "tools": [tool.name for tool in tools.tools],
        "sum": json.loads(added.content[0].text), "again": json.loads(again.content[0].text),
        "failed": failed.isError, "progress": progress, "timed_out": timed_out,
        "resources": len(resources.resources), "prompts": len(prompts.prompts),
    }))


asyncio.run(main(sys.argv[1:]))
