"""Messages and conversations."""

from __future__ import annotations

import json
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple, Union

from pydantic import Field, field_validator, model_validator

from .base import Model
from .contents import Content, TextContent, assign
from .roles import Author, Role

__all__ = ["Conversation", "Message"]


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
        """Read the flat form of ``to_dict`` too, where role and name stand beside the content."""
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
        """A message with one content; a string stands for ``TextContent``."""
        return cls(author=author, content=[_as_content(content)])

    @classmethod
    def from_role_and_content(cls, role: Union[Role, str], content: Union[str, Content]) -> "Message":
        """A message of a nameless author with one content; a string stands for ``TextContent``."""
        return cls.from_author_and_content(Author.new(role), content)

    @classmethod
    def from_role_and_contents(cls, role: Union[Role, str], contents: Iterable[Content]) -> "Message":
        """A message of a nameless author with several contents."""
        return cls(author=Author.new(role), content=list(contents))

    def adding_content(self, content: Union[str, Content]) -> "Message":
        """Append a content; a string stands for ``TextContent``."""
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
        from .._html import conversation_html

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
    """A list of messages.

    >>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
    >>> [message.author.role.value for message in conversation]
    ['user']
    """

    messages: List[Message] = Field(default_factory=list)

    @classmethod
    def from_messages(cls, messages: Iterable[Message]) -> "Conversation":
        """A conversation of these messages (the objects themselves, in a new list)."""
        return cls(messages=list(messages))

    def __iter__(self) -> Iterator[Message]:  # type: ignore[override]  # as in 0.0.8: messages, not fields
        return iter(self.messages)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from .._html import conversation_html

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


def _as_content(content: Union[str, Content]) -> Content:
    return TextContent(text=content) if isinstance(content, str) else content


def _shorten(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text):,} characters)"
