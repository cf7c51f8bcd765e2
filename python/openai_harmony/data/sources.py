"""Files of rows, cut into parts."""

from __future__ import annotations

import errno
import glob
import hashlib
import os
import stat
import sys
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Literal, Optional, Sequence, Tuple, Union

from ..arguments import expect, listed

__all__ = ["PART_BYTES", "Part", "parts"]

PathLike = Union[str, "os.PathLike[str]"]

PART_BYTES = 16 << 20
"""How many bytes of a source are a part unless asked otherwise."""

STDIN = "-"
_COMPRESSED = (".gz", ".zst")
_ENDINGS = (
    ".jsonl",
    ".ndjson",
    ".parquet",
    *(ending + more for ending in (".jsonl", ".ndjson") for more in _COMPRESSED),
)


@dataclass(frozen=True)
class Part:
    """A piece of a source, cut by size alone: what one worker converts at a time.

    The same sources are always cut into the same parts, so it does not matter where or how often one is converted.
    """

    index: int
    """Its number among all parts of all sources, from 0."""
    source: str
    """The file; ``-`` is standard input."""
    kind: Literal["lines", "compressed", "parquet", "bytes"]
    """A byte range of JSON Lines, a whole compressed file, row groups of a Parquet file, or bytes read from a pipe."""
    start: int
    """The first byte, or the first row group. A line belongs to the part in which its first byte is."""
    stop: int
    """The byte or row group after the last one."""
    data: Optional[bytes] = field(default=None, repr=False, compare=False)
    """The bytes, of a pipe."""


def parts(
    sources: Union[PathLike, Sequence[PathLike]], *, part_bytes: int = PART_BYTES, seed: Optional[int] = None
) -> Iterator[Part]:
    """Cut sources into parts of about ``part_bytes`` bytes.

    A source is a file of JSON Lines, also ``.gz`` or ``.zst``, a Parquet file, a folder of such files, a pattern with
    ``*``, or ``-`` for standard input. Compressed files are one part each, because they can only be read from the
    start. Pipes are read while the parts are taken. A ``seed`` puts the parts into an order that depends on it.

    Raises ``FileNotFoundError`` for a source that matches nothing, ``ValueError`` for a pipe with a seed.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "a.jsonl").write_text('{"messages": []}\\n' * 3)
    ...     [(part.index, part.start, part.stop) for part in parts(folder, part_bytes=30)]
    [(0, 0, 30), (1, 30, 51)]
    """
    if part_bytes < 1:
        raise ValueError(f"part_bytes must be at least 1, not {part_bytes}")
    files = expand(sources)
    in_order = _parts_in_order(files, part_bytes)
    if seed is None:
        yield from in_order
        return
    for source in filter(is_pipe, files):
        raise ValueError(
            f"{source} is a pipe, whose parts come in their order: leave out the seed, or write a file first"
        )

    def place(part: Part) -> bytes:
        return hashlib.sha256(f"{seed} {part.index}".encode()).digest()

    for index, part in enumerate(sorted(in_order, key=place)):
        yield replace(part, index=index)


def _parts_in_order(files: List[str], part_bytes: int) -> Iterator[Part]:
    index = 0
    for source in files:
        for part in _parts_of(source, index, part_bytes):
            yield part
            index += 1


def expand(sources: Union[PathLike, Sequence[PathLike]]) -> List[str]:
    """The files that sources name, in their order; those of a folder or a pattern by name."""
    if isinstance(sources, (str, os.PathLike)):
        sources = [sources]
    found: List[str] = []
    for source in listed("sources", sources, "paths"):
        expect("a source", source, (str, os.PathLike), "a path")
        files = _files_of(os.fspath(source))
        if not files:
            raise FileNotFoundError(
                f"no rows in {source}: there is no such file or pattern, nor a folder with {', '.join(_ENDINGS)}"
            )
        found += files
    return found


def is_pipe(source: str) -> bool:
    """Whether a source can only be read once."""
    return source == STDIN or not stat.S_ISREG(os.stat(source).st_mode)


def description(source: str) -> Dict[str, Any]:
    """What tells whether a source is still the same."""
    if is_pipe(source):
        return {"path": source, "size": None, "modified": None}
    status = os.stat(source)
    return {"path": source, "size": status.st_size, "modified": status.st_mtime_ns}


def _files_of(source: str) -> List[str]:
    if os.path.isdir(source):
        return sorted(str(path) for path in Path(source).iterdir() if path.name.endswith(_ENDINGS))
    if source == STDIN or os.path.exists(source):
        return [source]
    return sorted(glob.glob(source, recursive=True))


def _parts_of(source: str, index: int, part_bytes: int) -> Iterator[Part]:
    if is_pipe(source):
        return _parts_of_pipe(source, index, part_bytes)
    if source.endswith(".parquet"):
        return _parts_of_parquet(source, index, part_bytes)
    size = os.path.getsize(source)
    if source.endswith(_COMPRESSED):
        return iter([Part(index, source, "compressed", 0, size)])
    return (
        Part(index + number, source, "lines", start, min(start + part_bytes, size))
        for number, start in enumerate(range(0, size, part_bytes))
    )


def _parts_of_pipe(source: str, index: int, part_bytes: int) -> Iterator[Part]:
    file = sys.stdin.buffer if source == STDIN else open(source, "rb")
    with file:
        offset = 0
        for number, data in enumerate(blocks_of_lines(file, part_bytes)):
            yield Part(index + number, source, "bytes", offset, offset + len(data), data=data)
            offset += len(data)


def blocks_of_lines(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Whole lines of at least ``size`` bytes together, until the file ends."""
    while block := file.read(size):
        yield block if block.endswith(b"\n") else block + file.readline()


def _parts_of_parquet(source: str, index: int, part_bytes: int) -> Iterator[Part]:
    from pyarrow import parquet

    with named(source):
        metadata = parquet.read_metadata(source)
    first, size = 0, 0
    for group in range(metadata.num_row_groups):
        size += metadata.row_group(group).total_byte_size
        if size >= part_bytes or group + 1 == metadata.num_row_groups:
            yield Part(index, source, "parquet", first, group + 1)
            index, first, size = index + 1, group + 1, 0


@contextmanager
def named(source: str) -> Iterator[None]:
    """Whatever is wrong with a file as an ``OSError`` with its name, which libraries that read files leave out."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise OSError(errno.EIO, f"damaged or cut off: {error}", source) from error


def bytes_between(source: str, start: int, stop: int) -> int:
    """About how many bytes of a file a part takes up."""
    if not source.endswith(".parquet"):
        return stop - start
    return os.path.getsize(source) * (stop - start) // _row_groups(source)


@lru_cache(maxsize=64)
def _row_groups(source: str) -> int:
    from pyarrow import parquet

    with named(source):
        return max(1, int(parquet.read_metadata(source).num_row_groups))


def lines_before(
    pieces: Iterable[Tuple[str, int, int, Optional[int]]],
) -> Dict[Tuple[str, int], Optional[int]]:
    """How many lines or rows of its source come before each piece, by source and start; None where that is not known.

    A piece is its source, start, stop and number of lines.
    """
    before: Dict[Tuple[str, int], Optional[int]] = {}
    for source, start, stop, lines in sorted(pieces, key=lambda piece: piece[:2]):
        known = before.setdefault((source, start), 0 if start == 0 else None)
        before[source, stop] = None if known is None or lines is None else known + lines
    return before


def total_bytes(files: Iterable[str]) -> Optional[int]:
    """The size of all files; None if one is a pipe."""
    files = list(files)
    return None if any(map(is_pipe, files)) else sum(map(os.path.getsize, files))
