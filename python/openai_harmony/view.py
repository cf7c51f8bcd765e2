"""Tokens as a person reads them: every id with its text and its place in the format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Iterator, List, NamedTuple, Sequence

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding

__all__ = ["Piece", "TokenView"]


class Piece(NamedTuple):
    """One token."""

    index: int
    """Position in the sequence, from 0."""
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


class TokenView(Sequence[Piece]):
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

    def __getitem__(self, index):  # type: ignore[no-untyped-def, override]
        return self._pieces[index]

    def __iter__(self) -> Iterator[Piece]:
        return iter(self._pieces)

    def __str__(self) -> str:
        return self._encoding.decode(self.tokens)

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
_IN_HEADER = frozenset({"<|channel|>", "<|constrain|>"})


def _pieces(encoding: HarmonyEncoding, tokens: Iterable[int], in_header: bool) -> Iterator[Piece]:
    part = "header" if in_header else "outside"
    message = 0 if in_header else -1
    begun = message  # the highest number given so far
    for index, token in enumerate(tokens):
        special = encoding.is_special_token(token)
        text = encoding.decode([token], errors="backslashreplace")
        if special and text == _BEGIN:
            begun += 1
            part, message = "header", begun
        marker = special and text in ({_BEGIN, _BODY} | _STOPS | _IN_HEADER)
        yield Piece(index, token, text, special, "marker" if marker and part != "outside" else part, message)
        if special and text == _BODY and part == "header":
            part = "content"
        elif special and text in _STOPS:
            part, message = "outside", -1
