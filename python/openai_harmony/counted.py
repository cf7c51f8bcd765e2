"""Numbers with their nouns."""

from __future__ import annotations

from typing import List

__all__: List[str] = []


def counted(count: int, noun: str) -> str:
    """A number and its noun, in the plural except for 1.

    >>> counted(1, "message"), counted(1091, "more token")
    ('1 message', '1,091 more tokens')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
