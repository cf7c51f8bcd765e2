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

from .collate import collate
from .convert import convert
from .frames import MapBatches, tokenize
from .manifest import DataSetError, FailedRow, Manifest, PartReport, failures, statistics, verify
from .packing import pack_plan
from .prepare import ArrowArray, ArrowStream, Column, Rows, Table, detect_form, prepare
from .recipe import ColumnName, Form, Learn, LearnPolicy, Overflow, Packing, PackingStrategy, Recipe, Samples
from .report import ChannelTokens, RowFailure, Statistics
from .rollouts import ParsedTable, TokenLists, merge_rollouts, parse_batch
from .shard import convert_part
from .single_file import convert_to_file
from .sources import Part, parts

__all__ = [
    "ArrowArray",
    "ArrowStream",
    "ChannelTokens",
    "Column",
    "ColumnName",
    "DataSetError",
    "FailedRow",
    "Form",
    "Learn",
    "LearnPolicy",
    "Manifest",
    "MapBatches",
    "Overflow",
    "Packing",
    "PackingStrategy",
    "ParsedTable",
    "Part",
    "PartReport",
    "Recipe",
    "RowFailure",
    "Rows",
    "Samples",
    "Statistics",
    "Table",
    "TokenLists",
    "collate",
    "convert",
    "convert_part",
    "convert_to_file",
    "detect_form",
    "failures",
    "merge_rollouts",
    "pack_plan",
    "parse_batch",
    "parts",
    "prepare",
    "statistics",
    "tokenize",
    "verify",
]
