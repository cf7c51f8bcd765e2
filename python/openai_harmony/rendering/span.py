"""Which tokens belong to which part of which message."""

from __future__ import annotations

from dataclasses import dataclass

from ..named import NamedEnum

__all__ = ["Part", "Span"]


class Part(NamedEnum):
    """A part of a rendered message."""

    HEADER = "header"
    """``<|start|>``, the header's words and ``<|message|>``."""
    CONTENT = "content"
    """What the message says."""
    ENDING = "ending"
    """The stop token."""


@dataclass(frozen=True)
class Span:
    """The tokens of one part of one message: ``tokens[start:end]``."""

    message: int
    """Index of the message in the conversation; of a message that the prompt only starts, the number of messages."""
    part: Part
    start: int
    end: int
