"""The rows of the request table, and what an output to each must be."""

from __future__ import annotations

import json
from typing import Any, Callable

import jsonschema
from oracles import encoding

from openai_harmony import Message, Role
from openai_harmony.grammar import OutputGrammar, ToolChoice

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
