"""What the HTML is made of: badges, and blocks that are cut where they are long."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Callable, List, Sequence, TypeVar

from ..counted import counted

T = TypeVar("T")


@dataclass(frozen=True)
class Limits:
    """How much of what is long is shown at once, and how much can be unfolded."""

    characters: int
    """Characters of one message that are shown."""
    more_characters: int
    """Characters that can be unfolded below."""
    messages: int
    more_messages: int
    tokens: int
    more_tokens: int


NOTEBOOK = Limits(
    characters=3_000, more_characters=30_000, messages=40, more_messages=160, tokens=1_000, more_tokens=4_000
)
"""The limits of a notebook's output, which is stored in the notebook's file: at most some 0.5 MB for text as usual."""

REPORT = Limits(
    characters=10_000, more_characters=10_000_000, messages=200, more_messages=5_000, tokens=5_000, more_tokens=20_000
)
"""The limits of a page in a file of its own."""

# Translucent backgrounds and a coloured edge read well on light and on dark pages.
ROLE_COLOURS = {
    "system": "128,128,128",
    "developer": "150,90,200",
    "user": "40,120,220",
    "assistant": "30,150,90",
    "tool": "210,120,20",
}
CHANNEL_COLOURS = {"analysis": "150,110,30", "commentary": "200,80,40", "final": "30,150,90"}
OTHER_COLOUR = "128,128,128"
WARNING_COLOUR = "200,50,90"
MONO = "font-family:ui-monospace,Menlo,Consolas,monospace;font-size:92%"


def badge(text: str, colour: str, hint: str = "") -> str:
    """A short text in a coloured frame; the hint is shown under the mouse."""
    title = f' title="{escape(hint)}"' if hint else ""
    return (
        f'<span{title} style="background:rgba({colour},.18);border:1px solid rgba({colour},.6);'
        f'border-radius:.5em;padding:0 .4em;margin-right:.2em;font-size:85%">{escape(text)}</span>'
    )


def small(html: str) -> str:
    """A line of remarks."""
    return f'<div style="opacity:.75;font-size:90%">{html}</div>'


def text_block(text: str, limits: Limits, style: str = "") -> str:
    """A text with its line breaks."""
    opening = f'<div style="white-space:pre-wrap;overflow-wrap:anywhere;margin-top:.2em;{style}">'

    def shown(part: str) -> str:
        return f"{opening}{escape(part)}</div>"

    if len(text) <= limits.characters:
        return shown(text)
    end = _end_of_line(text, limits.characters)
    rest, missing = text[end : end + limits.more_characters], len(text) - end - limits.more_characters
    return (
        shown(text[:end]) + unfold(counted(len(rest), "more character"), shown(rest)) + left_out(missing, "character")
    )


def blocks(items: Sequence[T], write: Callable[[int, T], str], limits: Limits) -> str:
    """Messages: the first, more to unfold, and always the last few."""
    count, last = len(items), max(1, limits.messages // 4)
    if count <= limits.messages:
        return "".join(write(index, items[index]) for index in range(count))
    first = limits.messages - last
    end = min(count - last, first + limits.more_messages)
    folded = "".join(write(index, items[index]) for index in range(first, end))
    return "".join(
        [
            *(write(index, items[index]) for index in range(first)),
            unfold(counted(end - first, "more message"), folded),
            left_out(count - last - end, "message"),
            *(write(index, items[index]) for index in range(count - last, count)),
        ]
    )


def unfold(summary: str, html: str) -> str:
    """HTML below a line that opens and closes it."""
    return f'<details><summary style="cursor:pointer;opacity:.75">{escape(summary)}</summary>{html}</details>'


def left_out(count: int, what: str) -> str:
    """The number of things that are not in the HTML at all."""
    return small(f"{counted(count, what)} left out here") if count > 0 else ""


def _end_of_line(text: str, limit: int) -> int:
    """A place to cut: after the last line break in the last tenth before the limit, or the limit."""
    found = text.rfind("\n", limit - limit // 10, limit)
    return limit if found < 0 else found + 1


def joined(parts: List[str]) -> str:
    """Remarks side by side."""
    return " · ".join(parts)
