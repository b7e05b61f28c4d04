import asyncio
import json
import sys

try:
    from fastmcp.client.transports import StdioTransport
    from pydantic_ai.mcp import MCPToolset

    def connect(command):
        return MCPToolset(StdioTransport(command=command[0], args=command[1:]))
except ImportError:
    from pydantic_ai.mcp import MCPServerStdio

    def connect(command):
        return MCPServerStdio(command[0], args=command[1:])


async def main(command):
    async with connect(command) as server:
        tools = await server.list_tools()
        added = await server.direct_call_tool("fixture.add", {"a": 1, "b": 2})
        failed = False
        try:
            await server.direct_call_tool("fixture.fail", {})
        except Exception as error:
            failed = "tool_failed" in str(error)
        again = await server.direct_call_tool("fixture.add", {"a": 2, "b": 2})
    print(json.dumps({"tools": [tool.name for tool in tools], "sum": added, "again": again, "failed": failed}))


asyncio.run(main(sys.argv[1:]))
