"""The first difference between two prompts, beside what the spans of their renderings say."""

from __future__ import annotations

import random
from typing import List

import pytest

from openai_harmony import Conversation, HarmonyEncoding, Message, Role, SystemContent

TEXTS = ["Hi", "It is Mon.", "It is Tue.", "", "👩‍👩‍👧‍👦 é"]


def conversation(source: random.Random) -> Conversation:
    messages: List[Message] = []
    for _ in range(source.randrange(1, 6)):
        role = source.choice([Role.USER, Role.ASSISTANT, Role.SYSTEM])
        if role == Role.SYSTEM:
            content = SystemContent.new().with_conversation_start_date(f"2025-01-0{source.randrange(1, 3)}")
            messages.append(Message.from_role_and_content(role, content))
            continue
        message = Message.from_role_and_content(role, source.choice(TEXTS))
        channel = source.choice(["final", "analysis", "commentary"])
        messages.append(message.with_channel(channel) if role == Role.ASSISTANT else message)
    return Conversation.from_messages(messages)


def test_the_place_is_that_of_the_rendering(encoding: HarmonyEncoding) -> None:
    source = random.Random(5)
    for _ in range(500):
        one = conversation(source)
        longer = Conversation.from_messages([*one, *conversation(source)])
        other = source.choice([conversation(source), one, longer])
        a, b = (
            encoding.render_with(
                which,
                render_format={"analysis": "keep_all"},
                ending=source.choice(["completion", "conversation"]),  # type: ignore[arg-type]
            )
            for which in (one, other)
        )
        pairs = enumerate(zip(a.tokens, b.tokens))
        same = next((index for index, (left, right) in pairs if left != right), min(len(a), len(b)))
        found = encoding.diff(a.tokens, b.tokens)
        if same == len(a) == len(b):
            assert found is None
            continue
        spans = (a if same < len(a) else b).spans
        span = next(span for span in spans if span.start <= same < span.end)
        assert found is not None
        assert (found.position, found.message, found.part) == (same, span.message, span.part.value)
        assert found.text_a == encoding.decode(a.tokens[same:][:12])
        assert found.text_b == encoding.decode(b.tokens[same:][:12])
        assert found.before == encoding.decode(a.tokens[max(0, same - 12) : same])


@pytest.mark.parametrize(
    ("a", "b", "place"),
    [
        ([], [], None),
        ([], [200006], (0, 0, "header")),
        ([200006], [200006, 1428], (1, 0, "header")),
        ([200006, 1428, 200008, 5], [200006, 1428, 200008], (3, 0, "content")),
        ([200006, 1428, 200008, 200007], [200006, 1428, 200008, 5], (3, 0, "ending")),
        ([5], [9_999_999], (0, 0, "content")),  # an id that no token has
    ],
)
def test_short_sequences(encoding: HarmonyEncoding, a: List[int], b: List[int], place: object) -> None:
    found = encoding.diff(a, iter(b))
    assert (found and (found.position, found.message, found.part)) == place
