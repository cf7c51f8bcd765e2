"""One part to one shard."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, TextIO, Tuple

from ..arguments import expect
from .blocks import Block, blocks
from .files import replaced, write_json
from .manifest import PartReport, failures_name, hash_of, report_name, shard_name
from .prepare import Table, prepare_block
from .recipe import Recipe
from .report import RowFailure, Statistics
from .sources import Part, PathLike

__all__ = ["convert_part"]

ROW_GROUP = 64 * 1024
"""The most rows of a row group."""


class Stopped(Exception):
    """The work was cancelled."""


def convert_part(
    part: Part,
    target: PathLike,
    recipe: Recipe,
    *,
    column: Optional[str] = None,
    keep_failed: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> PartReport:
    """Convert a part to a shard in the folder ``target``, and return the report that is written beside it.

    The files are a pure function of the part and the recipe: doing it again, elsewhere or at the same time writes the
    same bytes. Each is written under a temporary name and renamed; the report comes last. Rows that fail are lines of
    ``part-00000.failed.jsonl``, with the row itself if ``keep_failed``.

    Raises ``ValueError`` for a recipe that leaves the form open, ``OSError`` where files cannot be read or written.
    """
    expect("part", part, Part, "a Part")
    expect("recipe", recipe, Recipe, "a Recipe")
    if recipe.form == "auto":
        raise ValueError("a part alone cannot tell the form of the rows: set recipe.form to 'harmony' or 'chat'")
    folder = Path(target)
    total, lines = Statistics(), 0
    with replaced(folder / failures_name(part.index)) as failed, replaced(folder / shard_name(part.index)) as shard:
        with _FailedRows(failed, part, keep_failed) as failed_rows, Shard(shard) as rows:
            for block, table in tables(part, recipe, column, stopped):
                rows.write(table)
                failed_rows.write(table.failures, block)
                total += table.statistics
                lines += block.lines
        there = shard.exists()
        size, digest = (shard.stat().st_size, hash_of(shard)) if there else (0, None)
    name = shard_name(part.index) if there else None
    report = PartReport(part.index, part.source, part.start, part.stop, lines, name, size, digest, total)
    write_json(folder / report_name(part.index), report.to_dict())
    return report


def tables(
    part: Part, recipe: Recipe, column: Optional[str], stopped: Callable[[], bool] = lambda: False
) -> Iterator[Tuple[Block, Table]]:
    """The blocks of a part with what becomes of them."""

    def check() -> None:
        if stopped():
            raise Stopped

    columns = None if column is None else [column, *recipe.keep]
    lines = 0
    for number, block in enumerate(blocks(part, columns)):
        check()
        yield block, prepare_block(block.rows, recipe.for_block(part.index, number), column, lines, check)
        lines += block.lines


class _FailedRows:
    """A file of JSON Lines that begins with the first row that failed."""

    def __init__(self, path: Path, part: Part, keep: bool) -> None:
        self._path, self._part, self._keep = path, part, keep
        self._file: Optional[TextIO] = None

    def __enter__(self) -> _FailedRows:
        return self

    def write(self, failed: List[RowFailure], block: Block) -> None:
        for failure in failed:
            if self._file is None:
                self._file = open(self._path, "w", encoding="utf-8")
            self._file.write(json.dumps(self._row(failure, block), ensure_ascii=False) + "\n")

    def _row(self, failure: RowFailure, block: Block) -> Dict[str, Any]:
        offset = None if failure.offset is None or block.offset is None else block.offset + failure.offset
        row: Dict[str, Any] = {
            "source": self._part.source,
            "row": failure.row,
            "offset": offset,
            "code": failure.code,
            "reason": failure.reason,
        }
        if self._keep and isinstance(block.rows, bytes) and failure.offset is not None:
            end = block.rows.find(b"\n", failure.offset)
            line = block.rows[failure.offset : None if end < 0 else end]
            row["text"] = line.decode("utf-8", "backslashreplace")
        return row

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()


class Shard:
    """A Parquet file that begins with the first table that has rows, or ``even_if_empty`` with the first table."""

    def __init__(self, path: Path, even_if_empty: bool = False) -> None:
        self._path, self._even_if_empty = path, even_if_empty
        self._writer: Any = None

    def __enter__(self) -> Shard:
        return self

    def write(self, table: Table) -> None:
        import pyarrow
        from pyarrow import parquet

        if not (len(table) or self._even_if_empty):
            return
        rows = pyarrow.table(table)
        if self._writer is None:
            # A dictionary of ids costs time and saves nothing: zstd finds what repeats.
            self._writer = parquet.ParquetWriter(self._path, rows.schema, compression="zstd", use_dictionary=False)
        self._writer.write_table(rows, ROW_GROUP)

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()
