"""``collate``: rows to the arrays of a model."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, List

import pytest

from openai_harmony.data import Packing, Recipe, collate, prepare

numpy = pytest.importorskip("numpy")

SHORT = {"input_ids": [5, 6, 7], "loss_mask": [0, 1, 1]}
LONG = {"input_ids": list(range(10, 20)), "labels": [-100] * 9 + [19]}


def test_padding_to_a_multiple() -> None:
    batch = collate([SHORT, LONG], return_tensors="np")
    assert {name: array.shape for name, array in batch.items()} == dict.fromkeys(
        ("input_ids", "labels", "attention_mask", "position_ids"), (2, 16)
    )
    assert batch["input_ids"][0].tolist() == [5, 6, 7] + [199_999] * 13
    assert batch["labels"][0].tolist() == [-100, 6, 7] + [-100] * 13
    assert batch["labels"][1].tolist() == [-100] * 9 + [19] + [-100] * 6
    assert batch["attention_mask"].sum(axis=1).tolist() == [3, 10]
    assert batch["position_ids"][1].tolist() == list(range(10)) + [0] * 6
    assert all(array.dtype == numpy.int64 for array in batch.values())
    assert collate([SHORT], pad_to_multiple_of=1, return_tensors="np")["input_ids"].shape == (1, 3)


def test_without_padding_samples_stay_apart() -> None:
    packed = {"input_ids": [1, 2, 3, 4, 5], "labels": [-100, 2, 3, 4, 5], "seq_lengths": [2, 3]}
    batch = collate([SHORT, packed], padding_free=True, return_tensors="np")
    assert batch["input_ids"].tolist() == [[5, 6, 7, 1, 2, 3, 4, 5]]
    # The first token of a sample is never a label: the token before it is one of another sample.
    assert batch["labels"].tolist() == [[-100, 6, 7, -100, 2, -100, 4, 5]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 0, 1, 0, 1, 2]]
    assert batch["cu_seq_lens"].tolist() == [0, 3, 5, 8] and batch["cu_seq_lens"].dtype == numpy.int32


def test_rows_of_a_table() -> None:
    chat = {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}]}
    columns = ("input_ids", "labels", "seq_lengths")
    table = prepare([chat] * 20, Recipe(form="chat", columns=columns, pack=Packing(512)))
    rows: List[Dict[str, Any]] = [{name: table[name][row] for name in columns} for row in range(len(table))]
    batch = collate(rows, padding_free=True, return_tensors="np")
    assert batch["cu_seq_lens"][-1] == table.statistics.tokens
    assert (batch["labels"] >= 0).sum() == table.statistics.learned
    assert len(batch["cu_seq_lens"]) == 21


def test_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in for torch, whose wheel is larger than all else that the tests install."""
    torch = ModuleType("torch")
    torch.from_numpy = lambda array: ("tensor", array.tolist())  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert collate([SHORT], pad_to_multiple_of=1)["input_ids"] == ("tensor", [[5, 6, 7]])


def test_arrays_are_taken_without_a_copy() -> None:
    """By the buffer protocol and by DLPack, which torch and jax take as well."""
    table = prepare([{"messages": [{"role": "assistant", "content": "4"}]}], Recipe(form="chat"))
    values = numpy.asarray(table["input_ids"].values)
    assert values.flags.writeable and values.dtype == numpy.int32
    shared = numpy.from_dlpack(values)
    assert shared.ctypes.data == values.ctypes.data == numpy.asarray(table["input_ids"].values).ctypes.data


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ([], "an empty batch has no shape"),
        ([{"loss_mask": [1]}], "a row needs input_ids; it has loss_mask"),
        ([{"input_ids": [1]}], "a row needs loss_mask or labels"),
        ([{"input_ids": [1, 2], "loss_mask": [1]}], "as many values as input_ids"),
        ([{"input_ids": [1, 2], "labels": [1]}], "as many values as input_ids"),
        ([{"input_ids": [1, 2], "labels": [1, 2], "seq_lengths": [1]}], "as many values as input_ids"),
    ],
    ids=str,
)
def test_bad_rows(batch: List[Dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        collate(batch, return_tensors="np")


def test_an_unknown_kind_of_tensors() -> None:
    with pytest.raises(ValueError, match="Unknown return_tensors: 'tf'"):
        collate([SHORT], return_tensors="tf")  # type: ignore[arg-type]
