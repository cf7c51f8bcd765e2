"""Tools that the gateway runs itself, between two samplings of a response."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Optional

from ...chat import ToolNamespaceConfig

__all__ = ["HostedTool", "ToolResult"]


@dataclass(frozen=True)
class ToolResult:
    """What a call returned."""

    text: str
    """What the model gets to read."""
    failed: bool = False
    """Whether the tool failed; the text then says how."""


class HostedTool(abc.ABC):
    """A tool that the gateway runs."""

    namespace: Optional[ToolNamespaceConfig] = None
    """Its functions, for a tool that the adapters do not know."""

    async def open(self) -> None:
        """Connect. Called once, before anything else."""

    @abc.abstractmethod
    async def call(self, function: Optional[str], arguments: str) -> ToolResult:
        """Run one call. What goes wrong is a result that failed, not an exception."""

    async def close(self) -> None:
        """Disconnect."""
