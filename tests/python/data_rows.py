"""Rows of data sets that have everything, for the tests of ``openai_harmony.data``."""

from __future__ import annotations

import copy
from typing import Any, Dict, Iterator, List, Tuple, Union

Path = Tuple[Union[str, int], ...]

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "City and country."}, "days": {"type": "integer"}},
    "required": ["city"],
}

HARMONY: Dict[str, Any] = {
    "messages": [
        {
            "role": "system",
            "content": [
                {
                    "type": "system_content",
                    "model_identity": "You are a test.",
                    "reasoning_effort": "HIGH",
                    "conversation_start_date": "2026-11-23",
                    "knowledge_cutoff": "2025-01",
                    "channel_config": {"valid_channels": ["analysis", "final"], "channel_required": True},
                    "tools": {"browser": {"name": "browser", "description": "Reads.", "tools": []}},
                }
            ],
        },
        {
            "author": {"role": "developer", "name": "app"},
            "content": [
                {
                    "type": "developer_content",
                    "instructions": "Be brief.",
                    "tools": {
                        "functions": {
                            "name": "functions",
                            "description": "Of the app.",
                            "tools": [{"name": "weather", "description": "The weather.", "parameters": SCHEMA}],
                        }
                    },
                }
            ],
        },
        {
            "role": "user",
            "name": "ada",
            "content": [{"type": "text", "text": "Rain in "}, {"type": "text", "text": "Lisbon?"}],
        },
        {"role": "assistant", "channel": "analysis", "content": "I will look."},
        {
            "role": "assistant",
            "channel": "commentary",
            "recipient": "functions.weather",
            "content_type": "<|constrain|>json",
            "content": '{"city": "Lisbon"}',
        },
        {
            "role": "tool",
            "name": "functions.weather",
            "recipient": "assistant",
            "channel": "commentary",
            "content": '{"rain": true}',
        },
        {"role": "assistant", "channel": "analysis", "content": "Rain, then. é 🌧 <|end|>"},
        {"role": "assistant", "channel": "final", "content": "Yes."},
        {"role": "user", "content": "And tomorrow?"},
        {"role": "assistant", "channel": "analysis", "content": "No idea."},
        {"role": "assistant", "channel": "final", "content": "I do not know."},
    ]
}

CHAT: Dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "name": "ada", "content": [{"type": "text", "text": "Rain in Lisbon?"}]},
        {
            "role": "assistant",
            "reasoning_content": "I will look.",
            "content": "One moment.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Lisbon"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": '{"rain": true}'},
        {"role": "assistant", "reasoning_content": "Rain, then.", "content": "Yes."},
        {"role": "user", "content": "And tomorrow?"},
        {"role": "assistant", "content": "I do not know.", "refusal": "Really."},
    ],
    "tools": [
        {"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": SCHEMA}}
    ],
}


def without_each_field(row: Any) -> Iterator[Tuple[Path, Any]]:
    """The row once for each key and each item in it, without that one."""
    for path in _paths(row):
        changed = copy.deepcopy(row)
        *steps, last = path
        parent = changed
        for step in steps:
            parent = parent[step]
        del parent[last]
        yield path, changed


def with_each_null(row: Any) -> Iterator[Tuple[Path, Any]]:
    """The row once for each key in it, with null there."""
    for path in _paths(row):
        changed = copy.deepcopy(row)
        *steps, last = path
        parent = changed
        for step in steps:
            parent = parent[step]
        parent[last] = None
        yield path, changed


def _paths(value: Any) -> List[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, item in items for path in [(key,), *((key, *rest) for rest in _paths(item))]]
