"""Tools that the gateway runs itself: off unless the operator configures them."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, Mapping

from ...api import BadRequest, BuiltinCall
from ...chat import ToolNamespaceConfig
from ..metrics import Metrics
from ..settings import Settings
from .base import HostedTool, ToolResult

__all__ = ["HostedTool", "HostedTools", "ToolResult", "make_tools"]


class HostedTools:
    """The tools by the name that calls have for them: ``python``, or the label of an ``mcp`` server."""

    def __init__(self, tools: Mapping[str, HostedTool], seconds: float, metrics: Metrics) -> None:
        self._tools = dict(tools)
        self._seconds = seconds
        self._metrics = metrics

    @property
    def namespaces(self) -> Dict[str, ToolNamespaceConfig]:
        """The functions of ``mcp`` servers by label, for the options of the adapters."""
        return {name: tool.namespace for name, tool in self._tools.items() if tool.namespace is not None}

    def check(self, body: Any) -> None:
        """Raises ``BadRequest`` if a request declares a tool that this gateway does not run."""
        declared = body.get("tools") if isinstance(body, dict) else None
        for index, tool in enumerate(declared if isinstance(declared, list) else ()):
            kind = tool.get("type") if isinstance(tool, dict) else None
            is_search = isinstance(kind, str) and kind.startswith("web_search")
            if is_search or (kind == "code_interpreter" and "python" not in self._tools):
                raise BadRequest(f"This server does not run {kind!r}.", f"tools[{index}].type", "unsupported_value")

    async def run(self, call: BuiltinCall) -> ToolResult:
        """The result of a call, in time."""
        tool = self._tools.get(call.tool)
        if tool is None:
            return ToolResult(f"There is no tool {call.tool!r}.", failed=True)
        try:
            result = await asyncio.wait_for(tool.call(call.function, call.arguments), self._seconds)
        except asyncio.TimeoutError:
            result = ToolResult(f"The tool did not answer within {self._seconds:g} seconds.", failed=True)
        self._metrics.tool_calls.labels(call.tool, "failed" if result.failed else "completed").inc()
        return result

    async def open(self) -> None:
        """Connect to all of them."""
        for tool in self._tools.values():
            await tool.open()

    async def close(self) -> None:
        """Disconnect from all of them."""
        for tool in self._tools.values():
            await tool.close()


def make_tools(settings: Settings, metrics: Metrics) -> HostedTools:
    """The tools that the settings name."""
    tools: Dict[str, HostedTool] = {}
    if settings.python_command is not None:
        from .python import PythonCommand

        tools["python"] = PythonCommand(settings.python_command)
    for label, server in settings.mcp.items():
        from .mcp import McpTool

        tools[label] = McpTool(label, server, settings.tool_timeout)
    return HostedTools(tools, settings.tool_timeout, metrics)
