"""The tools that a model is told about."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .base import Model

__all__ = ["ToolDescription", "ToolNamespaceConfig"]


class ToolDescription(Model):
    """One function that the model may call.

    ``parameters`` is a JSON Schema; it is shown to the model as a TypeScript type.
    """

    name: str
    description: Optional[str] = None
    parameters: Optional[Dict[str, Any]] = None

    @classmethod
    def new(
        cls,
        name: str,
        description: Optional[str] = None,
        parameters: Optional[Dict[str, Any]] = None,
    ) -> "ToolDescription":
        """A tool from name, description and parameters, all by position or by keyword.

        >>> ToolDescription.new("now", "Tells the time.").parameters is None
        True
        """
        return cls(name=name, description=description, parameters=parameters)


class ToolNamespaceConfig(Model):
    """A named group of tools, such as ``functions``; the model calls ``to=functions.NAME``."""

    name: str
    description: Optional[str] = None
    tools: List[ToolDescription]

    @staticmethod
    def browser() -> "ToolNamespaceConfig":
        """The built-in browser with its ``search``, ``open`` and ``find``; a new object that may be edited."""
        return _built_in("browser")

    @staticmethod
    def python() -> "ToolNamespaceConfig":
        """The built-in Python tool; a new object that may be edited."""
        return _built_in("python")


def _built_in(name: str) -> ToolNamespaceConfig:
    # Imported here, so that the models can be used and documented without the extension.
    from .. import _core

    return ToolNamespaceConfig.model_validate_json(_core.get_tool_namespace_config(name))
