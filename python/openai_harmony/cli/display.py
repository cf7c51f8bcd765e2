"""Messages and tokens in colour on a terminal."""

from __future__ import annotations

import json
from typing import Iterable, Optional

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..chat import Message, TextContent
from ..parser import StreamableParser, StreamState
from ..view import Piece, TokenView

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


def panel(message: Message) -> Panel:
    """A message as a framed block."""
    role = message.author.role.value
    title = heading(role, message.author.name, message.channel, message.recipient)
    parts: Iterable[RenderableType] = [
        Text(part.text if isinstance(part, TextContent) else json.dumps(part.to_dict(), indent=2, ensure_ascii=False))
        for part in message.content
    ]
    return Panel(Group(*parts), title=title, title_align="left", border_style=ROLE_STYLES.get(role, "white"))


def running_text(view: TokenView) -> Text:
    """The text of tokens, special tokens highlighted, each message on a new line."""
    text = Text()
    for piece in view:
        if piece.special and piece.text == "<|start|>" and piece.position:
            text.append("\n")
        text.append(piece.text, style="bold reverse magenta" if piece.special else "")
    return text


def table(pieces: Iterable[Piece]) -> Table:
    """One line per token: place, id, text, and what it belongs to."""
    grid = Table("place", "id", "text", "part", "message", box=None, header_style="dim")
    for piece in pieces:
        text = Text(piece.text if piece.special else repr(piece.text), style="magenta" if piece.special else "")
        number = str(piece.message) if piece.message >= 0 else ""
        grid.add_row(str(piece.position), str(piece.id), text, piece.part, number)
    return grid


class LiveView:
    """Prints messages while they are parsed: a heading when a header is complete, then the text as it comes."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._open = False

    def after_token(self, parser: StreamableParser) -> None:
        """Show what the last token changed."""
        if parser.state is StreamState.CONTENT and not self._open:
            self._open = True
            role = parser.current_role.value if parser.current_role else "?"
            self._console.print(heading(role, None, parser.current_channel, parser.current_recipient))
        if parser.last_content_delta:
            self._console.out(parser.last_content_delta, end="", highlight=False)
        if parser.state is not StreamState.CONTENT:
            self.close()

    def close(self) -> None:
        """End the line of an open message."""
        if self._open:
            self._console.print("\n")
        self._open = False
