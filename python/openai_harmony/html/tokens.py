"""Tokens as HTML."""

from __future__ import annotations

from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Iterator, Sequence, Union

from .._core import Rendered
from ..arguments import expect, listed
from ..counted import counted
from .blocks import MONO, NOTEBOOK, WARNING_COLOUR, Limits, badge, joined, left_out, small, unfold

if TYPE_CHECKING:
    from ..view import TokenPiece, TokenView

_SAMPLED = "border-bottom:2px solid rgb(30,150,90)"


def tokens_html(view: TokenView, limits: Limits = NOTEBOOK, sampled: Union[Sequence[int], memoryview] = ()) -> str:
    """Running text in which special tokens are badges, and neighbours are told apart by a shade.

    Each token carries its place and id as a hint. Those that ``sampled`` marks are underlined.
    """
    from ..view import TokenView

    expect("view", view, TokenView, "a TokenView")
    expect("limits", limits, Limits, "Limits")
    marks = listed("sampled", sampled, "bools")
    pieces = iter(view)
    html = _running(pieces, limits.tokens, marks)
    missing = len(view) - limits.tokens
    if missing > 0:
        count = min(missing, limits.more_tokens)
        html += unfold(counted(count, "more token"), _running(pieces, count, marks))
        html += left_out(missing - count, "token")
    return html + small(counted(len(view), "token"))


def rendered_html(rendered: Rendered, limits: Limits = NOTEBOOK) -> str:
    """The tokens of a rendering; those that a model writes are underlined."""
    from ..encoding import load_harmony_encoding

    expect("rendered", rendered, Rendered, "a Rendered")
    sampled = rendered.mask(sampled_only=True)
    html = tokens_html(load_harmony_encoding(rendered._encoding).view(rendered.tokens), limits, sampled)
    remarks = [f"underlined: the {sum(sampled):,} that the model writes"]
    if rendered.left_out:
        remarks.append(f"{counted(len(rendered.left_out), 'message')} left out by the analysis policy")
    return html + small(joined(remarks))


def _running(pieces: Iterator[TokenPiece], count: int, sampled: Sequence[int]) -> str:
    body = "".join(_piece(piece, bool(sampled) and bool(sampled[piece.position])) for piece in islice(pieces, count))
    return (
        f'<div style="white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.8;text-align:left;{MONO}">{body}</div>'
    )


def _piece(piece: TokenPiece, sampled: bool) -> str:
    hint = f"{piece.position}: {piece.id}"
    line = "<br>" if piece.special and piece.text == "<|start|>" and piece.position else ""
    if piece.special:
        html = badge(piece.text, WARNING_COLOUR, hint)
        return f'{line}<span style="{_SAMPLED}">{html}</span>' if sampled else line + html
    styles = []
    if piece.position % 2:
        styles.append("background:rgba(128,128,128,.15)")
    if piece.part == "outside":
        styles.append("text-decoration:line-through")
    if sampled:
        styles.append(_SAMPLED)
    style = f' style="{";".join(styles)}"' if styles else ""
    return f'<span title="{hint}"{style}>{escape(piece.text)}</span>'
