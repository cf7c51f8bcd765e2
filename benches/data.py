"""Times the preparation of data sets beside the paths with Python objects, and flat arrays beside gigatoken and fastokens.

    pip install gigatoken==0.10.0 fastokens==0.3.5 numpy transformers datasets
    python benches/data.py [--rows 4000] [--rounds 5] [rows|threads|rollouts|arrays|datasets|packing]...

Conversations are synthetic: system, developer, one to three turns with analysis, a call and its result in three of ten, cut from
the texts of `corpora.py`. Figures are processor time, medians over rounds in which the ways take turns; only the table of threads is
wall time. Ids and masks are compared before their time counts.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable

import contest
import corpora

from openai_harmony import Conversation, Role, from_chat_completions, load_harmony_encoding, training_example

CACHE = Path(__file__).parents[1] / "target" / "compare"
DOCUMENT = 2_000
"""Characters of a document in the table of arrays."""
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}}

Way = Callable[[], Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("tables", nargs="*", default=list(TABLES), metavar="table")
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(ENGINES[options.engine]()))
        return
    for table in options.tables:
        TABLES[table](options.rows, options.rounds)


# ---- rows


def conversations(count: int, scale: float = 1) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows in the form of harmony, and the same in that of Chat Completions. All texts are so many times as long."""
    draw = random.Random(7)
    texts = list(corpora.load(CACHE).values())

    def text(longest: int) -> str:
        source = draw.choice(texts)
        longest = int(longest * scale)
        start = draw.randrange(len(source) - longest)
        return source[start : start + draw.randrange(longest // 8, longest)]

    harmony, chat = [], []
    for _ in range(count):
        instructions = text(400)
        tool = {"name": "weather", "description": "The weather.", "parameters": SCHEMA}
        tools = {"functions": {"name": "functions", "tools": [tool]}}
        rows: list[dict[str, Any]] = [
            {"role": "system", "content": [{"type": "system_content"}]},
            {
                "role": "developer",
                "content": [{"type": "developer_content", "instructions": instructions, "tools": tools}],
            },
        ]
        messages: list[dict[str, Any]] = [{"role": "system", "content": instructions}]
        for turn in range(draw.randint(1, 3)):
            question, thought, answer = text(600), text(800), text(1200)
            rows.append({"role": "user", "content": question})
            messages.append({"role": "user", "content": question})
            if draw.random() < 0.3:
                call = {"role": "assistant", "channel": "commentary", "recipient": "functions.weather"}
                result = {
                    "role": "tool",
                    "name": "functions.weather",
                    "recipient": "assistant",
                    "channel": "commentary",
                }
                rows += [
                    {**call, "content_type": "<|constrain|>json", "content": '{"city":"Lisbon"}'},
                    {**result, "content": '{"rain":true}'},
                ]
                function = {"name": "weather", "arguments": '{"city":"Lisbon"}'}
                calls = [{"id": f"call_{turn}", "type": "function", "function": function}]
                messages += [
                    {"role": "assistant", "content": None, "tool_calls": calls},
                    {"role": "tool", "tool_call_id": f"call_{turn}", "content": '{"rain":true}'},
                ]
            rows += [
                {"role": "assistant", "channel": "analysis", "content": thought},
                {"role": "assistant", "channel": "final", "content": answer},
            ]
            messages.append({"role": "assistant", "reasoning_content": thought, "content": answer})
        harmony.append({"messages": rows})
        chat.append({"messages": messages, "tools": [{"type": "function", "function": tool}]})
    return harmony, chat


def lines_of(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def compare(title: str, ways: dict[str, Way], units: int, unit: str, rounds: int) -> None:
    """Prints microseconds of processor time per unit, and how many times the first way is slower."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            started = time.process_time()
            way()
            times[name].append((time.process_time() - started) / units * 1e6)
    first = statistics.median(next(iter(times.values())))
    print(f"\n{title}: µs of one processor per {unit}, median of {rounds} rounds")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"  {name:34} {median:8.2f}   × {first / median:5.2f}   ({min(found):.2f} to {max(found):.2f})")


def time_rows(count: int, rounds: int) -> None:
    for scale in (0.55, 1):
        for form, rows in zip(("harmony", "chat"), conversations(count, scale)):
            time_form(form, rows, rounds)


def texts_of(row: dict[str, Any]) -> list[str]:
    """The texts of a row, which are nearly all of its tokens."""
    values = (message.get(key) for message in row["messages"] for key in ("content", "reasoning_content"))
    return [value for value in values if isinstance(value, str)]


def time_form(form: str, rows: list[dict[str, Any]], rounds: int) -> None:
    from openai_harmony.data import Recipe, prepare

    encoding = load_harmony_encoding("HarmonyGptOss")
    lines = lines_of(rows)
    texts = [text for row in rows for text in texts_of(row)]
    recipe = Recipe(form=form)  # type: ignore[arg-type]

    def with_objects() -> list[Any]:
        examples = []
        for line in lines.splitlines():
            row = json.loads(line)
            if form == "chat":
                conversation = from_chat_completions(row["messages"], row["tools"])
            else:
                conversation = Conversation.model_validate(row)
            examples.append(training_example(encoding, conversation))
        return examples

    def prepared() -> Any:
        return prepare(lines, recipe, num_threads=1)

    def encoded() -> Any:
        return encoding.encode_batch_arrays(texts, num_threads=1, disallowed_special=())

    table = prepared()
    for index, example in enumerate(with_objects()):
        assert list(table["input_ids"][index]) == example.input_ids
        assert list(table["loss_mask"][index]) == example.loss_mask
    tokens = len(table["input_ids"].values) / len(rows)
    title = f"JSON Lines in the form {form}, {len(rows):,} rows of {tokens:.0f} tokens"
    ways = {"training_example": with_objects, "prepare, 1 thread": prepared, "its texts to ids, alone": encoded}
    compare(title, ways, len(rows), "row", rounds)


def time_threads(count: int, rounds: int) -> None:
    from openai_harmony.data import Recipe, prepare

    lines = lines_of(conversations(count)[0])
    recipe = Recipe(form="harmony")
    few = b"".join(lines.splitlines(keepends=True)[:64])
    for title, source, repeats in ((f"{count:,} rows", lines, 1), ("64 rows", few, count // 64)):
        walls: dict[int, list[float]] = {1: [], 2: []}
        for _ in range(rounds + 1):
            for threads, found in walls.items():
                started = time.perf_counter()
                for _ in range(repeats):
                    prepare(source, recipe, num_threads=threads)
                found.append(time.perf_counter() - started)
        ratio = statistics.median(one / two for one, two in zip(walls[1][1:], walls[2][1:]))
        print(
            f"\nThreads, {title} a call, wall time on {os.cpu_count()} processors: two are {ratio:.2f} × as fast as one"
        )


def rollouts(rows: list[dict[str, Any]]) -> list[list[int]]:
    """What the model wrote last in each conversation: a thought, or a call, and an answer."""
    encoding = load_harmony_encoding("HarmonyGptOss")
    completions = []
    for row in rows:
        last = [message for message in row["messages"] if message["role"] == "assistant"][-2:]
        text = "".join(f"<|start|>assistant<|channel|>{m['channel']}<|message|>{m['content']}<|end|>" for m in last)
        text = text.removeprefix("<|start|>assistant").removesuffix("<|end|>") + "<|return|>"
        completions.append(encoding.encode(text, allowed_special="all"))
    return completions


def time_rollouts(count: int, rounds: int) -> None:
    from openai_harmony.data import parse_batch

    encoding = load_harmony_encoding("HarmonyGptOss")
    completions = rollouts(conversations(count)[0])
    column = encoding.encode_batch_arrays([encoding.decode(ids) for ids in completions], allowed_special="all")

    def objects() -> Any:
        return [
            encoding.parse_messages_from_completion_tokens(ids, Role.ASSISTANT, strict=False) for ids in completions
        ]

    ways = {
        "Message objects": objects,
        "parse_batch, from lists": lambda: parse_batch(completions, num_threads=1),
        "parse_batch, from a column": lambda: parse_batch(column, num_threads=1),
    }
    parsed = parse_batch(completions)
    assert [parsed.messages(index) for index in range(100)] == objects()[:100]
    compare(f"Rollouts of {len(column.values) / count:.0f} tokens", ways, count, "rollout", rounds)


# ---- arrays


def load_ours() -> Callable[[list[str]], Any]:
    encoding = load_harmony_encoding("HarmonyGptOss")
    return lambda texts: encoding.encode_batch_arrays(texts, num_threads=1, disallowed_special=())


def load_lists() -> Callable[[list[str]], Any]:
    encoding = load_harmony_encoding("HarmonyGptOss")
    return lambda texts: encoding.encode_batch(texts, num_threads=1, disallowed_special=())


def load_gigatoken() -> Callable[[list[str]], Any]:
    import gigatoken  # type: ignore[import-not-found]

    tokenizer = gigatoken.Tokenizer.from_tiktoken(str(contest.vocabulary()))
    return lambda texts: tokenizer.encode_batch(texts, parallel=False)


def load_fastokens() -> Callable[[list[str]], Any]:
    from compare_tokenizer import PATTERN
    from fastokens import Tokenizer  # type: ignore[import-not-found]

    special = {"<|endoftext|>": 199999}
    tokenizer = Tokenizer.from_tiktoken(str(contest.vocabulary()), pattern=PATTERN, special_tokens=special)
    return lambda texts: tokenizer.encode_batch_flat(texts)


LOADERS = {"ours": load_ours, "ours, lists": load_lists, "gigatoken": load_gigatoken, "fastokens": load_fastokens}


def speeds(name: str) -> dict[str, list[float]]:
    """MB/s for each corpus, unseen, and then in two rounds through all of them, in this new process."""
    texts = corpora.load(CACHE)
    encode = LOADERS[name]()
    encode(["hello"])
    found: dict[str, list[float]] = {}
    for _ in range(3):
        for corpus, text in texts.items():
            documents = [text[start : start + DOCUMENT] for start in range(0, len(text), DOCUMENT)]
            size = sum(len(document.encode()) for document in documents)
            started = time.process_time()
            encode(documents)
            found.setdefault(corpus, []).append(size / (time.process_time() - started) / 1e6)
    return found


ENGINES = {name: (lambda name=name: speeds(name)) for name in LOADERS}


def time_arrays(_: int, rounds: int) -> None:
    corpora.load(CACHE)
    contest.vocabulary()
    # One thread for all: fastokens asks this variable.
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    runs: dict[str, list[dict[str, list[float]]]] = {name: [] for name in LOADERS}
    for _ in range(rounds):
        for name, found in runs.items():
            command = [sys.executable, __file__, "--engine", name]
            run = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            found.append(json.loads(run.stdout))
    for title, index in (("unseen", 0), ("seen, mixed with the others", 2)):
        medians = {
            name: {corpus: statistics.median(run[corpus][index] for run in found) for corpus in found[0]}
            for name, found in runs.items()
        }
        print(
            f"\nFlat arrays, documents of {DOCUMENT:,} characters, {title}: MB/s of one processor, median of {rounds} processes"
        )
        for name, each in medians.items():
            ratios = [medians["ours"][corpus] / speed for corpus, speed in each.items()]
            figures = "  ".join(f"{corpus} {speed:6.1f}" for corpus, speed in each.items())
            print(f"  {name:12} {figures}   ours × {statistics.geometric_mean(ratios):.2f}")


# ---- datasets


TEMPLATE = """{{ system }}{% for message in messages %}
{%- if message.role == 'system' %}{{ '<|start|>developer<|message|># Instructions\n\n' + message.content + '<|end|>' }}
{%- elif message.role == 'user' %}{{ '<|start|>user<|message|>' + message.content + '<|end|>' }}
{%- else %}{{ '<|start|>assistant' }}
{%- if loop.last %}{% generation %}
{{- '<|channel|>analysis<|message|>' + message.reasoning_content + '<|end|><|start|>assistant' }}{% endgeneration %}
{%- endif %}
{%- generation %}{{ '<|channel|>final<|message|>' + message.content }}
{{- '<|return|>' if loop.last else '<|end|>' }}{% endgeneration %}{% endif %}{% endfor %}"""
"""What the chat template of gpt-oss writes for rows without tools, with the marks of what is learned that it lacks."""


def time_datasets(count: int, rounds: int) -> None:
    """`apply_chat_template` of transformers with assistant masks, and `tokenize`, both in `datasets.map`."""
    import datasets
    import transformers

    from openai_harmony.data import Recipe, tokenize
    from openai_harmony.huggingface import HarmonyTokenizer

    datasets.disable_progress_bars()
    datasets.disable_caching()
    folder = CACHE / "tokenizer"
    HarmonyTokenizer().save_pretrained(folder)
    theirs = transformers.PreTrainedTokenizerFast.from_pretrained(str(folder))
    rows = [without_tools(row) for row in conversations(min(count, 500))[1]]
    data = datasets.Dataset.from_list(rows)
    recipe = Recipe(form="chat")

    def ours() -> Any:
        return tokenize(data, recipe)

    first = load_harmony_encoding("HarmonyGptOss").decode(ours()[0]["input_ids"])
    system = first[: first.index("<|start|>developer")]

    def templated(row: dict[str, Any]) -> dict[str, Any]:
        return dict(
            theirs.apply_chat_template(
                row["messages"],
                chat_template=TEMPLATE,
                return_dict=True,
                return_assistant_tokens_mask=True,
                system=system,
            )
        )

    def with_template() -> Any:
        return data.map(templated, remove_columns=data.column_names)

    for own, other in zip(ours(), with_template()):
        assert own["input_ids"] == other["input_ids"] and own["loss_mask"] == other["assistant_masks"]
    ways = {"apply_chat_template in datasets.map": with_template, "tokenize": ours}
    compare(f"datasets.map, {len(rows)} rows of Chat Completions without tools", ways, len(rows), "row", rounds)


def without_tools(row: dict[str, Any]) -> dict[str, Any]:
    messages = [message for message in row["messages"] if message["role"] != "tool" and message["content"] is not None]
    return {"messages": messages}


# ---- packing


def time_packing(_: int, rounds: int) -> None:
    from openai_harmony.data import pack_plan

    draw = random.Random(7)
    lengths = [min(4096, max(1, int(draw.lognormvariate(6, 0.9)))) for _ in range(100_000)]
    plan = pack_plan(lengths, 4096)
    full = sum(lengths) / (len(plan) * 4096)
    times = []
    for _ in range(rounds):
        started = time.process_time()
        pack_plan(lengths, 4096)
        times.append((time.process_time() - started) * 1e3)
    print(
        f"\nPacking 100,000 lengths into 4,096 in windows of 4,096: {statistics.median(times):.1f} ms, {full:.4f} full"
    )


TABLES: dict[str, Callable[[int, int], None]] = {
    "rows": time_rows,
    "threads": time_threads,
    "rollouts": time_rollouts,
    "arrays": time_arrays,
    "datasets": time_datasets,
    "packing": time_packing,
}

if __name__ == "__main__":
    main()
