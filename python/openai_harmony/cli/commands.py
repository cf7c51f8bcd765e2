"""The commands. Each reads, calls the library, and prints; no more."""

# No `from __future__ import annotations`: typer for Python 3.9 reads only annotations that are objects.
import json
import os
import sys
from enum import Enum
from itertools import chain
from typing import Any, Dict, Iterable, Iterator, List, Optional

import typer
from rich.console import Console
from typing_extensions import Annotated

from .. import __version__
from ..chat import Message, Role
from ..encoding import HarmonyEncoding, load_harmony_encoding
from ..errors import HarmonyParseError
from ..events import StreamEvent
from ..parser import StreamableParser
from ..rendering import OpenMessage, RenderEnding, RenderFormat
from . import display, doctor, files
from .convert import convert, statistics, verify
from .report import view
from .serve import serve
from .token_rows import token_rows

app = typer.Typer(
    name="openai-harmony",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Conversations to harmony tokens and back, on the command line. Files may be `-` for standard input.",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"openai-harmony {__version__}")
        raise typer.Exit()


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options before the command."""


class Form(str, Enum):
    """Forms of a conversation file."""

    AUTO = "auto"
    HARMONY = "harmony"
    CHAT = "chat"


class Purpose(str, Enum):
    """What a conversation is rendered for."""

    COMPLETION = "completion"
    CONVERSATION = "conversation"
    TRAINING = "training"


class Shape(str, Enum):
    """How tokens are printed."""

    IDS = "ids"
    TEXT = "text"
    VIEW = "view"


class Output(str, Enum):
    """How messages are printed."""

    AUTO = "auto"
    JSON = "json"
    VIEW = "view"


class Opening(str, Enum):
    """The role whose header the prompt leaves open."""

    ASSISTANT = "assistant"
    NONE = "none"


ConversationFile = Annotated[str, typer.Argument(help="Conversation: JSON or YAML, harmony or Chat Completions.")]
TokenFile = Annotated[str, typer.Argument(help="Ids or text in the format; - is standard input.")]
TextArgument = Annotated[Optional[str], typer.Argument(help="The text; - or none is standard input.")]
TextFile = Annotated[Optional[str], typer.Option("--file", "-f", help="Read the text from this file.")]
IdsArgument = Annotated[
    Optional[List[str]], typer.Argument(help="Ids; without any, or with -, standard input is read.")
]
FormOption = Annotated[
    Form, typer.Option("--format", help="Form of the file; auto: harmony if a message has a field of harmony's own.")
]
StartOption = Annotated[Opening, typer.Option("--role", help="Role whose header the prompt began; none for a prompt.")]
KeepOption = Annotated[bool, typer.Option("--keep-analysis", help="Keep the reasoning of all turns.")]
SpecialOption = Annotated[bool, typer.Option("--special", help="Read special-token text as special tokens.")]


def _encoding() -> HarmonyEncoding:
    return load_harmony_encoding("HarmonyGptOss")


@app.command(epilog="Example: `openai-harmony render chat.json --as view`")
def render(
    file: ConversationFile,
    form: FormOption = Form.AUTO,
    purpose: Annotated[Purpose, typer.Option("--for", help="What the tokens are for.")] = Purpose.COMPLETION,
    role: Annotated[Role, typer.Option(help="Who speaks next, for a completion.")] = Role.ASSISTANT,
    keep_analysis: KeepOption = False,
    shape: Annotated[Shape, typer.Option("--as", help="How to print the tokens.")] = Shape.TEXT,
) -> None:
    """Render a conversation to tokens."""
    conversation = files.read_conversation(file, form.value)
    encoding = _encoding()
    ending = OpenMessage(role=role) if purpose is Purpose.COMPLETION else RenderEnding(purpose.value)
    render_format = RenderFormat(analysis="keep_all") if keep_analysis else None
    rendered = encoding.render_with(conversation, render_format=render_format, ending=ending)
    _print_tokens(encoding, rendered.tokens, shape)


@app.command(epilog="Example: `cat completion.ids | openai-harmony parse - --lenient`")
def parse(
    file: TokenFile = files.STDIN,
    role: StartOption = Opening.ASSISTANT,
    lenient: Annotated[bool, typer.Option("--lenient", help="Read damaged output as what was meant.")] = False,
    output: Annotated[Output, typer.Option("--as", help="JSON Lines, or coloured text as it comes.")] = Output.AUTO,
) -> None:
    """Parse what a model wrote, ids or text, into messages, as it comes in."""
    console = Console()
    show = output is Output.VIEW or (output is Output.AUTO and console.is_terminal)
    view = display.LiveView(console)
    opening = None if role is Opening.NONE else Role.ASSISTANT
    parser = StreamableParser(_encoding(), opening, strict=not lenient)
    tokens = _token_batches(files.read_lines(file))

    def report(events: Iterable[StreamEvent]) -> None:
        if show:
            view.show(events)
        else:
            _print_messages(parser.take_messages())

    for batch in chain(tokens, [None]):
        try:
            report(parser.finish() if batch is None else parser.process_many(batch))
        except HarmonyParseError as failure:
            report(failure.events)  # the messages before the failure are good
            raise ValueError(f"{failure}; --lenient reads it as what was meant") from failure


@app.command(epilog="Example: `openai-harmony encode 'hello world'`")
def encode(text: TextArgument = None, file: TextFile = None, special: SpecialOption = False) -> None:
    """Print the ids of a text."""
    print(*_encoding().encode(_text("encode", text, file), **_special_rules(special)))


@app.command(epilog="Example: `openai-harmony decode 24912 2375`")
def decode(
    ids: IdsArgument = None,
    bare: Annotated[bool, typer.Option("--no-newline", "-n", help="Print no line end after the text.")] = False,
) -> None:
    """Print the text of ids."""
    given = files.read_text(files.STDIN) if not ids or ids == [files.STDIN] else " ".join(ids)
    print(_encoding().decode(files.ids_in(given)), end="" if bare else "\n")


@app.command(epilog="Example: `openai-harmony count --file book.txt`")
def count(text: TextArgument = None, file: TextFile = None, special: SpecialOption = False) -> None:
    """Print how many tokens a text has."""
    print(_encoding().count_tokens(_text("count", text, file), **_special_rules(special)))


@app.command(epilog="Example: `openai-harmony render chat.json --as ids | openai-harmony tokens --role none`")
def tokens(file: TokenFile = files.STDIN, role: StartOption = Opening.ASSISTANT) -> None:
    """Show every token: its place, id, part of a message, message, and text."""
    opening = None if role is Opening.NONE else Role.ASSISTANT
    display.print_rows(token_rows(_encoding(), _token_batches(files.read_lines(file)), opening))


# `--help` lists the commands in the order in which they are added.
app.command(epilog="Example: `openai-harmony view chats.jsonl --html chats.html`")(view)
app.command(epilog="Example: `openai-harmony convert chats/*.jsonl training --pack 8192`")(convert)
app.command(epilog="Example: `openai-harmony verify training`")(verify)
app.command(epilog="Example: `openai-harmony statistics training`")(statistics)
app.command(epilog="Example: `openai-harmony serve --engine llama.cpp --url http://127.0.0.1:8080`")(serve)


@app.command(name="doctor", epilog="Example: `openai-harmony doctor --pid 1234`")
def examine(
    pid: Annotated[Optional[int], typer.Option(help="Tell which package a running process has loaded (Linux).")] = None,
) -> None:
    """Tell which package is installed, and test that it works."""
    raise typer.Exit(doctor.run([] if pid is None else ["--pid", str(pid)]))


def _text(command: str, text: Optional[str], file: Optional[str]) -> str:
    if file is not None:
        if text is not None:
            raise typer.BadParameter("a text and --file exclude each other")
        return files.read_text(file)
    if text is None or text == files.STDIN:
        return files.read_text(files.STDIN)
    if os.path.isfile(text):
        hint = f"for what is in it: openai-harmony {command} --file {text}"
        print(
            f"openai-harmony: {text!r} is taken as the text, although there is a file of that name; {hint}",
            file=sys.stderr,
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text is not UTF-8") from None
    return text


def _special_rules(special: bool) -> Dict[str, Any]:
    """What becomes of the text of special tokens in a text."""
    return {"allowed_special": "all"} if special else {"disallowed_special": ()}


def _token_batches(lines: Iterable[str]) -> Iterator[List[int]]:
    """The tokens of each line: ids or text, whichever the first line with anything in it is.

    No special token crosses the end of a line.
    """
    encoding = _encoding()
    as_ids: Optional[bool] = None
    held = ""  # a line's end, which is not part of the text if nothing follows
    for line in lines:
        if as_ids is None and line.strip():
            as_ids = files.looks_like_ids(line)
        if as_ids:
            yield files.ids_in(line)
            continue
        text = line.rstrip("\n")
        yield encoding.encode(held + text, allowed_special="all")
        held = line[len(text) :]


def _print_tokens(encoding: HarmonyEncoding, tokens: List[int], shape: Shape) -> None:
    if shape is Shape.IDS:
        print(*tokens)
    elif shape is Shape.TEXT:
        print(encoding.decode(tokens))
    else:
        Console(soft_wrap=True).print(display.running_text(encoding.view(tokens)))


def _print_messages(messages: List[Message]) -> None:
    for message in messages:
        print(json.dumps(message.to_dict(), ensure_ascii=False), flush=True)
