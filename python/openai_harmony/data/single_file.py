"""Sources to one file."""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from .blocks import Block, blocks
from .convert import with_form
from .executors import in_order
from .files import replaced
from .manifest import DataSetError, FailedRow
from .prepare import Table, prepare
from .recipe import Recipe, recipe_of
from .report import Statistics
from .shard import Shard
from .sources import PART_BYTES, STDIN, Part, PathLike, expand, is_pipe, parts

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
    on_failure: Optional[Callable[[FailedRow], None]] = None,
) -> Statistics:
    """Convert files of conversations to one file, on several threads: for what is small enough not to be interrupted.

    ``target`` ends in ``.jsonl`` or ``.parquet``; ``-`` is JSON Lines on standard output. It is written under a
    temporary name and renamed at the end, so it is whole or not there, and what it was before stays until then.
    ``on_statistics`` is called with the numbers so far, ``on_failure`` with each row that failed. The rest is as for
    ``convert``.

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
    all_parts, recipe = with_form(parts(files, part_bytes=part_bytes), recipe_of(recipe), column)
    columns = None if column is None else [column, *recipe.keep]

    def work(item: Tuple[Part, Block]) -> Tuple[Part, Block, Table]:
        part, block = item
        return part, block, prepare(block.rows, recipe, column=column, num_threads=1)

    total, lines, source = Statistics(), 0, None
    items = ((part, block) for part in all_parts for block in blocks(part, columns))
    with _opened(os.fspath(target)) as write:
        for part, block, table in in_order(work, items, workers):
            if part.source != source:
                source, lines = part.source, 0
            total += table.statistics
            for failure in table.failures:
                offset = None if failure.offset is None or block.offset is None else block.offset + failure.offset
                failed = FailedRow(part.source, lines + failure.row + 1, offset, failure.code, failure.reason)
                if max_failures is not None and total.failed > max_failures:
                    raise DataSetError(f"{failed.source}, line {failed.line:,}: {failed.reason}")
                if on_failure is not None:
                    on_failure(failed)
            write(table)
            lines += block.lines
            if on_statistics is not None:
                on_statistics(total)
    return total


def is_single_file(target: str) -> bool:
    """Whether a target is one file rather than a folder."""
    return target == STDIN or (Path(target).suffix != "" and not os.path.isdir(target))


def _check_target(files: List[str], target: str) -> None:
    if target == STDIN:
        return
    if not target.endswith(ENDINGS):
        raise ValueError(f"{target}: a file of examples ends in {' or '.join(ENDINGS)}; a folder has no ending")
    for source in files:
        if source != STDIN and os.path.exists(target) and os.path.samefile(source, target):
            raise ValueError(f"{target} is a source too: it would be lost")
    if os.path.exists(target) and is_pipe(target) and target.endswith(".parquet"):
        raise ValueError(f"{target} is a pipe, which cannot hold Parquet")


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
