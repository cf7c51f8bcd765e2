"""Messages and tokens in colour on a terminal."""

from __future__ import annotations

import sys
from typing import Iterable, List, Optional

from rich.color import ColorSystem
from rich.console import Console
from rich.style import Style
from rich.text import Text

from ..chat import Message, Role
from ..events import ContentDelta, MessageStarted, Repair, StreamEvent
from ..html.messages import prompt_texts
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


def show_entry(console: Console, title: str, messages: Iterable[Message], problem: Optional[str] = None) -> None:
    """Print the messages of a conversation below its title."""
    console.rule(Text(title))
    if problem is not None:
        console.print(Text(problem, style="red"))
    shown = list(messages)
    texts = prompt_texts(shown)
    for index, message in enumerate(shown):
        author = message.author
        console.print(heading(Role(author.role).value, author.name, message.channel, message.recipient))
        console.out(texts.get(index, message.text), highlight=False)


_COLUMNS = "{:>8}  {:>6}  {:<7}  {:>7}  {}"


def print_rows(batches: Iterable[List[TokenPiece]]) -> None:
    """Print a line for each token as it comes: place, id, part, message and text.

    The text is last because its width is not known before; a token outside of any message has ``-`` as its number.
    """
    console = Console()
    if console.is_terminal:
        console.print(_COLUMNS.format(*_HEADINGS), style="dim", highlight=False)
    else:
        print(_COLUMNS.format(*_HEADINGS))
    style = Style.parse("magenta")
    for batch in batches:
        for piece in batch:
            shown = piece.text if piece.special else f"'{piece.text.translate(_VISIBLE)}'"
            if piece.special and console.is_terminal:
                shown = style.render(shown, color_system=ColorSystem.STANDARD)
            number = piece.message if piece.message >= 0 else "-"
            print(_COLUMNS.format(piece.position, piece.id, piece.part, number, shown))
        sys.stdout.flush()


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


_HEADINGS = ("place", "id", "part", "message", "text")
_VISIBLE = {**{code: f"\\x{code:02x}" for code in range(32)}, ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"}
