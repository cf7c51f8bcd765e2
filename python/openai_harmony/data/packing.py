"""Which samples share a row."""

from __future__ import annotations

import json
from typing import Iterable

from .. import _core
from .._core import Column
from ..arguments import bounded, listed
from .recipe import Packing, PackingStrategy

__all__ = ["pack_plan"]


def pack_plan(
    lengths: Iterable[int], length: int, *, strategy: PackingStrategy = "best_fit", window: int = 4096
) -> Column:
    """Divide samples of the given lengths into rows of at most ``length`` tokens, as ``Recipe.pack`` does.

    Row ``i`` of the column has the indices of its samples, ascending. A sample that is longer than ``length`` has a row
    of its own. The same lengths always give the same rows. ``table["input_ids"]`` gives lengths as
    ``numpy.diff(column.offsets)``.

    >>> from openai_harmony.data import pack_plan
    >>> [row.tolist() for row in pack_plan([70, 50, 30, 50], 100)]
    [[0, 2], [1, 3]]

    Raises ``ValueError`` for a length or window below 1, and for a negative length of a sample.
    """
    packing = Packing(length, strategy, window)
    numbers = [bounded("lengths", number) for number in listed("lengths", lengths, "integers")]
    return _core.pack_plan(numbers, json.dumps(packing.to_dict()))
