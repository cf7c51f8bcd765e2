"""Sources to a folder of shards, or to one file."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from .blocks import blocks
from .executors import GivenUp, run
from .files import remove_temporary, write_json
from .manifest import (
    MANIFEST,
    PLAN,
    DataSetError,
    Manifest,
    PartReport,
    failures_name,
    read_report,
    report_name,
    shard_name,
)
from .prepare import detect_form
from .recipe import Recipe, recipe_of
from .report import Statistics
from .shard import convert_part
from .sources import PART_BYTES, Part, PathLike, description, expand, parts

__all__ = ["convert"]

OnPart = Callable[[PartReport], None]


def convert(
    sources: Union[PathLike, Sequence[PathLike]],
    target: PathLike,
    recipe: Union[Recipe, Mapping[str, Any], None] = None,
    *,
    executor: Union[str, Executor] = "threads",
    workers: Optional[int] = None,
    max_failures: Optional[int] = 0,
    skip_dead_parts: bool = False,
    keep_failed: bool = False,
    resume: bool = True,
    column: Optional[str] = None,
    part_bytes: int = PART_BYTES,
    on_part: Optional[OnPart] = None,
) -> Manifest:
    """Convert files of conversations to a folder of Parquet shards, on all processors or several machines.

    ``sources`` are as for ``parts``. Each part becomes a shard ``part-00000.parquet`` with a report
    ``part-00000.json`` in ``target``, and a file ``part-00000.failed.jsonl`` where rows failed; ``manifest.json`` comes
    last. The bytes are the same with any executor and any number of workers. Called again after an interruption, it
    goes on where it was.

    ``executor`` is ``threads``, ``processes``, ``ray``, or an executor of ``concurrent.futures``; ``workers`` is how
    many parts are converted at once, all processors by default. On several machines, all must see the sources and the
    target.

    ``max_failures`` is how many rows may fail, None for any number; ``failures(target)`` lists them.
    ``skip_dead_parts`` leaves out parts that kill their worker three times, and says so in the manifest.
    ``keep_failed`` writes the rows themselves beside their failures. ``on_part`` is called with each report as it
    comes.

    The form of the rows is found out once, from the first part, where the recipe says ``auto``.

    Raises ``DataSetError`` for too many failures, and for a folder with a data set of another recipe or other sources,
    unless ``resume`` is false: then what is there is removed. ``FileNotFoundError`` for a source that matches nothing,
    ``ValueError`` for a source that a shard would overwrite.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rows = Path(folder, "rows.jsonl")
    ...     chat = [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}]
    ...     _ = rows.write_text(json.dumps({"messages": chat}))
    ...     manifest = convert(rows, Path(folder, "set"))
    ...     manifest.statistics.samples, manifest.shards
    (1, ['part-00000.parquet'])
    """
    files = expand(sources)
    folder = Path(target)
    _check_sources(files, folder)
    folder.mkdir(parents=True, exist_ok=True)
    recipe = recipe_of(recipe)
    all_parts = parts(files, part_bytes=part_bytes, seed=recipe.seed)
    with _only_one(folder):
        _check_shards(folder)
        if not resume:
            _remove(folder)
        all_parts, recipe = with_form(all_parts, recipe, column)
        _check_plan(folder, _plan(files, recipe, column, part_bytes))
        remove_temporary(folder)
        reports: Dict[int, PartReport] = {}
        tally = _Tally(folder, max_failures)

        def take(report: PartReport) -> None:
            reports[report.part] = report
            if on_part is not None:
                on_part(report)
            tally.add(report)

        def missing() -> Iterator[Part]:
            for part in all_parts:
                report = read_report(folder, part.index)
                if report is None:
                    yield part
                else:
                    take(report)

        work = partial(convert_part, target=folder, recipe=recipe, column=column, keep_failed=keep_failed)
        results = run(work, missing(), executor, workers)
        try:
            for result in results:
                take(_left_out(folder, result, skip_dead_parts) if isinstance(result, GivenUp) else result)
        finally:
            results.close()  # type: ignore[attr-defined]
            remove_temporary(folder)
        manifest = Manifest(recipe, [reports[part] for part in sorted(reports)])
        write_json(folder / MANIFEST, manifest.to_dict())
    return manifest


def with_form(all_parts: Iterator[Part], recipe: Recipe, column: Optional[str]) -> "tuple[Iterator[Part], Recipe]":
    """The parts, and the recipe with the form that the first of them shows; Chat Completions if it shows none."""
    if recipe.form != "auto":
        return all_parts, recipe
    first = next(all_parts, None)
    if first is None:
        return iter(()), recipe.replace(form="chat")
    block = next(blocks(first, None if column is None else [column]), None)
    form = None if block is None else detect_form(block.rows, column=column)
    return chain([first], all_parts), recipe.replace(form=form or "chat")


def _plan(files: List[str], recipe: Recipe, column: Optional[str], part_bytes: int) -> Dict[str, Any]:
    return {
        "fingerprint": recipe.fingerprint,
        "recipe": recipe.to_dict(),
        "column": column,
        "part_bytes": part_bytes,
        "sources": list(map(description, files)),
    }


def _check_plan(folder: Path, plan: Dict[str, Any]) -> None:
    """Write what the folder is for, or check that it is for the same. One folder has one recipe."""
    path = folder / PLAN
    if not path.exists():
        write_json(path, plan)
        return
    before = _read_plan(path)
    if before == plan:
        if any(source["size"] is None for source in plan["sources"]):
            raise DataSetError(f"{folder}: a conversion from a pipe cannot be continued; begin again without resume")
        return
    raise DataSetError(
        f"{folder} has a data set of another conversion ({_difference(before, plan)}); "
        "take another folder, or begin again without resume"
    )


def _read_plan(path: Path) -> Dict[str, Any]:
    try:
        plan = json.loads(path.read_text("utf-8"))
    except ValueError:
        plan = None
    if not isinstance(plan, dict) or not isinstance(plan.get("recipe"), dict):
        raise DataSetError(f"{path} is damaged: take another folder, or begin again without resume")
    return plan


def _difference(before: Dict[str, Any], plan: Dict[str, Any]) -> str:
    for name in ("sources", "part_bytes", "column"):
        if before.get(name) != plan[name]:
            return f"other {name}" if name == "sources" else f"{name} was {before.get(name)}, is {plan[name]}"
    for name, value in plan["recipe"].items():
        if before["recipe"].get(name) != value:
            return f"{name} was {json.dumps(before['recipe'].get(name))}, is {json.dumps(value)}"
    return "another version of openai-harmony"


def _check_sources(files: List[str], folder: Path) -> None:
    """Refuse sources that a shard would overwrite, or that would be removed when a conversion begins again."""
    for source in files:
        path = Path(source).resolve()
        if path.parent == folder.resolve() and _is_of_part(path.name):
            raise ValueError(f"{source} is in the target folder and has the name of a shard: it would be lost")


def _check_shards(folder: Path) -> None:
    """Refuse a folder in which files that are not of a conversion have the names of its shards."""
    if (folder / PLAN).exists():
        return
    for path in sorted(folder.glob("part-*")):
        if _is_of_part(path.name):
            raise DataSetError(f"{path} would be overwritten, and no conversion wrote it: take another folder")


def _remove(folder: Path) -> None:
    """Remove what a conversion wrote, and nothing else."""
    for path in folder.glob("part-*"):
        if _is_of_part(path.name):
            path.unlink()
    for name in (PLAN, MANIFEST):
        (folder / name).unlink(missing_ok=True)


def _is_of_part(name: str) -> bool:
    """Whether a conversion gives this name to a shard, a report or a file of failures."""
    number = name.partition("-")[2].partition(".")[0]
    return number.isdecimal() and name in (write(int(number)) for write in (shard_name, report_name, failures_name))


class _Tally:
    """Counts failed rows, and ends the conversion where there are too many."""

    def __init__(self, folder: Path, most: Optional[int]) -> None:
        self._folder, self._most, self._failed = folder, most, 0

    def add(self, report: PartReport) -> None:
        self._failed += report.statistics.failed
        if self._most is None or self._failed <= self._most:
            return
        rows = (self._folder / failures_name(report.part)).read_text("utf-8")
        first = json.loads(rows.splitlines()[0])
        place = (
            f"byte {first['offset']:,}"
            if first["offset"] is not None
            else f"row {first['row']:,} of part {report.part}"
        )
        allowed = "none may" if self._most == 0 else f"{self._most:,} may"
        raise DataSetError(f"{self._failed:,} rows failed, {allowed}: {first['source']}, {place}: {first['reason']}")


def _left_out(folder: Path, result: GivenUp, allowed: bool) -> PartReport:
    part = result.part
    if not allowed:
        raise DataSetError(f"{part.source}, part {part.index} ({part.start:,} to {part.stop:,}): {result.reason}")
    return PartReport(
        part.index, part.source, part.start, part.stop, 0, None, 0, None, Statistics(), left_out=result.reason
    )


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Refuse a second conversion to the same folder while one runs, where the system can tell."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with open(folder / ".lock", "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataSetError(f"another conversion is writing to {folder}") from None
        yield
