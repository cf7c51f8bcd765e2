"""Sources to one file."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from .blocks import Block, blocks
from .convert import with_form
from .executors import in_order
from .files import replaced
from .manifest import DataSetError, FailedRow
from .prepare import Table, prepare_block
from .recipe import Recipe, recipe_of
from .report import RowFailure, Statistics
from .shard import Shard
from .sources import PART_BYTES, STDIN, Part, PathLike, expand, is_pipe, lines_before, parts

__all__ = ["convert_to_file"]

ENDINGS = (".jsonl", ".parquet")


def convert_to_file(
    sources: Union[PathLike, Sequence[PathLike]],
    target: PathLike,
    recipe: Union[Recipe, Mapping[str, Any], None] = None,
    *,
    workers: Optional[int] = None,
    max_failures: Optional[int] = 0,
    column: Optional[str] = None,
    part_bytes: int = PART_BYTES,
    on_statistics: Optional[Callable[[Statistics], None]] = None,
    on_part: Optional[Callable[[Part], None]] = None,
    on_failure: Optional[Callable[[FailedRow], None]] = None,
) -> Statistics:
    """Convert files of conversations to one file, on several threads: for what is small enough not to be interrupted.

    ``target`` ends in ``.jsonl`` or ``.parquet``; ``-`` is JSON Lines on standard output. It is written under a
    temporary name and renamed at the end, so it is whole or not there, and what it was before stays until then.
    ``on_statistics`` is called with the numbers so far, ``on_part`` with each part that is done, ``on_failure`` with
    each row that failed (with a seed, once all parts are done). The rest is as for ``convert``.

    Raises ``DataSetError`` for too many failures, ``ValueError`` for another ending and for a target that is a source.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows, target = Path(folder, "rows.jsonl"), Path(folder, "examples.jsonl")
    ...     chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    ...     _ = rows.write_text(json.dumps({"messages": chat}))
    ...     convert_to_file(rows, target).samples, list(json.loads(target.read_text()))
    (1, ['input_ids', 'loss_mask'])
    """
    files = expand(sources)
    _check_target(files, os.fspath(target))
    chosen = recipe_of(recipe)
    all_parts = parts(files, part_bytes=part_bytes, seed=chosen.seed)
    all_parts, chosen = with_form(all_parts, chosen, column)
    columns = None if column is None else [column, *chosen.keep]

    def work(item: _Item) -> Tuple[_Item, Table]:
        chosen_here = chosen.for_block(item.part.index, item.number)
        return item, prepare_block(item.block.rows, chosen_here, column, item.first_row)

    def items() -> Iterator[_Item]:
        row = 0
        for part in all_parts:
            number = -1
            for number, block in enumerate(blocks(part, columns)):
                yield _Item(part, number, block, row)
                row += block.lines
            if number < 0:  # inside a line that is longer than a part
                yield _Item(part, 0, Block(b"", part.start, 0), row)

    total = Statistics()
    with _opened(os.fspath(target)) as write:
        failed_rows = _FailedRows(on_failure)
        for part, done in groupby(in_order(work, items(), workers), key=lambda result: result[0].part):
            lines = 0
            for item, table in done:
                total += table.statistics
                for failure in table.failures:
                    row = lines + failure.row - item.first_row
                    failed = failed_rows.place(part, item.block, row, failure)
                    if max_failures is not None and total.failed > max_failures:
                        raise DataSetError(f"{failed.place}: {failed.reason}")
                    failed_rows.add(part, row, failed)
                write(table)
                lines += item.block.lines
                if on_statistics is not None:
                    on_statistics(total)
            failed_rows.end_part(part, lines)
            if on_part is not None:
                on_part(part)
        failed_rows.end()
    return total


class _Item(NamedTuple):
    """A block of a part, and how many rows of all sources come before it."""

    part: Part
    number: int
    block: Block
    first_row: int


class _FailedRows:
    """Calls a function with each row that failed, as soon as its line is known: that takes all parts before its own."""

    def __init__(self, call: Optional[Callable[[FailedRow], None]]) -> None:
        self._call = call
        self._parts: List[Tuple[str, int, int, Optional[int]]] = []
        self._before: Dict[Tuple[str, int], int] = {}
        self._waiting: List[Tuple[Part, int, FailedRow]] = []

    def place(self, part: Part, block: Block, row: int, failure: RowFailure) -> FailedRow:
        offset = None if failure.offset is None or block.offset is None else block.offset + failure.offset
        before = self._lines_before(part)
        line = None if before is None else before + row + 1
        return FailedRow(part.source, line, offset, failure.code, failure.reason)

    def add(self, part: Part, row: int, failed: FailedRow) -> None:
        if failed.line is None:
            self._waiting.append((part, row, failed))
        elif self._call is not None:
            self._call(failed)

    def end_part(self, part: Part, lines: int) -> None:
        self._parts.append((part.source, part.start, part.stop, lines))
        before = self._lines_before(part)
        if before is not None:
            self._before[part.source, part.stop] = before + lines

    def end(self) -> None:
        before = lines_before(self._parts)
        for part, row, failed in self._waiting:
            lines = before[part.source, part.start]
            if self._call is not None:
                self._call(replace(failed, line=None if lines is None else lines + row + 1))

    def _lines_before(self, part: Part) -> Optional[int]:
        return 0 if part.start == 0 else self._before.get((part.source, part.start))


def is_single_file(target: str) -> bool:
    """Whether a target is one file rather than a folder."""
    return not os.path.isdir(target) and (target == STDIN or Path(target).suffix != "" or os.path.exists(target))


def _check_target(files: List[str], target: str) -> None:
    if target == STDIN:
        return
    if os.path.exists(target) and is_pipe(target):
        if target.endswith(".parquet"):
            raise ValueError(f"{target} is a pipe, which cannot hold Parquet")
        return
    if not target.endswith(ENDINGS):
        raise ValueError(f"{target}: a file of examples ends in {' or '.join(ENDINGS)}; a folder has no ending")
    for source in files:
        if source != STDIN and os.path.exists(target) and os.path.samefile(source, target):
            raise ValueError(f"{target} is a source too: it would be lost")


@contextmanager
def _opened(target: str) -> Iterator[Callable[[Table], None]]:
    if target == STDIN:
        yield lambda table: _write_lines(sys.stdout.buffer, table)
        sys.stdout.buffer.flush()
    elif os.path.exists(target) and is_pipe(target):
        with open(target, "wb") as file:
            yield lambda table: _write_lines(file, table)
    elif target.endswith(".parquet"):
        with replaced(Path(target)) as temporary, Shard(temporary, even_if_empty=True) as shard:
            yield shard.write
    else:
        with replaced(Path(target)) as temporary, open(temporary, "wb") as file:
            yield lambda table: _write_lines(file, table)


def _write_lines(file: BinaryIO, table: Table) -> None:
    columns = [(name, table[name]) for name in table.column_names]
    for row in range(len(table)):
        values = {name: _value(column[row]) for name, column in columns}
        file.write(json.dumps(values, ensure_ascii=False).encode() + b"\n")


def _value(value: Any) -> Any:
    return value.tolist() if isinstance(value, memoryview) else value
