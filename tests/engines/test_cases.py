"""The case files, judged by the real engines."""

from __future__ import annotations

import pytest
from case_files import CASES, grammar_of
from llama import asks_llama
from oracles import STOP, Verdict, asks_llguidance, asks_xgrammar, encode

RETURN, CALL, END_OF_TEXT = 200002, 200012, 199999


def agrees(case: dict[str, object], verdict: Verdict) -> None:
    assert bool(verdict) == case["allowed"], verdict


@pytest.mark.parametrize("name", CASES)
def test_llguidance(name: str) -> None:
    case = CASES[name]
    if case.get("needs") == "unicode_escapes":
        pytest.skip("llguidance refuses escapes of characters that need none")
    agrees(case, asks_llguidance(grammar_of(case["request"]).to_llguidance(), encode(case["text"])))


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_xgrammar(name: str, cache: bool) -> None:
    case = CASES[name]
    # It allows all stop tokens alike where the output is complete, so `<|call|>` is not one of them where that matters.
    stop = (RETURN, END_OF_TEXT) if case.get("needs") in ("exact_stops", "call_no_stop") else STOP
    grammar = grammar_of(case["request"])
    tag = grammar.to_xgrammar(stop_tokens=stop)
    agrees(case, asks_xgrammar(tag, encode(case["text"]), stop, cache))


@pytest.mark.parametrize("name", CASES)
def test_llama(name: str, model: str) -> None:
    case = CASES[name]
    if case.get("needs") in ("exact_stops", "call_no_stop"):
        pytest.skip("llama.cpp stops at the stop tokens of the model, whichever of them comes")
    agrees(case, asks_llama(model, grammar_of(case["request"]).to_gbnf(), encode(case["text"])))
