"""The rows of a part, a block at a time."""

from __future__ import annotations

import gzip
from contextlib import contextmanager
from typing import Any, BinaryIO, Iterator, List, NamedTuple, Optional, Sequence

from .sources import PART_BYTES, Part, blocks_of_lines, named

__all__: List[str] = []

ROWS = 8192
"""How many rows of Parquet are a block: what one row group of a shard should have at least."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Block(NamedTuple):
    """Rows that are prepared together."""

    rows: Any
    """Bytes of JSON Lines, or a table of pyarrow."""
    offset: Optional[int]
    """Where they begin in the source, in bytes; None for Parquet."""
    lines: int
    """How many lines or rows they are, blank lines included."""


def blocks(part: Part, columns: Optional[Sequence[str]] = None) -> Iterator[Block]:
    """The rows of a part, so few at once that their work ends within a second. Of Parquet only ``columns`` are read;
    None reads all.

    Reading a byte range or row groups costs what they hold, wherever they are in the file. Raises ``OSError`` with the
    name of the source if it cannot be read, also where it is damaged.
    """
    with named(part.source):
        yield from _blocks(part, columns)


def _blocks(part: Part, columns: Optional[Sequence[str]]) -> Iterator[Block]:
    if part.kind == "parquet":
        yield from _row_groups(part, columns)
    elif part.kind == "lines":
        yield from _byte_range(part)
    elif part.data is not None:
        yield _lines(part.data, part.start)
    else:
        offset = 0
        with _opened(part.source) as file:
            for data in blocks_of_lines(file, PART_BYTES):
                yield _lines(data, offset)
                offset += len(data)


def _lines(data: bytes, offset: int) -> Block:
    if offset == 0 and data.startswith(_BYTE_ORDER_MARK):
        data = data[len(_BYTE_ORDER_MARK) :]
        offset = len(_BYTE_ORDER_MARK)
    return Block(data, offset, data.count(b"\n") + (not data.endswith(b"\n")))


def _byte_range(part: Part) -> Iterator[Block]:
    with open(part.source, "rb") as file:
        if part.start > 0:
            # The byte before tells whether a line begins at the first one.
            file.seek(part.start - 1)
            file.readline()
        while (start := file.tell()) < part.stop:
            data = file.read(min(part.stop - start, PART_BYTES))
            if not data:  # the file is shorter than it was
                return
            yield _lines(data if data.endswith(b"\n") else data + file.readline(), start)


def _row_groups(part: Part, columns: Optional[Sequence[str]]) -> Iterator[Block]:
    import pyarrow
    from pyarrow import parquet

    with parquet.ParquetFile(part.source) as file:
        waiting: List[Any] = []
        for batch in file.iter_batches(
            ROWS, row_groups=range(part.start, part.stop), columns=columns, use_threads=False
        ):
            waiting.append(batch)
            if sum(map(len, waiting)) >= ROWS:
                yield _table(pyarrow.Table.from_batches(waiting))
                waiting = []
        if waiting:
            yield _table(pyarrow.Table.from_batches(waiting))


def _table(table: Any) -> Block:
    return Block(table, None, table.num_rows)


@contextmanager
def _opened(source: str) -> Iterator[BinaryIO]:
    if source.endswith(".gz"):
        with gzip.open(source) as file:
            yield file  # type: ignore[misc]
        return
    import pyarrow

    with pyarrow.input_stream(source, compression="zstd") as stream:
        yield _Lines(stream)  # type: ignore[misc]


class _Lines:
    """A stream of pyarrow with ``readline``."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rest = b""

    def read(self, size: int) -> bytes:
        rest, self._rest = self._rest, b""
        while len(rest) < size and (more := self._stream.read(size - len(rest))):
            rest += more
        return rest

    def readline(self) -> bytes:
        pieces: List[bytes] = []
        while more := self._rest or self._stream.read(1 << 16):
            line, end, self._rest = more.partition(b"\n")
            pieces += line, end
            if end:
                break
        return b"".join(pieces)
