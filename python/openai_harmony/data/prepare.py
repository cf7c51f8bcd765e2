"""Rows to a table."""

from __future__ import annotations

import multiprocessing
import sys
from typing import Any, Callable, Dict, Iterable, List, Literal, Mapping, Optional, Protocol, Tuple, Union

from .. import _core
from .._core import Column, Table
from ..arguments import expect
from ..chat import Conversation
from ..encoding import load_harmony_encoding
from .recipe import Recipe, recipe_of

__all__ = ["ArrowArray", "ArrowStream", "Column", "Rows", "Table", "detect_form", "prepare"]

Rows = Union[
    bytes,
    bytearray,
    memoryview,
    "ArrowStream",
    "ArrowArray",
    Iterable[Union[str, bytes, Conversation, Dict[str, Any], List[Any]]],
]
"""What ``prepare`` takes: bytes of JSON Lines, Arrow data, or JSON texts, conversations, dicts or lists of messages one
by one."""


class ArrowStream(Protocol):
    """A table of pyarrow, polars and others: whatever has the Arrow PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object: ...


class ArrowArray(Protocol):
    """An array or a batch of pyarrow and others: whatever has the Arrow PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: Optional[object] = None) -> Tuple[object, object]: ...


def prepare(
    rows: Rows,
    recipe: Union[Recipe, Mapping[str, Any], None] = None,
    *,
    column: Optional[str] = None,
    num_threads: Optional[int] = None,
) -> Table:
    """Rows as a table of samples.

    ``rows`` are bytes of JSON Lines, which is the fastest; Arrow data of pyarrow, polars, ``datasets`` and others; or
    an iterable of JSON texts (``str`` or ``bytes``), conversations, dicts and lists of messages. A row has the key
    ``messages`` and, in the form of Chat Completions, perhaps ``tools``. Arrow data has these as columns of records or
    JSON texts, or one column of JSON texts of whole rows, which ``column`` names if there are others.

    Without ``num_threads`` all processors work, but in a worker process (of ``multiprocessing``, a torch ``DataLoader``
    or Ray) one thread. The interpreter lock is given up meanwhile. The result is the same with any number of threads.

    A row that cannot be prepared is in ``table.failures``, and never an exception. Raises ``TypeError`` for rows of
    another kind and ``OverflowError`` for more than 2**31 tokens in one table.

    >>> table = prepare([{"messages": [{"role": "user", "content": "Hi"}]}, "no JSON"], {"drop_unlearned": False})
    >>> len(table), [(failure.row, failure.code) for failure in table.failures]
    (1, [(1, 'row.invalid_json')])
    """
    expect("column", column, (str, type(None)), "a string or None")
    threads = usual_threads() if num_threads is None else num_threads
    return _core.prepare(load_harmony_encoding("HarmonyGptOss"), rows, recipe_of(recipe).to_json(), threads, column)


def prepare_block(
    rows: Any, recipe: Recipe, column: Optional[str], first_row: int, check: Optional[Callable[[], None]] = None
) -> Table:
    """Some rows of a source, on the calling thread: others have the other processors. They are counted from
    ``first_row`` on. ``check`` is called now and then; what it raises ends the work."""
    encoding = load_harmony_encoding("HarmonyGptOss")
    return _core.prepare(encoding, rows, recipe.to_json(), 1, column, first_row, check)


def detect_form(rows: Rows, *, column: Optional[str] = None) -> Optional[Literal["harmony", "chat"]]:
    """The form that the first of the first 1,000 rows that tells says it has; None if they could be either, which
    ``prepare`` reads as Chat Completions.

    A data set in several parts needs one answer for all: ask once, and put it into the recipe. Arguments as in
    ``prepare``.

    >>> detect_form([{"messages": [{"role": "assistant", "channel": "final", "content": "Hi"}]}])
    'harmony'
    """
    expect("column", column, (str, type(None)), "a string or None")
    return _core.detect_form(rows, column)


def usual_threads() -> Optional[int]:
    """1 in a worker process, which shares the processors with others; None, which means all processors, elsewhere."""
    return 1 if multiprocessing.parent_process() is not None or _is_ray_worker() else None


def _is_ray_worker() -> bool:
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return False
    mode = ray.get_runtime_context().worker.mode
    return bool(mode == ray.WORKER_MODE)
