"""Encodings and parsers in copies, pickles, other processes and many threads."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, Callable, List

import pytest

from openai_harmony import HarmonyEncoding, HarmonyError, Message, Role, StreamableParser

STREAM = (
    "<|channel|>analysis<|message|>Łódź 🌦 thinks<|end|><|start|>assistant<|channel|>final<|message|>4 apples<|return|>"
)


def by_pickle(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


COPIES: List[Callable[[Any], Any]] = [by_pickle, copy.copy, copy.deepcopy]


@pytest.mark.parametrize("duplicate", COPIES)
def test_encoding(encoding: HarmonyEncoding, duplicate: Callable[[Any], Any]) -> None:
    again = duplicate(encoding)
    assert again.name == encoding.name
    assert again.encode("hello world") == [24912, 2375]


def everything(parser: StreamableParser) -> tuple[Any, ...]:
    return (
        parser.state_data,
        parser.current_role,
        parser.current_channel,
        parser.current_content,
        parser.last_content_delta,
        parser.messages,
        parser.tokens,
    )


@pytest.mark.parametrize("duplicate", COPIES)
def test_parser_at_every_token(encoding: HarmonyEncoding, duplicate: Callable[[Any], Any]) -> None:
    parser = StreamableParser(encoding, Role.ASSISTANT)
    parser.request = "abc"  # type: ignore[attr-defined]
    tokens = encoding.encode(STREAM, allowed_special="all")
    for count, token in enumerate(tokens):
        again = duplicate(parser)
        assert everything(again) == everything(parser)
        assert again.request == "abc"
        for rest in tokens[count:]:
            again.process(rest)
        assert [m.channel for m in again.process_eos().messages] == ["analysis", "final"]
        parser.process(token)


def test_parser_after_an_error_and_an_end(encoding: HarmonyEncoding) -> None:
    parser = StreamableParser(encoding, None)
    parser.process(200006)
    with pytest.raises(HarmonyError):
        parser.process_eos()
    again = by_pickle(parser)
    assert everything(again) == everything(parser)
    lenient = StreamableParser(encoding, Role.ASSISTANT, strict=False)
    lenient.process(40).process_eos().process(41)
    assert everything(by_pickle(lenient)) == everything(lenient)


def count_tokens(encoding: HarmonyEncoding, text: str) -> int:
    return len(encoding.encode(text))


def finish(parser: StreamableParser, tokens: List[int]) -> List[Message]:
    for token in tokens:
        parser.process(token)
    return parser.process_eos().messages


def test_other_processes(encoding: HarmonyEncoding) -> None:
    context = multiprocessing.get_context("spawn")
    tokens = encoding.encode(STREAM, allowed_special="all")
    parser = StreamableParser(encoding, Role.ASSISTANT).process(tokens[0])
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        assert list(pool.map(count_tokens, [encoding] * 3, ["a", "hello world", ""])) == [1, 2, 0]
        messages = pool.submit(finish, parser, tokens[1:]).result()
        assert messages == encoding.parse_messages_from_completion_tokens(tokens, Role.ASSISTANT)
        with pytest.raises(HarmonyError, match="Invalid token"):
            pool.submit(encoding.decode_utf8, [99999999]).result()


def test_sixteen_threads(encoding: HarmonyEncoding) -> None:
    texts = [f"{number} {'Łódź 🌦 hello ' * number}" for number in range(64)]
    expected = [encoding.encode(text) for text in texts]

    def work(_: int) -> bool:
        return all(
            encoding.encode(text) == tokens and encoding.decode(tokens) == text for text, tokens in zip(texts, expected)
        )

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(work, range(64)))


def test_other_threads_run_during_a_long_encode(encoding: HarmonyEncoding) -> None:
    # About 60 MB; one second thread that wants to tick every millisecond.
    text = "The quick brown fox jumps over the lazy dog, again and again. " * 1_000_000
    ticks: List[float] = []
    stop = threading.Event()

    def tick() -> None:
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        start = time.perf_counter()
        encoding.encode(text)
        end = time.perf_counter()
    finally:
        stop.set()
        thread.join()
    # Encoding takes some 70 ms, in which there would be no tick but the first if the lock were kept. Building the
    # list of ids needs the lock, so a share of the whole time would say less.
    assert sum(start < moment < end for moment in ticks) >= 10
