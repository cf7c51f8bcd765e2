"""What the gateway itself reads of a request's body; the rest is read by the adapters."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, Mapping, TypeVar

from pydantic_core import from_json

__all__ = ["parameters", "prompt_cache_key", "without_holding_up"]

T = TypeVar("T")

LONG = 256 << 10
"""Bytes of a body that takes milliseconds to read."""


async def without_holding_up(read: Callable[[bytes], T], body: bytes) -> T:
    """What a function reads out of a body: on another thread if it is long, so that streams go on meanwhile."""
    if len(body) < LONG:
        return read(body)
    return await asyncio.to_thread(read, body)


def parameters(body: bytes) -> Dict[str, Any]:
    """The parameters of a request; none if it is not a JSON object, which the adapters report."""
    try:
        values = from_json(body)
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def prompt_cache_key(values: Mapping[str, Any]) -> str:
    """What the client says about the session, empty if it says nothing."""
    key = values.get("prompt_cache_key")
    return key if isinstance(key, str) else ""
