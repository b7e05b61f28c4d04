import asyncio
import json
import sys

from langchain_mcp_adapters.client import MultiServerMCPClient


def structured(answer):
    """The adapter gives text, or blocks with text in them, by version."""
    if isinstance(answer, str):
        return json.loads(answer)
    return json.loads(answer[0]["text"])


async def main(command):
    client = MultiServerMCPClient({"jackfield": {"command": command[0], "args": command[1:], "transport": "stdio"}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    added = await tools["fixture.add"].ainvoke({"a": 1, "b": 2})
    failed = False
    try:
        answer = await tools["fixture.fail"].ainvoke({})
        failed = "tool_failed" in str(answer)
    except Exception as error:
        failed = "tool_failed" in str(error)
    again = await tools["fixture.add"].ainvoke({"a": 2, "b": 2})
    print(json.dumps({
        "tools": sorted(tools), "sum": structured(added), "again": structured(again), "failed": failed}))


asyncio.run(main(sys.argv[1:]))
