"""What the gateway itself reads of a request's body; the rest is read by the adapters."""

from __future__ import annotations

from typing import Any, Dict, Mapping

from pydantic_core import from_json

__all__ = ["parameters", "prompt_cache_key"]


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
