"""What notebooks show, and that it is safe to show."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import List

from openai_harmony import Author, Conversation, HarmonyEncoding, Message, Role, SystemContent

EVIL = "<script>alert('x')</script><img src=x onerror=\"y\">&amp;"


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: List[str] = []
        self.text = ""
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        self.depth += tag != "br"

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
    assert "You are ChatGPT" in shown.text
    assert EVIL in collect(conversation.messages[1]._repr_html_()).text


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
