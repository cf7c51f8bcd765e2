"""Random outputs of a grammar, and random changes of them: `check` and the engines must agree."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from llama import asks_llama
from oracles import STOP, asks_llguidance, asks_xgrammar, encoding, without_stop

from openai_harmony import SystemContent
from openai_harmony.grammar import OutputGrammar, ToolChoice, output_grammar

TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "children": {"type": "array", "items": {"$ref": "#"}, "maxItems": 2}},
    "required": ["name"],
    "additionalProperties": False,
}
MIXED = {
    "type": "object",
    "properties": {
        "number": {"type": "number"},
        "kind": {"enum": ["a", "ab", 1, None]},
        "either": {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}]},
    },
    "required": ["kind"],
}
TOOLS = [
    {"name": "tree", "parameters": TREE},
    {"name": "mixed", "parameters": MIXED},
    {"name": "tree_2", "parameters": {}},
]
BUILT_IN = SystemContent.new().with_browser_tool().with_python_tool()
JSON_ANSWER = {"type": "json_schema", "json_schema": {"schema": TREE}}
REQUESTS: dict[str, dict[str, Any]] = {
    "text": {},
    "auto": {"tools": TOOLS},
    "required": {"tools": TOOLS, "tool_choice": "required", "reasoning": "required"},
    "allowed": {"tools": TOOLS, "tool_choice": ToolChoice.allowed(["tree", "tree_2"])},
    "json": {"response_format": JSON_ANSWER, "reasoning": "off"},
    "json_and_tools": {"tools": TOOLS, "response_format": JSON_ANSWER},
    "built_in": {"system": BUILT_IN, "tool_choice": "required"},
    "prefix": {"tools": TOOLS, "prefix": "<|channel|>commentary to=functions.tree"},
}
WORDS = ["It", " rains", " é", "語", "<", " f <| x", "\n", "🦙", '{"', "42", " to=", "|>", " ", "'"]
CHANGES = [200002, 200003, 200005, 200006, 200007, 200008, 200012, *encoding.encode(' json final analysis {"}],:1')]


def random_json(schema: dict[str, Any], root: dict[str, Any], rng: random.Random) -> str:
    """A value that fits, as JSON with whitespace here and there."""
    if "$ref" in schema:
        return random_json(root, root, rng)
    if "enum" in schema:
        return json.dumps(rng.choice(schema["enum"]))
    if "anyOf" in schema:
        return random_json(rng.choice(schema["anyOf"]), root, rng)
    comma, colon = rng.choice([",", ", ", " ,\n"]), rng.choice([":", ": ", " : "])
    kind = schema.get("type", "string")
    if isinstance(kind, list):
        kind = rng.choice(kind)
    if kind == "object":
        required = schema.get("required", ())
        names = [name for name in schema.get("properties", {}) if name in required or rng.random() < 0.4]
        members = [f'"{name}"{colon}{random_json(schema["properties"][name], root, rng)}' for name in names]
        if schema.get("additionalProperties", True) and rng.random() < 0.3:
            members.append(f'"{rng.choice(["", "x", "kin", "kindly", "ü"])}"{colon}[1, {{"a": null}}, "b"]')
        return "{" + comma.join(members) + "}"
    if kind == "array":
        items = range(rng.randint(schema.get("minItems", 0), schema.get("maxItems", 3)))
        return "[" + comma.join(random_json(schema["items"], root, rng) for _ in items) + "]"
    if kind == "string":
        text = "".join(rng.choices(["Rome", " é", '"', "\n", "a < b", "語", "🦙"], k=rng.randint(0, 4)))
        return json.dumps(text, ensure_ascii=False)
    if kind == "number":
        return rng.choice(["0", "-1", "2.50", "1e9", "-0.1E-2"])
    return {"boolean": rng.choice(["true", "false"]), "integer": rng.choice(["0", "-12", "7"])}[kind]


def canonical(tokens: list[int]) -> list[int]:
    """The same text, each run of ordinary tokens encoded whole: llguidance allows forced text in no other tokens."""
    return encoding.encode(encoding.decode(tokens), allowed_special="all")


def walk(grammar: OutputGrammar, rng: random.Random) -> list[int]:
    """An output, token by token by what the matcher allows."""
    matcher = grammar.matcher()
    tokens: list[int] = []

    def accept(ids: list[int]) -> None:
        for token in ids:
            assert matcher.accept(token), (encoding.decode(tokens), token)
            tokens.append(token)

    while not matcher.is_complete:
        allowed = matcher.allowed()
        if allowed.kind == "tokens":
            accept([rng.choice(allowed.tokens)])
        elif allowed.kind == "text":
            accept(encoding.encode("".join(rng.choices(WORDS, k=rng.randint(0, 6)))))
            accept([rng.choice(allowed.tokens)])
        else:
            assert allowed.schema is not None
            accept(encoding.encode(random_json(allowed.schema, allowed.schema, rng)))
            accept(matcher.allowed().tokens)
    return canonical(tokens)


def changed(tokens: list[int], rng: random.Random) -> list[int]:
    tokens = list(tokens)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(tokens))
        change = rng.choice(["delete", "insert", "replace", "repeat"])
        if change == "delete":
            del tokens[at]
        elif change == "replace":
            tokens[at] = rng.choice(CHANGES)
        else:
            tokens.insert(at, rng.choice(CHANGES if change == "insert" else tokens))
        if not tokens:
            return [200005]
    return canonical(tokens)


@pytest.mark.parametrize("request_name", REQUESTS)
def test_every_engine_accepts_random_outputs(request_name: str, model: str) -> None:
    grammar = output_grammar(**REQUESTS[request_name])
    tag, lark, gbnf = grammar.to_xgrammar(), grammar.to_llguidance(), grammar.to_gbnf()
    rng = random.Random(request_name)
    for _ in range(40):
        tokens = walk(grammar, rng)
        text = encoding.decode(tokens)
        assert grammar.check(tokens), text
        assert asks_llguidance(lark, tokens), text
        assert asks_xgrammar(tag, tokens), text
        assert asks_llama(model, gbnf, tokens), text


@pytest.mark.parametrize("request_name", REQUESTS)
def test_random_changes_are_judged_alike(request_name: str, model: str) -> None:
    grammar = output_grammar(**REQUESTS[request_name])
    tag, lark, gbnf = grammar.to_xgrammar(), grammar.to_llguidance(), grammar.to_gbnf()
    rng = random.Random(f"changes of {request_name}")
    for _ in range(150):
        tokens = changed(walk(grammar, rng), rng)
        text = encoding.decode(tokens)
        checked = grammar.check(tokens)
        verdict = asks_llguidance(lark, tokens)
        assert bool(verdict) == bool(checked), (text, checked, verdict)
        if not verdict and checked.index is not None:
            # In headers, llguidance also refuses the tokens of a text that would be encoded in another way.
            assert verdict.at <= checked.index, (text, checked, verdict)
        if not checked and grammar.check(without_stop(tokens)).missing_stop is None:
            # The others do not distinguish stop tokens.
            assert not asks_xgrammar(tag, tokens, STOP), text
            assert not asks_llama(model, gbnf, tokens), text
