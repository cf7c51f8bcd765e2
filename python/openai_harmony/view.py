"""Tokens as a person reads them: every id with its text and its place in the format."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, Iterator, List, NamedTuple, SupportsIndex, Union, overload

from . import _core
from .arguments import expect
from .chat import Role
from .counted import counted
from .errors import HarmonyError

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding
    from .results import ParseResult

__all__ = ["TokenPiece", "TokenView"]


@dataclass(frozen=True)
class TokenPiece:
    """One token."""

    position: int
    """Place in the sequence, from 0."""
    id: int
    """Token id."""
    text: str
    """What it decodes to; bytes that are only part of a character read as ``\\xNN``."""
    special: bool
    """Whether it is one of the special tokens."""
    part: str
    """What it belongs to: ``"marker"``, ``"header"``, ``"content"`` or ``"outside"`` any message."""
    message: int
    """Number of the message it belongs to, from 0; -1 outside of messages."""


class TokenView:
    """A sequence of tokens with their texts; a notebook shows it with special tokens as badges.

    The places are those of lenient parsing: what it drops as a repair is outside of messages.

    >>> from openai_harmony import load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> view = encoding.view([200006, 1428, 200008, 12194, 200007])
    >>> str(view)
    '<|start|>user<|message|>Hi<|end|>'
    >>> [piece.part for piece in view]
    ['marker', 'header', 'marker', 'content', 'marker']
    """

    def __init__(self, encoding: HarmonyEncoding, tokens: Iterable[int], *, in_header: bool = False) -> None:
        """With ``in_header`` the first token is already part of a header of the assistant's, as in a completion."""
        expect("encoding", encoding, _core.HarmonyEncoding, "a HarmonyEncoding")
        self._encoding = encoding
        self._tokens: List[int] = _core.token_buffer(tokens).tolist()
        result = encoding._inspect(self._tokens, Role.ASSISTANT if in_header else None)
        self._places = places_of(result)
        self._starts = [place.start for place in self._places]

    @property
    def tokens(self) -> List[int]:
        """The ids."""
        return list(self._tokens)

    def __len__(self) -> int:
        return len(self._tokens)

    @overload
    def __getitem__(self, index: SupportsIndex) -> TokenPiece: ...
    @overload
    def __getitem__(self, index: slice) -> List[TokenPiece]: ...
    def __getitem__(self, index: Union[SupportsIndex, slice]) -> Union[TokenPiece, List[TokenPiece]]:
        """The token at an index, or those of a slice."""
        positions = range(len(self._tokens))[index]
        return self._piece(positions) if isinstance(positions, int) else [self._piece(place) for place in positions]

    def _piece(self, position: int) -> TokenPiece:
        place = self._places[bisect_right(self._starts, position) - 1]
        return piece_of(self._encoding, position, self._tokens[position], place)

    def __iter__(self) -> Iterator[TokenPiece]:
        for place, end in zip(self._places, [*self._starts[1:], len(self._tokens)]):
            for position in range(place.start, end):
                yield piece_of(self._encoding, position, self._tokens[position], place)

    def __str__(self) -> str:
        try:
            return self._encoding.decode(self._tokens)
        except HarmonyError:
            return "".join(piece.text for piece in self)

    def __repr__(self) -> str:
        text = str(self)
        shown = text if len(text) <= 60 else text[:60] + "…"
        return f"TokenView({counted(len(self), 'token')}, {shown!r})"

    def _repr_html_(self) -> str:
        from .html import tokens_html

        return tokens_html(self)


class Place(NamedTuple):
    """What the tokens from ``start`` to the next place belong to."""

    start: int
    part: str
    message: int


def places_of(result: ParseResult, first_message: int = 0) -> List[Place]:
    """The places of all tokens that a result covers; its first message has the number ``first_message``."""
    places = [Place(repair.start, "outside", -1) for repair in result.repairs if repair.start < repair.end]
    number = first_message
    for parsed in result.messages:
        places += [Place(span.start, "header", number) for span in parsed.header]
        places += [Place(span.start, "content", number) for span in parsed.content]
        number += 1
    places += [Place(span.start, "header", number) for span in result.open_header]
    return sorted(places)


_MARKERS = frozenset(
    f"<|{name}|>" for name in ("start", "channel", "constrain", "message", "end", "return", "call", "endoftext")
)


def piece_of(encoding: HarmonyEncoding, position: int, token: int, place: Place) -> TokenPiece:
    """One token of a stream, at its place."""
    special = encoding.is_special_token(token)
    text = _text(encoding, token)
    marks = place.message >= 0 and special and text in _MARKERS
    return TokenPiece(position, token, text, special, "marker" if marks else place.part, place.message)


def _text(encoding: HarmonyEncoding, token: int) -> str:
    try:
        return encoding.decode([token], errors="backslashreplace")
    except HarmonyError:  # an id outside the vocabulary
        return "\N{REPLACEMENT CHARACTER}"
