"""Messages that come back from the extension."""

from __future__ import annotations

from functools import lru_cache
from typing import List

from pydantic import TypeAdapter

from .messages import Message

__all__ = ["read_messages"]


def read_messages(payload: str) -> List[Message]:
    """New message objects from the JSON list that the extension gives."""
    return _message_list().validate_json(payload)


@lru_cache(maxsize=1)
def _message_list() -> "TypeAdapter[List[Message]]":
    # Made at first use: importing the package builds no validators beyond the models' own.
    return TypeAdapter(List[Message])
