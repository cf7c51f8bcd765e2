"""The commands for data sets: ``convert``, ``verify`` and ``statistics``."""

# No `from __future__ import annotations`: typer for Python 3.9 reads only annotations that are objects.
import json
import sys
import time
from enum import Enum
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from typing_extensions import Annotated

from .. import data
from ..counted import counted
from ..data.single_file import is_single_file
from ..data.sources import PART_BYTES, bytes_between, expand, total_bytes
from ..rendering import AnalysisPolicy, RenderFormat
from .signals import raise_on_sigterm


class Form(str, Enum):
    """Forms of rows."""

    AUTO = "auto"
    HARMONY = "harmony"
    CHAT = "chat"


class Where(str, Enum):
    """Where parts are converted."""

    THREADS = "threads"
    PROCESSES = "processes"
    RAY = "ray"


Target = Annotated[str, typer.Argument(help="Folder of a data set.")]


def _option(*names: str, help: str, **more: Any) -> Any:
    return typer.Option(*names, help=help, **more)


def convert(
    paths: Annotated[
        List[str],
        typer.Argument(
            metavar="SOURCES… TARGET",
            help="Conversations, a line or row each: .jsonl (also .gz, .zst), .parquet, folders, patterns, -. "
            "Then a folder for shards, or one file: .jsonl, .parquet, -.",
        ),
    ],
    recipe: Annotated[Optional[Path], _option("--recipe", help="Recipe, YAML or JSON.", dir_okay=False)] = None,
    form: Annotated[Optional[Form], _option("--format", help="Form of the rows (auto).")] = None,
    keep_analysis: Annotated[bool, _option("--keep-analysis", help="Keep the reasoning of all turns.")] = False,
    learn: Annotated[Optional[str], _option("--learn", help="What is learned (sampled).")] = None,
    samples: Annotated[Optional[str], _option("--samples", help="one, per_turn or merged (one).")] = None,
    max_length: Annotated[Optional[int], _option("--max-length", help="Tokens that a sample may have.", min=1)] = None,
    overflow: Annotated[
        Optional[str], _option("--overflow", help="What longer ones become: drop, truncate, split, error (drop).")
    ] = None,
    pack: Annotated[Optional[int], _option("--pack", help="Pack samples in rows of so many tokens.", min=1)] = None,
    seed: Annotated[Optional[int], _option("--seed", help="Shuffle parts and samples by this number.", min=0)] = None,
    columns: Annotated[Optional[str], _option("--columns", help="Columns, with commas between.")] = None,
    keep: Annotated[Optional[str], _option("--keep", help="Columns of the source to carry along.")] = None,
    column: Annotated[
        Optional[str], _option("--column", help="Column of Parquet with a JSON text of each row.")
    ] = None,
    executor: Annotated[Where, _option("--executor", help="Where parts are converted.")] = Where.THREADS,
    jobs: Annotated[Optional[int], _option("--jobs", help="How many at once (all processors).", min=1)] = None,
    max_failures: Annotated[int, _option("--max-failures", help="Rows that may fail.", min=0)] = 0,
    skip_bad: Annotated[bool, _option("--skip-bad", help="Report rows that fail, however many, and go on.")] = False,
    resume: Annotated[
        bool, _option("--resume/--fresh", help="Go on with what the folder has, or remove that first.")
    ] = True,
    part_mib: Annotated[int, _option("--part-mib", help="Size of a part in MiB.", min=1)] = PART_BYTES >> 20,
) -> None:
    """Convert conversations to training examples: ids, and a loss mask that is 1 on what the model wrote."""
    *sources, target = paths
    if not sources:
        raise typer.BadParameter("a source and a target are needed", param_hint="SOURCES… TARGET")
    choices: Dict[str, Any] = {
        "form": form and form.value,
        "format": RenderFormat(analysis=AnalysisPolicy.KEEP_ALL) if keep_analysis else None,
        "learn": learn,
        "samples": samples,
        "max_length": max_length,
        "overflow": overflow,
        "pack": pack and data.Packing(pack),
        "seed": seed,
        "columns": columns and tuple(columns.split(",")),
        "keep": keep and tuple(keep.split(",")),
    }
    given = {name: value for name, value in choices.items() if value is not None}
    chosen = (_read_recipe(recipe) if recipe else data.Recipe()).replace(**given)
    allowed = None if skip_bad else max_failures
    common: Dict[str, Any] = {"workers": jobs, "max_failures": allowed, "column": column, "part_bytes": part_mib << 20}
    raise_on_sigterm()
    with _Bar(sources) as bar:
        if is_single_file(target):
            if executor is not Where.THREADS:
                raise typer.BadParameter(f"--executor {executor.value} needs a folder as target, not {target}")
            done = data.convert_to_file(
                sources,
                target,
                chosen,
                on_statistics=bar.set,
                on_part=bar.advance,
                on_failure=bar.print_failure,
                **common,
            )
        else:
            manifest = data.convert(
                sources, target, chosen, executor=executor.value, resume=resume, on_part=bar.add, **common
            )
            done = manifest.statistics
            bar.print(f"form: {manifest.recipe.form}")
    _report(done)
    if done.failed and not is_single_file(target):
        _print_failures(target)
    if done.failed:
        raise typer.Exit(1)


def verify(target: Target) -> None:
    """Check that every shard of a data set is there and unchanged."""
    manifest = data.verify(target)
    left_out = sum(report.left_out is not None for report in manifest.parts)
    print(
        f"{counted(len(manifest.shards), 'shard')}, as written"
        + (f"; {counted(left_out, 'part')} left out" if left_out else "")
    )
    _report(manifest.statistics)


def statistics(
    target: Target, as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON.")] = False
) -> None:
    """Show the numbers of a data set, of one that is being converted too."""
    numbers = data.statistics(target)
    if as_json:
        print(json.dumps(numbers.to_dict()))
        return
    console = Console()
    table = Table("", "", show_header=False, box=None)
    for name, value in numbers.to_dict().items():
        if isinstance(value, int):
            table.add_row(name.replace("_", " "), f"{value:,}")
    console.print(table)
    channels = Table("role", "channel", "tokens", "learned", box=None)
    for channel in numbers.channels:
        channels.add_row(channel.role, channel.channel or "", f"{channel.tokens:,}", f"{channel.learned:,}")
    console.print(channels)
    lengths = Table("tokens", "samples", box=None)
    for bits, count in enumerate(numbers.lengths):
        if count:
            lengths.add_row(f"{1 << bits >> 1:,} to {(1 << bits) - 1:,}", f"{count:,}")
    console.print(lengths)


def _read_recipe(path: Path) -> data.Recipe:
    import yaml

    try:
        choices = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: {error}") from None
    if not isinstance(choices, dict):
        raise ValueError(f"{path}: a recipe is a mapping of its choices")
    try:
        return data.Recipe.from_dict(choices)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path}: {error}") from None


def _report(numbers: data.Statistics) -> None:
    samples, tokens = counted(numbers.samples, "example"), counted(numbers.tokens, "token")
    lines = [
        f"{samples}, {tokens}, {numbers.learned:,} of them learned",
        *_remarks(
            (numbers.failed, "row", "not converted"),
            (numbers.messages_left_out, "message", "left out by the format, such as the reasoning of earlier turns"),
            (numbers.too_long, "sample", "left out as too long"),
            (numbers.cut, "sample", "cut as too long"),
            (numbers.unlearned, "sample", "left out because nothing is learned in it"),
        ),
    ]
    if not numbers.rows:
        lines.append("warning: the sources have no rows")
    print(*lines, sep="\n", file=sys.stderr)


def _remarks(*counts: Tuple[int, str, str]) -> List[str]:
    return [f"{counted(count, noun)} {what}" for count, noun, what in counts if count]


FAILURES_SHOWN = 20


def _print_failures(target: str) -> None:
    for number, failed in enumerate(data.failures(target)):
        if number == FAILURES_SHOWN:
            print(f"… and more: see part-*.failed.jsonl in {target}", file=sys.stderr)
            return
        print(_sentence(failed), file=sys.stderr)


def _sentence(failed: data.FailedRow) -> str:
    return f"{failed.place}: {failed.reason}"


class _Bar:
    """How far a conversion is, on a terminal: rows, tokens and failures a second."""

    def __init__(self, sources: List[str]) -> None:
        self._console = Console(stderr=True)
        self._progress = Progress(
            BarColumn(),
            TaskProgressColumn(),
            DownloadColumn(binary_units=True),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._total = total_bytes(expand(sources))
        self._begun = time.monotonic()
        self._numbers = data.Statistics()

    def __enter__(self) -> "_Bar":
        self._progress.start()
        self._task = self._progress.add_task("", total=self._total)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def add(self, report: data.PartReport) -> None:
        self._numbers += report.statistics
        self.advance(report)
        self._show()

    def set(self, numbers: data.Statistics) -> None:
        self._numbers = numbers
        self._show()

    def advance(self, part: Union[data.Part, data.PartReport]) -> None:
        self._progress.update(self._task, advance=bytes_between(part.source, part.start, part.stop))

    def _show(self) -> None:
        numbers, seconds = self._numbers, max(time.monotonic() - self._begun, 1e-3)
        rates = ((numbers.rows, "rows"), (numbers.tokens, "tokens"), (numbers.failed, "failed"))
        text = ", ".join(f"{count / seconds:,.0f} {what}/s" for count, what in rates)
        self._progress.update(self._task, description=text)

    def print(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def print_failure(self, failed: data.FailedRow) -> None:
        self.print(_sentence(failed))
