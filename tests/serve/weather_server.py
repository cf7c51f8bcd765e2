"""An MCP server, made with the official package: over standard streams when it is run, over HTTP as ``application``."""

from __future__ import annotations

from mcp.server import MCPServer

server = MCPServer("weather", instructions="The weather.", log_level="ERROR")


@server.tool()
def forecast(city: str) -> str:
    """Tomorrow's weather in a city."""
    if city == "Atlantis":
        raise ValueError("there is no such city")
    return f"{city}: 21 degrees"


application = server.streamable_http_app()

if __name__ == "__main__":
    server.run()
