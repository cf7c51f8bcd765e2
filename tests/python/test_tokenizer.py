"""Texts and tokens in every form that Python has for them."""

from __future__ import annotations

import array
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from openai_harmony import HarmonyEncoding, HarmonyError, load_harmony_encoding

TEXTS = ["", "hello world", "日本語テキスト", "👩‍👩‍👧‍👦 it's\n\n  fine", "x" * 5000, " ".join(map(str, range(3000)))]


@pytest.fixture(scope="module")
def encoding() -> HarmonyEncoding:
    return load_harmony_encoding("HarmonyGptOss")


@pytest.mark.parametrize("text", TEXTS)
def test_all_ways_give_the_same_tokens(encoding: HarmonyEncoding, text: str) -> None:
    tokens = encoding.encode(text)
    buffer = encoding.encode_to_buffer(text)
    assert (buffer.format, buffer.itemsize) == ("I", 4)
    assert buffer.tolist() == tokens
    assert encoding.count_tokens(text) == len(tokens)
    assert encoding.encode_batch([text, text], num_threads=2) == [tokens, tokens]


@pytest.mark.parametrize("text", TEXTS)
def test_tokens_decode_from_any_sequence(encoding: HarmonyEncoding, text: str) -> None:
    tokens = encoding.encode(text)
    forms = [
        tokens,
        tuple(tokens),
        iter(tokens),
        array.array("I", tokens),
        array.array("q", tokens),
        encoding.encode_to_buffer(text),
    ]
    assert [encoding.decode(form) for form in forms] == [text] * len(forms)
    assert encoding.decode_batch([tokens, tuple(tokens)], num_threads=2) == [text, text]


def test_half_a_character_is_treated_as_asked(encoding: HarmonyEncoding) -> None:
    half = [9552]
    assert encoding.decode(half) == " \N{REPLACEMENT CHARACTER}"
    assert encoding.decode(half, "ignore") == " "
    assert encoding.decode_batch([half, half], "ignore") == [" ", " "]
    with pytest.raises(UnicodeDecodeError):
        encoding.decode(half, "strict")
    with pytest.raises(LookupError):
        encoding.decode(half, "no such handler")
    with pytest.raises(ValueError):
        encoding.decode(half, "\0")


@pytest.mark.parametrize("bad", [[-1], [1 << 32], [1 << 80]])
def test_numbers_that_are_no_ids(encoding: HarmonyEncoding, bad: list[int]) -> None:
    with pytest.raises(OverflowError):
        encoding.decode(bad)


@pytest.mark.parametrize("bad", [["1"], [1.5], [None], 5, None])
def test_what_is_no_sequence_of_ints(encoding: HarmonyEncoding, bad: object) -> None:
    with pytest.raises(TypeError):
        encoding.decode(bad)  # type: ignore[arg-type]


def test_unknown_ids_are_named(encoding: HarmonyEncoding) -> None:
    with pytest.raises(HarmonyError, match="Invalid token for decoding: 201089"):
        encoding.decode([1, 201089])
    with pytest.raises(HarmonyError, match="Invalid token for decoding: 4294967295"):
        encoding.decode_batch([[1], [2**32 - 1]])


def test_special_tokens_are_refused_everywhere(encoding: HarmonyEncoding) -> None:
    calls = [
        encoding.encode,
        encoding.encode_to_buffer,
        encoding.count_tokens,
        lambda text: encoding.encode_batch(["a", text]),
    ]
    for call in calls:
        with pytest.raises(HarmonyError, match="Encountered text corresponding to disallowed special token"):
            call("a <|end|> b")


def test_special_tokens_may_be_allowed(encoding: HarmonyEncoding) -> None:
    text = "<|start|><|end|>"
    assert encoding.encode(text, allowed_special="all") == [200006, 200007]
    assert encoding.encode_to_buffer(text, allowed_special="all").tolist() == [200006, 200007]
    assert encoding.count_tokens(text, allowed_special="all") == 2
    assert encoding.encode_batch([text], allowed_special={"<|start|>", "<|end|>"}) == [[200006, 200007]]
    ordinary = encoding.encode(text, disallowed_special=())
    assert encoding.decode(ordinary) == text
    assert not any(map(encoding.is_special_token, ordinary))
    assert encoding.encode(text, allowed_special={"<|start|>"}, disallowed_special=())[0] == 200006


def test_lone_surrogates_become_replacement_characters(encoding: HarmonyEncoding) -> None:
    assert encoding.decode(encoding.encode("a\ud800b")) == "a\N{REPLACEMENT CHARACTER}b"
    assert encoding.encode("\ud83d\ude00") == encoding.encode("😀")
    assert encoding.encode_batch(["\udfff", "x"])[1] == encoding.encode("x")


def test_threads_may_encode_at_once(encoding: HarmonyEncoding) -> None:
    wanted = [encoding.encode(text) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: [encoding.encode(text) for text in TEXTS], range(64)))
    assert all(result == wanted for result in results)


@pytest.mark.parametrize("text", ["hello", "!"])
def test_lists_hold_a_reference_for_each_item(encoding: HarmonyEncoding, text: str) -> None:
    """The ints are shared and counted by hand; those up to 256 (as "!" has one) are immortal since Python 3.12."""
    [number] = encoding.encode(text)
    immortal = number <= 256 and sys.version_info >= (3, 12)
    before = sys.getrefcount(number)
    many = [encoding.encode(text) for _ in range(1000)]
    assert sys.getrefcount(number) - before == (0 if immortal else 1000)
    del many
    assert sys.getrefcount(number) == before


def test_batches_on_any_number_of_threads(encoding: HarmonyEncoding) -> None:
    texts = [f"{text} {number}" for number in range(50) for text in TEXTS]
    wanted = [encoding.encode(text) for text in texts]
    for threads in (None, 1, 2, 7, 1000):
        assert encoding.encode_batch(texts, num_threads=threads) == wanted
        assert encoding.decode_batch(wanted, num_threads=threads) == texts
    assert encoding.encode_batch([]) == encoding.decode_batch([]) == []
    with pytest.raises(ValueError):
        encoding.encode_batch(texts, num_threads=0)
    with pytest.raises(TypeError):
        encoding.encode_batch(["a", b"b"])  # type: ignore[list-item]
