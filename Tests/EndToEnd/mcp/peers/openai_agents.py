import asyncio
import json
import sys

from agents.mcp import MCPServerStdio


async def main(command):
    async with MCPServerStdio(params={"command": command[0], "args": command[1:]}) as server:
        tools = await server.list_tools()
        added = await server.call_tool("fixture.add", {"a": 1, "b": 2})
        failed = await server.call_tool("fixture.fail", {})
        again = await server.call_tool("fixture.add", {"a": 2, "b": 2})
    is_error = getattr(failed, "is_error", getattr(failed, "isError", None))
    print(json.dumps({
        "tools": [tool.name for tool in tools], "sum": json.loads(added.content[0].text),
        "again": json.loads(again.content[0].text), "failed": is_error}))


asyncio.run(main(sys.argv[1:]))
