"""Parse results: messages, their places in the stream, what ended them, and what was repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator, List, Optional

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

    def _repr_html_(self) -> str:
        from .html import result_html

        return result_html(self)
