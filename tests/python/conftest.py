from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

import pytest

from openai_harmony import HarmonyEncoding, HarmonyEncodingName, Message, load_harmony_encoding

ROOT = Path(__file__).parents[2]


def load_cases(folder: str) -> List[Any]:
    """The case files of a folder of test-data, as pytest parameters named like the files."""
    files = sorted((ROOT / "test-data" / folder).glob("*.json"))
    assert files, f"no case in test-data/{folder}"
    return [pytest.param(json.loads(file.read_text("utf-8")), id=file.stem) for file in files]


def brief(messages: List[Message]) -> List[Dict[str, Any]]:
    """Messages in the short form of the recovery cases."""
    out = []
    for message in messages:
        fields = {
            "role": message.author.role.value,
            "name": message.author.name,
            "channel": message.channel,
            "recipient": message.recipient,
            "content_type": message.content_type,
            "text": "".join(content.text for content in message.content),  # type: ignore[attr-defined]
        }
        out.append({name: value for name, value in fields.items() if value is not None})
    return out


@pytest.fixture(scope="session")
def encoding() -> HarmonyEncoding:
    return load_harmony_encoding(HarmonyEncodingName.HARMONY_GPT_OSS)
