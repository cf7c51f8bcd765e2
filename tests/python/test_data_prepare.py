"""Rows that Rust reads beside the same rows read by pydantic: ids, masks and defaults are equal."""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Tuple

import pytest

from data_rows import CHAT, HARMONY, with_each_null, without_each_field
from openai_harmony import Conversation, HarmonyEncoding, RenderFormat, from_chat_completions, training_example
from openai_harmony.data import Recipe, Table, prepare

Example = Optional[Tuple[List[int], List[int]]]


def as_lines(rows: List[Any]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def examples_of(table: Table, count: int) -> List[Example]:
    """For each row its ids and its mask, None where it failed."""
    found: List[Example] = [None] * count
    ids, mask, rows = table["input_ids"], table["loss_mask"], table["conversation"].values
    for index, row in enumerate(rows):
        found[row] = ids[index].tolist(), mask[index].tolist()
    return found


def by_pydantic(encoding: HarmonyEncoding, row: Any, form: str, render_format: RenderFormat) -> Example:
    document: Dict[str, Any] = {"messages": row} if isinstance(row, list) else row
    if "messages" not in document:  # a conversation without messages says nothing, so this is a mistake
        return None
    try:
        if form == "chat":
            conversation = from_chat_completions(document["messages"], document.get("tools"))
        else:
            conversation = Conversation.model_validate(document)
        example = training_example(encoding, conversation, render_format)
    except (ValueError, RuntimeError, KeyError, TypeError):
        return None
    return example.input_ids, example.loss_mask


def assert_equal(encoding: HarmonyEncoding, rows: List[Any], form: str, **choices: Any) -> None:
    recipe = Recipe(
        form=form,  # type: ignore[arg-type]
        drop_unlearned=False,
        columns=("input_ids", "loss_mask", "conversation"),
        format=RenderFormat(**{"analysis": "chat_template", **choices}),
    )
    render_format = RenderFormat.of(recipe.format)
    expected = [by_pydantic(encoding, row, form, render_format) for row in rows]
    for source in (as_lines(rows), [json.dumps(row) for row in rows], rows):
        table = prepare(source, recipe)
        assert examples_of(table, len(rows)) == expected
        assert [failure.row for failure in table.failures] == [at for at, row in enumerate(expected) if row is None]


FORMATS = [
    {},
    {"analysis": "auto_drop"},
    {"analysis": "keep_all"},
    {"analysis": "completed_turns"},
    {"header_order": "channel_first", "content_types": "constrained"},
    {"prompts": "faithful", "tool_results": "json_string"},
    {"prompts": "chat_template", "content_types": "plain_or_json"},
]


@pytest.mark.parametrize("choices", FORMATS, ids=str)
@pytest.mark.parametrize(("form", "row"), [("harmony", HARMONY), ("chat", CHAT)], ids=["harmony", "chat"])
def test_every_field_left_out(encoding: HarmonyEncoding, form: str, row: Any, choices: Dict[str, str]) -> None:
    rows = [row, row["messages"], *(changed for _, changed in without_each_field(row))]
    assert_equal(encoding, rows, form, **choices)


def test_every_field_null_in_harmony(encoding: HarmonyEncoding) -> None:
    # `author: null` is the one exception: the message is read as if the key were not there.
    rows = [changed for path, changed in with_each_null(HARMONY) if path[-1] != "author"]
    assert_equal(encoding, rows, "harmony")


def test_every_field_null_in_chat(encoding: HarmonyEncoding) -> None:
    assert_equal(encoding, [changed for _, changed in with_each_null(CHAT)], "chat")


@pytest.mark.parametrize("threads", [1, 2, None])
def test_many_rows_on_any_number_of_threads(encoding: HarmonyEncoding, threads: Optional[int]) -> None:
    rows = [{"messages": [*HARMONY["messages"], {"role": "user", "content": f"{n} " * (n % 50)}]} for n in range(1000)]
    rows.insert(500, {"messages": 5})
    table = prepare(as_lines(rows), Recipe(columns=("input_ids", "conversation")), num_threads=threads)
    assert list(table["conversation"].values) == [n for n in range(1001) if n != 500]
    assert [(failure.row, failure.code) for failure in table.failures] == [(500, "row.invalid_conversation")]
    expected = encoding.render_with(
        Conversation.model_validate(rows[-1]), ending="training", render_format={"analysis": "chat_template"}
    )
    assert list(table["input_ids"][-1]) == expected.tokens


# Bad rows


BAD = [
    (b"\xff\xfe{}", "row.invalid_utf8"),
    (b"{", "row.invalid_json"),
    (b"{} {}", "row.invalid_conversation"),
    (b'"text"', "row.invalid_conversation"),
    (b"null", "row.invalid_conversation"),
    (b"{}", "row.invalid_conversation"),
    (b'{"messages": 5}', "row.invalid_conversation"),
    (b'{"messages": [5]}', "row.invalid_conversation"),
    (b'{"messages": [{"role": "robot", "content": "Hi"}]}', "row.invalid_conversation"),
    (b'{"messages": [{"role": "user", "content": [5]}]}', "row.invalid_conversation"),
    (b'{"messages": [{"role": "user", "content": [{"type": "image"}]}]}', "row.invalid_conversation"),
    (b'{"messages": [{"role": "user", "content": [{"type": "system_content"}]}]}', "render.misplaced_system_content"),
    (b'{"messages": [{"role": "tool", "content": "x"}]}', "render.unnamed_tool"),
    (b'{"messages": [{"role": "assistant", "tool_calls": [{}]}]}', "row.wrong_form"),
    (b'{"messages": [], "tools": [{}]}', "row.wrong_form"),
    (b'{"messages": ' + b"[" * 100_000, "row.invalid_json"),
]


@pytest.mark.parametrize(("line", "code"), BAD, ids=[line[:60].decode("latin-1") for line, _ in BAD])
def test_bad_rows_are_failures_with_their_place(line: bytes, code: str) -> None:
    good = json.dumps(HARMONY).encode()
    table = prepare(good + b"\n\n" + line + b"\r\n" + good, Recipe(form="harmony"))
    assert len(table) == 2
    (failure,) = table.failures
    assert (failure.row, failure.offset, failure.code) == (2, len(good) + 2, code)
    assert failure.reason and "\n" not in failure.reason
    assert (table.statistics.rows, table.statistics.failed) == (3, 1)


BAD_CHAT = [
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "messages[0].content[0].type"),
    ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "1"}]}, "messages[0]"),
    ({"messages": "hi"}, "messages"),
    ({}, "messages"),
    ({"messages": [{"role": "user", "content": "a"}], "tools": [5]}, "tools[0]"),
    ({"messages": [{"role": "assistant", "channel": "final", "content": "a"}]}, "messages[0].channel"),
]


@pytest.mark.parametrize(("row", "path"), BAD_CHAT, ids=str)
def test_bad_rows_of_chat_completions_name_the_path(row: Any, path: str) -> None:
    table = prepare(as_lines([CHAT, row]), Recipe(form="chat"))
    (failure,) = table.failures
    assert failure.row == 1 and path in failure.reason


def test_the_form_is_found_out_once_and_holds_for_all_rows() -> None:
    plain = {"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "ho"}]}
    recipe = Recipe(drop_unlearned=False)
    # What could be either is Chat Completions, the commonest form of data sets.
    assert (
        prepare(as_lines([plain]), recipe)["input_ids"][0]
        == prepare([plain], recipe.replace(form="chat"))["input_ids"][0]
    )
    mixed = prepare(as_lines([plain, HARMONY, CHAT]), recipe)
    assert [(failure.row, failure.code) for failure in mixed.failures] == [(2, "row.wrong_form")]
    mixed = prepare(as_lines([plain, CHAT, HARMONY]), recipe)
    assert [(failure.row, failure.code) for failure in mixed.failures] == [(2, "row.wrong_form")]


def test_rows_of_another_kind_are_a_type_error() -> None:
    with pytest.raises(TypeError, match="a row must be .* not int"):
        prepare([5])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="num_threads"):
        prepare(b"", num_threads=0)


def test_nothing_is_an_empty_table() -> None:
    for nothing in (b"", b"\n \n", []):
        table = prepare(nothing)  # type: ignore[arg-type]
        assert len(table) == 0 and list(table["input_ids"].values) == [] and list(table["input_ids"].offsets) == [0]
