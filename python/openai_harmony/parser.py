"""Parsing token by token, as a model writes them."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Callable, Dict, List, Tuple, Type

from . import _core
from .chat import Message
from .chat.wire import read_messages
from .encoding import HarmonyEncoding

__all__ = ["StreamState", "StreamableParser"]


class StreamState(Enum):
    """Where in the format a parser is."""

    EXPECT_START = "ExpectStart"
    """Between two messages."""
    HEADER = "Header"
    """Inside a header: role, recipient, channel, content type."""
    CONTENT = "Content"
    """Inside the text of a message."""


class StreamableParser(_core.StreamableParser):
    """Reads a stream of tokens and tells after each one where it stands.

    ``role`` is the role whose header the prompt already began (``Role.ASSISTANT`` for the output of a model), None
    if the stream begins with ``<|start|>``. ``strict=False`` reads what leaves the format as what the model most
    likely meant, where strict parsing raises ``HarmonyParseError``.

    >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> parser = StreamableParser(encoding, role=Role.ASSISTANT)
    >>> for token in encoding.encode("<|channel|>final<|message|>4 apples", allowed_special="all"):
    ...     if parser.process(token).last_content_delta is not None:
    ...         print(parser.current_channel, repr(parser.last_content_delta))
    final '4'
    final ' apples'

    Copying and pickling keep the state.
    """

    @property
    def messages(self) -> List[Message]:
        """The messages that are complete, as new objects each time."""
        return read_messages(self._messages())

    @property
    def state(self) -> StreamState:
        """Where in the format the parser is."""
        return StreamState(self.state_data["state"])

    @property
    def state_data(self) -> Dict[str, Any]:
        """The parser's inner state; the key ``"state"`` has the value of a ``StreamState``."""
        data: Dict[str, Any] = json.loads(self._state())
        return data

    def __repr__(self) -> str:
        place = f"{self.state.value}, {len(self.tokens):,} tokens, {len(self.messages):,} messages"
        return f"{type(self).__name__}({place})"

    def __reduce__(self) -> Tuple[Callable[..., "StreamableParser"], Tuple[Any, ...]]:
        return _restore, (type(self), self._recipe(), self.__dict__)


def _restore(cls: Type[StreamableParser], recipe: Tuple[Any, ...], attributes: Dict[str, Any]) -> StreamableParser:
    encoding, role, strict, tokens, ends = recipe
    parser = cls.__new__(cls)
    StreamableParser.__init__(parser, HarmonyEncoding(encoding), role, strict=strict)
    parser._replay(tokens, ends)
    parser.__dict__.update(attributes)
    return parser
