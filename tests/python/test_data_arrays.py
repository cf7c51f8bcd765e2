"""Columns that Rust owns, seen by NumPy, pyarrow and polars."""

from __future__ import annotations

import gc
import json
import os
import pickle
import threading
from typing import Any, List

import numpy
import polars
import pyarrow
import pytest

from data_rows import CHAT, HARMONY
from openai_harmony import HarmonyEncoding, Message, Role
from openai_harmony.data import (
    Column,
    MapBatches,
    Packing,
    Recipe,
    Statistics,
    Table,
    collate,
    detect_form,
    pack_plan,
    parse_batch,
    prepare,
)

TEXTS = ["hello world", "", "é 🌧 <|en", "日本語のテキスト", "x" * 3000, "a\x00b"]
ROWS = [HARMONY, {"messages": HARMONY["messages"][:4]}, {"messages": HARMONY["messages"][:8]}]
RECIPE = Recipe(columns=("input_ids", "loss_mask", "loss_weights", "conversation"), keep=("id",))


def table_of(rows: List[Any], recipe: Recipe = RECIPE) -> Table:
    return prepare([{**row, "id": None if at == 1 else f"é{at}"} for at, row in enumerate(rows)], recipe)


# Out


def test_every_consumer_sees_the_same_values() -> None:
    table = table_of(ROWS)
    ids, ends = table["input_ids"].values, table["input_ids"].offsets
    lists = [list(ids[start:end]) for start, end in zip(ends, ends[1:])]
    assert numpy.asarray(ids).dtype == numpy.int32 and numpy.asarray(ids).flags.writeable
    arrow = pyarrow.table(table)
    arrow.validate(full=True)
    assert arrow["input_ids"].to_pylist() == lists == [list(row) for row in table["input_ids"]]
    assert arrow["id"].to_pylist() == ["é0", None, "é2"] == list(table["id"])
    assert arrow.schema.types == [
        pyarrow.list_(pyarrow.int32()),
        pyarrow.list_(pyarrow.uint8()),
        pyarrow.list_(pyarrow.float32()),
        pyarrow.int64(),
        pyarrow.string(),
    ]
    frame = polars.DataFrame(table)
    assert frame["input_ids"].to_list() == lists and frame["id"].to_list() == ["é0", None, "é2"]
    assert pyarrow.array(table["input_ids"]).to_pylist() == lists
    assert pyarrow.record_batch(table).num_rows == 3


def test_nothing_is_copied() -> None:
    table = table_of(ROWS)
    arrow = pyarrow.table(table)["input_ids"].chunk(0).values.buffers()[1]
    assert numpy.asarray(table["input_ids"].values).ctypes.data == arrow.address


def test_memory_outlives_the_table() -> None:
    for _ in range(20):
        table = table_of(ROWS)
        expected = list(table["input_ids"].values)
        view, array, arrow, capsule = (
            table["input_ids"].values,
            numpy.asarray(table["input_ids"].values),
            pyarrow.table(table),
            table.__arrow_c_stream__(),
        )
        del table
        gc.collect()
        assert list(view) == array.tolist() == arrow["input_ids"].combine_chunks().values.to_pylist() == expected
        del capsule  # never read: it releases what it holds
        column = arrow["input_ids"]
        del arrow, view, array
        gc.collect()
        assert column.combine_chunks().values.to_pylist() == expected


def test_a_column_cannot_be_resized_while_it_is_seen() -> None:
    values = table_of(ROWS)["input_ids"].values
    with pytest.raises(BufferError):
        values.obj.extend(b"more")


def test_released_by_other_threads() -> None:
    for _ in range(20):
        held = [pyarrow.table(table_of(ROWS)) for _ in range(4)]
        threads = [threading.Thread(target=held.pop) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not held


def test_an_empty_table_has_its_columns() -> None:
    table = prepare([], RECIPE)
    assert pyarrow.table(table).num_rows == 0 == polars.DataFrame(table).height
    assert pyarrow.table(table).column_names == [*RECIPE.columns, "id"] == table.column_names


def test_columns_by_name_and_place() -> None:
    table = table_of(ROWS)
    with pytest.raises(KeyError, match="labels"):
        table["labels"]
    with pytest.raises(IndexError):
        table["id"][3]
    assert table["id"][-1] == "é2" and len(table["id"]) == 3
    assert repr(table["input_ids"]) == "Column(list<int32>, len=3)"


# In


@pytest.mark.parametrize("row", [HARMONY, CHAT], ids=["harmony", "chat"])
def test_rows_from_arrow(row: Any) -> None:
    form = "chat" if row is CHAT else "harmony"
    rows = [row, {**row, "messages": row["messages"][:5]}]
    recipe = Recipe(form=form, drop_unlearned=False)  # type: ignore[arg-type]
    expected = pyarrow.table(prepare(rows, recipe))
    assert expected.num_rows == 2
    lines = [json.dumps(row) for row in rows]
    halves = {"messages": [json.dumps(row["messages"]) for row in rows]}
    if form == "chat":
        halves["tools"] = [json.dumps(row["tools"]) for row in rows]
    sources = [
        (pyarrow.array(lines), None),
        (pyarrow.array(lines, pyarrow.large_string()), None),
        (pyarrow.array(lines, pyarrow.string_view()), None),
        (pyarrow.array(lines).dictionary_encode(), None),
        (pyarrow.array(["skipped", *lines])[1:], None),
        (pyarrow.chunked_array([lines[:1], lines[1:]]), None),
        (pyarrow.table({"text": lines}), None),
        (pyarrow.table({"text": lines, "n": [1, 2]}), "text"),
        (pyarrow.table({"text": ["skipped", *lines]})[1:], None),
        (polars.DataFrame({"text": lines, "n": [1, 2]}), "text"),
        (polars.Series(lines), None),
        (pyarrow.table(halves), None),
        (pyarrow.table({**halves, "n": [1, 2]}), None),
        (polars.DataFrame(halves), None),
    ]
    for source, column in sources:
        assert pyarrow.table(prepare(source, recipe, column=column)) == expected, source


def test_records_from_arrow() -> None:
    # A table has every field of every message, null where a message lacks it; contents are records or texts, not both.
    messages = [
        {"role": "user", "content": "Rain?"},
        {"role": "assistant", "channel": "analysis", "content": "hm"},
        {"role": "assistant", "channel": "final", "content": "Yes."},
    ]
    system = {"role": "system", "content": [{"type": "system_content", "reasoning_effort": "High"}]}
    developer = {"role": "developer", "content": [{"type": "developer_content", "instructions": "Be brief."}]}
    for rows in ([{"messages": messages}, {"messages": messages[:1]}], [{"messages": [system, developer]}] * 3):
        recipe = Recipe(form="harmony", drop_unlearned=False)
        expected = pyarrow.table(prepare(rows, recipe))
        table = pyarrow.Table.from_pylist(rows)
        assert table.schema.field("messages").type.value_type.num_fields >= 2
        assert pyarrow.table(prepare(table, recipe)) == expected
        assert pyarrow.table(prepare(table.slice(1), recipe)) == expected.slice(1)
        message = table.schema.field("messages").type.value_type
        large = table.cast(pyarrow.schema([("messages", pyarrow.large_list(message))]))
        assert pyarrow.table(prepare(large, recipe)) == expected
        assert pyarrow.table(prepare(polars.DataFrame(table), recipe)) == expected


def test_kept_columns_from_arrow() -> None:
    table = pyarrow.table({"messages": [json.dumps(HARMONY["messages"])] * 3, "id": [7, None, 9], "other": [1.5, 2, 3]})
    kept = prepare(table, Recipe(form="harmony", keep=("id", "other")))
    assert list(kept["id"]) == ["7", None, "9"] and list(kept["other"]) == ["1.5", "2.0", "3.0"]


def test_null_rows_from_arrow_are_failures() -> None:
    table = prepare(pyarrow.array([None, json.dumps(HARMONY)]), Recipe(form="harmony"))
    assert len(table) == 1 and [failure.row for failure in table.failures] == [0]


def test_what_arrow_does_not_check_is_a_failure() -> None:
    message = pyarrow.struct([("role", pyarrow.binary()), ("content", pyarrow.binary())])
    rows = [[{"role": b"user", "content": content}] for content in (b"good", b"\xff")]
    table = prepare(
        pyarrow.table({"messages": pyarrow.array(rows, pyarrow.list_(message))}),
        Recipe(form="chat", drop_unlearned=False),
    )
    assert [(failure.row, failure.reason[:24]) for failure in table.failures] == [(1, '"content" is not UTF-8: ')]
    records = pyarrow.array([None, {"messages": [{"role": "user", "content": "a"}]}])
    table = prepare(records, Recipe(form="chat", drop_unlearned=False))
    assert [(failure.row, failure.reason) for failure in table.failures] == [(0, "the row is null")]


@pytest.mark.parametrize(
    ("source", "column", "reason"),
    [
        (pyarrow.table({"a": ["x"], "b": ["y"]}), None, 'needs a column "messages".* a, b'),
        (pyarrow.table({"a": ["x"]}), "b", 'no column "b", but a'),
        (pyarrow.table({"a": [1]}), "a", "has no texts"),
        (pyarrow.array([1, 2]), None, 'not of the type "l"'),
    ],
    ids=["two", "unknown", "numbers", "integers"],
)
def test_arrow_data_without_rows_is_a_type_error(source: Any, column: Any, reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        prepare(source, column=column)


# Texts and ids


def test_encode_to_arrays(encoding: HarmonyEncoding) -> None:
    expected = [encoding.encode(text) for text in TEXTS]
    sources = [TEXTS, tuple(TEXTS), pyarrow.array(TEXTS), pyarrow.table({"t": TEXTS}), polars.Series(TEXTS)]
    for texts in sources:
        for threads in (1, 2, None):
            column = encoding.encode_batch_arrays(texts, num_threads=threads)
            assert [list(ids) for ids in column] == expected
    assert list(encoding.encode_batch_arrays(iter(TEXTS)).values) == list(column.values)
    decoded = encoding.decode_batch_arrays(column)
    assert list(decoded) == TEXTS
    assert pyarrow.array(decoded).to_pylist() == TEXTS
    for lists in (expected, pyarrow.array(expected), pyarrow.table({"ids": expected}), polars.Series(expected)):
        assert list(encoding.decode_batch_arrays(lists)) == TEXTS
    sliced = pyarrow.array(expected, pyarrow.large_list(pyarrow.uint32()))[1:]
    assert list(encoding.decode_batch_arrays(sliced)) == TEXTS[1:]


def test_many_texts_keep_their_order(encoding: HarmonyEncoding) -> None:
    texts = [f"{n} " * (n % 700) for n in range(3000)]
    column = encoding.encode_batch_arrays(texts)
    assert [len(ids) for ids in column] == [len(ids) for ids in encoding.encode_batch(texts)]
    assert list(encoding.decode_batch_arrays(column)) == texts


def test_what_cannot_be_encoded_or_decoded(encoding: HarmonyEncoding) -> None:
    with pytest.raises(ValueError, match="disallowed") as failure:
        encoding.encode_batch_arrays(["a", "<|end|>"])
    assert failure.value.index == 1  # type: ignore[attr-defined]
    assert list(encoding.encode_batch_arrays(["<|end|>"], allowed_special="all")[0]) == [200007]
    with pytest.raises(TypeError, match="not str"):
        encoding.encode_batch_arrays("abc")
    with pytest.raises(ValueError, match="null"):
        encoding.encode_batch_arrays(pyarrow.array(["a", None]))
    with pytest.raises(Exception, match="999999"):
        encoding.decode_batch_arrays([[1], [999_999]])
    with pytest.raises(TypeError, match="lists of integers"):
        encoding.decode_batch_arrays(pyarrow.array([1]))
    assert list(encoding.decode_batch_arrays([[255]])) == ["\ufffd"]  # a byte that is no text


# Rollouts


COMPLETIONS = [
    "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>é 🌧<|return|>",
    "<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}<|call|>",
    "",
    "<|channel|>final The answer",
    "<|channel|>final<|message|>cut",
]


@pytest.mark.parametrize("strict", [False, True])
def test_rollouts_as_columns_are_those_of_parse(encoding: HarmonyEncoding, strict: bool) -> None:
    completions = [encoding.encode(text, allowed_special="all") for text in COMPLETIONS] * 300
    parsed = parse_batch(completions, strict=strict)
    arrow = pyarrow.table(parsed)
    arrow.validate(full=True)
    rows = arrow.to_pylist()
    failed = {failure.row: failure for failure in parsed.failures}
    for index, tokens in enumerate(completions[:5]):
        try:
            expected = encoding.parse(tokens, Role.ASSISTANT, strict=strict)
        except ValueError as error:
            assert failed[index].code == error.code and rows[index]["finish_reason"] is None  # type: ignore[attr-defined]
            assert rows[index]["messages"] == []
            continue
        except RuntimeError as error:
            assert failed[index].code == error.code and rows[index]["finish_reason"] is None  # type: ignore[attr-defined]
            continue
        assert parsed.messages(index) == [each.message for each in expected.messages]
        assert rows[index]["finish_reason"] == expected.finish_reason.value
        kinds = [repair["kind"] for repair in rows[index]["repairs"]]
        assert kinds == [repair.kind.value for repair in expected.repairs]
        assert [(usage["channel"], usage["total_tokens"]) for usage in rows[index]["channels"]] == [
            (usage.channel, usage.total_tokens) for usage in expected.usage
        ]
        for record, message in zip(rows[index]["messages"], expected.messages):
            assert record["start"] <= message.content[0].start and record["end"] == message.content[-1].stop
    assert rows[:5] * 300 == rows
    assert len(parsed.failures) == (600 if strict else 0) or strict


def test_rollouts_from_any_lists(encoding: HarmonyEncoding) -> None:
    column = encoding.encode_batch_arrays(COMPLETIONS, allowed_special="all")
    expected = pyarrow.table(parse_batch(column))
    for lists in (pyarrow.array(column), [list(ids) for ids in column], [numpy.asarray(ids) for ids in column]):
        assert pyarrow.table(parse_batch(lists)) == expected
    assert parse_batch(column).messages(1)[0] == Message.from_role_and_content("assistant", "{}").with_channel(
        "commentary"
    ).with_recipient("functions.f").with_content_type("<|constrain|>json")


# Packing and batches


def test_pack_plan_takes_any_lengths() -> None:
    lengths = [70, 50, 30, 50]
    for given in (lengths, tuple(lengths), numpy.array(lengths), range(1, 5)):
        plan = pack_plan(given, 100)
        assert sorted(plan.values) == [0, 1, 2, 3]
    assert [row.tolist() for row in pack_plan(lengths, 100, strategy="in_order")] == [[0], [1, 2], [3]]
    with pytest.raises(ValueError, match="length"):
        pack_plan(lengths, 0)


def rows_of(table: Table) -> List[Any]:
    return pyarrow.table(table).to_pylist()


def test_collate_pads() -> None:
    rows = rows_of(table_of(ROWS))
    batch = collate(rows, return_tensors="np", pad_to_multiple_of=64)
    assert batch["input_ids"].shape == batch["labels"].shape and batch["input_ids"].shape[1] % 64 == 0
    for index, row in enumerate(rows):
        length = len(row["input_ids"])
        assert batch["input_ids"][index, :length].tolist() == row["input_ids"]
        learned = [id if on else -100 for id, on in zip(row["input_ids"], row["loss_mask"])]
        assert batch["labels"][index].tolist() == learned + [-100] * (batch["labels"].shape[1] - length)
        assert batch["attention_mask"][index].sum() == length
        assert batch["position_ids"][index, :length].tolist() == list(range(length))


def test_collate_without_padding() -> None:
    columns = ("input_ids", "labels", "position_ids", "seq_lengths")
    single = rows_of(table_of(ROWS, Recipe(columns=("input_ids", "labels"))))
    packed = rows_of(table_of(ROWS, Recipe(columns=columns, pack=Packing(100_000))))  # type: ignore[arg-type]
    assert len(packed) == 1
    loose, tight = (collate(rows, padding_free=True, return_tensors="np") for rows in (single, packed))
    for name in ("input_ids", "labels", "position_ids", "cu_seq_lens"):
        assert loose[name].tolist() == tight[name].tolist(), name
    assert loose["cu_seq_lens"][-1] == loose["input_ids"].shape[1]


def test_collate_says_what_is_missing() -> None:
    for rows, reason in [([], "empty"), ([{"text": 1}], "text"), ([{"input_ids": [1]}], "loss_mask")]:
        with pytest.raises(ValueError, match=reason):
            collate(rows)


def test_map_batches_can_be_pickled() -> None:
    frame = polars.DataFrame({"text": [json.dumps(row) for row in ROWS], "n": [1, 2, 3]})
    call = pickle.loads(pickle.dumps(MapBatches(RECIPE.replace(form="harmony", keep=()), "text")))
    assert call(frame) == pyarrow.table(table_of(ROWS, RECIPE.replace(keep=())))
    bad = polars.DataFrame({"text": ["{}", "{"]})
    with pytest.raises(ValueError, match="row 0 of the batch: .*; 2 rows"):
        call(bad)
    assert MapBatches(call.recipe, skip_failures=True)(bad).num_rows == 0
    with pytest.raises(ValueError, match="form"):
        MapBatches()


# Recipes and numbers


def test_a_recipe_is_what_its_dict_says() -> None:
    recipe = Recipe(
        form="chat", learn="last_turn", max_length=10, pack=Packing(64, pad_to=64), columns=("labels",), keep=("id",)
    )
    assert Recipe.from_dict(json.loads(recipe.to_json())) == recipe
    assert recipe.fingerprint != recipe.replace(max_length=11).fingerprint
    assert Recipe().fingerprint == Recipe.from_dict({}).fingerprint
    unknown = {"lern": 1}, {"learn": "some"}, {"columns": ["ids"]}, {"form": "xml"}
    unknown = {"lern": 1}, {"learn": "some"}, {"columns": ["ids"]}, {"form": "xml"}
    for wrong in (*unknown, {"max_length": 0}, {"keep": ["labels"], "columns": ["labels"]}):
        with pytest.raises(ValueError):
            Recipe.from_dict(wrong)
    with pytest.raises(TypeError):
        prepare([], 5)  # type: ignore[arg-type]


def test_statistics_add_up() -> None:
    recipe = Recipe(form="harmony")
    whole = table_of(ROWS, recipe).statistics
    parts = [table_of([row], recipe).statistics for row in ROWS]
    assert sum(parts, Statistics()) == whole
    assert Statistics.from_dict(json.loads(json.dumps(whole.to_dict()))) == whole
    assert sum(channel.tokens for channel in whole.channels) == whole.tokens > whole.learned > 0
    assert sum(channel.learned for channel in whole.channels) == whole.learned
    assert sum(whole.lengths) == whole.samples


def test_detect_form() -> None:
    plain = {"messages": [{"role": "user", "content": "Hi"}]}
    assert detect_form([plain]) is None
    assert detect_form([plain] * 999 + [CHAT]) == "chat"
    assert detect_form(json.dumps(plain).encode() + b"\n" + json.dumps(HARMONY).encode()) == "harmony"
    assert detect_form([b"{", "5", plain]) is None


# Processes


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_prepares_rows_while_its_parent_does() -> None:
    lines = "\n".join(json.dumps(row) for row in ROWS * 50).encode()
    expected = len(prepare(lines)["input_ids"].values)
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            prepare(lines)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            child = os.fork()
            if child == 0:
                os._exit(0 if len(prepare(lines, num_threads=2)["input_ids"].values) == expected else 1)
            assert os.waitpid(child, 0)[1] == 0
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_a_column_is_read_as_a_sequence() -> None:
    column = table_of(ROWS)["id"]
    assert isinstance(column, Column) and [*column] == ["é0", None, "é2"]
