"""Parsing token by token, as a model writes them."""

from __future__ import annotations

import copy
import json
from enum import Enum
from typing import TYPE_CHECKING, Any, AsyncIterable, Callable, Dict, Iterable, Tuple, Type, TypeVar, Union

from . import _core
from .chat import Role

if TYPE_CHECKING:
    from .streaming import Chunk, EventStream

__all__ = ["StreamState", "StreamableParser"]


_Self = TypeVar("_Self", bound="StreamableParser")


class StreamState(Enum):
    """Where in the format a parser is."""

    EXPECT_START = "ExpectStart"
    """Between two messages."""
    HEADER = "Header"
    """Inside a header: role, recipient, channel, content type."""
    CONTENT = "Content"
    """Inside the text of a message."""


class StreamableParser(_core.StreamableParser):
    """An incremental parser: takes tokens as they are sampled, and gives messages, deltas and events.

    ``role`` is the role whose header the prompt already started (``Role.ASSISTANT`` for the output of a model), None
    if the stream starts with ``<|start|>``. ``strict=False`` reads what leaves the format as what the model most
    likely meant, where strict parsing raises ``HarmonyParseError``.

    >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> parser = StreamableParser(encoding, role=Role.ASSISTANT)
    >>> for token in encoding.encode("<|channel|>final<|message|>4 apples", allowed_special="all"):
    ...     if parser.process(token).last_content_delta is not None:
    ...         print(parser.current_channel, repr(parser.last_content_delta))
    final '4'
    final ' apples'

    ``process_many`` takes many tokens at once, and ``process_text`` text; both return events. After an error the parser
    continues at the next ``<|start|>``. Copies and pickles keep the state. A parser serves one thread at a time; a call
    during the call of another thread is a ``HarmonyError``.
    """

    def __init__(self, encoding: _core.HarmonyEncoding, role: Union[Role, str, None], *, strict: bool = True) -> None:
        """A parser for a stream whose first header belongs to ``role``. Raises ``ValueError`` for an unknown role."""
        super().__init__(encoding, role, strict=strict)

    @property
    def state_data(self) -> Dict[str, Any]:
        """The parser's inner state; the key ``"state"`` has the value of a ``StreamState``."""
        data: Dict[str, Any] = json.loads(self._state())
        return data

    @classmethod
    def from_prompt(
        cls: Type[_Self], encoding: _core.HarmonyEncoding, prompt: Iterable[int], *, strict: bool = True
    ) -> _Self:
        """A parser for the completion of a prompt, whatever the prompt ends in.

        That may be ``<|start|>assistant``, or a header, or text that was put into the model's mouth; such text is
        part of the first message.

        >>> from openai_harmony import StreamableParser, load_harmony_encoding
        >>> encoding = load_harmony_encoding("HarmonyGptOss")
        >>> prompt = encoding.encode("<|start|>assistant<|channel|>final<|message|>", allowed_special="all")
        >>> StreamableParser.from_prompt(encoding, prompt).current_channel
        'final'
        """
        parser = cls.__new__(cls)
        parser._begin_from_prompt(encoding, prompt, strict)
        return parser

    def _repr_html_(self) -> str:
        from .html import parser_html

        return parser_html(self)

    def stream(self, source: Union[AsyncIterable[Chunk], Iterable[Chunk]]) -> EventStream:
        """The events of a source of tokens or text, for ``for`` and ``async for``; the stream is finished at its end.

        The source gives token ids, lists or arrays of ids, or texts, and may be asynchronous: the output of an engine,
        an ``asyncio`` generator, a list.

        >>> from openai_harmony import ContentDelta, Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> for event in parser.stream(["<|channel|>final<|mess", "age|>4 ap", "ples<|return|>"]):
        ...     if isinstance(event, ContentDelta):
        ...         print(event.text)
        4 ap
        ples

        Errors as for ``process_many``, after the events from before them.
        """
        from .streaming import EventStream

        return EventStream(self, source)

    def copy(self: _Self) -> _Self:
        """An independent parser in the same state.

        >>> from openai_harmony import Role, StreamableParser, load_harmony_encoding
        >>> parser = StreamableParser(load_harmony_encoding("HarmonyGptOss"), role=Role.ASSISTANT)
        >>> parser.copy().process(200005).tokens, parser.tokens
        ([200005], [])
        """
        return copy.copy(self)

    def __copy__(self: _Self) -> _Self:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        duplicate.__dict__.update(self.__dict__)
        return duplicate

    def __repr__(self) -> str:
        from .counted import counted

        return f"{type(self).__name__}({self.state.value}, {counted(self.message_count, 'message')})"

    def __reduce__(self) -> Tuple[Callable[..., "StreamableParser"], Tuple[Any, ...]]:
        return _restore, (type(self), self._dump(), self.__dict__)


def _restore(cls: Type[_Self], state: str, attributes: Dict[str, Any]) -> _Self:
    parser = cls.__new__(cls)
    parser._load(state)
    parser.__dict__.update(attributes)
    return parser
