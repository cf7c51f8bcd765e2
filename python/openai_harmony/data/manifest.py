"""What is in a folder of shards."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional

from ..arguments import expect, listed
from .recipe import Recipe
from .report import Statistics
from .sources import PathLike, lines_before

__all__ = ["DataSetError", "FailedRow", "Manifest", "PartReport", "failures", "statistics", "verify"]

MANIFEST = "manifest.json"
PLAN = "plan.json"


class DataSetError(ValueError):
    """A folder of shards is not what it should be, or a row failed that nobody allowed to fail."""


@dataclass(frozen=True)
class PartReport:
    """What became of a part. Its file, ``part-00000.json``, is written last, so it says that the part is done."""

    part: int
    """The number of the part."""
    source: str
    """The file that it is from."""
    start: int
    """See ``Part.start``."""
    stop: int
    """See ``Part.stop``."""
    lines: int
    """How many lines or rows of the source it has, blank lines included."""
    shard: Optional[str]
    """The name of the shard; None if no row of the part became one."""
    bytes: int
    """The size of the shard."""
    sha256: Optional[str]
    """The SHA-256 of the shard in hexadecimal digits."""
    statistics: Statistics
    """The numbers."""
    left_out: Optional[str] = None
    """Why the whole part was left out, if it was: it killed its worker again and again."""

    def to_dict(self) -> Dict[str, Any]:
        """The report as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PartReport:
        """Read the form of ``to_dict``."""
        expect("data", data, Mapping, "what to_dict returned")
        return cls(**{**data, "statistics": Statistics.from_dict(_field(data, "statistics"))})


@dataclass(frozen=True)
class Manifest:
    """A data set that is whole: the recipe, the parts in their order, and all numbers together."""

    recipe: Recipe
    """The recipe; its form is the one that was found where ``auto`` was asked for."""
    parts: List[PartReport]
    """The reports of all parts."""
    statistics: Statistics = field(init=False)
    """The numbers of all parts together."""

    def __post_init__(self) -> None:
        vars(self)["statistics"] = sum((report.statistics for report in self.parts), Statistics())

    @property
    def shards(self) -> List[str]:
        """The names of the shards, in their order."""
        return [report.shard for report in self.parts if report.shard is not None]

    def to_dict(self) -> Dict[str, Any]:
        """The manifest as JSON-ready values."""
        return {
            "recipe": self.recipe.to_dict(),
            "fingerprint": self.recipe.fingerprint,
            "statistics": self.statistics.to_dict(),
            "parts": [report.to_dict() for report in self.parts],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Manifest:
        """Read the form of ``to_dict``."""
        expect("data", data, Mapping, "what to_dict returned")
        parts = listed("parts", _field(data, "parts"), "reports")
        return cls(Recipe.from_dict(_field(data, "recipe")), list(map(PartReport.from_dict, parts)))


def _field(data: Mapping[str, Any], name: str) -> Any:
    if name not in data:
        raise ValueError(f"{name!r} is missing")
    return data[name]


@dataclass(frozen=True)
class FailedRow:
    """A row that is in no shard, and why."""

    source: str
    """The file."""
    line: Optional[int]
    """The line, from 1; of Parquet the row, from 1; None while parts before it are not done."""
    offset: Optional[int]
    """Where the line begins in the file, in bytes; None for Parquet."""
    code: str
    """What is wrong, for programs; see ``RowFailure.code``."""
    reason: str
    """What is wrong, for people, in one line."""

    @property
    def place(self) -> str:
        """File and line, or byte: ``rows.jsonl, line 3``."""
        if self.line is not None:
            return f"{self.source}, line {self.line:,}"
        return self.source if self.offset is None else f"{self.source}, byte {self.offset:,}"


def shard_name(part: int) -> str:
    return f"part-{part:05}.parquet"


def report_name(part: int) -> str:
    return f"part-{part:05}.json"


def failures_name(part: int) -> str:
    return f"part-{part:05}.failed.jsonl"


def read_report(folder: Path, part: int) -> Optional[PartReport]:
    """The report of a part that is done; None if it is not, or is damaged. Its shard is there in full size."""
    try:
        report = PartReport.from_dict(json.loads((folder / report_name(part)).read_text("utf-8")))
        if report.shard is not None and (folder / report.shard).stat().st_size != report.bytes:
            return None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return report


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a folder. Raises ``DataSetError`` if it has none: it is not, or not yet, a whole data set."""
    try:
        text = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise DataSetError(
            f"{folder} has no {MANIFEST}: its conversion has not ended, or it is another folder"
        ) from None
    try:
        return Manifest.from_dict(json.loads(text))
    except (TypeError, ValueError, RecursionError) as error:
        raise DataSetError(f"{folder / MANIFEST} is no manifest: {error}") from error


def verify(target: PathLike) -> Manifest:
    """Check that every shard of a data set is there and unchanged, and return its manifest.

    Raises ``DataSetError``, which names each shard that is missing or was changed.

    >>> try:
    ...     verify("no-such-folder")
    ... except DataSetError as error:
    ...     print(error)
    no-such-folder has no manifest.json: its conversion has not ended, or it is another folder
    """
    folder = Path(target)
    manifest = read_manifest(folder)
    wrong = [problem for report in manifest.parts if (problem := _problem(folder, report))]
    if wrong:
        raise DataSetError(f"{folder}: " + "; ".join(wrong))
    return manifest


def _problem(folder: Path, report: PartReport) -> Optional[str]:
    if report.shard is None:
        return None
    path = folder / report.shard
    if not path.exists():
        return f"{report.shard} is missing"
    if path.stat().st_size != report.bytes:
        return f"{report.shard} has {path.stat().st_size:,} bytes instead of {report.bytes:,}"
    return None if hash_of(path) == report.sha256 else f"{report.shard} was changed: it has another SHA-256"


def statistics(target: PathLike) -> Statistics:
    """The numbers of all parts that are done, of a conversion that still runs too."""
    return sum((report.statistics for report in done_parts(Path(target))), Statistics())


def failures(target: PathLike) -> Iterator[FailedRow]:
    """The rows that failed, in their order."""
    folder = Path(target)
    reports = list(done_parts(folder))
    before = lines_before((report.source, report.start, report.stop, _lines_of(report)) for report in reports)
    for report in reports:
        path = folder / failures_name(report.part)
        if not path.exists():
            continue
        lines = before[report.source, report.start]
        with open(path, encoding="utf-8") as file:
            for row in map(json.loads, file):
                line = None if lines is None else lines + row["row"] + 1
                yield FailedRow(report.source, line, row["offset"], row["code"], row["reason"])


def _lines_of(report: PartReport) -> Optional[int]:
    return None if report.left_out else report.lines


def done_parts(folder: Path) -> Iterator[PartReport]:
    """The reports of a folder in the order of the parts."""
    if (folder / MANIFEST).exists():
        yield from read_manifest(folder).parts
        return
    numbers = sorted(int(path.name[5:-5]) for path in folder.glob("part-*[0-9].json"))
    for number in numbers:
        report = read_report(folder, number)
        if report is not None:
            yield report


def hash_of(path: Path) -> str:
    """The SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
