"""The tokens of a stream with their places, as soon as these are decided."""

from __future__ import annotations

from bisect import bisect_right
from itertools import chain
from typing import Iterable, Iterator, List, Optional

from ..chat import Role
from ..encoding import HarmonyEncoding
from ..parser import StreamableParser
from ..results import ParseResult
from ..view import TokenPiece, piece_of, places_of


def token_rows(
    encoding: HarmonyEncoding, batches: Iterable[List[int]], opening: Optional[Role]
) -> Iterator[List[TokenPiece]]:
    """The tokens whose places are decided, each as ``HarmonyEncoding.view`` shows it.

    They do not wait for the end of the stream. Memory is bounded by the longest message. Time is linear, because a
    message that is still open is only read again after it has grown by an eighth.
    """
    parser = StreamableParser(encoding, opening, strict=False)
    waiting: List[int] = []  # the tokens that have not been given out
    first = messages = unread = kept = 0
    for batch in chain(_slices(batches), [None]):
        if batch is None:
            parser.finish()
        else:
            parser.process_many(batch)
            waiting += batch
            unread += len(batch)
            if unread * 8 < kept:
                continue
        result = parser.result
        end = _decided(result)
        places = places_of(result, messages)
        starts = [place.start for place in places]
        yield [
            piece_of(encoding, position, waiting[position - first], places[bisect_right(starts, position) - 1])
            for position in range(first, end)
        ]
        del waiting[: end - first]
        first = end
        messages += len(parser.take_messages())
        unread, kept = 0, len(parser.open_tokens)


def _slices(batches: Iterable[List[int]], size: int = 4096) -> Iterator[List[int]]:
    for batch in batches:
        for start in range(0, len(batch), size):
            yield batch[start : start + size]


def _decided(result: ParseResult) -> int:
    """The tokens before this position keep their place, whatever follows."""
    return min((span.start for span in result.open_header), default=result.length)
