"""Which characters of which field of which message a token covers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator, List, NamedTuple, Optional, Sequence

from .chat import Content, Message, Role, TextContent
from .events import plain_content_type
from .rendering import Part, Rendered, Span

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding

__all__: List[str] = ["TokenOffset"]


@dataclass(frozen=True)
class TokenOffset:
    """What one token covers."""

    message: int
    """Index of the message in the conversation; of a message that the prompt only starts, the number of messages."""
    field: Optional[str]
    """``"role"``, ``"name"``, ``"recipient"``, ``"channel"``, ``"content_type"``, or ``"content.0"`` for the first
    content of the message; None for what the format adds, such as ``<|start|>``."""
    start: int
    """The first character of the field that the token has a byte of. Of system and developer content, and of what a
    format rewrites, characters count in the text as it is written."""
    end: int
    """The character after the last. A character whose bytes are in several tokens is covered by each of them."""


class _Field(NamedTuple):
    """A field and where it is in the text of a part."""

    name: str
    start: int
    end: int


def token_offsets(encoding: HarmonyEncoding, rendered: Rendered, messages: Sequence[Message]) -> List[TokenOffset]:
    """The offset of each token of ``rendered``, which is the rendering of ``messages``."""
    tokens = rendered.tokens
    offsets: List[TokenOffset] = []
    for span in rendered.spans:
        message = messages[span.message] if span.message < len(messages) else None
        offsets += _offsets_of_part(encoding, tokens[span.start : span.end], span, message)
    return offsets


def _offsets_of_part(
    encoding: HarmonyEncoding, tokens: List[int], span: Span, message: Optional[Message]
) -> Iterator[TokenOffset]:
    try:
        text, starts = encoding.decode_with_offsets(tokens)
    except UnicodeDecodeError:  # a model wrote half a character
        yield from (TokenOffset(span.message, None, 0, 0) for _ in tokens)
        return
    fields: List[_Field] = []
    if span.part == Part.CONTENT:
        fields = _contents(message, text)
    elif span.part == Part.HEADER:
        fields = _header(text, message)
    of_bytes = encoding.decode_tokens_bytes(tokens)
    place = 0
    for start, data in zip(starts, of_bytes):
        end = start + _characters(data)
        while place < len(fields) and fields[place].end <= start:
            place += 1
        if place < len(fields) and fields[place].start < end:
            field = fields[place]
            inside = max(start, field.start) - field.start
            yield TokenOffset(span.message, field.name, inside, min(end, field.end) - field.start)
        else:
            yield TokenOffset(span.message, None, 0, 0)


def _characters(data: bytes) -> int:
    """How many characters a token has bytes of."""
    started = sum(1 for byte in data if not 0x80 <= byte < 0xC0)
    return started + (0x80 <= data[0] < 0xC0)


def _contents(message: Optional[Message], text: str) -> List[_Field]:
    """The contents of a message. Each is encoded on its own, so the text of all of them is their texts joined."""
    contents: List[Content] = [] if message is None else message.content
    lengths = [len(content.text) for content in contents if isinstance(content, TextContent)]
    if len(lengths) != len(contents) or sum(lengths) != len(text):
        # Written by the format, as a whole: a prompt, a result as a JSON string, or the text of a message only started.
        return [_Field("content.0", 0, len(text))]
    fields, start = [], 0
    for index, length in enumerate(lengths):
        if length:
            fields.append(_Field(f"content.{index}", start, start + length))
        start += length
    return fields


def _header(text: str, message: Optional[Message]) -> List[_Field]:
    """The fields of a header: the author, then in any order recipient and channel, then the content type."""
    if message is None:  # what a prompt starts has its words only
        return [_Field(match.lastgroup or "", *match.span(match.lastgroup or 0)) for match in _OPENING.finditer(text)]
    author, at = message.author, len("<|start|>")
    role, name = getattr(author.role, "value", author.role), author.name or ""
    fields = []
    if text.startswith(role, at) and author.role != Role.TOOL:
        fields.append(_Field("role", at, at + len(role)))
        at += len(role) + len(":")
    if name:
        fields.append(_Field("name", at, at + len(name)))
        at += len(name)
    plain_type = plain_content_type(message.content_type).strip() if message.content_type else None
    for field, mark, value in (
        ("recipient", " to=", message.recipient),
        ("channel", "<|channel|>", message.channel),
        ("content_type", "<|constrain|>", plain_type),
        ("content_type", " ", plain_type),
    ):
        found = text.find(mark + value, at - 1) if value else -1
        if value and found >= 0 and all(known.name != field for known in fields):
            start = found + len(mark)
            fields.append(_Field(field, start, start + len(value)))
    return sorted(fields, key=lambda field: field.start)


_OPENING = re.compile(
    r"<\|start\|>(?P<role>[^<\s]+)| to=(?P<recipient>[^<\s]+)|<\|channel\|>(?P<channel>[^<\s]+)"
    r"|(?:<\|constrain\|>| )(?P<content_type>[^<\s]+)"
)
