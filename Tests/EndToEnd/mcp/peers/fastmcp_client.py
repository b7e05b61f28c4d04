import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport


async def main(command):
    progress = []

    async def tell(done, total, message):
        progress.append(done)

    async with Client(StdioTransport(command=command[0], args=command[1:])) as client:
        tools = await client.list_tools()
        added = await client.call_tool("fixture.add", {"a": 1, "b": 2})
        failed = await client.call_tool("fixture.fail", {}, raise_on_error=False)
        await client.call_tool("fixture.count", {}, progress_handler=tell)
        timed_out = False
        try:
            await client.call_tool("fixture.wait", {}, timeout=0.3)
        except Exception:
            timed_out = True
        resources = await client.list_resources()
        prompts = await client.list_prompts()
        again = await client.call_tool("fixture.add", {"a": 2, "b": 2})
    print(json.dumps({
        "tools": [tool.name for tool in tools], "sum": added.structured_content, "again": again.structured_content,
        "failed": failed.is_error, "progress": progress, "timed_out": timed_out,
        "resources": len(resources), "prompts": len(prompts),
    }))


asyncio.run(main(sys.argv[1:]))
