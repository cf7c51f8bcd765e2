"""A model of random weights in the real llama.cpp server: under a grammar it cannot leave the format.

Every token is about as likely as any other. What would never end, text and strings, is ended by a bias on the tokens
that end them. The server needs up to 24 ms a token under Lark, and 0.1 s under GBNF: `./run_checks.sh noise` asks for
50 completions to each request, and the stage `engines` for one.
"""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import urllib.request
from typing import Iterator

import pytest
from noise_rows import ROWS, assert_correct
from oracles import encoding

from openai_harmony.grammar import output_grammar

SLOTS = 2
LONGEST = 400


@pytest.fixture(scope="module")
def server(model: str) -> Iterator[str]:
    script = pathlib.Path(__file__).parent / "llama_server.py"
    command = [sys.executable, str(script), model, str(SLOTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None and process.stdin is not None
        yield process.stdout.readline().decode().strip()
        process.stdin.close()


def likelier(texts: list[str], by: float) -> list[tuple[int, float]]:
    return [(encoding.encode(text, allowed_special="all")[0], by) for text in texts]


# Of 200,000 tokens that are about as likely, one gets half of the probability by a bias of 12.
BIAS = [
    *likelier(["<|end|>", "<|return|>", "<|call|>"], 13),
    *likelier(['"', '"}', '",', "}", "]", ",", ":", "{", "{}", "[]"], 12),
    # Whitespace in JSON may be as long as the model likes.
    *[(token, -50.0) for token, text in enumerate(encoding.token_bytes()) if not text.strip()],
    (199999, -100.0),
]


def sampled(address: str, grammar: str, seed: int) -> list[int]:
    """The tokens of one completion."""
    body = {
        "prompt": encoding.encode("<|start|>user<|message|>Hi<|end|><|start|>assistant", allowed_special="all"),
        "grammar": grammar,
        "n_predict": LONGEST,
        "return_tokens": True,
        "temperature": 1.0,
        "samplers": ["temperature"],
        "seed": seed,
        "logit_bias": BIAS,
    }
    request = urllib.request.Request(
        f"{address}/completion", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=200) as response:
        tokens: list[int] = json.load(response)["tokens"]
    return tokens


def completions(address: str, grammar: str, runs: int) -> list[list[int]]:
    with concurrent.futures.ThreadPoolExecutor(SLOTS) as pool:
        return list(pool.map(lambda seed: sampled(address, grammar, seed), range(runs)))


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_lark_is_correct(row: str, server: str, runs: int) -> None:
    grammar = output_grammar(**ROWS[row][0])
    for tokens in completions(server, grammar.to_llguidance(guard_strings=True), runs):
        assert_correct(row, grammar, tokens)


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_gbnf_is_correct(row: str, server: str, runs: int) -> None:
    grammar = output_grammar(**ROWS[row][0])
    for tokens in completions(server, grammar.to_gbnf(), runs):
        # llama.cpp stops at any of the stop tokens where the output is complete.
        stop = grammar.check(tokens[:-1]).missing_stop
        assert stop is not None, encoding.decode(tokens)
        assert_correct(row, grammar, [*tokens[:-1], stop])
