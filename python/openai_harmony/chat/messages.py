"""Messages and conversations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Dict, Iterable, Iterator, List, Optional, SupportsIndex, Tuple, Union, overload

from pydantic import Field, field_validator, model_validator

from ..arguments import expect, listed
from ..errors import ToolCallError
from .base import Model
from .calls import arguments_of, is_tool, plain_name
from .contents import Content, DeveloperContent, SystemContent, TextContent, assign
from .roles import Author, Role, RoleName
from .tools import ToolDescription

if TYPE_CHECKING:
    from typing_extensions import TypedDict, Unpack

    class MessageChanges(TypedDict, total=False):
        """What ``Message.copy_with`` takes."""

        role: Union[Role, RoleName]
        name: Optional[str]
        content: Union[str, List[Content]]
        channel: Optional[str]
        recipient: Optional[str]
        content_type: Optional[str]


__all__ = ["Conversation", "Message"]

_CHANGES = ("role", "name", "content", "channel", "recipient", "content_type")


class Message(Model):
    """One message: who says what, on which channel, to whom.

    >>> call = (
    ...     Message.from_role_and_content(Role.ASSISTANT, '{"city": "Lisbon"}')
    ...     .with_channel("commentary")
    ...     .with_recipient("functions.get_weather")
    ...     .with_content_type("<|constrain|>json")
    ... )
    >>> call.recipient
    'functions.get_weather'
    >>> Message.from_json(call.to_json()) == call == Message.from_dict(call.to_dict())
    True
    >>> Message.from_author_and_content(Author.new("tool", "functions.get_weather"), "Sunny.")
    Message('tool', name='functions.get_weather', 'Sunny.')
    >>> Message.from_role_and_contents("user", [TextContent(text="2 + ")]).adding_content("2?").text
    '2 + 2?'

    Every ``with_*`` changes the message and returns it. Values of the wrong kind are a
    ``pydantic.ValidationError`` that names the field.
    """

    author: Author
    content: List[Content] = Field(default_factory=list)
    channel: Optional[str] = None
    recipient: Optional[str] = None
    content_type: Optional[str] = None

    @model_validator(mode="before")
    @classmethod
    def _lift_author(cls, data: Any) -> Any:
        """Read the flat form of ``to_dict`` too, in which role and name are next to the content."""
        if not isinstance(data, dict) or "author" in data or "role" not in data:
            return data
        author = {"role": data["role"], "name": data.get("name")}
        return {"author": author, **{key: data[key] for key in data if key not in ("role", "name")}}

    @field_validator("content", mode="before")
    @classmethod
    def _lift_text(cls, content: Any) -> Any:
        return [TextContent(text=content)] if isinstance(content, str) else content

    @classmethod
    def from_author_and_content(cls, author: Author, content: Union[str, Content]) -> "Message":
        """A message with one content; a string becomes ``TextContent``."""
        return cls(author=author, content=[_as_content(content)])

    @classmethod
    def from_role_and_content(cls, role: Union[Role, str], content: Union[str, Content]) -> "Message":
        """A message of a nameless author with one content; a string becomes ``TextContent``."""
        return cls.from_author_and_content(Author.new(role), content)

    @classmethod
    def from_role_and_contents(cls, role: Union[Role, str], contents: Iterable[Content]) -> "Message":
        """A message of a nameless author with several contents."""
        return cls(author=Author.new(role), content=listed("contents", contents, "contents"))

    def adding_content(self, content: Union[str, Content]) -> "Message":
        """Append a content; a string becomes ``TextContent``."""
        self.content.append(Content.model_validate(_as_content(content)))
        return self

    def with_channel(self, channel: Optional[str]) -> "Message":
        """Set the channel: ``analysis``, ``commentary`` or ``final``; None for none."""
        return assign(self, "channel", channel)

    def with_recipient(self, recipient: Optional[str]) -> "Message":
        """Set the recipient, such as ``functions.get_weather``; None for none."""
        return assign(self, "recipient", recipient)

    def with_content_type(self, content_type: Optional[str]) -> "Message":
        """Set the content type, such as ``<|constrain|>json``; None for none."""
        return assign(self, "content_type", content_type)

    def copy_with(self, **changes: Unpack[MessageChanges]) -> "Message":
        """A copy with other values; the message itself stays as it is, and shares nothing with the copy.

        >>> draft = Message.from_role_and_content(Role.ASSISTANT, "4")
        >>> draft.copy_with(channel="final"), draft
        (Message('assistant', channel='final', '4'), Message('assistant', '4'))

        Takes ``role``, ``name``, ``content`` (a string becomes ``TextContent``), ``channel``, ``recipient`` and
        ``content_type``. Raises ``pydantic.ValidationError`` for a value of the wrong kind.
        """
        copy = self.model_copy(deep=True)
        for name, value in changes.items():
            if name not in _CHANGES:
                raise TypeError(f"copy_with has no argument {name!r}; known are {', '.join(_CHANGES)}")
            assign(copy.author if name in ("role", "name") else copy, name, value)
        return copy

    @property
    def text(self) -> str:
        """The text of the message: its text contents, joined. Empty for a system or developer message.

        >>> Message.from_role_and_contents(Role.USER, [TextContent(text="2 + "), TextContent(text="2?")]).text
        '2 + 2?'
        """
        return "".join(map(_text_of, self.content))

    @property
    def is_tool_call(self) -> bool:
        """Whether the model calls a tool with this message."""
        return self.author.role == Role.ASSISTANT and self.recipient is not None and is_tool(self.recipient)

    @property
    def tool_name(self) -> Optional[str]:
        """The tool that a call calls or that a result comes from; None for other messages.

        Functions of the developer are named without their namespace: ``get_weather``, but ``browser.search``.
        """
        if self.author.role == Role.TOOL:
            return None if self.author.name is None else plain_name(self.author.name)
        return plain_name(self.recipient) if self.is_tool_call and self.recipient is not None else None

    @property
    def arguments(self) -> Dict[str, Any]:
        """The arguments of a call, read as JSON.

        >>> call = Message.from_role_and_content(Role.ASSISTANT, '{"city": "Lisbon"}')
        >>> call.with_recipient("functions.get_weather").arguments
        {'city': 'Lisbon'}

        Raises ``ToolCallError`` (a ``ValueError``) for a message that does not call a tool, and for arguments that are
        not a JSON object. The built-in ``python`` tool takes code: see ``text``.
        """
        if self.tool_name is None or not self.is_tool_call:
            raise ToolCallError("the message does not call a tool", code="tool.not_a_call")
        return arguments_of(self.tool_name, self.text)

    def __repr_args__(self) -> Iterator[Tuple[Optional[str], Any]]:
        yield None, self.author.role.value if isinstance(self.author.role, Role) else self.author.role
        for name, value in (
            ("name", self.author.name),
            ("channel", self.channel),
            ("recipient", self.recipient),
            ("content_type", self.content_type),
        ):
            if value is not None:
                yield name, value
        for content in self.content:
            yield None, _shorten(content.text) if isinstance(content, TextContent) else content

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from ..html import conversation_html

        return conversation_html([self])

    def to_dict(self) -> Dict[str, Any]:
        """The message as JSON-ready values, flat: ``role`` (a ``Role``), ``name`` (None if there is none),
        ``content``, and of ``channel``, ``recipient`` and ``content_type`` those that are set.

        >>> Message.from_role_and_content(Role.USER, "Hi").to_dict()
        {'role': <Role.USER: 'user'>, 'name': None, 'content': [{'type': 'text', 'text': 'Hi'}]}
        """
        # Written out, without model_dump: 200 messages take well under a millisecond.
        author = self.author
        out: Dict[str, Any] = {
            "role": author.role,
            "name": author.name,
            "content": [content.to_dict() for content in self.content],
        }
        if self.channel is not None:
            out["channel"] = self.channel
        if self.recipient is not None:
            out["recipient"] = self.recipient
        if self.content_type is not None:
            out["content_type"] = self.content_type
        return out

    def to_json(self) -> str:
        """``to_dict`` as JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> "Message":
        """Read the form of ``to_dict``, or ``{"role": …, "content": "text"}``. Unknown keys are ignored.

        Raises ``pydantic.ValidationError`` (a ``ValueError``) that names the field.
        """
        return cls.model_validate(data)

    @classmethod
    def from_json(cls, payload: Union[str, bytes]) -> "Message":
        """Read the form of ``to_json``; errors as in ``from_dict``."""
        return cls.model_validate_json(payload)


class Conversation(Model):
    """A sequence of messages.

    >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
    >>> conversation.append(Message.from_role_and_content(Role.ASSISTANT, "Ho").with_channel("final"))
    >>> len(conversation), conversation[-1].text, [message.author.role.value for message in conversation]
    (2, 'Ho', ['user', 'assistant'])
    >>> conversation.extend([Message.from_role_and_content(Role.USER, "Bye")])
    >>> Conversation.from_json(conversation.to_json()) == conversation == Conversation.from_dict(conversation.to_dict())
    True

    A slice is a conversation of the same messages, and so is the sum of two. As any sequence, one without messages is
    false.
    """

    messages: List[Message] = Field(default_factory=list)

    @classmethod
    def from_messages(cls, messages: Iterable[Message]) -> "Conversation":
        """A conversation of these messages (the objects themselves, in a new list)."""
        return cls(messages=listed("messages", messages, "Messages"))

    def append(self, message: Message) -> None:
        """Append a message. Raises ``pydantic.ValidationError`` for anything else."""
        self.messages.append(Message.model_validate(message))

    def extend(self, messages: Iterable[Message]) -> None:
        """Append messages; all of them, or none if one is something else."""
        self.messages += [Message.model_validate(message) for message in listed("messages", messages, "Messages")]

    def __len__(self) -> int:
        return len(self.messages)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> "Conversation": ...
    def __getitem__(self, index: Union[SupportsIndex, slice]) -> Union[Message, "Conversation"]:
        if isinstance(index, slice):
            return Conversation.from_messages(self.messages[index])
        return self.messages[index]

    def __add__(self, other: Iterable[Message]) -> "Conversation":
        if not isinstance(other, (Conversation, list, tuple)):
            return NotImplemented
        return Conversation.from_messages([*self, *other])

    def tool(self, name: str) -> Optional[ToolDescription]:
        """The description of the tool that a call names as its recipient, from the last message that has it.

        ``name`` is ``functions.get_weather``, ``browser.search`` or, for a function, ``get_weather``.

        >>> system = Message.from_role_and_content(Role.SYSTEM, SystemContent.new().with_browser_tool())
        >>> Conversation.from_messages([system]).tool("browser.search").name
        'search'
        """
        expect("name", name, str, "a string")
        namespace, dot, function = name.partition(".")
        if not dot:
            namespace, function = "functions", name
        for message in reversed(self.messages):
            for content in message.content:
                tools = content.tools if isinstance(content, (SystemContent, DeveloperContent)) else None
                for description in tools[namespace].tools if tools and namespace in tools else ():
                    if description.name == function:
                        return description
        return None

    def check_call(self, call: Message) -> Dict[str, Any]:
        """The arguments of a call, checked against the schema of the tool that it calls.

        Raises ``ToolCallError`` if the message is not a call, if no message describes the tool, and for arguments that
        are not what it takes. Needs the extra ``openai-harmony[schema]``.

        >>> tool = ToolDescription.new("get_weather", "The weather in a city.")
        >>> developer = DeveloperContent.new().with_function_tools([tool])
        >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.DEVELOPER, developer)])
        >>> call = Message.from_role_and_content(Role.ASSISTANT, '{"city": "Lisbon"}')
        >>> conversation.check_call(call.with_recipient("functions.get_weather"))
        {'city': 'Lisbon'}
        """
        expect("call", call, Message, "a Message")
        arguments = call.arguments
        description = self.tool(call.recipient or "")
        if description is None:
            raise ToolCallError(f"there is no tool {call.tool_name!r} in the conversation", code="tool.unknown")
        return description.check(arguments)

    def __iter__(self) -> Iterator[Message]:  # type: ignore[override]  # as in 0.0.8: messages, where pydantic has fields
        return iter(self.messages)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from ..html import conversation_html

        return conversation_html(self.messages)

    def to_dict(self) -> Dict[str, Any]:
        """``{"messages": [...]}`` with each message as its ``to_dict``."""
        return {"messages": [message.to_dict() for message in self.messages]}

    def to_json(self) -> str:
        """``to_dict`` as JSON text."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, data: Dict[str, Any]) -> "Conversation":
        """Read the form of ``to_dict``.

        Raises ``pydantic.ValidationError`` (a ``ValueError``) that names message and field.
        """
        return cls.model_validate(data)

    @classmethod
    def from_json(cls, payload: Union[str, bytes]) -> "Conversation":
        """Read the form of ``to_json``; errors as in ``from_dict``."""
        return cls.model_validate_json(payload)


def _text_of(content: Content) -> str:
    if isinstance(content, TextContent):
        return content.text
    if isinstance(content, (SystemContent, DeveloperContent)):
        return ""
    written = content.to_dict()  # of a class of the caller's own
    return str(written["text"]) if written.get("type") == "text" else ""


def _as_content(content: Union[str, Content]) -> Content:
    return TextContent(text=content) if isinstance(content, str) else content


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
