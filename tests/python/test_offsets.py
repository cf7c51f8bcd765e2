"""Which characters of which field a token covers."""

from __future__ import annotations

from typing import Dict, List, Tuple

from openai_harmony import (
    Author,
    Conversation,
    HarmonyEncoding,
    Message,
    OpenMessage,
    RenderFormat,
    Role,
    SystemContent,
    TextContent,
    Transcript,
)

CALL = (
    Message.from_role_and_content(Role.ASSISTANT, '{"städte": ["Zürich 🏔"]}')
    .with_channel("commentary")
    .with_recipient("functions.get_weather")
    .with_content_type("<|constrain|>json")
)
RESULT = (
    Message.from_author_and_content(Author.new(Role.TOOL, "functions.get_weather"), '{"a": "5°"}')
    .with_channel("commentary")
    .with_recipient("assistant")
)
MESSAGES = [
    Message.from_role_and_content(Role.SYSTEM, SystemContent.new()),
    Message.from_author_and_content(Author.new(Role.USER, "Ada"), "What is the weather? 👩‍👩‍👧‍👦"),
    CALL,
    RESULT,
    Message.from_role_and_contents(
        Role.ASSISTANT, [TextContent(text="It is "), TextContent(text=""), TextContent(text="5°.")]
    ),
    Message.from_role_and_content(Role.ASSISTANT, "").with_channel("final"),
]


def values(message: Message) -> Dict[str, str]:
    fields = {
        "role": message.author.role.value,
        "name": message.author.name,
        "channel": message.channel,
        "recipient": message.recipient,
        "content_type": "json" if message.content_type else None,
    }
    fields.update(
        {f"content.{n}": content.text for n, content in enumerate(message.content) if isinstance(content, TextContent)}
    )
    return {name: value for name, value in fields.items() if value}


def covered(
    encoding: HarmonyEncoding, messages: List[Message], render_format: RenderFormat
) -> Dict[Tuple[int, str], str]:
    """The text of every field, put together from what its tokens cover."""
    conversation = Conversation.from_messages(messages)
    rendered = encoding.render_with(conversation, render_format=render_format)
    offsets = encoding.offsets(rendered, conversation)
    assert len(offsets) == len(rendered)
    found: Dict[Tuple[int, str], str] = {}
    for token, offset in zip(rendered.tokens, offsets):
        if offset.field is None:
            continue
        key = (offset.message, offset.field)
        field = values(messages[offset.message]).get(offset.field)
        if field is None:  # written by the format
            continue
        part = field[offset.start : offset.end]
        written = encoding.decode_bytes([token])
        # The characters that a token covers have its bytes, and it has bytes of each.
        assert written.strip() in part.encode() or part.encode().startswith(written.lstrip(b" :=to")) or len(part) <= 2
        done = found.get(key, "")
        assert offset.start <= len(done), "no character is left out"
        found[key] = done + field[len(done) : offset.end]
    return found


def test_tokens_cover_every_field(encoding: HarmonyEncoding) -> None:
    for render_format in (
        RenderFormat.HARMONY_0_0_8,
        RenderFormat(header_order="channel_first", content_types="plain"),
    ):
        found = covered(encoding, MESSAGES, render_format)
        expected = {
            (n, name): value
            for n, message in enumerate(MESSAGES)
            for name, value in values(message).items()
            # A tool is announced by its name alone.
            if not (message is RESULT and name == "role")
        }
        assert found == expected


def test_what_the_format_writes_counts_in_the_text_as_written(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages(MESSAGES)
    rendered = encoding.render_with(conversation, render_format="chat-template")
    offsets = encoding.offsets(rendered, conversation)
    for index in (0, 3):
        (span,) = (span for span in rendered.spans if span.message == index and span.part.value == "content")
        inside = offsets[span.start : span.end]
        text = encoding.decode(rendered.tokens[span.start : span.end])
        assert {offset.field for offset in inside} == {"content.0"}
        assert inside[0].start == 0 and inside[-1].end == len(text)


def test_an_opening_and_half_a_character(encoding: HarmonyEncoding) -> None:
    conversation = Conversation.from_messages([MESSAGES[1]])
    opening = OpenMessage(channel="final", content="It is")
    rendered = encoding.render_with(conversation, ending=opening)
    last = [offset for offset in encoding.offsets(rendered, conversation) if offset.message == 1]
    assert [(offset.field, offset.start, offset.end) for offset in last if offset.field] == [
        *[("role", 0, 9), ("channel", 0, 5)],
        *[("content.0", 0, 2), ("content.0", 2, 5)],
    ]
    transcript = Transcript(encoding)
    transcript.append(MESSAGES[1])
    transcript.prompt()
    transcript.append_completion([*encoding.encode("<|channel|>final<|message|>", allowed_special="all"), 9552])
    offsets = encoding.offsets(transcript.rendered(), transcript.messages)
    assert len(offsets) == len(transcript.tokens)
