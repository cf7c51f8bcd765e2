"""`current_content` gives one string that grows; strings that callers hold never change."""

from __future__ import annotations

import random

import pytest

from openai_harmony import HarmonyEncoding, Role, StreamableParser

# From ASCII to ever wider characters, so that the string must change its inner form.
TEXTS = ["plain text, and more of it. ", "naïve café ", "日本語のテキスト ", "🙂👩‍👩‍👧 ", "back to plain "]


def stream(encoding: HarmonyEncoding, seed: int) -> list[int]:
    chosen = random.Random(seed)
    text = ""
    for _ in range(3):
        content = "".join(chosen.choices(TEXTS, k=chosen.randrange(40)))
        text += f"<|start|>assistant<|channel|>final<|message|>{content}<|end|>"
    return encoding.encode(text, allowed_special="all")


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_deltas_joined(encoding: HarmonyEncoding, seed: int) -> None:
    parser = StreamableParser(encoding, role=None)
    chosen = random.Random(seed)
    joined, held = "", []
    for token in stream(encoding, seed):
        parser.process(token)
        joined = joined + (parser.last_content_delta or "") if parser.current_channel else ""
        action = chosen.randrange(4)
        if action == 0:
            continue  # not read after each token
        assert parser.current_content == joined
        if action == 1:
            held.append((parser.current_content, joined))
        elif action == 2:
            assert hash(parser.current_content) == hash(joined)
    assert all(text == then for text, then in held)


def test_it_starts_anew_with_each_message(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, role=Role.ASSISTANT, strict=False)

    def content_after(text: str) -> str:
        parser.process_many(encoding.encode(text, allowed_special="all"))
        return parser.current_content

    assert content_after("<|channel|>final<|message|>one") == "one"
    assert content_after("<|end|><|start|>assistant<|message|>seven") == "seven"
    # As many messages came before as at first, and another text is open.
    parser.take_messages()
    assert content_after(" and eight") == "seven and eight"
    assert content_after("<|end|>") == ""
    parser.take_messages()
    assert content_after("<|start|>assistant<|message|>nine and ten") == "nine and ten"
    parser.reset()
    assert content_after("<|message|>eleven and twelve") == "eleven and twelve"


def test_copies_have_their_own(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, role=Role.ASSISTANT)
    parser.process_many(encoding.encode("<|channel|>final<|message|>a b", allowed_special="all"))
    assert parser.current_content == "a b"
    other = parser.copy()
    parser.process_many(encoding.encode(" c"))
    other.process_many(encoding.encode(" d"))
    assert (parser.current_content, other.current_content) == ("a b c", "a b d")
