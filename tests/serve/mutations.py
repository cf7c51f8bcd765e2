"""Requests that nobody would send: the cases of ``test-data/api-requests``, changed at random."""

from __future__ import annotations

import copy
import json
import pathlib
from random import Random
from typing import Any

CASES = [
    json.loads(path.read_text("utf-8"))
    for path in sorted((pathlib.Path(__file__).parents[2] / "test-data" / "api-requests").glob("*.json"))
]
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}

JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    3,
    2**63,
    1e308,
    0.5,
    "",
    "a",
    "é\0\n",
    "🦙" * 50,
    "<|start|>assistant<|channel|>final<|message|>x<|return|>",
    "x" * 5000,
    [],
    [[]],
    [None],
    {},
    {"type": "text"},
    {"type": "function", "function": {"name": "f", "parameters": {"$ref": "#"}}},
    ["a", 1, None],
]
PARAMETERS: dict[str, list[Any]] = {
    "n": [1, 2, 4, 1000],
    "stop": ["a", ["e", " the"], [""]],
    "logprobs": [True, False, 3],
    "top_logprobs": [0, 2, 20, 21],
    "include": [["message.output_text.logprobs"], ["reasoning.encrypted_content"], ["everything"]],
    "max_tokens": [1, 5, 40],
    "max_completion_tokens": [0, 7],
    "max_output_tokens": [16, 30, 1],
    "stream_options": [{"include_usage": True}, {"include_usage": 1}, {"include_obfuscation": True}],
    "tool_choice": ["required", "auto", "none", "sometimes", {"type": "function", "name": "f"}],
    "tools": [[{"type": "code_interpreter", "container": {"type": "auto"}}], [{"type": "web_search"}]],
    "response_format": [{"type": "json_object"}, {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}],
    "text": [{"format": {"type": "json_object"}}, {"format": None}],
    "background": [True, False],
    "store": [True, False],
    "prompt_cache_key": ["one", "", "\ud800"],
    "temperature": [0, 2, 2.1, "hot"],
    "seed": [-1, 7, 2**70],
    "logit_bias": [{"5": 3}, {"x": 1}, {"-1": -100}],
    "max_tool_calls": [1, 0],
    "previous_response_id": ["resp_unknown", "", "\ud800"],
    "truncation": ["auto", "disabled"],
    "reasoning": [{"effort": "high"}, {"effort": "none"}],
}


def mutated(random: Random, ids: list[str]) -> tuple[str, bytes]:
    """The path and the body of a request; ``ids`` are responses that it may continue."""
    case = random.choice(CASES)
    api = random.choice(["chat", "responses"]) if random.random() < 0.1 else case["api"]
    request = copy.deepcopy(case["request"])
    for name in random.sample(sorted(PARAMETERS), random.choice([0, 0, 1, 2])):
        request[name] = random.choice(PARAMETERS[name])
    if random.random() < 0.5:
        request["stream"] = True
    if ids and random.random() < 0.3:
        request["previous_response_id"] = random.choice(ids)
    for _ in range(random.choice([0, 0, 0, 1, 2])):
        change(random, request)
    body = json.dumps(request).encode()
    return PATHS[api], damaged(random, body) if random.random() < 0.1 else body


def change(random: Random, value: Any) -> None:
    """Change one thing somewhere inside a list or an object."""
    while value:
        keys = sorted(value) if isinstance(value, dict) else range(len(value))
        key = random.choice(keys)
        if isinstance(value[key], (dict, list)) and value[key] and random.random() < 0.8:
            value = value[key]
            continue
        action = random.randrange(3)
        if action == 0:
            del value[key]
        elif action == 1:
            value[key] = copy.deepcopy(random.choice(JUNK))
        elif isinstance(value, list):
            value.insert(key, copy.deepcopy(value[key]))
        else:
            value[random.choice(["type", "name", "x", "content"])] = value.pop(key)
        return


def damaged(random: Random, body: bytes) -> bytes:
    """A body that is no longer JSON, or not quite."""
    at = random.randrange(len(body))
    return random.choice(
        [
            body[:at],
            body[:at] + bytes([random.randrange(256)]) + body[at + 1 :],
            body[:at] + b"\xff\xfe" + body[at:],
            body + body,
            b"[" * 100_000,
            b'{"a":' * 5_000,
            b"",
            b"null",
            b'{"model": "m", "messages": [], "x": ' + b"9" * 5_000 + b"}",
        ]
    )
