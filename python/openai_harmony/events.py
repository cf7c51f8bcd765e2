"""Events: what happens in a stream of tokens, as ``StreamableParser.process_many`` returns it.

The four kinds of events are made for ``match``::

    for event in parser.process_many(tokens):
        match event:
            case MessageStarted(channel="final"):
                ...
            case ContentDelta(index, text):
                ...

``to_dict()`` gives each of them as a flat dict with its kind as ``type``. They are equal by value and can be pickled.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Optional, Union

from . import _core
from ._core import ContentDelta, MessageEnded, MessageStarted, Repair

__all__ = [
    "ContentDelta",
    "Ending",
    "FinishReason",
    "MessageEnded",
    "MessageStarted",
    "Recipient",
    "RecipientKind",
    "Repair",
    "RepairKind",
    "StreamEvent",
    "plain_content_type",
]

StreamEvent = Union[MessageStarted, ContentDelta, MessageEnded, Repair]
"""Anything that happens in a stream. For each message come one ``MessageStarted``, any number of ``ContentDelta``, and
one ``MessageEnded``. A ``Repair`` may come at any time."""


class Ending(str, Enum):
    """What ended a message."""

    END = "end"
    """``<|end|>``"""
    RETURN = "return"
    """``<|return|>``: the model has ended its turn."""
    CALL = "call"
    """``<|call|>``: the model waits for a tool."""
    END_OF_TEXT = "end_of_text"
    """``<|endoftext|>``"""
    END_OF_STREAM = "end_of_stream"
    """The end of the stream."""
    NEXT_MESSAGE = "next_message"
    """The start of the next message."""


class FinishReason(str, Enum):
    """Why a completion ended, in the words of chat-completion APIs."""

    STOP = "stop"
    """The model ended its turn."""
    TOOL_CALLS = "tool_calls"
    """The model waits for the result of a tool."""
    LENGTH = "length"
    """The stream ended in the middle of a message."""


class RepairKind(str, Enum):
    """How a stream left the format."""

    RESTARTED_HEADER = "restarted_header"
    """A header that ``<|start|>`` started again; its words were dropped."""
    REPEATED_START = "repeated_start"
    """``<|start|>`` and the role, although the prompt had ended in them."""
    REPEATED_ROLE = "repeated_role"
    """A role word that was written twice, or glued to the next word."""
    UNKNOWN_ROLE = "unknown_role"
    """A word in the role's place that is not a role; it was read as the name of a tool."""
    SUPERSEDED_FIELD = "superseded_field"
    """A channel, recipient or content type that was written again; the later one counts."""
    EMPTY_FIELD = "empty_field"
    """``<|channel|>``, ``<|constrain|>`` or ``to=`` without a word after it."""
    CHANNEL_SPELLING = "channel_spelling"
    """A channel's name with other letters, marks or whitespace around it."""
    UNMARKED_CHANNEL = "unmarked_channel"
    """A channel's name without ``<|channel|>``."""
    RECIPIENT_SPELLING = "recipient_spelling"
    """``to=NAME`` with whitespace."""
    UNMARKED_RECIPIENT = "unmarked_recipient"
    """A tool's name without ``to=``, or after ``<|constrain|>``."""
    UNEXPECTED_WORDS = "unexpected_words"
    """Words in a header that are not part of one."""
    UNEXPECTED_SPECIAL = "unexpected_special"
    """A special token in a place where it means nothing."""
    MISSING_MESSAGE = "missing_message"
    """A header without ``<|message|>``; what was not a header was read as content, which begins there."""
    ABANDONED_HEADER = "abandoned_header"
    """A header that makes no message, because the stream or a stop token ended it."""
    MISSING_START = "missing_start"
    """A message without ``<|start|>``."""
    BLANK_BETWEEN = "blank_between"
    """Whitespace between messages."""
    REPEATED_STOP = "repeated_stop"
    """A stop token between messages."""
    MISSING_STOP = "missing_stop"
    """A message that the start of the next one ended."""
    REFUSED = "refused"
    """Tokens that strict parsing refused with an error."""


class RecipientKind(str, Enum):
    """What kind of recipient a message has."""

    FUNCTION = "function"
    """A function of the developer's: ``functions.get_weather``."""
    BUILTIN_TOOL = "builtin_tool"
    """A built-in tool: ``browser.search``, ``python``."""
    ASSISTANT = "assistant"
    """The model itself, as the recipient of a tool's output."""
    OTHER = "other"
    """Anyone else."""


@dataclass(frozen=True)
class Recipient:
    """What the recipient of a message is.

    >>> Recipient.of("functions.get_weather").name
    'get_weather'
    >>> Recipient.of("browser.search")
    Recipient(kind=<RecipientKind.BUILTIN_TOOL: 'builtin_tool'>, name='browser', function='search')
    """

    kind: RecipientKind
    name: str
    """The function, without its namespace; the built-in tool; or the recipient as it is written."""
    function: Optional[str] = None
    """The function of a built-in tool that has several."""

    @classmethod
    def of(cls, recipient: str) -> "Recipient":
        """What a message's ``recipient`` is."""
        kind, name, function = _core.recipient_of(recipient)
        return cls(RecipientKind(kind), name, function)


def plain_content_type(content_type: str) -> str:
    """The content type without ``<|constrain|>``.

    >>> plain_content_type("<|constrain|>json")
    'json'
    """
    return _core.plain_content_type(content_type)
