"""What a tokenizer returns: columns by name, as lists or tensors."""

from __future__ import annotations

from typing import Any, Dict, Optional

__all__ = ["BatchEncoding"]


class BatchEncoding(Dict[str, Any]):
    """A dict of columns, which are attributes as well.

    >>> batch = BatchEncoding(input_ids=[24912], attention_mask=[1])
    >>> batch.input_ids is batch["input_ids"]
    True
    >>> batch.convert_to_tensors("np").to("cpu").input_ids
    array([24912])
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None

    def to(self, device: Any, *, non_blocking: bool = False) -> "BatchEncoding":
        """Move the tensors to a device; arrays and lists stay where they are. Returns the batch itself."""
        for name, column in self.items():
            if hasattr(column, "to"):
                self[name] = column.to(device, non_blocking=non_blocking)
        return self

    def convert_to_tensors(self, tensor_type: Optional[str] = None) -> "BatchEncoding":
        """Make the columns arrays of NumPy (``"np"``) or tensors of PyTorch (``"pt"``). Returns the batch itself.

        Raises ``ValueError`` for rows of different lengths, ``ImportError`` if the library is not installed.
        """
        if tensor_type is not None:
            for name, column in self.items():
                self[name] = _tensor(name, column, str(getattr(tensor_type, "value", tensor_type)))
        return self


def _tensor(name: str, column: Any, kind: str) -> Any:
    if kind not in ("np", "pt"):
        raise ValueError(f"return_tensors must be 'np' or 'pt', not {kind!r}")
    rows = column if column and isinstance(column[0], (list, tuple)) else [column]
    if len({len(row) for row in rows}) > 1:
        raise ValueError(
            f"{name} has rows of different lengths, so it cannot be a tensor: pass padding=True, and truncation=True "
            "with a max_length if rows may be too long"
        )
    if kind == "np":
        import numpy

        return numpy.asarray(column, dtype=numpy.int64)
    import torch

    return torch.tensor(column, dtype=torch.int64)
