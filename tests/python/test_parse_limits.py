"""What a parser must not cost, however long it runs. Work is counted in memory and in messages, not in time."""

from __future__ import annotations

import pickle
import threading
import tracemalloc
from typing import Any, Callable, List

import pytest

from openai_harmony import HarmonyEncoding, HarmonyError, HarmonyParseError, Role, StreamableParser

TURN = "<|start|>assistant<|channel|>final<|message|>It is sunny.<|end|>"


@pytest.fixture
def turn(encoding: HarmonyEncoding) -> List[int]:
    return encoding.encode(TURN, allowed_special="all")


def peak(work: Callable[[], Any]) -> int:
    """The most memory that Python's allocator held for some work, in bytes."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_counting_messages_makes_none(encoding: HarmonyEncoding, turn: List[int]) -> None:
    parser = StreamableParser(encoding, None)
    parser.process_many(turn * 2000)
    assert parser.message_count == len(parser.messages) == 2000
    assert repr(parser) == "StreamableParser(ExpectStart, 2,000 messages)"  # the first one imports what it needs
    assert peak(lambda: parser.message_count) < 2_000
    assert peak(lambda: repr(parser)) < 2_000


def test_a_message_is_made_once_however_often_messages_are_read(encoding: HarmonyEncoding, turn: List[int]) -> None:
    parser = StreamableParser(encoding, None)
    for index in range(100):
        parser.process_many(turn)
        before = parser.messages
        before.clear()  # the caller's own list
        assert len(parser.messages) == index + 1
    messages = parser.messages
    assert all(mine is theirs for mine, theirs in zip(messages, parser.messages))
    parser.process_many(turn)
    taken = parser.take_messages()
    assert all(mine is theirs for mine, theirs in zip(messages, taken)) and len(taken) == 101
    assert parser.messages == [] and len(messages) == 100
    parser.process_many(turn)
    assert parser.messages == [taken[0]] and parser.messages[0] is not taken[0]
    parser.reset()
    assert parser.messages == []


def test_an_error_carries_the_refused_tokens_alone(encoding: HarmonyEncoding, turn: List[int]) -> None:
    parser = StreamableParser(encoding, None)
    parser.process_many(turn * 100)
    for _ in range(100):
        with pytest.raises(HarmonyParseError) as failure:
            parser.process(5)
        assert failure.value.tokens == [5]
    with pytest.raises(HarmonyParseError) as failure:
        parser.process_many(encoding.encode("<|start|>robot<|message|>", allowed_special="all"))
    assert encoding.decode(failure.value.tokens or []) == "<|start|>robot<|message|>"
    assert len(parser.tokens) == 100 * len(turn) + 103


def test_errors_of_text_have_no_tokens(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, None)
    with pytest.raises(HarmonyParseError) as failure:
        parser.process_text("x")
    assert failure.value.code == "stream.unexpected_text" and failure.value.tokens is None


def test_nothing_stays_of_messages_that_were_taken(encoding: HarmonyEncoding, turn: List[int]) -> None:
    parser = StreamableParser(encoding, None, strict=False)
    sizes = []
    for _ in range(3):
        for _ in range(300):
            parser.process_many([*turn, 200007])
            assert len(parser.take_messages()) == 1
        sizes.append(len(pickle.dumps(parser)))
    assert parser.tokens == [] and parser.repairs == [] and parser.messages == []
    assert parser.result.start == parser.result.length == 900 * (len(turn) + 1)
    assert max(sizes) - min(sizes) < 20  # the counts have more digits


def test_tokens_and_text_do_not_mix(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
    parser.process_text("<|channel|>final<|message|>abc<|en")
    with pytest.raises(HarmonyParseError) as failure:
        parser.process(200007)
    assert failure.value.code == "stream.mixed_input"
    parser.finish()
    assert parser.messages[0].content[0].text == "abc<|en"


@pytest.mark.parametrize(
    ("part", "broken"),
    [
        ('"delta":{"Open":0}', '"delta":{"Open":999}'),
        ('"length":0', '"length":3'),
        ('"length":0', '"length":999'),
        ('"version":1', '"version":99'),
        ('"position"', '"nowhere"'),
    ],
)
def test_a_broken_state_is_refused(encoding: HarmonyEncoding, part: str, broken: str) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
    parser.process_text("<|channel|>final<|message|>abc")
    state = parser._dump()
    assert part in state
    with pytest.raises(ValueError):
        StreamableParser.__new__(StreamableParser)._load(state.replace(part, broken, 1))


def test_a_second_thread_is_refused(encoding: HarmonyEncoding, turn: List[int]) -> None:
    parser = StreamableParser(encoding, None)
    tokens = turn * 100_000
    started = threading.Event()

    def feed() -> None:
        started.set()
        parser.process_many(tokens)

    feeding = threading.Thread(target=feed)
    feeding.start()
    started.wait()
    refused = 0
    while feeding.is_alive():
        try:
            assert parser.message_count >= 0
        except HarmonyError as error:
            assert str(error) == "this parser is in use by another call, of this or another thread"
            refused += 1
    feeding.join()
    assert refused and parser.message_count == 100_000
