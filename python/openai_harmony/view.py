"""Tokens as a person reads them: every id with its text and its place in the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Iterator, List, NamedTuple

from .errors import HarmonyError

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding

__all__ = ["Piece", "TokenView"]


class Piece(NamedTuple):
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

    >>> from openai_harmony import load_harmony_encoding
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> view = encoding.view([200006, 1428, 200008, 12194, 200007])
    >>> str(view)
    '<|start|>user<|message|>Hi<|end|>'
    >>> [piece.part for piece in view]
    ['marker', 'header', 'marker', 'content', 'marker']
    """

    def __init__(self, encoding: HarmonyEncoding, tokens: Iterable[int], *, in_header: bool = False) -> None:
        """``in_header`` tells that the first token is already part of a header, as in a completion."""
        self._encoding = encoding
        self._pieces: List[Piece] = list(_pieces(encoding, tokens, in_header))

    @property
    def tokens(self) -> List[int]:
        """The ids."""
        return [piece.id for piece in self._pieces]

    def __len__(self) -> int:
        return len(self._pieces)

    def __getitem__(self, index: int) -> Piece:
        return self._pieces[index]

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._pieces)

    def __str__(self) -> str:
        try:
            return self._encoding.decode(self.tokens)
        except HarmonyError:
            return "".join(piece.text for piece in self._pieces)

    def __repr__(self) -> str:
        text = str(self)
        shown = text if len(text) <= 60 else text[:60] + "…"
        return f"TokenView({len(self):,} tokens, {shown!r})"

    def _repr_html_(self) -> str:
        from ._html import tokens_html

        return tokens_html(self._pieces)


_BEGIN = "<|start|>"
_BODY = "<|message|>"
_STOPS = frozenset({"<|end|>", "<|return|>", "<|call|>"})
_MARKERS = _STOPS | {_BEGIN, _BODY, "<|channel|>", "<|constrain|>"}


def _pieces(encoding: HarmonyEncoding, tokens: Iterable[int], in_header: bool) -> Iterator[Piece]:
    begun = 0 if in_header else -1  # the number of the latest message
    part = "header" if in_header else "outside"
    for position, token in enumerate(tokens):
        special = encoding.is_special_token(token)
        text = _text(encoding, token)
        marker = text if special else ""
        if marker == _BEGIN:
            begun, part = begun + 1, "header"
        inside = part != "outside"
        kind = "marker" if inside and marker in _MARKERS else part
        yield Piece(position, token, text, special, kind, begun if inside else -1)
        if marker == _BODY and part == "header":
            part = "content"
        elif marker in _STOPS:
            part = "outside"


def _text(encoding: HarmonyEncoding, token: int) -> str:
    try:
        return encoding.decode([token], errors="backslashreplace")
    except HarmonyError:  # an id outside the vocabulary
        return "\N{REPLACEMENT CHARACTER}"
