"""Noise under the masks of the real llguidance: it cannot leave the format.

The masks are those that an engine applies. There is no model: tokens are drawn at random from those that the mask
allows. `test_noise_server.py` samples from a model in a real server, which is far slower.
"""

from __future__ import annotations

import functools
import random

import llguidance
import llguidance.numpy
import numpy
import pytest
from noise_rows import ROWS, assert_correct
from oracles import encoding, llguidance_vocabulary

from openai_harmony.grammar import output_grammar

RUNS = 50
LONGEST = 2000

ENDS = ["<|end|>", "<|return|>", "<|call|>", '"', '"}', '",', "}", "]", ",", ":", "{", "{}", "[]"]
"""What ends texts and values. Without a preference for them, text and strings would have 200,000 tokens on average."""


@functools.lru_cache(None)
def ends() -> list[int]:
    return [encoding.encode(text, allowed_special="all")[0] for text in ENDS]


@functools.lru_cache(None)
def is_whitespace() -> numpy.ndarray:
    """Which tokens are whitespace, of which JSON may have any amount."""
    vocabulary = encoding.token_bytes()
    blank = numpy.zeros(llguidance_vocabulary().vocab_size, bool)
    blank[: len(vocabulary)] = [not token.strip() for token in vocabulary]
    return blank


def drawn(mask: numpy.ndarray, rng: random.Random) -> int:
    """One of the tokens in the mask: in a third of the draws, one that ends something if there is any."""
    allowed = numpy.unpackbits(mask.view(numpy.uint8)[0], bitorder="little")[: len(is_whitespace())].astype(bool)
    ending = [token for token in ends() if allowed[token]]
    if ending and rng.random() < 1 / 3:
        return rng.choice(ending)
    tokens = numpy.flatnonzero(allowed & ~is_whitespace())
    if not len(tokens):
        tokens = numpy.flatnonzero(allowed)
    return int(tokens[rng.randrange(len(tokens))])


def sampled(start: llguidance.LLMatcher, rng: random.Random) -> list[int]:
    """The tokens of one output."""
    matcher = start.deep_copy()
    mask = llguidance.numpy.allocate_token_bitmask(1, llguidance_vocabulary().vocab_size)
    tokens: list[int] = []
    while not matcher.is_stopped():
        llguidance.numpy.fill_next_token_bitmask(matcher, mask)
        tokens.append(drawn(mask, rng))
        assert matcher.consume_token(tokens[-1]), matcher.get_error()
        assert len(tokens) < LONGEST, encoding.decode(tokens)
    return tokens


@pytest.mark.parametrize("row", ROWS)
def test_noise_is_correct(row: str) -> None:
    grammar = output_grammar(**ROWS[row][0])
    lark = llguidance.LLMatcher.grammar_from_lark(grammar.to_llguidance())
    start = llguidance.LLMatcher(llguidance_vocabulary(), lark, log_level=0)
    assert not start.is_error(), start.get_error()
    for run in range(RUNS):
        assert_correct(row, grammar, sampled(start, random.Random(f"{row} {run}")))
