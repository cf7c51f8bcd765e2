"""What a message says: text, or the structured parts of system and developer messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Literal, Optional, Sequence, Tuple, Type, TypeVar, Union

from pydantic import ConfigDict, Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from .base import Model
from .roles import ReasoningEffort
from .tools import ToolDescription, ToolNamespaceConfig

__all__ = [
    "ChannelConfig",
    "Content",
    "DeveloperContent",
    "SystemContent",
    "TextContent",
]

_Self = TypeVar("_Self", bound=Model)
_SelfContent = TypeVar("_SelfContent", bound="Content")


def assign(model: _Self, field: str, value: object) -> _Self:
    """Set one field of a model and return the model; ``pydantic.ValidationError`` if the value does not fit.

    Plain assignment (``message.channel = …``) stays unchecked, as callers of 0.0.8 know it; builders check,
    so that a wrong value is reported by the call that brought it.
    """
    type(model).__pydantic_validator__.validate_assignment(model, field, value)
    return model


class Content(Model):
    """Base of everything a message can contain.

    As the type of a field it means any of the three kinds below, distinguished by ``type``; an object of any
    subclass is accepted as it is. A subclass of your own says with ``to_dict`` which of the three it is
    written as::

        class Citation(Content):
            url: str

            def to_dict(self):
                return {"type": "text", "text": f"[{self.url}]"}

    >>> Content.from_dict({"type": "text", "text": "Hello"}).to_dict()
    {'type': 'text', 'text': 'Hello'}
    """

    # The kinds that a field of type Content accepts are only defined further down.
    model_config = ConfigDict(defer_build=True)

    if not TYPE_CHECKING:  # type checkers take the constructor from the fields

        def __new__(cls, *args, **fields):
            if cls is Content:
                raise TypeError("Content is abstract: use TextContent, SystemContent or DeveloperContent")
            return super().__new__(cls)

    def to_dict(self) -> Dict[str, Any]:
        """The content as JSON-ready values, with its ``type`` and without the fields that are None."""
        return self.model_dump(exclude_none=True)

    @classmethod
    def from_dict(cls: Type[_SelfContent], raw: Dict[str, Any]) -> _SelfContent:
        """Read what ``to_dict`` gave. ``Content.from_dict`` picks the class by ``type``.

        Raises ``pydantic.ValidationError`` if a field has a value of the wrong kind.
        """
        return cls.model_validate(raw)

    def __repr_args__(self) -> Iterator[Tuple[Optional[str], Any]]:
        """The fields that differ from their defaults."""
        fields = type(self).model_fields
        for name, value in super().__repr_args__():
            if name not in fields or value != fields[name].get_default(call_default_factory=True):
                yield name, value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        kinds = globals().get("_KINDS")
        if kinds is None or cls is not Content:  # None while this very class is being made
            return handler(source)
        union = core_schema.tagged_union_schema(
            {kind: handler.generate_schema(model) for kind, model in kinds.items()},
            discriminator="type",
        )
        return core_schema.no_info_wrap_validator_function(_keep_content, union)


def _keep_content(value: object, validate: core_schema.ValidatorFunctionWrapHandler) -> Any:
    return value if isinstance(value, Content) else validate(value)


class TextContent(Content):
    """Plain text.

    >>> TextContent(text="Hello").to_dict()
    {'type': 'text', 'text': 'Hello'}
    """

    model_config = ConfigDict(defer_build=False)

    type: Literal["text"] = Field(default="text", repr=False)
    text: str

    def to_dict(self) -> Dict[str, Any]:
        """``{"type": "text", "text": …}``"""
        return {"type": "text", "text": self.text}


class ChannelConfig(Model):
    """The channels that the system message announces, and whether each message must name one.

    >>> ChannelConfig.require_channels(["final"])
    ChannelConfig(valid_channels=['final'], channel_required=True)
    """

    valid_channels: List[str]
    channel_required: bool

    @classmethod
    def require_channels(cls, channels: Sequence[str]) -> "ChannelConfig":
        """These channels, one of which every message must name."""
        return cls.model_validate({"valid_channels": channels, "channel_required": True})


class SystemContent(Content):
    """The system message: identity, dates, reasoning effort, channels and built-in tools.

    The defaults are what the models were trained with. A field that is None leaves its line out.

    >>> system = (
    ...     SystemContent.new()
    ...     .with_model_identity("You are a helpful assistant.")
    ...     .with_reasoning_effort("high")
    ...     .with_conversation_start_date("2025-06-28")
    ...     .with_knowledge_cutoff("2024-06")
    ...     .with_required_channels(["analysis", "commentary", "final"])
    ...     .with_browser_tool()
    ...     .with_python_tool()
    ... )
    >>> system.reasoning_effort, list(system.tools)
    (<ReasoningEffort.HIGH: 'High'>, ['browser', 'python'])

    The last three steps are short for others:

    >>> channels = ChannelConfig.require_channels(["analysis", "commentary", "final"])
    >>> same = SystemContent.new().with_channel_config(channels)
    >>> same = same.with_tools(ToolNamespaceConfig.browser()).with_tools(ToolNamespaceConfig.python())
    >>> same.tools == system.tools
    True

    Every ``with_*`` changes the object, returns it, and raises ``pydantic.ValidationError`` for a value
    of the wrong kind.
    """

    model_config = ConfigDict(defer_build=False)

    type: Literal["system_content"] = Field(default="system_content", repr=False)
    model_identity: Optional[str] = "You are ChatGPT, a large language model trained by OpenAI."
    reasoning_effort: Optional[ReasoningEffort] = ReasoningEffort.MEDIUM
    conversation_start_date: Optional[str] = None
    knowledge_cutoff: Optional[str] = "2024-06"
    channel_config: Optional[ChannelConfig] = Field(
        default_factory=lambda: ChannelConfig.require_channels(["analysis", "commentary", "final"])
    )
    tools: Optional[Dict[str, ToolNamespaceConfig]] = None

    @classmethod
    def new(cls) -> "SystemContent":
        """The default system content."""
        return cls()

    def with_model_identity(self, model_identity: Optional[str]) -> "SystemContent":
        """Set the first line."""
        return assign(self, "model_identity", model_identity)

    def with_reasoning_effort(self, reasoning_effort: Union[ReasoningEffort, str, None]) -> "SystemContent":
        """Set the effort: a member, or its name in any letter case."""
        return assign(self, "reasoning_effort", reasoning_effort)

    def with_conversation_start_date(self, conversation_start_date: Optional[str]) -> "SystemContent":
        """Set the current date, as ``YYYY-MM-DD``."""
        return assign(self, "conversation_start_date", conversation_start_date)

    def with_knowledge_cutoff(self, knowledge_cutoff: Optional[str]) -> "SystemContent":
        """Set the date at which the model's knowledge ends, as ``YYYY-MM``."""
        return assign(self, "knowledge_cutoff", knowledge_cutoff)

    def with_channel_config(self, channel_config: Optional[ChannelConfig]) -> "SystemContent":
        """Set channels and whether they are required."""
        return assign(self, "channel_config", channel_config)

    def with_required_channels(self, channels: Sequence[str]) -> "SystemContent":
        """Set the channels, one of which every message must name."""
        return self.with_channel_config(ChannelConfig.require_channels(channels))

    def with_tools(self, ns_config: ToolNamespaceConfig) -> "SystemContent":
        """Add a tool namespace, in the place of one of the same name."""
        return _add_namespace(self, ns_config)

    def with_browser_tool(self) -> "SystemContent":
        """Add the built-in browser."""
        return self.with_tools(ToolNamespaceConfig.browser())

    def with_python_tool(self) -> "SystemContent":
        """Add the built-in Python tool."""
        return self.with_tools(ToolNamespaceConfig.python())


class DeveloperContent(Content):
    """The developer message: instructions (the "system prompt" of other APIs) and function tools.

    >>> now = ToolDescription.new("now", "Tells the time.")
    >>> developer = DeveloperContent.new().with_instructions("Be brief.").with_function_tools([now])
    >>> developer.instructions, [tool.name for tool in developer.tools["functions"].tools]
    ('Be brief.', ['now'])
    >>> list(developer.with_tools(ToolNamespaceConfig(name="clock", tools=[now])).tools)
    ['functions', 'clock']

    Every ``with_*`` changes the object, returns it, and raises ``pydantic.ValidationError`` for a value
    of the wrong kind.
    """

    model_config = ConfigDict(defer_build=False)

    type: Literal["developer_content"] = Field(default="developer_content", repr=False)
    instructions: Optional[str] = None
    tools: Optional[Dict[str, ToolNamespaceConfig]] = None

    @classmethod
    def new(cls) -> "DeveloperContent":
        """Empty developer content."""
        return cls()

    def with_instructions(self, instructions: Optional[str]) -> "DeveloperContent":
        """Set the instructions; None leaves their section out."""
        return assign(self, "instructions", instructions)

    def with_tools(self, ns_config: ToolNamespaceConfig) -> "DeveloperContent":
        """Add a tool namespace, in the place of one of the same name."""
        return _add_namespace(self, ns_config)

    def with_function_tools(self, tools: Sequence[ToolDescription]) -> "DeveloperContent":
        """Set the functions that the model may call, as the namespace ``functions``."""
        listed = list(tools) if isinstance(tools, Sequence) and not isinstance(tools, (str, bytes)) else tools
        namespace = ToolNamespaceConfig.model_validate({"name": "functions", "tools": listed})
        return self.with_tools(namespace)


_WithTools = TypeVar("_WithTools", SystemContent, DeveloperContent)


def _add_namespace(content: _WithTools, ns_config: ToolNamespaceConfig) -> _WithTools:
    # An instance passes through as the same object: callers edit the namespace afterwards.
    namespace = ToolNamespaceConfig.model_validate(ns_config)
    if content.tools is None:
        content.tools = {}
    content.tools[namespace.name] = namespace
    return content


_KINDS = {
    "text": TextContent,
    "system_content": SystemContent,
    "developer_content": DeveloperContent,
}
