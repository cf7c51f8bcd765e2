"""The first difference between two sequences of tokens: why a prefix cache was not hit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterable, List, Optional, SupportsIndex, Tuple

from . import _core
from .events import Ending, RepairKind

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding

__all__: List[str] = ["TokenDifference"]

_SHOWN = 12
"""Tokens whose text is shown before and after the difference."""


@dataclass(frozen=True)
class TokenDifference:
    """Where two sequences of tokens begin to differ. As text, it is a sentence for a log."""

    position: int
    """Index of the first token that differs: so many tokens are the same."""
    message: int
    """Number of the message, from 0, that this token belongs to."""
    part: str
    """The part of the message: ``"header"``, ``"content"`` or ``"ending"``."""
    before: str
    """The text of the last tokens that are the same."""
    text_a: str
    """The text of the next tokens of the first sequence; empty if it ends there."""
    text_b: str
    """The text of the next tokens of the second sequence; empty if it ends there."""

    def __str__(self) -> str:
        return (
            f"token {self.position:,}, in the {self.part} of message {self.message}: "
            f"after {self.before!r}, {self.text_a!r} became {self.text_b!r}"
        )


def first_difference(
    encoding: HarmonyEncoding, tokens_a: Iterable[SupportsIndex], tokens_b: Iterable[SupportsIndex]
) -> Optional[TokenDifference]:
    """The first difference; None if there is none."""
    a, b = _ids(tokens_a), _ids(tokens_b)
    same = _common_prefix(a, b)
    if same == len(a) == len(b):
        return None
    # Either sequence may end here, but not both.
    longer = a if same < len(a) else b
    message, part = _place(encoding, longer[: same + 1])
    shown = [
        str(encoding.view(tokens)) for tokens in (a[max(0, same - _SHOWN) : same], a[same:][:_SHOWN], b[same:][:_SHOWN])
    ]
    return TokenDifference(same, message, part, *shown)


def _place(encoding: HarmonyEncoding, tokens: memoryview) -> Tuple[int, str]:
    """The message and the part that the last token belongs to, which depends on those before it only."""
    result = encoding._inspect(tokens, None)
    count = len(result.messages)
    repair = result.repairs[-1] if result.repairs else None
    if not count or (repair and repair.kind is RepairKind.ABANDONED_HEADER and repair.end == len(tokens)):
        return count, "header"
    last = result.messages[-1]
    if last.ending is not Ending.END_OF_STREAM:
        return count - 1, "ending"
    in_header = any(span.stop == len(tokens) for span in last.header)
    return count - 1, "header" if in_header else "content"


def _ids(tokens: Iterable[SupportsIndex]) -> memoryview:
    return _core.token_buffer(tokens)


def _common_prefix(a: memoryview, b: memoryview) -> int:
    """How many tokens are the same, found by halving: comparing slices is a memcmp."""
    same, most = 0, min(len(a), len(b))
    while same < most:
        step = (most - same + 1) // 2
        if a[same : same + step] == b[same : same + step]:
            same += step
        else:
            most = same + step - 1
    return same
