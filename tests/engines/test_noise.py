"""A model that writes noise, in the real llama.cpp: under a grammar it cannot leave the format.

The model has random weights, so every token is about as likely as any other. What would never end, text and strings,
is ended by a bias on the tokens that end them.
"""

from __future__ import annotations

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import urllib.request
from typing import Any, Callable, Iterator

import jsonschema
import pytest
from oracles import encoding

from openai_harmony import Message, Role
from openai_harmony.grammar import OutputGrammar, ToolChoice, output_grammar

RUNS = 50
RUNS_OF_GBNF = 2  # ten times as slow: 0.1 s a token
SLOTS = 2
LONGEST = 400

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string", "maxLength": 8}, "unit": {"type": "string", "enum": ["c", "f"]}},
    "required": ["city"],
    "additionalProperties": False,
}
PLAN = {
    "type": "object",
    "properties": {
        "days": {"type": "integer"},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/stop"}, "minItems": 1, "maxItems": 2},
    },
    "required": ["days", "stops"],
    "additionalProperties": False,
    "$defs": {"stop": {"anyOf": [{"type": "null"}, {"const": "home"}, {"type": "boolean"}]}},
}
ANSWER = {
    "type": "object",
    "properties": {"answer": {"type": "integer"}, "sure": {"type": ["boolean", "null"]}},
    "required": ["answer"],
    "additionalProperties": False,
}
SCHEMAS = {"functions.get_weather": WEATHER, "functions.plan": PLAN}
TOOLS = [{"name": "get_weather", "parameters": WEATHER}, {"name": "plan", "parameters": PLAN}]
JSON_ANSWER = {"type": "json_schema", "json_schema": {"schema": ANSWER}}

Channels = Callable[[list[Message]], bool]


def has_call(messages: list[Message]) -> bool:
    return messages[-1].recipient is not None


def has_answer(messages: list[Message]) -> bool:
    return messages[-1].channel == "final" and messages[-1].recipient is None


def calls(*names: str) -> Channels:
    return lambda messages: messages[-1].recipient in [f"functions.{name}" for name in names]


def either(*rules: Channels) -> Channels:
    return lambda messages: any(rule(messages) for rule in rules)


ROWS: dict[str, tuple[dict[str, Any], Channels]] = {
    "text": ({}, has_answer),
    "auto": ({"tools": TOOLS}, either(has_answer, has_call)),
    "none": ({"tools": TOOLS, "tool_choice": "none"}, has_answer),
    "required": ({"tools": TOOLS, "tool_choice": "required"}, has_call),
    "named": ({"tools": TOOLS, "tool_choice": ToolChoice.named("plan")}, calls("plan")),
    "allowed": (
        {"tools": TOOLS, "tool_choice": ToolChoice.allowed(["get_weather"])},
        either(has_answer, calls("get_weather")),
    ),
    "allowed_required": (
        {"tools": TOOLS, "tool_choice": ToolChoice.allowed(["get_weather"], required=True)},
        calls("get_weather"),
    ),
    "json_object": ({"response_format": {"type": "json_object"}}, has_answer),
    "json_schema": ({"response_format": JSON_ANSWER}, has_answer),
    "json_and_tools": ({"tools": TOOLS, "response_format": JSON_ANSWER}, either(has_answer, has_call)),
    "reasoning_off": ({"reasoning": "off"}, has_answer),
    "reasoning_required": (
        {"tools": TOOLS, "reasoning": "required"},
        lambda messages: messages[0].channel == "analysis" and messages[0].recipient is None,
    ),
    "declared": (
        {"tools": [{**TOOLS[0], "strict": False}], "schemas": "declared", "tool_choice": "required"},
        calls("get_weather"),
    ),
}


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


def assert_correct(row: str, grammar: OutputGrammar, tokens: list[int]) -> None:
    options, fits = ROWS[row]
    form = options.get("response_format", {}).get("type")
    answers = {"json_schema": ANSWER, "json_object": {"type": "object"}}.get(form)
    arguments = {"functions.get_weather": {"type": "object"}} if row == "declared" else SCHEMAS
    text = encoding.decode(tokens)
    checked = grammar.check(tokens)
    assert checked, f"{checked} in {text}"
    messages = encoding.parse_messages_from_completion_tokens(tokens, Role.ASSISTANT)
    assert encoding.parse(tokens, role=Role.ASSISTANT, strict=False).repairs == [], text
    assert fits(messages), text
    for message in messages:
        body = message.content[0].text  # type: ignore[union-attr]
        if message.recipient is not None:
            jsonschema.validate(json.loads(body), arguments[message.recipient])
        elif message.channel == "final" and answers is not None:
            jsonschema.validate(json.loads(body), answers)


def completions(address: str, grammar: str, runs: int) -> list[list[int]]:
    with concurrent.futures.ThreadPoolExecutor(SLOTS) as pool:
        return list(pool.map(lambda seed: sampled(address, grammar, seed), range(runs)))


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_lark_is_correct(row: str, server: str) -> None:
    grammar = output_grammar(**ROWS[row][0])
    for tokens in completions(server, grammar.to_llguidance(guard_strings=True), RUNS):
        assert_correct(row, grammar, tokens)


@pytest.mark.parametrize("row", ROWS)
def test_noise_under_gbnf_is_correct(row: str, server: str) -> None:
    grammar = output_grammar(**ROWS[row][0])
    for tokens in completions(server, grammar.to_gbnf(), RUNS_OF_GBNF):
        # llama.cpp stops at any of the stop tokens where the output is complete.
        stop = grammar.check(tokens[:-1]).missing_stop
        assert stop is not None, encoding.decode(tokens)
        assert_correct(row, grammar, [*tokens[:-1], stop])
