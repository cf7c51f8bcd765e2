"""Events of a stream of tokens or text, for ``for`` and ``async for``."""

from __future__ import annotations

from typing import (
    TYPE_CHECKING,
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
    List,
    SupportsIndex,
    Union,
)

from .arguments import wrong_type
from .errors import HarmonyError

if TYPE_CHECKING:
    from .events import StreamEvent
    from .parser import StreamableParser

__all__: List[str] = ["EventStream"]

Chunk = Union[SupportsIndex, Iterable[SupportsIndex], str]
"""What a source gives: a token id, several token ids, or text."""


class EventStream:
    """The events of a source, as ``StreamableParser.stream`` returns them.

    ``async for`` takes a source of either kind, ``for`` one that is iterable without ``await``. The source is read as
    the events are: nothing is read ahead. After its last chunk the stream is finished. An error of the source is passed
    on, and one of the parser comes after the events from before it; the parser keeps what it has read in both cases.
    """

    def __init__(self, parser: StreamableParser, source: Union[AsyncIterable[Chunk], Iterable[Chunk]]) -> None:
        if isinstance(source, (str, bytes)) or not isinstance(source, (AsyncIterable, Iterable)):
            raise wrong_type("source", "an iterable or an async iterable of token ids or texts", source)
        self._parser = parser
        self._source = source

    def __iter__(self) -> Iterator[StreamEvent]:
        if not isinstance(self._source, Iterable):
            raise TypeError(f"{type(self._source).__name__} is an async iterable: use `async for`")
        for chunk in self._source:
            yield from self._events(chunk)
        yield from self._parser.finish()

    async def __aiter__(self) -> AsyncIterator[StreamEvent]:
        if isinstance(self._source, AsyncIterable):
            async for chunk in self._source:
                for event in self._events(chunk):
                    yield event
        else:
            for chunk in self._source:
                for event in self._events(chunk):
                    yield event
        for event in self._parser.finish():
            yield event

    def _events(self, chunk: Chunk) -> Iterator[StreamEvent]:
        """What a chunk adds, and then its failure, if it has one."""
        try:
            if isinstance(chunk, str):
                events = self._parser.process_text(chunk)
            else:
                events = self._parser.process_many(chunk if isinstance(chunk, Iterable) else [chunk])
        except HarmonyError as error:
            yield from error.events
            raise
        yield from events
