"""The tools of an MCP server."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, List, Optional

import httpx2
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from ...chat import ToolDescription, ToolNamespaceConfig
from ..logs import LOG
from ..settings import McpServer
from .base import HostedTool, ToolResult

__all__ = ["McpTool"]

PAUSE = 2.0  # seconds before a lost connection is made again


class McpTool(HostedTool):
    """One MCP server, by the official client. Its tools are those that it has when the gateway starts.

    The connection belongs to one task, as the client demands; the task connects again when it is lost.
    """

    def __init__(self, label: str, server: McpServer, seconds: float) -> None:
        self._label = label
        self._server = server
        self._seconds = seconds
        self._client: Optional[Client] = None
        self._lost = asyncio.Event()
        self._task: Optional[asyncio.Task[None]] = None

    async def open(self) -> None:
        connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.ensure_future(self._keep_connected(connected))
        try:
            await asyncio.wait_for(connected, self._seconds)
        except asyncio.TimeoutError:
            message = f"setting mcp.{self._label}: the server did not answer within {self._seconds:g} seconds"
            raise RuntimeError(message) from None
        except Exception as error:
            raise RuntimeError(f"setting mcp.{self._label}: the server cannot be used: {error!r}") from error

    async def call(self, function: Optional[str], arguments: str) -> ToolResult:
        try:
            values = json.loads(arguments) if arguments.strip() else {}
        except ValueError as error:
            return ToolResult(f"The arguments are not JSON: {error}", failed=True)
        if not isinstance(values, dict):
            return ToolResult("The arguments are not a JSON object.", failed=True)
        if self._client is None:
            return ToolResult("The server of the tool cannot be reached.", failed=True)
        try:
            result = await self._client.call_tool(function or "", values)
        except MCPError as error:
            return ToolResult(str(error), failed=True)
        except Exception as error:
            self._lost.set()
            return ToolResult(f"The server of the tool failed: {error!r}", failed=True)
        return ToolResult(_text(result.content), failed=bool(result.is_error))

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _keep_connected(self, connected: asyncio.Future[None]) -> None:
        while True:
            try:
                async with self._connection() as client:
                    if not connected.done():
                        self.namespace = await _namespace(self._label, client)
                        connected.set_result(None)
                    self._client = client
                    await self._lost.wait()
            except Exception as error:
                if not connected.done():
                    connected.set_exception(error)
                    return
                LOG.warning("mcp server failed", extra={"label": self._label, "error": repr(error)})
            finally:
                self._client = None
            self._lost.clear()
            await asyncio.sleep(PAUSE)

    @contextlib.asynccontextmanager
    async def _connection(self) -> Any:
        if self._server.command is not None:
            program, *arguments = self._server.command
            parameters = StdioServerParameters(command=program, args=arguments, env=self._server.env or None)
            async with Client(parameters) as client:
                yield client
            return
        assert self._server.url is not None
        async with httpx2.AsyncClient(headers=self._server.headers, timeout=None) as http:
            async with Client(streamable_http_client(self._server.url, http_client=http)) as client:
                yield client


async def _namespace(label: str, client: Client) -> ToolNamespaceConfig:
    """The tools of a server, as the model is shown them."""
    tools: List[ToolDescription] = []
    cursor: Optional[str] = None
    while True:
        page = await client.list_tools(cursor=cursor)
        for tool in page.tools:
            tools.append(ToolDescription.new(tool.name, tool.description or "", tool.input_schema))
        cursor = page.next_cursor
        if not cursor:
            return ToolNamespaceConfig(name=label, description=client.instructions, tools=tools)


def _text(contents: Any) -> str:
    """What the model can read of a result: its texts; of everything else, what it is."""
    return "\n".join(
        content.text if content.type == "text" else f"[{content.type}, which cannot be shown]" for content in contents
    )
