"""Parse results: messages together with where they stand in the stream, what ended them, and what was repaired."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Dict, Iterator, List, Optional

from .chat import Message
from .events import Ending, FinishReason, Repair, RepairKind

__all__ = ["ChannelUsage", "ParseResult", "ParsedMessage"]


@dataclass(frozen=True)
class ParsedMessage:
    """A message, and the tokens that it was made of."""

    message: Message
    header: List[range]
    """Tokens of the header, from ``<|start|>`` to ``<|message|>``; more than one range if repairs lie between."""
    content: List[range]
    """Tokens of the content, and the one that ended it."""
    ending: Optional[Ending]
    """What ended the message, None while it is open."""

    @property
    def is_complete(self) -> bool:
        """Whether a token of the stream ended the message, so that none of it can be missing."""
        return self.ending not in (None, Ending.END_OF_STREAM, Ending.NEXT_MESSAGE)

    @property
    def content_tokens(self) -> int:
        """Number of tokens of text, without header and ending."""
        return sum(map(len, self.content)) - self.is_complete

    @property
    def total_tokens(self) -> int:
        """Number of all tokens: header, text and ending."""
        return sum(map(len, self.header)) + sum(map(len, self.content))


@dataclass(frozen=True)
class ChannelUsage:
    """How many tokens a channel took up."""

    channel: Optional[str]
    content_tokens: int
    """Tokens of text; of the channel ``analysis``, the reasoning tokens of usage reports."""
    total_tokens: int
    """Tokens of text and formatting."""


@dataclass(frozen=True)
class ParseResult:
    """The result of ``HarmonyEncoding.parse``, or of a ``StreamableParser`` at any time.

    The ranges of all headers, contents and repairs cover the stream without gap or overlap. A notebook shows the
    messages in colour, with the repairs marked.
    """

    messages: List[ParsedMessage]
    """The messages; the last one may be open."""
    repairs: List[Repair]
    """What was repaired, in the order of the stream."""
    open_header: List[range]
    """Tokens of a header that is still open."""
    length: int
    """Number of tokens that were parsed."""
    usage: List[ChannelUsage]
    """Tokens per channel, in the order in which the channels first occur."""
    finish_reason: FinishReason
    """Why the completion ended."""

    def __iter__(self) -> Iterator[Message]:
        """The messages alone."""
        return (parsed.message for parsed in self.messages)

    def _repr_html_(self) -> str:
        from ._html import result_html

        return result_html(self)


def read_result(payload: str) -> ParseResult:
    """The parse result in the JSON text that the extension gives."""
    data = json.loads(payload)
    return ParseResult(
        messages=[_message(parsed) for parsed in data["messages"]],
        repairs=[_repair(repair) for repair in data["repairs"]],
        open_header=_ranges(data["open_header"]),
        length=data["length"],
        usage=[ChannelUsage(**usage) for usage in data["usage"]],
        finish_reason=FinishReason(data["finish_reason"]),
    )


def _message(data: Dict[str, Any]) -> ParsedMessage:
    return ParsedMessage(
        message=Message.from_dict(data["message"]),
        header=_ranges(data["header"]),
        content=_ranges(data["content"]),
        ending=None if data["ending"] is None else Ending(data["ending"]),
    )


def _repair(data: Dict[str, Any]) -> Repair:
    return Repair(RepairKind(data["kind"]), data["tokens"]["start"], data["tokens"]["end"], data["text"])


def _ranges(data: List[Dict[str, int]]) -> List[range]:
    return [range(item["start"], item["end"]) for item in data]
