"""Rows of a table to the arrays that a trainer takes."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Literal, Mapping, Sequence

from ..arguments import expect, listed

__all__ = ["collate"]

PADDING = 199_999
"""``<|endoftext|>``"""
IGNORED = -100
"""What losses of PyTorch ignore."""


def collate(
    batch: Iterable[Mapping[str, Any]],
    *,
    pad_to_multiple_of: int = 8,
    padding_free: bool = False,
    return_tensors: Literal["np", "pt"] = "pt",
) -> Dict[str, Any]:
    """A batch for a model: ``DataLoader(rows, collate_fn=collate)``.

    Each row has ``input_ids`` and ``loss_mask`` or ``labels``, and perhaps ``position_ids`` and ``seq_lengths``; other
    keys are ignored. Labels are -100 where nothing is learned; the model shifts them.

    The result has ``input_ids``, ``labels``, ``attention_mask`` and ``position_ids`` of the shape (rows, longest row),
    padded to a multiple. With ``padding_free`` all rows become one, of the shape (1, all tokens), with ``position_ids``
    that begin at 0 with each sample and ``cu_seq_lens``, where each sample begins: attention does not cross samples,
    and nothing is padded. Rows that are packed in a batch that is padded keep their ``position_ids``.

    Arrays are int64; ``cu_seq_lens`` is int32. ``return_tensors`` is ``"np"`` for NumPy or ``"pt"`` for torch.

    Raises ``ValueError`` for an empty batch, and for a row without ids or whose columns have different lengths.
    """
    rows = [_Row(row) for row in listed("batch", batch, "rows")]
    if not rows:
        raise ValueError("an empty batch has no shape")
    arrays = _joined(rows) if padding_free else _padded(rows, pad_to_multiple_of)
    if return_tensors == "np":
        return arrays
    if return_tensors != "pt":
        raise ValueError(f"Unknown return_tensors: {return_tensors!r}; known are np, pt")
    import torch

    return {name: torch.from_numpy(array) for name, array in arrays.items()}


class _Row:
    """One row, with what it does not say filled in."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        import numpy

        expect("a row", row, Mapping, "a mapping of columns")
        if "input_ids" not in row:
            raise ValueError(f"a row needs input_ids; it has {', '.join(map(str, row))}")
        self.ids = numpy.asarray(row["input_ids"], numpy.int64)
        self.labels = _labels(row, self.ids)
        self.lengths: Sequence[int] = row.get("seq_lengths", (len(self.ids),))
        if sum(self.lengths) != len(self.ids) or len(self.labels) != len(self.ids):
            raise ValueError("the columns of a row must have as many values as input_ids")
        starts = [numpy.arange(length, dtype=numpy.int64) for length in self.lengths]
        self.positions = numpy.concatenate([numpy.empty(0, numpy.int64), *starts])


def _labels(row: Mapping[str, Any], ids: Any) -> Any:
    import numpy

    if "labels" in row:
        return numpy.asarray(row["labels"], numpy.int64)
    if "loss_mask" not in row:
        raise ValueError("a row needs loss_mask or labels")
    mask = numpy.asarray(row["loss_mask"])
    if len(mask) != len(ids):
        raise ValueError("the columns of a row must have as many values as input_ids")
    return numpy.where(mask != 0, ids, IGNORED)


def _padded(rows: List[_Row], multiple: int) -> Dict[str, Any]:
    import numpy

    longest = max(len(row.ids) for row in rows)
    shape = len(rows), -(-longest // multiple) * multiple
    arrays = {
        "input_ids": numpy.full(shape, PADDING, numpy.int64),
        "labels": numpy.full(shape, IGNORED, numpy.int64),
        "attention_mask": numpy.zeros(shape, numpy.int64),
        "position_ids": numpy.zeros(shape, numpy.int64),
    }
    for index, row in enumerate(rows):
        inside = index, slice(len(row.ids))
        arrays["input_ids"][inside] = row.ids
        arrays["labels"][inside] = row.labels
        arrays["attention_mask"][inside] = 1
        arrays["position_ids"][inside] = row.positions
    return arrays


def _joined(rows: List[_Row]) -> Dict[str, Any]:
    import numpy

    lengths = [length for row in rows for length in row.lengths]
    labels = numpy.concatenate([row.labels for row in rows])
    ends = numpy.cumsum([0, *lengths], dtype=numpy.int32)
    # The token before the first one of a sample is one of another sample.
    labels[ends[:-1][ends[:-1] < len(labels)]] = IGNORED
    return {
        "input_ids": numpy.concatenate([row.ids for row in rows])[None],
        "labels": labels[None],
        "position_ids": numpy.concatenate([row.positions for row in rows])[None],
        "cu_seq_lens": ends,
    }
