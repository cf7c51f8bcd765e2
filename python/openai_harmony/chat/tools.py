"""The tools that a model is offered."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Type

from pydantic import BaseModel

from .base import Model
from .calls import check_arguments

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

    @classmethod
    def from_function(
        cls, function: Callable[..., Any], *, name: Optional[str] = None, description: Optional[str] = None
    ) -> "ToolDescription":
        """The description of a Python function: its name, signature, annotations and docstring.

        >>> def get_weather(city: str, days: int = 3) -> str:
        ...     \"\"\"The weather of the next days.
        ...
        ...     Args:
        ...         city: City and country.
        ...     \"\"\"
        >>> tool = ToolDescription.from_function(get_weather)
        >>> tool.name, tool.description
        ('get_weather', 'The weather of the next days.')
        >>> tool.parameters["properties"]["city"], tool.parameters["required"]
        ({'description': 'City and country.', 'type': 'string'}, ['city'])

        Parameters are described by a section ``Args:`` of the docstring, by ``:param name:`` lines, or by
        ``Annotated[str, Field(description="…")]``. A parameter without an annotation takes anything. Raises
        ``TypeError`` for what a call by name cannot pass (``*args``, ``**kwargs``, positional-only parameters), for an
        annotation that has no JSON Schema, and for a lambda without a ``name``.
        """
        from .signature import describe_function

        found_name, found_description, parameters = describe_function(function, name)
        return cls(name=found_name, description=description or found_description, parameters=parameters)

    @classmethod
    def from_model(
        cls, model: Type[BaseModel], *, name: Optional[str] = None, description: Optional[str] = None
    ) -> "ToolDescription":
        """A tool whose arguments are the fields of a pydantic model; its docstring is the description.

        ``Model.model_validate(message.arguments)`` then reads a call.

        >>> class Alarm(BaseModel):
        ...     \"\"\"Sets an alarm.\"\"\"
        ...
        ...     time: str
        >>> tool = ToolDescription.from_model(Alarm, name="set_alarm")
        >>> tool.name, tool.description, tool.parameters["required"]
        ('set_alarm', 'Sets an alarm.', ['time'])
        """
        from .signature import describe_model

        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise TypeError(f"model must be a class of pydantic's BaseModel, not {model!r}")
        found_description, parameters = describe_model(model)
        return cls(name=name or model.__name__, description=description or found_description, parameters=parameters)

    def check(self, arguments: Dict[str, Any]) -> Dict[str, Any]:
        """The arguments of a call, checked against ``parameters``; without parameters everything is accepted.

        Raises ``ToolCallError`` that names the value that does not fit. Needs the extra ``openai-harmony[schema]``.

        >>> ToolDescription.new("now", "Tells the time.").check({"zone": "UTC"})
        {'zone': 'UTC'}
        """
        if self.parameters is not None:
            check_arguments(self.name, self.parameters, arguments)
        return arguments


class ToolNamespaceConfig(Model):
    """A named group of tools, such as ``functions``; the model calls ``to=functions.NAME``.

    >>> [tool.name for tool in ToolNamespaceConfig.browser().tools], ToolNamespaceConfig.python().tools
    (['search', 'open', 'find'], [])
    """

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
