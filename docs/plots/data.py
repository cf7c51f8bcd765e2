"""Draws the plots of `docs/data.md` from what it measures here: where the time goes, and packed rows.

    pip install matplotlib 'openai-harmony[parquet]'
    python docs/plots/data.py

The conversations are those of `benches/data.py`. Times are processor time of one thread, medians of five rounds.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable

import matplotlib
import pyarrow
from pyarrow import parquet

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benches"))

import data as bench  # noqa: E402

from openai_harmony import Conversation, load_harmony_encoding, training_example  # noqa: E402
from openai_harmony.data import Packing, Recipe, prepare  # noqa: E402

matplotlib.use("svg")
# The same input gives the same file, and text stays text.
matplotlib.rcParams.update({"svg.hashsalt": "openai-harmony", "svg.fonttype": "none", "font.size": 9})
from matplotlib import pyplot  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402

ROWS = 2_000
ROUNDS = 5
ENCODING = load_harmony_encoding("HarmonyGptOss")

Steps = dict[str, float]


def main() -> None:
    rows = bench.conversations(ROWS)[0]
    draw_times(with_objects(rows), with_prepare(rows))
    draw_packing(rows)


# ---- where the time goes


def with_objects(rows: list[dict[str, Any]]) -> Steps:
    lines = bench.lines_of(rows).splitlines()
    conversations = [Conversation.model_validate(row) for row in rows]
    examples = [training_example(ENCODING, conversation) for conversation in conversations]
    return {
        "JSON to dicts": microseconds(lambda: [json.loads(line) for line in lines]),
        "dicts to models": microseconds(lambda: [Conversation.model_validate(row) for row in rows]),
        "models to ids and mask": microseconds(lambda: [training_example(ENCODING, one) for one in conversations]),
        "lists to Parquet": microseconds(
            lambda: write(
                pyarrow.table(
                    {
                        "input_ids": pyarrow.array([one.input_ids for one in examples], pyarrow.list_(pyarrow.int32())),
                        "loss_mask": pyarrow.array([one.loss_mask for one in examples], pyarrow.list_(pyarrow.uint8())),
                    }
                )
            )
        ),
    }


def with_prepare(rows: list[dict[str, Any]]) -> Steps:
    lines = bench.lines_of(rows)
    texts = [text for row in rows for text in bench.texts_of(row)]
    recipe = Recipe(form="harmony")
    table = prepare(lines, recipe)
    encode = microseconds(lambda: ENCODING.encode_batch_arrays(texts, num_threads=1, disallowed_special=()))
    all_of_it = microseconds(lambda: prepare(lines, recipe, num_threads=1))
    return {
        "texts to ids": encode,
        "JSON, rendering, mask, columns": all_of_it - encode,
        "columns to Parquet": microseconds(lambda: write(pyarrow.table(table))),
    }


def write(table: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        parquet.write_table(table, Path(folder, "rows.parquet"), compression="zstd", use_dictionary=False)


def microseconds(work: Callable[[], Any]) -> float:
    """Processor time for each row."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append((time.process_time() - started) / ROWS * 1e6)
    return statistics.median(times)


def draw_times(objects: Steps, here: Steps) -> None:
    figure, axes = pyplot.subplots(figsize=(8, 3), layout="constrained")
    ways = {"with Python objects": objects, "convert": here}
    for place, (name, steps) in enumerate(ways.items()):
        print(f"{name}: {sum(steps.values()):.0f} µs a row, {steps}")
        draw_bar(axes, place, steps)
    axes.set_yticks(range(len(ways)), list(ways))
    axes.invert_yaxis()
    axes.set_xlabel("processor time of a row of JSON Lines to a row of Parquet, µs")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    save(figure, "data-time")


def draw_bar(axes: Axes, place: int, steps: Steps) -> None:
    start = 0.0
    colours = pyplot.get_cmap("tab10" if place == 0 else "Set2")
    for number, (name, width) in enumerate(steps.items()):
        axes.barh(place, width, left=start, color=colours(number), height=0.5, label=f"{name}: {width:.0f}")
        start += width
    axes.text(start + 4, place, f"{start:.0f}", va="center")


# ---- packed rows

SHOWN = 16
LENGTH = 4096


def draw_packing(rows: list[dict[str, Any]]) -> None:
    columns = ("input_ids", "loss_mask", "seq_lengths")
    packed = prepare(bench.lines_of(rows), Recipe(form="harmony", pack=Packing(LENGTH), columns=columns))
    apart = prepare(bench.lines_of(rows), Recipe(form="harmony", columns=columns, max_length=LENGTH))
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(8, 3), sharex=True, layout="constrained")
    for axes, table, title in ((left, apart, "one sample a row"), (right, packed, f"packed in rows of {LENGTH:,}")):
        full = table.statistics.tokens / (len(table) * LENGTH)
        print(f"{title}: {len(table)} rows, {full:.4f} full")
        axes.set_title(f"{title}: {full:.1%} full", fontsize=9)
        for place in range(SHOWN):
            row = place * len(table) // SHOWN  # from all over the table
            draw_row(axes, place, table["seq_lengths"][row].tolist(), table["loss_mask"][row].tolist())
        axes.set_ylim(SHOWN - 0.4, -0.6)
        axes.set_xlim(0, LENGTH)
        axes.set_yticks([])
        axes.set_xlabel("tokens; dark: learned")
        axes.spines[["top", "right", "left"]].set_visible(False)
    save(figure, "data-packing")


def draw_row(axes: Axes, place: int, lengths: list[int], mask: list[int]) -> None:
    colours = pyplot.get_cmap("tab20")
    start = 0
    for number, length in enumerate(lengths):
        dark, light = colours(2 * (number % 10)), colours(2 * (number % 10) + 1)
        axes.barh(place, length, left=start, color=light, height=0.8)
        runs = [(first, last - first) for first, last in learned_runs(mask, start, start + length)]
        axes.broken_barh(runs, (place - 0.4, 0.8), color=dark)
        start += length


def learned_runs(mask: list[int], start: int, stop: int) -> list[tuple[int, int]]:
    """Where runs of 1 begin and end."""
    edges = [at for at in range(start, stop + 1) if (at < stop and mask[at]) != (at > start and mask[at - 1])]
    return list(zip(edges[::2], edges[1::2]))


def save(figure: Any, name: str) -> None:
    figure.savefig(HERE / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()
