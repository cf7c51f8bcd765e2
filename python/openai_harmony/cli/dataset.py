"""Files of conversations to files of training examples, on several cores."""

from __future__ import annotations

import json
import multiprocessing
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, NamedTuple, Tuple, TypeVar, Union

from rich.console import Console
from rich.progress import Progress

from ..encoding import load_harmony_encoding
from ..rendering import RenderFormat
from ..training import TrainingExample, training_example
from .files import conversation_of

# Large enough that sending a batch to a process costs little, small enough that the bar moves.
BATCH = 64


@dataclass
class Report:
    """What a conversion did."""

    examples: int = 0
    tokens: int = 0
    learned: int = 0
    failed: int = 0


class Failure(NamedTuple):
    """A conversation that could not be converted."""

    place: int
    reason: str


Row = Tuple[int, Union[str, Dict[str, Any]]]
Outcome = Union[TrainingExample, Failure]
Write = Callable[[List[TrainingExample]], None]
T = TypeVar("T")


def convert_file(source: str, target: str, form: str, jobs: int, skip_bad: bool, format: RenderFormat) -> Report:
    """Convert ``source`` to ``target``; the endings say whether they are JSON Lines or Parquet.

    Raises ``ValueError`` at the first conversation that cannot be converted, unless ``skip_bad``.
    """
    report = Report()
    console = Console(stderr=True)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(console=console, disable=not console.is_terminal))
        rows = progress.track(_rows(source), total=_count(source), description="converting")
        write = stack.enter_context(_Writer(target)).write
        for outcomes in _run(partial(_convert_batch, form, format), _batches(rows), jobs, stack):
            examples = [outcome for outcome in outcomes if isinstance(outcome, TrainingExample)]
            for outcome in outcomes:
                if isinstance(outcome, Failure):
                    _report_failure(outcome, source, skip_bad, console)
                    report.failed += 1
            write(examples)
            report.examples += len(examples)
            report.tokens += sum(len(example.input_ids) for example in examples)
            report.learned += sum(sum(example.loss_mask) for example in examples)
    return report


def _report_failure(failure: Failure, source: str, skip_bad: bool, console: Console) -> None:
    message = f"{source}, conversation {failure.place}: {failure.reason}"
    if not skip_bad:
        raise ValueError(message)
    console.print(message, style="red", markup=False, highlight=False)


def _convert_batch(form: str, format: RenderFormat, rows: List[Row]) -> List[Outcome]:
    encoding = load_harmony_encoding("HarmonyGptOss")
    outcomes: List[Outcome] = []
    for place, row in rows:
        try:
            data = json.loads(row) if isinstance(row, str) else row
            outcomes.append(training_example(encoding, conversation_of(data, form), format))
        except (ValueError, RuntimeError) as error:
            outcomes.append(Failure(place, str(error)))
    return outcomes


def _run(
    work: Callable[[List[Row]], List[Outcome]], batches: Iterable[List[Row]], jobs: int, stack: ExitStack
) -> Iterator[List[Outcome]]:
    """The outcomes in the order of the batches; no more batches are read than the processes need."""
    if jobs == 1:
        yield from map(work, batches)
        return
    # Spawn: forking a process that has threads (the progress bar has) can hang.
    pool = stack.enter_context(ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")))
    running: Deque[Future[List[Outcome]]] = deque()
    for batch in batches:
        running.append(pool.submit(work, batch))
        if len(running) > 2 * jobs:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


def _batches(rows: Iterable[T]) -> Iterator[List[T]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _rows(source: str) -> Iterator[Row]:
    if Path(source).suffix == ".parquet":
        from pyarrow import parquet

        rows = (row for batch in parquet.ParquetFile(source).iter_batches(BATCH) for row in batch.to_pylist())
        yield from enumerate(map(_without_nulls, rows), start=1)
        return
    with open(source, encoding="utf-8") as file:
        for place, line in enumerate(file, start=1):
            if line.strip():
                yield place, line


def _without_nulls(value: Any) -> Any:
    """A row of a table has every column of every message; what a message lacks is null there."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _count(source: str) -> int:
    if Path(source).suffix == ".parquet":
        from pyarrow import parquet

        rows: int = parquet.read_metadata(source).num_rows
        return rows
    with open(source, "rb") as file:
        return sum(1 for line in file if line.strip())


class _Writer:
    """Writes examples as they come, in the form that the file's ending asks for."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._parquet: Any = None

    def __enter__(self) -> _Writer:
        if Path(self._target).suffix == ".parquet":
            import pyarrow
            from pyarrow import parquet

            columns = {"input_ids": pyarrow.list_(pyarrow.uint32()), "loss_mask": pyarrow.list_(pyarrow.uint8())}
            self._schema = pyarrow.schema(columns)
            self._parquet = parquet.ParquetWriter(self._target, self._schema)
        else:
            self._file = open(self._target, "w", encoding="utf-8")
        return self

    def write(self, examples: List[TrainingExample]) -> None:
        if self._parquet is None:
            self._file.writelines(json.dumps(vars(example)) + "\n" for example in examples)
        elif examples:
            import pyarrow

            rows = [vars(example) for example in examples]
            self._parquet.write_table(pyarrow.Table.from_pylist(rows, schema=self._schema))

    def __exit__(self, *_: object) -> None:
        (self._file if self._parquet is None else self._parquet).close()
