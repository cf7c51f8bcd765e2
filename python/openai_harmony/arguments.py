"""Arguments whose errors say what belongs there."""

from __future__ import annotations

import sys
from operator import index
from typing import Any, Iterable, List, Mapping, SupportsIndex, Tuple, Type, TypeVar, Union

__all__: List[str] = []

T = TypeVar("T")


def wrong_type(parameter: str, wanted: str, value: object) -> TypeError:
    """The error for a value of the wrong kind.

    >>> wrong_type("options", "Options or None", 5)
    TypeError('options must be Options or None, not int')
    """
    return TypeError(f"{parameter} must be {wanted}, not {'None' if value is None else type(value).__name__}")


def expect(parameter: str, value: object, kind: Union[Type[Any], Tuple[Type[Any], ...]], wanted: str) -> None:
    """Raise ``TypeError`` for a value that is not of this kind."""
    if not isinstance(value, kind):
        raise wrong_type(parameter, wanted, value)


def listed(parameter: str, values: Iterable[T], of: str) -> List[T]:
    """The items of an argument. A text, bytes and a mapping have items too, but never those that are meant.

    >>> listed("tools", (1, 2), "tools")
    [1, 2]
    """
    if isinstance(values, (str, bytes, bytearray, Mapping)) or not isinstance(values, Iterable):
        raise wrong_type(parameter, f"an iterable of {of}", values)
    return list(values)


def one_of(parameter: str, value: object, words: Tuple[str, ...]) -> str:
    """A word among those that are known. Raises ``TypeError`` for no word, ``ValueError`` for an unknown one.

    >>> one_of("level", "text", ("text", "token"))
    'text'
    """
    known = ", ".join(map(repr, words))
    if not isinstance(value, str):
        raise wrong_type(parameter, f"one of {known}", value)
    if value not in words:
        raise ValueError(f"{parameter} must be one of {known}, not {value!r}")
    return value


def bounded(parameter: str, value: SupportsIndex) -> int:
    """An argument that is a number of 0 or more; more than fits into a machine word is as much as fits.

    >>> bounded("limit", 10)
    10
    """
    if not hasattr(value, "__index__"):
        raise wrong_type(parameter, "an integer", value)
    number = index(value)
    if number < 0:
        raise ValueError(f"{parameter} must be 0 or more, not {number}")
    return min(number, sys.maxsize)
