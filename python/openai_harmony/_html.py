"""HTML for notebooks. All text is escaped; styles are inline, because notebooks drop style sheets."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Iterable, Sequence

if TYPE_CHECKING:
    from .chat import Content, Message
    from .events import Repair
    from .results import ParseResult
    from .view import TokenPiece

# Translucent backgrounds and a coloured edge read well on light and on dark pages.
_ROLE_COLOURS = {
    "system": "128,128,128",
    "developer": "150,90,200",
    "user": "40,120,220",
    "assistant": "30,150,90",
    "tool": "210,120,20",
}
_CHANNEL_COLOURS = {"analysis": "150,110,30", "commentary": "200,80,40", "final": "30,150,90"}
_OTHER_COLOUR = "128,128,128"
_MONO = "font-family:ui-monospace,Menlo,Consolas,monospace"


def conversation_html(messages: Iterable[Message]) -> str:
    """One block per message: role and channel as coloured badges, the content below."""
    return f'<div style="max-width:60em">{"".join(map(_message, messages))}</div>'


def result_html(result: ParseResult) -> str:
    """The messages, and a list of the repairs below them."""
    shown = conversation_html(result)
    if result.repairs:
        shown += f"<ul>{''.join(map(_repair, result.repairs))}</ul>"
    usage = ", ".join(f"{entry.channel or 'no channel'} {entry.total_tokens:,}" for entry in result.usage)
    return f'{shown}<div style="opacity:.6">{result.length:,} tokens ({escape(usage)})</div>'


def tokens_html(pieces: Sequence[TokenPiece]) -> str:
    """Running text in which special tokens are badges and each other token carries its id as a hint."""
    body = "".join(map(_piece, pieces))
    return (
        f'<div style="white-space:pre-wrap;line-height:1.7;{_MONO}">{body}'
        f'<div style="opacity:.6">{len(pieces):,} tokens</div></div>'
    )


def _message(message: Message) -> str:
    author = message.author
    role = str(getattr(author.role, "value", author.role))
    colour = _ROLE_COLOURS.get(role, _OTHER_COLOUR)
    head = _badge(f"{role} {author.name}" if author.name else role, colour)
    if message.channel is not None:
        head += _badge(message.channel, _CHANNEL_COLOURS.get(message.channel, _OTHER_COLOUR))
    if message.recipient is not None:
        head += f" → <b>{escape(str(message.recipient))}</b>"
    if message.content_type is not None:
        head += f" <code>{escape(str(message.content_type))}</code>"
    body = "".join(map(_content, message.content))
    return f'<div style="border-left:4px solid rgb({colour});padding:.2em .8em;margin:.4em 0">{head}{body}</div>'


def _content(content: Content) -> str:
    data = content.to_dict()
    if data.get("type") == "text":
        text = str(data.get("text", ""))
    else:
        text = json.dumps(data, indent=2, ensure_ascii=False, default=str)
    return f'<div style="white-space:pre-wrap;margin-top:.2em">{escape(text)}</div>'


def _piece(piece: TokenPiece) -> str:
    if piece.special:
        # Each message begins on a line of its own.
        line = "<br>" if piece.text == "<|start|>" and piece.position else ""
        return line + _badge(piece.text, "200,50,90", hint=str(piece.id))
    return f'<span title="{piece.id}">{escape(piece.text)}</span>'


def _repair(repair: Repair) -> str:
    start, last = repair.start, repair.end - 1
    if last < start:  # nothing was dropped there
        place = f"before token {start:,}"
    else:
        place = f"token {start:,}" if last == start else f"tokens {start:,} to {last:,}"
    return f"<li>{_badge(repair.kind.value, '200,50,90')}{place} <code>{escape(repair.text)}</code></li>"


def _badge(text: str, colour: str, hint: str = "") -> str:
    title = f' title="{escape(hint)}"' if hint else ""
    return (
        f'<span{title} style="background:rgba({colour},.18);border:1px solid rgba({colour},.6);'
        f'border-radius:.5em;padding:0 .4em;margin-right:.2em;font-size:85%">{escape(text)}</span>'
    )
