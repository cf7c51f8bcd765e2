"""Tokens drawn at random from those that an engine allows."""

from __future__ import annotations

import functools
import random

import numpy
from oracles import ROWS, encoding

LONGEST = 2000
"""More tokens than an output can have, unless its grammar does not let it end."""

ENDS = ["<|end|>", "<|return|>", "<|call|>", '"', '"}', '",', "}", "]", ",", ":", "{", "{}", "[]"]
"""What ends texts and values. Without a preference for them, text and strings would have 200,000 tokens on average."""

Ids = numpy.ndarray
"""Ids of tokens, as an array."""


@functools.lru_cache(None)
def ends() -> Ids:
    return numpy.array([encoding.encode(text, allowed_special="all")[0] for text in ENDS])


@functools.lru_cache(None)
def is_whitespace() -> numpy.ndarray:
    """Which rows of the output layer are whitespace, of which JSON may have any amount."""
    whitespace = numpy.zeros(ROWS, bool)
    vocabulary = encoding.token_bytes()
    whitespace[: len(vocabulary)] = [not token.strip() for token in vocabulary]
    return whitespace


def drawn(allowed: Ids, rng: random.Random) -> int:
    """One of the ids, which are sorted: in a third of the draws, one that ends something if there is any."""
    # Looked up one by one: set operations on 200,000 allowed tokens take longer than the engine.
    places = numpy.searchsorted(allowed, ends()).clip(max=len(allowed) - 1)
    ending = ends()[allowed[places] == ends()]
    if len(ending) and rng.random() < 1 / 3:
        return int(rng.choice(ending))
    for _ in range(10):
        token = int(rng.choice(allowed))
        if not is_whitespace()[token]:
            return token
    others = allowed[~is_whitespace()[allowed]]
    return int(rng.choice(others if len(others) else allowed))
