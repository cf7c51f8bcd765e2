"""The methods that tiktoken has too, side by side with the real tiktoken over the same vocabulary."""

from __future__ import annotations

import random

import numpy
import pytest
import tiktoken

from openai_harmony import HarmonyEncoding, HarmonyTokenizerError, UnknownTokenError, load_harmony_encoding

# What tiktoken has as the pattern of o200k_base.
PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

LETTERS = [
    *"abcXYZ  \n\r\t.,'/19<|>",
    "é",
    "ß",
    "中",
    "文",
    "👩‍👩‍👧‍👦",
    "\u0301",
    "ſ",
    "\x00",
    "<|end|>",
    "<|start|>",
    "'ll",
    "हिन्दी",
]


@pytest.fixture(scope="module")
def encoding() -> HarmonyEncoding:
    return load_harmony_encoding("HarmonyGptOss")


@pytest.fixture(scope="module")
def peer(encoding: HarmonyEncoding) -> tiktoken.Encoding:
    ranks = {data: token for token, data in enumerate(encoding.token_bytes()[:199_998])}
    specials = {text: encoding.encode_single_token(text) for text in encoding.special_tokens()}
    return tiktoken.Encoding("peer", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens=specials)


def texts(count: int = 300) -> list[str]:
    source = random.Random(1)
    return ["", *("".join(source.choices(LETTERS, k=source.randrange(40))) for _ in range(count))]


def test_encoding_is_that_of_tiktoken(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    for text in texts():
        tokens = peer.encode_ordinary(text)
        assert encoding.encode_ordinary(text) == tokens
        array = encoding.encode_to_numpy(text, disallowed_special=())
        expected = peer.encode_to_numpy(text, disallowed_special=())
        assert array.dtype == expected.dtype == numpy.uint32
        assert array.tolist() == expected.tolist()
        assert encoding.encode(text, allowed_special="all") == peer.encode(text, allowed_special="all")
        some = {"<|end|>"}
        assert encoding.encode(text, allowed_special=some, disallowed_special=()) == peer.encode(
            text, allowed_special=some, disallowed_special=()
        )
    assert encoding.encode_ordinary_batch(texts()) == peer.encode_ordinary_batch(texts())
    assert encoding.encode_ordinary("\ud83d\udc4d a \ud800") == peer.encode_ordinary("\ud83d\udc4d a \ud800")


def test_decoding_is_that_of_tiktoken(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    batch = [peer.encode(text, allowed_special="all") for text in texts()]
    for tokens in batch:
        assert encoding.decode_tokens_bytes(tokens) == peer.decode_tokens_bytes(tokens)
        assert encoding.decode_with_offsets(tokens) == peer.decode_with_offsets(tokens)
    assert encoding.decode_bytes_batch(batch) == peer.decode_bytes_batch(batch)
    for text in texts():
        tokens = peer.encode_ordinary(text)
        assert encoding.encode_with_offsets(text, disallowed_special=()) == (
            tokens,
            peer.decode_with_offsets(tokens)[1],
        )


def test_single_tokens_are_those_of_tiktoken(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    source = random.Random(2)
    for token in [*source.sample(range(201_089), 2000), 0, 199_997, 199_998, 201_088]:
        data = peer.decode_single_token_bytes(token)
        assert encoding.decode_single_token_bytes(token) == data
        assert encoding.encode_single_token(data) == token == peer.encode_single_token(data)
        assert encoding.is_special_token(token) == peer.is_special_token(token)
    assert encoding.encode_single_token("hello") == peer.encode_single_token("hello")


def test_facts_are_those_of_tiktoken(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    assert (encoding.n_vocab, encoding.max_token_value) == (peer.n_vocab, peer.max_token_value) == (201_089, 201_088)
    assert encoding.eot_token == peer.eot_token == 199_999
    assert encoding.special_tokens_set == peer.special_tokens_set
    assert encoding.token_byte_values() == peer.token_byte_values()


def test_errors_are_of_the_kinds_of_tiktoken(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    for either in (encoding, peer):
        with pytest.raises(KeyError):
            either.encode_single_token("no such token")
        with pytest.raises(KeyError):
            either.decode_single_token_bytes(201_089)
        with pytest.raises(KeyError):
            either.decode_tokens_bytes([24912, 201_089])
        with pytest.raises(UnicodeDecodeError):
            either.decode_with_offsets([9552])
        with pytest.raises(ValueError):
            either.encode_to_numpy("<|end|>")
    with pytest.raises(UnknownTokenError, match="^Invalid token for decoding: 201089$") as failure:
        encoding.decode_tokens_bytes([24912, 201_089])
    assert (failure.value.code, failure.value.index) == ("decode.invalid_token", 1)
    assert isinstance(failure.value, HarmonyTokenizerError)
    with pytest.raises(UnknownTokenError, match="^no token has exactly these bytes: b'no such token'$"):
        encoding.encode_single_token("no such token")


def test_a_count_stops_at_its_limit(encoding: HarmonyEncoding, peer: tiktoken.Encoding) -> None:
    for text in texts(100):
        count = len(peer.encode_ordinary(text))
        for limit in (0, 1, count - 1, count, count + 1):
            expected = count if count <= limit else None
            if limit >= 0:
                assert encoding.count_up_to(text, limit, disallowed_special=()) == expected
        special = len(peer.encode(text, allowed_special="all"))
        assert encoding.count_up_to(text, special, allowed_special="all") == special
    with pytest.raises(ValueError, match="limit must be 0 or more, not -1"):
        encoding.count_up_to("text", -1)
    with pytest.raises(ValueError):
        encoding.count_up_to("text <|end|>", 1)
