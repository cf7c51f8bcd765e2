"""Texts and tokens in every form that Python has for them."""

from __future__ import annotations

import array
import os
import signal
import sys
import threading
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


@pytest.mark.parametrize("bad", [["1"], [1.5], [None], 5, None, "12", b"ab", bytearray(b"ab"), [True], (False,), [[1]]])
def test_what_is_no_sequence_of_ints(encoding: HarmonyEncoding, bad: object) -> None:
    with pytest.raises(TypeError):
        encoding.decode(bad)  # type: ignore[arg-type]


def test_errors_are_in_the_words_of_python(encoding: HarmonyEncoding) -> None:
    with pytest.raises(OverflowError, match="^token ids must be from 0 to 4294967295, not -1$"):
        encoding.decode([1, -1])
    with pytest.raises(OverflowError, match="^token ids must be from 0 to 4294967295"):
        encoding.decode([10**5000])
    with pytest.raises(TypeError, match="^token ids must be integers, not bool$"):
        encoding.decode([True])
    with pytest.raises(TypeError, match="^token ids must be a sequence of integers, not bytes$"):
        encoding.decode(b"ab")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="^texts must be a collection of strings, not a string$"):
        encoding.encode_batch("abc")


def test_arrays_of_any_kind_of_number(encoding: HarmonyEncoding) -> None:
    numpy = pytest.importorskip("numpy")
    tokens = encoding.encode("hello world")
    for kind in ("u4", ">u4", "<u4", "i4", "i8", ">i8", "u8", "object"):
        assert encoding.decode(numpy.array(tokens, dtype=kind)) == "hello world", kind
    assert encoding.decode(numpy.repeat(numpy.array(tokens, dtype="u4"), 2)[::2]) == "hello world"
    assert encoding.decode([numpy.uint32(token) for token in tokens]) == "hello world"
    for kind in ("u4", "i8", "object"):
        for shape in ([tokens], tokens[0]):
            array = numpy.array(shape, dtype=kind)
            with pytest.raises(TypeError, match=f"token ids must have one dimension, not {array.ndim}"):
                encoding.decode(array)
    for bad in (numpy.array([1.0]), numpy.array([True]), numpy.array(["1"], dtype=object), numpy.array([None])):
        with pytest.raises(TypeError):
            encoding.decode(bad)


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


def test_special_tokens_are_named_in_a_collection(encoding: HarmonyEncoding) -> None:
    """Release 0.0.8 takes a string letter by letter; only the empty one can be meant so."""
    for wrong in ("<|start|>", b"<|start|>"):
        with pytest.raises(TypeError, match='special tokens must be "all" or a collection of strings'):
            encoding.encode("a", allowed_special=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match='special tokens must be "all" or a collection of strings'):
            encoding.encode("a", disallowed_special=wrong)  # type: ignore[arg-type]
    assert encoding.encode("<|start|>", allowed_special="", disallowed_special="") == [27, 91, 5236, 91, 29]
    with pytest.raises(TypeError):
        encoding.encode("a", allowed_special=[5])  # type: ignore[list-item]


def test_any_text_may_be_disallowed(encoding: HarmonyEncoding) -> None:
    """As in release 0.0.8: any text, also one that is allowed at the same time. The first one in the text counts."""
    with pytest.raises(HarmonyError, match="disallowed special token 'secret'"):
        encoding.encode("a secret <|end|>", allowed_special="all", disallowed_special=["<|end|>", "secret"])
    with pytest.raises(HarmonyError, match="<.end.>"):
        encoding.encode("a <|end|> secret", allowed_special="all", disallowed_special=["<|end|>", "secret"])
    assert encoding.encode("<|end|>", allowed_special=["<|end|>"], disallowed_special=["secret"]) == [200007]


def test_batches_say_which_text_is_refused(encoding: HarmonyEncoding) -> None:
    with pytest.raises(HarmonyError) as failure:
        encoding.encode_batch(["a", "b", "<|end|>", "<|start|>"])
    assert (failure.value.index, failure.value.code) == (2, "encode.disallowed_special")


def test_lone_surrogates_become_replacement_characters(encoding: HarmonyEncoding) -> None:
    assert encoding.decode(encoding.encode("a\ud800b")) == "a\N{REPLACEMENT CHARACTER}b"
    assert encoding.encode("\ud83d\ude00") == encoding.encode("😀")
    assert encoding.encode_batch(["\udfff", "x"])[1] == encoding.encode("x")


def test_threads_may_encode_at_once(encoding: HarmonyEncoding) -> None:
    wanted = [encoding.encode(text) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: [encoding.encode(text) for text in TEXTS], range(64)))
    assert all(result == wanted for result in results)


@pytest.mark.parametrize("number", [0, 5, 256, 257, 1000, 1024, 1025, 24912])
def test_lists_hold_a_reference_for_each_item(encoding: HarmonyEncoding, number: int) -> None:
    """The ints are shared and counted by hand. Those that this Python makes immortal (up to 256 since 3.12, up to 1024
    since 3.15) keep their count; which those are is asked of Python."""
    text = encoding.decode([number])
    if encoding.encode(text) != [number]:
        pytest.skip("not the token of its own text")
    [shared] = encoding.encode(text)
    before = sys.getrefcount(shared)
    pythons_own = [shared] * 1000
    counted = sys.getrefcount(shared) - before
    assert counted in (0, 1000)
    del pythons_own
    many = [encoding.encode(text) for _ in range(1000)]
    assert sys.getrefcount(shared) - before == counted
    del many
    assert sys.getrefcount(shared) == before


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


def test_long_texts_one_after_the_other_have_their_own_tokens(encoding: HarmonyEncoding) -> None:
    for words in (60_000, 30_000, 90_000):
        text = " ".join(map(str, range(words)))
        tokens = encoding.encode(text)
        assert tokens == encoding.encode_to_buffer(text).tolist()
        assert encoding.decode(tokens) == text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_child_made_while_other_threads_encode_does_not_wait_for_them(encoding: HarmonyEncoding) -> None:
    text = " ".join(map(str, range(50_000)))
    tokens = encoding.encode(text)
    done = threading.Event()

    def encode() -> None:
        while not done.is_set():
            encoding.encode(text)

    threads = [threading.Thread(target=encode) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):
            child = os.fork()
            if child == 0:
                signal.alarm(60)  # ends a child that waits for ever
                os._exit(
                    0 if encoding.encode(text) == tokens and encoding.encode("hello world") == [24912, 2375] else 1
                )
            assert os.waitpid(child, 0)[1] == 0
    finally:
        done.set()
        for thread in threads:
            thread.join()
