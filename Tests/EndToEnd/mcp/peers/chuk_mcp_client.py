import asyncio
import json
import sys

from chuk_mcp.protocol.messages.initialize import send_initialize
from chuk_mcp.protocol.messages.tools import send_tools_call, send_tools_list
from chuk_mcp.transports.stdio import StdioParameters, stdio_client


async def main(command):
    async with stdio_client(StdioParameters(command=command[0], args=command[1:])) as (read, write):
        hello = await send_initialize(read, write)
        tools = await send_tools_list(read, write)
        added = await send_tools_call(read, write, "fixture.add", {"a": 1, "b": 2})
        failed = await send_tools_call(read, write, "fixture.fail", {})
        again = await send_tools_call(read, write, "fixture.add", {"a": 2, "b": 2})
    plain = lambda result: result if isinstance(result, dict) else result.model_dump()
    print(json.dumps({
        "revision": hello.protocolVersion, "tools": [tool["name"] for tool in plain(tools)["tools"]],
        "sum": plain(added)["structuredContent"], "again": plain(again)["structuredContent"],
        "failed": plain(failed)["isError"]}))


asyncio.run(main(sys.argv[1:]))
