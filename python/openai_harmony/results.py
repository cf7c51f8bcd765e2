"""Parse results: messages, their places in the stream, what ended them, and what was repaired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional

from .chat import Message
from .events import Ending, FinishReason, Repair

__all__ = ["ChannelUsage", "ParseResult", "ParsedMessage"]


@dataclass(frozen=True)
class ParsedMessage:
    """A message, and the tokens that it was made of."""

    message: Message
    header: List[range]
    """Tokens of the header, from ``<|start|>`` to ``<|message|>``. More than one range if repairs lie between."""
    content: List[range]
    """Tokens of the content, and the one that ended it."""
    ending: Optional[Ending]
    """What ended the message, None while it is open."""
    is_complete: bool
    """Whether a token of the stream ended the message, so that none of it can be missing."""
    content_tokens: int
    """Number of tokens of text, without header and ending."""
    total_tokens: int
    """Number of all tokens: header, text and ending."""

    def to_dict(self) -> Dict[str, Any]:
        """The message in its flat form, its ranges, and what ended it, as JSON-ready values.

        >>> from openai_harmony import Role, load_harmony_encoding
        >>> result = load_harmony_encoding("HarmonyGptOss").parse([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
        >>> result.messages[0].to_dict()["header"]
        [{'start': 0, 'end': 3}]
        """
        return {
            "message": {**self.message.to_dict(), "role": str(self.message.author.role.value)},
            "header": _ranges(self.header),
            "content": _ranges(self.content),
            "ending": None if self.ending is None else self.ending.value,
            "is_complete": self.is_complete,
            "content_tokens": self.content_tokens,
            "total_tokens": self.total_tokens,
        }

    def _repr_html_(self) -> str:
        from .html import parsed_html

        return parsed_html(self)


@dataclass(frozen=True)
class ChannelUsage:
    """How many tokens a channel took up."""

    channel: Optional[str]
    content_tokens: int
    """Tokens of text; of the channel ``analysis``, the reasoning tokens of usage reports."""
    total_tokens: int
    """Tokens of text and formatting."""

    def to_dict(self) -> Dict[str, Any]:
        """The fields as JSON-ready values.

        >>> ChannelUsage("final", content_tokens=1, total_tokens=5).to_dict()
        {'channel': 'final', 'content_tokens': 1, 'total_tokens': 5}
        """
        return dict(vars(self))


@dataclass(frozen=True)
class ParseResult:
    """The result of ``HarmonyEncoding.parse``, or of a ``StreamableParser`` at any time.

    The ranges of all headers, contents and repairs cover the tokens from ``start`` to ``length`` without gap or
    overlap. A notebook shows the messages in colour, with the repairs marked.
    """

    messages: List[ParsedMessage]
    """The messages; the last one may be open."""
    repairs: List[Repair]
    """What was repaired, in the order of the stream."""
    open_header: List[range]
    """Tokens of a header that is still open."""
    start: int
    """The first token that the result covers: above 0 if messages were taken out of the parser."""
    length: int
    """Number of tokens that were parsed."""
    usage: List[ChannelUsage]
    """Tokens per channel, in the order in which the channels first occur."""
    finish_reason: FinishReason
    """Why the completion ended."""

    def __iter__(self) -> Iterator[Message]:
        """The messages alone."""
        return (parsed.message for parsed in self.messages)

    def to_dict(self) -> Dict[str, Any]:
        """The whole result as JSON-ready values, with ranges as ``{"start": 0, "end": 3}``.

        >>> from openai_harmony import Role, load_harmony_encoding
        >>> result = load_harmony_encoding("HarmonyGptOss").parse([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
        >>> result.to_dict()["messages"][0]["content"], result.to_dict()["finish_reason"]
        ([{'start': 3, 'end': 5}], 'stop')
        """
        return {
            "messages": [parsed.to_dict() for parsed in self.messages],
            "repairs": [_without_type(repair.to_dict()) for repair in self.repairs],
            "open_header": _ranges(self.open_header),
            "start": self.start,
            "length": self.length,
            "usage": [usage.to_dict() for usage in self.usage],
            "finish_reason": self.finish_reason.value,
        }

    def to_json(self) -> str:
        """``to_dict`` as JSON text.

        >>> from openai_harmony import Role, load_harmony_encoding
        >>> result = load_harmony_encoding("HarmonyGptOss").parse([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
        >>> result.to_json()[-24:]
        '"finish_reason": "stop"}'
        """
        return json.dumps(self.to_dict())

    def _repr_html_(self) -> str:
        from .html import result_html

        return result_html(self)


def _ranges(ranges: List[range]) -> List[Dict[str, int]]:
    return [{"start": places.start, "end": places.stop} for places in ranges]


def _without_type(event: Dict[str, Any]) -> Dict[str, Any]:
    """An event among others of its type."""
    return {name: value for name, value in event.items() if name != "type"}
