"""Data sets: conversations to columns of token ids and loss masks.

>>> from openai_harmony.data import Recipe, prepare
>>> rows = b'{"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}'
>>> table = prepare(rows, Recipe(learn="last_turn"))
>>> len(table), table.statistics.learned
(1, 5)
>>> table["input_ids"].values.format, table["input_ids"].offsets.tolist()
('i', [0, 66])

Rows are read by the native extension, without an object per row or token and without the interpreter lock. The table is
taken by NumPy and torch as memoryviews, and by pyarrow, polars and others as it is: ``pyarrow.table(table)``.
"""

from .prepare import ArrowArray, ArrowStream, Column, Rows, Table, prepare
from .recipe import ColumnName, Form, Learn, LearnPolicy, Overflow, Packing, PackingStrategy, Recipe, Samples
from .report import ChannelTokens, RowFailure, Statistics

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "ChannelTokens",
    "Column",
    "ColumnName",
    "Form",
    "Learn",
    "LearnPolicy",
    "Overflow",
    "Packing",
    "PackingStrategy",
    "Recipe",
    "RowFailure",
    "Rows",
    "Samples",
    "Statistics",
    "Table",
    "prepare",
]
