"""``MapBatches`` with tables of pyarrow and polars, and with what Spark passes. Others have stages of their own."""

from __future__ import annotations

import json
import pickle
from typing import Any, Dict, List

import pytest

from openai_harmony.data import MapBatches, Recipe, prepare

pyarrow = pytest.importorskip("pyarrow")

RECIPE = Recipe(form="chat", keep=("id",))


def row(number: int) -> Dict[str, Any]:
    question = {"role": "user", "content": f"How much is {number} + {number}?"}
    return {"id": str(number), "messages": [question, {"role": "assistant", "content": str(2 * number)}]}


ROWS = [row(number) for number in range(50)]
EXPECTED = pyarrow.table(prepare(ROWS, RECIPE)).to_pydict()


def test_a_table_and_a_copy_from_another_process() -> None:
    call = pickle.loads(pickle.dumps(MapBatches(RECIPE)))
    assert call(pyarrow.Table.from_pylist(ROWS)).to_pydict() == EXPECTED
    columns = {"id": pyarrow.array([row["id"] for row in ROWS]), "messages": [row["messages"] for row in ROWS]}
    assert call(columns).to_pydict() == EXPECTED


def test_a_column_of_json_texts() -> None:
    texts = pyarrow.table({"text": list(map(json.dumps, ROWS)), "other": [1] * len(ROWS)})
    assert MapBatches(RECIPE.replace(keep=()), "text")(texts)["input_ids"].to_pylist() == EXPECTED["input_ids"]


def test_rows_that_fail() -> None:
    rows = pyarrow.table({"text": [json.dumps(ROWS[0]), "no JSON"]})
    recipe = RECIPE.replace(keep=())
    with pytest.raises(ValueError, match=r"row 1 of the batch: .* \[row.invalid_json\]; 1 rows of the batch failed"):
        MapBatches(recipe, "text")(rows)
    assert len(MapBatches(recipe, "text", skip_failures=True)(rows)) == 1
    with pytest.raises(ValueError, match='the recipe needs form="harmony" or form="chat"'):
        MapBatches()


def test_polars() -> None:
    polars = pytest.importorskip("polars")
    call = MapBatches(RECIPE)
    frame = polars.DataFrame(ROWS)
    assert polars.DataFrame(call(frame)).to_dict(as_series=False) == EXPECTED
    schema = polars.DataFrame(call(frame[:1])).schema
    lazy = frame.lazy().map_batches(lambda batch: polars.DataFrame(call(batch)), schema=schema)
    assert lazy.collect().to_dict(as_series=False) == EXPECTED


def test_batches_as_spark_hands_them_over() -> None:
    """A stand-in for ``mapInArrow`` of Spark, which calls the function in a worker with an iterator of record batches,
    some of them empty, and takes an iterator of record batches of one schema. Spark itself is 456 MB and needs Java."""
    table = pyarrow.Table.from_pylist(ROWS)

    batches = [*table.to_batches(max_chunksize=7), pyarrow.RecordBatch.from_pylist([], schema=table.schema)]
    function = pickle.loads(pickle.dumps(MapBatches(RECIPE).map_iterator))
    found: List[Any] = list(function(iter(batches)))
    assert all(isinstance(batch, pyarrow.RecordBatch) for batch in found) and len(found) >= 8
    assert pyarrow.Table.from_batches(found).to_pydict() == EXPECTED
    # With unsigned bytes, Spark 4.3 ends in `UNSUPPORTED_ARROWTYPE`.
    assert found[0].schema.field("loss_mask").type == pyarrow.list_(pyarrow.int8())
