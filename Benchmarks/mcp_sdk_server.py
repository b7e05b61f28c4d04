#!/usr/bin/env python3
"""The peer that the MCP figures stand beside: the public Python SDK's server with one tool."""
from mcp.server import MCPServer

server = MCPServer("peer")


@server.tool()
def add(a: float, b: float) -> dict[str, float]:
    return {"sum": a + b}


if __name__ == "__main__":
    server.run("stdio")
