"""The command ``view``: a conversation, a log or a model's output, on the terminal or as a page."""

# No `from __future__ import annotations`: typer for Python 3.9 reads only annotations that are objects.
import json
import os
import sys
from dataclasses import dataclass
from itertools import islice
from typing import Any, Iterator, List, Optional

import typer
from rich.console import Console
from typing_extensions import Annotated

from ..chat import Conversation, Message, Role
from ..counted import counted
from ..encoding import load_harmony_encoding
from ..html import REPORT, Section, conversation_html, page_html, result_html, tokens_html
from ..html.blocks import text_block, unfold
from ..results import ParseResult
from . import display, files


@dataclass
class Entry:
    """One conversation of a log, or what a model wrote."""

    title: str
    messages: List[Message]
    tokens: List[int]
    result: Optional[ParseResult] = None
    """Of tokens that were parsed; None for a conversation."""
    problem: Optional[str] = None
    """Why there is nothing to show."""


def view(
    file: Annotated[
        str, typer.Argument(help="A conversation, JSON Lines of conversations, or ids or text in the format.")
    ],
    html: Annotated[Optional[str], typer.Option("--html", help="Write a page to this file instead.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show this many conversations of a log.")] = 200,
) -> None:
    """Show a conversation or a log: who says what, on which channel, in how many tokens."""
    entries = read_entries(file)
    shown = islice(entries, limit)
    if html is None:
        console = Console()
        for entry in shown:
            display.show_entry(console, entry.title, entry.messages, entry.problem)
        return
    if files.STDIN not in (file, html) and os.path.exists(html) and os.path.samefile(file, html):
        raise ValueError(f"{html} is the file to be shown")
    listed = list(shown)
    pieces = page_html(files.label(file), _sections(listed), _remarks(listed, sum(1 for _ in entries)))
    if html == files.STDIN:
        sys.stdout.writelines(pieces)
    else:
        with open(html, "w", encoding="utf-8", newline="\n") as page:
            page.writelines(pieces)


def read_entries(name: str) -> Iterator[Entry]:
    """What is in a file, whichever of the kinds it is.

    Raises ``ValueError`` for a file of no known kind; a bad line of a log is an entry with a ``problem``.
    """
    text = files.read_text(name).removeprefix("\ufeff")
    if files.looks_like_ids(text):
        yield _parsed(files.ids_in(text))
    elif text.lstrip().startswith("<|"):
        yield _parsed(load_harmony_encoding("HarmonyGptOss").encode(text.strip("\n"), allowed_special="all"))
    elif _is_log(text):
        for number, line in enumerate(text.split("\n"), start=1):
            if line.strip():
                yield _logged(number, line)
    else:
        yield _conversation(files.label(name), files.conversation_in(text, files.label(name)))


def _is_log(text: str) -> bool:
    """Whether the text is JSON Lines: more than one line, the first of which is JSON."""
    first, _, rest = text.lstrip().partition("\n")
    try:
        return isinstance(json.loads(first), (dict, list)) and bool(rest.strip())
    except (ValueError, RecursionError):
        return False


def _logged(number: int, line: str) -> Entry:
    title = f"line {number:,}"
    try:
        row: Any = json.loads(line)
        if isinstance(row, dict) and isinstance(row.get("input_ids"), list):
            entry = _parsed(row["input_ids"])
            return Entry(f"{title}: {_summary(entry.messages)}", entry.messages, entry.tokens, entry.result)
        return _conversation(title, files.conversation_of(row))
    except (ValueError, RuntimeError, TypeError, OverflowError) as error:
        return Entry(title, [], [], problem=str(error))


def _conversation(title: str, conversation: Conversation) -> Entry:
    rendered = load_harmony_encoding("HarmonyGptOss").render_with(conversation, render_format={"analysis": "keep_all"})
    return Entry(f"{title}: {_summary(conversation.messages)}", conversation.messages, rendered.tokens)


def _parsed(tokens: List[int]) -> Entry:
    encoding = load_harmony_encoding("HarmonyGptOss")
    result = encoding._inspect(tokens, _opening(tokens))
    messages = list(result)
    return Entry(_summary(messages), messages, tokens, result)


def _opening(tokens: List[int]) -> Optional[Role]:
    """A completion begins within the header of an assistant's message, everything else with ``<|start|>``."""
    (start,) = load_harmony_encoding("HarmonyGptOss").encode("<|start|>", allowed_special="all")
    return None if tokens[:1] == [start] else Role.ASSISTANT


def _summary(messages: List[Message], limit: int = 80) -> str:
    """The beginning of the first question, or of whatever text there is."""
    texts = [message.text for message in messages if message.author.role == Role.USER]
    texts += [message.text for message in messages]
    text = " ".join(next((text for text in texts if text), "")[: 4 * limit].split())
    return text if len(text) <= limit else text[:limit] + "…"


def _sections(entries: List[Entry]) -> Iterator[Section]:
    for number, entry in enumerate(entries):
        yield Section(f"{entry.title} ({_counts(entry)})", _body(entry), is_open=number == 0)


def _body(entry: Entry) -> str:
    if entry.problem is not None:
        return text_block(entry.problem, REPORT)
    if entry.result is not None:
        body = result_html(entry.result, REPORT)
    else:
        body = conversation_html(entry.messages, REPORT)
    tokens = load_harmony_encoding("HarmonyGptOss").view(
        entry.tokens, in_header=entry.result is not None and _opening(entry.tokens) is not None
    )
    return body + unfold(counted(len(entry.tokens), "token"), tokens_html(tokens, REPORT))


def _counts(entry: Entry) -> str:
    if entry.problem is not None:
        return "cannot be read"
    return f"{counted(len(entry.messages), 'message')}, {counted(len(entry.tokens), 'token')}"


def _remarks(entries: List[Entry], more: int) -> str:
    messages = sum(len(entry.messages) for entry in entries)
    tokens = sum(len(entry.tokens) for entry in entries)
    shown = ", ".join([counted(len(entries), "conversation"), counted(messages, "message"), counted(tokens, "token")])
    return shown + (f"; {counted(more, 'more conversation')} not shown (--limit)" if more else "")
