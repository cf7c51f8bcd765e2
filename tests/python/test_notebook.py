"""What notebooks show, and that it is safe to show."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import List

from openai_harmony import (
    Author,
    Conversation,
    HarmonyEncoding,
    Message,
    Role,
    StreamableParser,
    SystemContent,
    Transcript,
    from_chat_completions,
)

EVIL = "<script>alert('x')</script><img src=x onerror=\"y\">&amp;"


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: List[str] = []
        self.text = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.depth += tag not in ("br", "meta", "link")

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data


def collect(html: str) -> Collector:
    collector = Collector()
    collector.feed(html)
    collector.close()
    assert collector.depth == 0, "unbalanced tags"
    return collector


def test_conversation() -> None:
    conversation = Conversation.from_messages(
        [
            Message.from_role_and_content(Role.SYSTEM, SystemContent.new()),
            Message.from_author_and_content(Author.new(Role.TOOL, EVIL), EVIL)
            .with_channel(EVIL)
            .with_recipient(EVIL)
            .with_content_type(EVIL),
        ]
    )
    shown = collect(conversation._repr_html_())
    assert set(shown.tags) <= {"div", "span", "b", "code"}
    assert shown.text.count(EVIL) == 5
    assert "Knowledge cutoff: 2024-06\n\nReasoning: medium\n\n# Valid channels" in shown.text
    assert EVIL in collect(conversation.messages[1]._repr_html_()).text


def test_system_and_developer_messages_are_the_text_that_the_model_reads(encoding: HarmonyEncoding) -> None:
    conversation = from_chat_completions(
        [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        [{"type": "function", "function": {"name": "weather"}}],
    )
    text = encoding.decode(encoding.render_conversation(conversation))
    system, developer, _ = (part.split("<|message|>")[1] for part in text.split("<|end|>")[:3])
    shown = collect(conversation._repr_html_()).text
    assert system in shown and developer in shown and "must go to the commentary channel" in system
    # One that cannot be rendered is shown as its fields.
    broken = conversation[0].model_copy(update={"channel": 5})
    assert "model_identity" in collect(broken._repr_html_()).text


def test_parsers_parsed_messages_renderings_and_transcripts(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
    parser.process_text(f"<|channel|>final<|message|>{EVIL}<|end|>  <|start|>assistant<|channel|>ana")
    shown = collect(parser._repr_html_()).text
    assert EVIL in shown and "ended by end" in shown and "an open header" in shown and "state: header" in shown
    assert EVIL in collect(parser.result.messages[0]._repr_html_()).text

    question = Message.from_role_and_content(Role.USER, EVIL)
    answer = Message.from_role_and_content(Role.ASSISTANT, "4").with_channel("final")
    rendered = encoding.render_with(Conversation.from_messages([question, answer]), ending="training")
    written = sum(rendered.mask(sampled_only=True))
    assert f"underlined: the {written} that the model writes" in collect(rendered._repr_html_()).text

    transcript = Transcript(encoding)
    transcript.append(question)
    assert EVIL in collect(transcript._repr_html_()).text


def test_what_is_long_is_cut(encoding: HarmonyEncoding) -> None:
    message = Message.from_role_and_content(Role.USER, "word\n" * 200_000)
    assert len(message._repr_html_()) < 50_000
    assert "967,000 characters left out here" in collect(message._repr_html_()).text
    conversation = Conversation.from_messages([message] * 3_000)
    shown = collect(conversation._repr_html_())
    assert "160 more messages" in shown.text and "2,800 messages left out here" in shown.text
    tokens = encoding.view(encoding.render(message))
    assert len(tokens._repr_html_()) < 500_000
    assert "4,000 more tokens" in collect(tokens._repr_html_()).text


def test_tokens(encoding: HarmonyEncoding) -> None:
    tokens = encoding.render(Message.from_role_and_content(Role.USER, EVIL))
    view = encoding.view(tokens)
    shown = collect(view._repr_html_())
    assert set(shown.tags) <= {"div", "span", "br"}
    assert f"<|start|>user<|message|>{EVIL}<|end|>" in shown.text
    assert str(view) == encoding.decode(tokens) and view.tokens == tokens and len(view) == len(tokens)
    assert len(repr(view)) < 120


def test_parts(encoding: HarmonyEncoding) -> None:
    completion = encoding.encode("<|channel|>final<|message|>4<|return|>\nx", allowed_special="all")
    view = encoding.view(completion, in_header=True)
    # Rule B1 of docs/parsing.md: whitespace between messages is skipped, other text is a message.
    assert [(piece.part, piece.message) for piece in view] == [
        ("marker", 0),
        ("header", 0),
        ("marker", 0),
        ("content", 0),
        ("marker", 0),
        ("outside", -1),
        ("content", 1),
    ]
    assert [view[index] for index in range(len(view))] == list(view)
    assert view[-1].position == len(completion) - 1
    assert view[3].text == "4" and not view[3].special and view[4].special


def test_halves_of_characters_and_unknown_ids(encoding: HarmonyEncoding) -> None:
    view = encoding.view([9552, 99999999])
    assert view[0].text == " \\xf0\\x9f"
    assert view[1].text == "\ufffd"
    assert isinstance(str(view), str)
