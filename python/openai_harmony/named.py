"""Enums whose members are words."""

from __future__ import annotations

from enum import Enum

__all__ = ["NamedEnum"]


class NamedEnum(str, Enum):
    """An enum of words, which its members are: ``Part("header") is Part.HEADER`` and ``Part.HEADER == "header"``.

    Raises ``ValueError`` for a word that no member has, and lists those that there are.
    """

    @classmethod
    def _missing_(cls, value: object) -> None:
        known = ", ".join(member.value for member in cls)
        raise ValueError(f"Unknown {cls.__name__}: {value!r}; known are {known}")
