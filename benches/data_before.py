"""Times data sets beside an earlier version of this package, which is installed in an environment of its own.

    git worktree add /tmp/before 9c047be   # where every row still went through Python objects
    python -m venv /tmp/before/venv
    /tmp/before/venv/bin/pip install '/tmp/before[cli,parquet]'
    python benches/data_before.py /tmp/before/venv/bin/python [--rows 4000] [--rounds 5]

Conversations are those of `data.py`. Each way runs in a process of its own; the ways take turns. Figures are processor time, medians
over the rounds: without start and loading in the first tables, and with all of it for the command `convert`. Ids and masks are
compared before their time counts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any, Callable, Iterable

from openai_harmony import Conversation, RenderFormat, Role, load_harmony_encoding
from openai_harmony.chat_completions import from_chat_completions
from openai_harmony.training import training_example

Way = Callable[[str], "tuple[float, str]"]
"""Runs with the Python at a path; gives seconds of processor time for each row, and a digest of the results."""

SCALE = 0.55
"""Texts are as long as in the first table of `data.py`: 705 tokens a conversation."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", help="the Python of the environment of the earlier version")
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--convert-rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(options, Path(folder))


def compare(options: argparse.Namespace, folder: Path) -> None:
    from data import conversations, lines_of, rollouts

    forms = dict(zip(("harmony", "chat"), conversations(options.rows, SCALE)))
    for form, rows in forms.items():
        source = folder / f"{form}.jsonl"
        source.write_bytes(lines_of(rows))
        objects, prepared = timed(f"{form}_objects", source), timed(f"{form}_prepared", source)
        now = {"training_example": objects, "prepare": prepared}
        report(f"JSON Lines in the form {form} to ids and mask", "row", options, objects, now)
    source = folder / "rollouts.jsonl"
    source.write_text("".join(json.dumps(ids) + "\n" for ids in rollouts(forms["harmony"])))
    objects, parsed = timed("rollouts_objects", source), timed("rollouts_parsed", source)
    report("Rollouts", "rollout", options, objects, {"Message objects": objects, "parse_batch": parsed})
    for form, rows in zip(("harmony", "chat"), conversations(options.convert_rows, SCALE)):
        source = folder / f"many-{form}.jsonl"
        source.write_bytes(lines_of(rows))
        before = converted(source, folder / "before.parquet", options.convert_rows)
        now = {
            "to a file": converted(source, folder / "now.parquet", options.convert_rows),
            "to a folder": converted(source, folder / "now", options.convert_rows),
        }
        title = f"The command `convert`, {options.convert_rows:,} rows in the form {form} to Parquet"
        report(title, "row", options, before, now)


def report(title: str, unit: str, options: argparse.Namespace, before: Way, now: dict[str, Way]) -> None:
    """Prints what the ways cost in this version, and how many times the earlier version costs that."""
    runs = {"before": (before, options.before)}
    runs.update({name: (way, sys.executable) for name, way in now.items()})
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(options.rounds):
        digests = set()
        for name, (way, python) in runs.items():
            seconds, digest = way(python)
            times[name].append(seconds * 1e6)
            digests.add(digest)
        assert len(digests) == 1, f"{title}: the ways differ"
    first = statistics.median(times["before"])
    print(f"\n{title}: µs of one processor per {unit}, median of {options.rounds} rounds")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"  {name:18} {median:8.2f}   × {first / median:5.2f}   ({min(found):.2f} to {max(found):.2f})")
    sys.stdout.flush()


def timed(way: str, source: Path) -> Way:
    def run(python: str) -> tuple[float, str]:
        command = [python, __file__, "--worker", way, str(source)]
        seconds, digest = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
        return seconds, digest

    return run


def converted(source: Path, target: Path, rows: int) -> Way:
    """The command with one worker, start and end of the process included."""

    def run(python: str) -> tuple[float, str]:
        form = "harmony" if "harmony" in source.name else "chat"
        command = [python, "-m", "openai_harmony", "convert", str(source), str(target), "--jobs", "1", "--format", form]
        # The default has changed here, too.
        command.append("--keep-analysis")
        if target.suffix == "":
            command.append("--fresh")
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        assert status == 0, command
        return (usage.ru_utime + usage.ru_stime) / rows, digest_of_parquet(target)

    return run


# ---- in the process of a way


def work(way: str, source: Path) -> tuple[float, str]:
    """Seconds of processor time for each line of the source, and a digest of the results."""
    lines = source.read_bytes()
    found, kind = way.split("_")
    load_harmony_encoding("HarmonyGptOss").encode("loaded")
    if found == "rollouts":
        run = {"objects": rollouts_to_messages, "parsed": rollouts_to_columns}[kind](lines)
    else:
        run = {"objects": rows_to_examples, "prepared": rows_to_table}[kind](lines, found)
    started = time.process_time()
    result = run()
    seconds = time.process_time() - started
    return seconds / lines.count(b"\n"), digest(result)


def rows_to_examples(lines: bytes, form: str) -> Callable[[], Any]:
    encoding = load_harmony_encoding("HarmonyGptOss")
    # The default has changed; this one keeps the thoughts of the last turn.
    keeping = RenderFormat(analysis="chat_template")

    def conversation(line: bytes) -> Conversation:
        row = json.loads(line)
        if form == "chat":
            return from_chat_completions(row["messages"], row["tools"])
        return Conversation.model_validate(row)

    return lambda: [training_example(encoding, conversation(line), keeping) for line in lines.splitlines()]


def rows_to_table(lines: bytes, form: str) -> Callable[[], Any]:
    from openai_harmony.data import Recipe, prepare

    recipe = Recipe(form=form)  # type: ignore[arg-type]

    def run() -> Any:
        table = prepare(lines, recipe, num_threads=1)
        return Pairs(table["input_ids"], table["loss_mask"])

    return run


class Pairs:
    """Two columns, row by row; nothing is read before the time has been taken."""

    def __init__(self, *columns: Any) -> None:
        self._columns = columns

    def __iter__(self) -> Any:
        return zip(*self._columns)


def rollouts_to_messages(lines: bytes) -> Callable[[], Any]:
    encoding = load_harmony_encoding("HarmonyGptOss")
    completions = [json.loads(line) for line in lines.splitlines()]

    def run() -> Any:
        return [
            encoding.parse_messages_from_completion_tokens(ids, Role.ASSISTANT, strict=False) for ids in completions
        ]

    return run


def rollouts_to_columns(lines: bytes) -> Callable[[], Any]:
    from openai_harmony.data import parse_batch

    completions = [json.loads(line) for line in lines.splitlines()]
    return lambda: parse_batch(completions, num_threads=1)


def digest(result: Iterable[Any]) -> str:
    hashed = hashlib.sha256()
    if hasattr(result, "messages"):
        result = [result.messages(index) for index in range(len(result))]
    for row in result:
        columns = (row.input_ids, row.loss_mask) if hasattr(row, "input_ids") else row
        if isinstance(columns, tuple):
            for values in columns:
                hashed.update(array("i", values).tobytes())
        else:
            hashed.update(json.dumps([message.to_dict() for message in row], sort_keys=True).encode())
    return hashed.hexdigest()


def digest_of_parquet(target: Path) -> str:
    import pyarrow
    from pyarrow import parquet

    shards = sorted(target.glob("*.parquet")) if target.is_dir() else [target]
    table = pyarrow.concat_tables(parquet.read_table(shard, columns=["input_ids", "loss_mask"]) for shard in shards)
    hashed = hashlib.sha256()
    for name in table.column_names:
        for values in table[name].to_pylist():
            hashed.update(array("i", values).tobytes())
    return hashed.hexdigest()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        print(json.dumps(work(sys.argv[2], Path(sys.argv[3]))))
    else:
        main()
