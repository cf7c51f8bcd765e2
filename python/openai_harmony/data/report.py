"""What a preparation did: failed rows and numbers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from ..arguments import expect

__all__ = ["ChannelTokens", "RowFailure", "Statistics"]


class RowFailure(NamedTuple):
    """A row that could not be prepared."""

    row: int
    """Its index; in JSON Lines that of the line, from 0, so blank lines count."""
    offset: Optional[int]
    """Where its line begins, in bytes; None for rows that are not lines."""
    code: str
    """What is wrong, for programs: ``row.invalid_json``, ``row.wrong_form``, ``render.unnamed_tool``, …"""
    reason: str
    """What is wrong, for people, in one line."""


@dataclass
class ChannelTokens:
    """The tokens of the messages of one role on one channel."""

    role: str
    channel: Optional[str]
    tokens: int = 0
    """All tokens."""
    learned: int = 0
    """Those that are learned."""


@dataclass
class Statistics:
    """What became of rows, in numbers. Nothing is left out without being counted here.

    Statistics of several tables add up: ``sum(tables, Statistics())`` of their ``statistics``.
    """

    rows: int = 0
    """Rows that were read, those that failed included."""
    failed: int = 0
    """Rows that failed."""
    samples: int = 0
    """Samples in the table."""
    table_rows: int = 0
    """Rows of the table: as many as samples, or fewer if samples are packed."""
    tokens: int = 0
    """Tokens in the table, without padding."""
    learned: int = 0
    """Tokens that are learned."""
    padding: int = 0
    """Tokens of padding."""
    unlearned: int = 0
    """Samples that were left out because nothing is learned in them."""
    too_long: int = 0
    """Samples that were left out because they are too long."""
    cut: int = 0
    """Samples that were cut because they are too long."""
    tokens_lost: int = 0
    """Tokens that were cut off, or are of samples that were left out because they are too long."""
    messages_left_out: int = 0
    """Messages that the format left out, such as thoughts of earlier turns."""
    channels: List[ChannelTokens] = field(default_factory=list)
    """Tokens by the role and the channel of their message."""
    lengths: List[int] = field(default_factory=list)
    """How many samples have how many tokens: entry ``n`` counts lengths from ``2**(n - 1)`` to ``2**n - 1``."""

    def __add__(self, other: Statistics) -> Statistics:
        if not isinstance(other, Statistics):
            return NotImplemented
        total = Statistics.from_dict(self.to_dict())
        for name, value in vars(other).items():
            if isinstance(value, int):
                setattr(total, name, getattr(total, name) + value)
        channels = {(channel.role, channel.channel): channel for channel in total.channels}
        for channel in other.channels:
            key = channel.role, channel.channel
            if key not in channels:
                channels[key] = ChannelTokens(*key)
                total.channels.append(channels[key])
            channels[key].tokens += channel.tokens
            channels[key].learned += channel.learned
        total.lengths += [0] * (len(other.lengths) - len(total.lengths))
        for bits, count in enumerate(other.lengths):
            total.lengths[bits] += count
        return total

    def to_dict(self) -> Dict[str, Any]:
        """The numbers as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Statistics:
        """Read the form of ``to_dict``."""
        expect("data", data, Mapping, "what to_dict returned")
        channels = [ChannelTokens(**channel) for channel in data.get("channels", ())]
        return cls(**{**data, "channels": channels, "lengths": list(data.get("lengths", ()))})

    @classmethod
    def from_json(cls, text: str) -> Statistics:
        """Read ``to_dict`` as JSON text."""
        return cls.from_dict(json.loads(text))
