"""Noise under the masks of the real engines: it cannot leave the format.

There is no model: tokens are drawn at random from those that the engine allows. `test_noise_server.py` samples from a
model in a real server, which is far slower.
"""

from __future__ import annotations

import itertools
import random

import llguidance
import llguidance.numpy
import numpy
import pytest
from llama import GrammarSampler
from noise import LONGEST, Ids, drawn, ends
from noise_rows import ROWS, assert_correct
from oracles import ROWS as IDS
from oracles import STOP, encoding, llguidance_vocabulary

from openai_harmony.grammar import output_grammar

RUNS = 50


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_llguidance_is_correct(row: str) -> None:
    grammar = output_grammar(**ROWS[row][0])
    lark = llguidance.LLMatcher.grammar_from_lark(grammar.to_llguidance())
    start = llguidance.LLMatcher(llguidance_vocabulary(), lark, log_level=0)
    assert not start.is_error(), start.get_error()
    for run in range(RUNS):
        assert_correct(row, grammar, under_llguidance(start, random.Random(f"{row} {run}")))


def under_llguidance(start: llguidance.LLMatcher, rng: random.Random) -> list[int]:
    matcher = start.deep_copy()
    mask = llguidance.numpy.allocate_token_bitmask(1, llguidance_vocabulary().vocab_size)
    tokens: list[int] = []
    while not matcher.is_stopped():
        llguidance.numpy.fill_next_token_bitmask(matcher, mask)
        allowed = numpy.flatnonzero(numpy.unpackbits(mask.view(numpy.uint8)[0], bitorder="little"))
        tokens.append(drawn(allowed, rng))
        assert matcher.consume_token(tokens[-1]), matcher.get_error()
        assert len(tokens) < LONGEST, encoding.decode(tokens)
    return tokens


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_gbnf_is_correct(row: str, model: str) -> None:
    grammar = output_grammar(**ROWS[row][0])
    gbnf = grammar.to_gbnf()
    usual = usual_candidates(gbnf)
    runs = (under_gbnf(GrammarSampler(model, gbnf), usual, random.Random(f"{row} {run}")) for run in range(2 * RUNS))
    # llama.cpp takes any bytes of the right lengths for a character, also those beyond U+10FFFF.
    for tokens in itertools.islice(filter(is_utf8, runs), RUNS):
        # llama.cpp stops at any of the stop tokens where the output is complete.
        stop = grammar.check(tokens[:-1]).missing_stop
        assert stop is not None, encoding.decode(tokens)
        assert_correct(row, grammar, [*tokens[:-1], stop])


def is_utf8(tokens: list[int]) -> bool:
    """Whether the bytes of the tokens are text."""
    vocabulary = encoding.token_bytes()
    try:
        b"".join(vocabulary[token] for token in tokens if token < len(vocabulary)).decode()
    except UnicodeDecodeError:
        return False
    return True


def usual_candidates(gbnf: str) -> Ids:
    """Special tokens, what ends something, and every token of which the grammar's literals can be made."""
    of_literals = [token for token, text in enumerate(encoding.token_bytes()) if text in gbnf.encode()]
    return numpy.union1d([*of_literals, *range(199_998, 200_019)], ends())


def under_gbnf(sampler: GrammarSampler, usual: Ids, rng: random.Random) -> list[int]:
    """llama.cpp takes 0.1 s to judge the whole vocabulary, so it judges a sample of it that is new for every token."""
    tokens: list[int] = []
    with sampler:
        while not tokens or tokens[-1] not in STOP:
            sample = numpy.union1d(usual, rng.sample(range(IDS), 300))
            allowed = sampler.allowed(sample)
            if not len(allowed):
                allowed = sampler.allowed(numpy.arange(IDS))
            tokens.append(drawn(allowed, rng))
            sampler.accept(tokens[-1])
            assert len(tokens) < LONGEST, encoding.decode(tokens)
    return tokens
