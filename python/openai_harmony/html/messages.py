"""Messages as HTML."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Dict, Iterable, List, Optional

from ..arguments import expect, listed
from ..counted import counted
from .blocks import (
    CHANNEL_COLOURS,
    MONO,
    NOTEBOOK,
    OTHER_COLOUR,
    ROLE_COLOURS,
    WARNING_COLOUR,
    Limits,
    badge,
    blocks,
    joined,
    left_out,
    small,
    text_block,
    unfold,
)

if TYPE_CHECKING:
    from ..chat import Content, Message
    from ..events import Repair
    from ..parser import StreamableParser
    from ..results import ParsedMessage, ParseResult
    from ..transcript import Transcript


def conversation_html(messages: Iterable[Message], limits: Limits = NOTEBOOK) -> str:
    """A block for each message: role and channel as badges, and below them the text.

    System and developer messages are shown as the text that the model reads.
    """
    from ..chat import Message

    shown = listed("messages", messages, "Messages")
    for message in shown:
        expect("a message", message, Message, "a Message")
    expect("limits", limits, Limits, "Limits")
    texts = prompt_texts(shown)
    return _frame(blocks(shown, lambda index, message: _message(message, limits, texts.get(index)), limits))


def parsed_html(parsed: ParsedMessage, limits: Limits = NOTEBOOK) -> str:
    """A parsed message, what ended it, and its tokens."""
    from ..results import ParsedMessage

    expect("parsed", parsed, ParsedMessage, "a ParsedMessage")
    expect("limits", limits, Limits, "Limits")
    text = prompt_texts([parsed.message]).get(0)
    ending = "open" if parsed.ending is None else f"ended by {parsed.ending.value}"
    place = _places([*parsed.header, *parsed.content])
    remarks = [ending, place, f"{counted(parsed.total_tokens, 'token')}, {parsed.content_tokens:,} of them content"]
    return _message(parsed.message, limits, text, small(escape(joined([remark for remark in remarks if remark]))))


def result_html(result: ParseResult, limits: Limits = NOTEBOOK) -> str:
    """The messages, the repairs below them, and how many tokens each channel took."""
    from ..results import ParseResult

    expect("result", result, ParseResult, "a ParseResult")
    expect("limits", limits, Limits, "Limits")
    html = _frame(blocks(result.messages, lambda _, parsed: parsed_html(parsed, limits), limits))
    if result.repairs:
        html += _repairs(result.repairs, limits)
    if result.open_header:
        html += small(f"an open header: {_places(result.open_header)}")
    usage = ", ".join(f"{entry.channel or 'no channel'} {entry.total_tokens:,}" for entry in result.usage)
    tokens = counted(result.length - result.start, "token") + (f" ({escape(usage)})" if usage else "")
    return html + small(joined([tokens, f"finish reason: {result.finish_reason.value}"]))


def parser_html(parser: StreamableParser, limits: Limits = NOTEBOOK) -> str:
    """What a parser has read so far, and where in the format it is."""
    from ..parser import StreamableParser

    expect("parser", parser, StreamableParser, "a StreamableParser")
    state = parser.state.name.lower().replace("_", " ")
    return result_html(parser.result, limits) + small(f"state: {state}")


def transcript_html(transcript: Transcript, limits: Limits = NOTEBOOK) -> str:
    """The messages of a transcript, and the number of its tokens."""
    from ..transcript import Transcript

    expect("transcript", transcript, Transcript, "a Transcript")
    html = conversation_html(transcript.messages, limits)
    return html + small(f"{counted(len(transcript), 'message')}, {counted(len(transcript.token_array), 'token')}")


def prompt_texts(messages: List[Message]) -> Dict[int, str]:
    """The text that a model reads for each system and developer message, by the index of the message.

    A message that cannot be rendered is missing.
    """
    from ..chat import Conversation, DeveloperContent, SystemContent

    structured = [
        index
        for index, message in enumerate(messages)
        if any(isinstance(content, (SystemContent, DeveloperContent)) for content in message.content)
    ]
    chosen = [messages[index] for index in structured]
    # Together, because the system message mentions the functions of the developer message.
    texts = _rendered_texts(Conversation.model_construct(messages=chosen)) if chosen else []
    if texts is not None:
        return dict(zip(structured, texts))
    alone = {index: _rendered_texts(Conversation.model_construct(messages=[messages[index]])) for index in structured}
    return {index: texts[0] for index, texts in alone.items() if texts}


def _rendered_texts(conversation: object) -> Optional[List[str]]:
    from ..encoding import load_harmony_encoding
    from ..errors import HarmonyError
    from ..rendering import Part

    encoding = load_harmony_encoding("HarmonyGptOss")
    try:
        rendered = encoding.render_with(conversation, render_format={"analysis": "keep_all"})  # type: ignore[arg-type]
    except HarmonyError:
        return None
    texts = [""] * len(conversation.messages)  # type: ignore[attr-defined]
    for span in rendered.spans:
        if span.part is Part.CONTENT:
            texts[span.message] = encoding.decode(rendered.token_array[span.start : span.end])
    return texts


def _frame(html: str) -> str:
    return f'<div style="max-width:60em">{html}</div>'


def _message(message: Message, limits: Limits, text: Optional[str] = None, remarks: str = "") -> str:
    author = message.author
    role = str(getattr(author.role, "value", author.role))
    colour = ROLE_COLOURS.get(role, OTHER_COLOUR)
    head = badge(f"{role} {author.name}" if author.name else role, colour)
    if message.channel is not None:
        head += badge(str(message.channel), CHANNEL_COLOURS.get(message.channel, OTHER_COLOUR))
    if message.recipient is not None:
        head += f" → <b>{escape(str(message.recipient))}</b>"
    if message.content_type is not None:
        head += f" <code>{escape(str(message.content_type))}</code>"
    if text is not None:
        body = text_block(text, limits, MONO)
    else:
        body = "".join(_content(content, limits) for content in message.content)
    edge = f"border-left:4px solid rgb({colour});padding:.2em .8em;margin:.4em 0;text-align:left"
    return f'<div style="{edge}">{head}{body}{remarks}</div>'


def _content(content: Content, limits: Limits) -> str:
    data = content.to_dict()
    if data.get("type") == "text":
        return text_block(str(data.get("text", "")), limits)
    return text_block(json.dumps(data, indent=2, ensure_ascii=False, default=str), limits, MONO)


def _repairs(repairs: List[Repair], limits: Limits) -> str:
    shown = repairs[: limits.messages]
    folded = repairs[len(shown) : len(shown) + limits.more_messages]
    html = f"<ul>{''.join(map(_repair, shown))}</ul>"
    if folded:
        html += unfold(counted(len(folded), "more repair"), f"<ul>{''.join(map(_repair, folded))}</ul>")
    return html + left_out(len(repairs) - len(shown) - len(folded), "repairs")


def _repair(repair: Repair) -> str:
    place = _places([range(repair.start, repair.end)]) or f"before token {repair.start:,}"
    text = repair.text if len(repair.text) <= 200 else repair.text[:200] + "…"
    return f"<li>{badge(repair.kind.value, WARNING_COLOUR)}{place} <code>{escape(text)}</code></li>"


def _places(spans: List[range]) -> str:
    """``tokens 3 to 17``; nothing if there are none."""
    filled = [span for span in spans if len(span)]
    if not filled:
        return ""
    first, last = filled[0].start, filled[-1].stop - 1
    return f"token {first:,}" if first == last else f"tokens {first:,} to {last:,}"
