"""Messages and tokens in colour on a terminal."""

from __future__ import annotations

from typing import Iterable, Optional

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..events import ContentDelta, MessageStarted, Repair, StreamEvent
from ..view import TokenPiece, TokenView

ROLE_STYLES = {"system": "white", "developer": "magenta", "user": "blue", "assistant": "green", "tool": "yellow"}
CHANNEL_STYLES = {"analysis": "yellow", "commentary": "red", "final": "green"}


def heading(role: str, name: Optional[str], channel: Optional[str], recipient: Optional[str]) -> Text:
    """``assistant · commentary → functions.f`` in colours."""
    text = Text(f"{role} {name}" if name else role, style=f"bold {ROLE_STYLES.get(role, 'white')}")
    if channel is not None:
        text.append(" · ").append(channel, style=CHANNEL_STYLES.get(channel, "white"))
    if recipient is not None:
        text.append(" → ").append(recipient, style="bold")
    return text


def running_text(view: TokenView) -> Text:
    """The text of tokens, special tokens highlighted, each message on a new line."""
    text = Text()
    for piece in view:
        if piece.special and piece.text == "<|start|>" and piece.position:
            text.append("\n")
        text.append(piece.text, style="bold reverse magenta" if piece.special else "")
    return text


def table(pieces: Iterable[TokenPiece]) -> Table:
    """One line per token: place, id, text, and what it belongs to."""
    grid = Table("place", "id", "text", "part", "message", box=None, header_style="dim")
    for piece in pieces:
        shown = piece.text if piece.special else f"'{piece.text.translate(_VISIBLE)}'"
        text = Text(shown, style="magenta" if piece.special else "")
        number = str(piece.message) if piece.message >= 0 else ""
        grid.add_row(str(piece.position), str(piece.id), text, piece.part, number)
    return grid


class LiveView:
    """Prints what happens in a stream: a heading when a header is complete, text as it comes, repairs in red."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._in_line = False

    def show(self, events: Iterable[StreamEvent]) -> None:
        """Print what these events report."""
        for event in events:
            if isinstance(event, ContentDelta):
                self._console.out(event.text, end="", highlight=False)
                self._in_line = not event.text.endswith("\n")
                continue
            self._end_line()
            if isinstance(event, MessageStarted):
                title = heading(event.role.value, event.name, event.channel, event.recipient)
                self._console.print(title)
            elif isinstance(event, Repair):
                self._console.print(Text(f"[{event.kind.value} {event.text!r}]", style="red"))
            else:
                self._console.print(Text(f"[{event.ending.value}]", style="dim"))

    def _end_line(self) -> None:
        if self._in_line:
            self._console.print()
        self._in_line = False


_VISIBLE = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t"})
