"""``datasets`` with ``openai_harmony.data``: what a fine-tuning script does before it trains."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any, Dict, List

import pytest

datasets = pytest.importorskip("datasets")

from openai_harmony.data import MapBatches, Recipe, collate, prepare, tokenize  # noqa: E402


def rows(count: int = 60) -> List[Dict[str, Any]]:
    return [
        {
            "id": number,
            "messages": [{"role": "user", "content": f"{number}?"}, {"role": "assistant", "content": str(number)}],
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("processes", [None, 2])
def test_a_data_set_of_samples(processes: Any) -> None:
    recipe = Recipe(columns=("input_ids", "labels", "seq_lengths"), keep=("id",))
    mapped = tokenize(datasets.Dataset.from_list(rows()), recipe, num_proc=processes, batch_size=7)
    expected = prepare(rows(), recipe.replace(form="chat"))
    # What the trainers of TRL look for: with `input_ids` they do not tokenize again, `labels` are -100 where nothing is
    # learned, and `seq_lengths` keep samples apart.
    assert mapped.column_names == ["input_ids", "labels", "seq_lengths", "id"]
    assert len(mapped) == 60
    for name in ("input_ids", "labels"):
        assert [list(values) for values in mapped[name]] == [values.tolist() for values in expected[name]]
    assert mapped["id"][:3] == ["0", "1", "2"]
    assert collate(mapped.select(range(4)), return_tensors="np")["input_ids"].shape[0] == 4


def test_a_stream() -> None:
    """An ``IterableDataset``, which is mapped while it is read."""
    stream = datasets.Dataset.from_list(rows()).to_iterable_dataset().with_format("arrow")
    call = MapBatches(Recipe(form="chat"))
    mapped = stream.map(call, batched=True, batch_size=16, remove_columns=["id", "messages"])
    found = [list(row["input_ids"]) for row in mapped.with_format(None)]
    assert found == [values.tolist() for values in prepare(rows(), Recipe(form="chat"))["input_ids"]]


def test_one_form_for_the_whole_data_set() -> None:
    mixed = [{"messages": [{"role": "user", "content": "a", "channel": None}]}] * 3
    mixed += [{"messages": [{"role": "assistant", "content": "b", "channel": "final"}]}]
    mapped = tokenize(datasets.Dataset.from_list(mixed), {"drop_unlearned": False})
    assert len(mapped) == 4


def test_a_row_that_fails_is_named() -> None:
    bad = [*rows(3), {"id": 3, "messages": [{"role": "robot", "content": "beep"}]}]
    with pytest.raises(ValueError, match=r"row 3 of the batch: messages\[0\]\.role"):
        tokenize(datasets.Dataset.from_list(bad))


def test_the_cache_is_found_again_by_another_process() -> None:
    """``datasets`` finds what it has mapped by a hash of the function, which must not differ between processes."""
    program = (
        "from datasets.fingerprint import Hasher; from openai_harmony.data import MapBatches;"
        "print(Hasher.hash(MapBatches({'form': 'chat', 'keep': ['id']})))"
    )
    hashes = {subprocess.check_output([sys.executable, "-c", program]) for _ in range(2)}
    assert len(hashes) == 1
    call = MapBatches({"form": "chat"})
    assert pickle.dumps(pickle.loads(pickle.dumps(call))) == pickle.dumps(call)
