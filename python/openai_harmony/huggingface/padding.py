"""Rows of tokens to one length: what ``padding``, ``truncation`` and ``max_length`` mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

__all__: List[str] = []

_PADDING: Dict[Any, Optional[str]] = {
    **dict.fromkeys((False, None, "do_not_pad")),
    **dict.fromkeys((True, "longest"), "longest"),
    "max_length": "max_length",
}
_TRUNCATION: Dict[Any, bool] = {
    **dict.fromkeys((False, None, "do_not_truncate"), False),
    **dict.fromkeys((True, "longest_first", "only_first", "only_second"), True),
}

_NO_LIMIT = 10**20
"""A ``model_max_length`` above this is none."""


@dataclass(frozen=True)
class Lengths:
    """The lengths that rows are brought to."""

    padding: Optional[str]
    """``"longest"``, ``"max_length"`` or None."""
    truncation: bool
    max_length: Optional[int]
    multiple_of: Optional[int]
    padding_side: str
    truncation_side: str
    pad_token_id: Optional[int]

    @classmethod
    def of(
        cls,
        tokenizer: Any,
        padding: Any,
        truncation: Any,
        max_length: Optional[int],
        multiple_of: Optional[int],
        padding_side: Optional[str],
    ) -> "Lengths":
        """The meaning of the arguments, as ``transformers`` documents it. Raises ``ValueError`` for unknown words."""
        padding, truncation = getattr(padding, "value", padding), getattr(truncation, "value", truncation)
        if padding not in _PADDING:
            raise ValueError(f"padding must be True, False, 'longest', 'max_length' or 'do_not_pad', not {padding!r}")
        if truncation not in _TRUNCATION:
            known = "True, False, 'longest_first', 'only_first', 'only_second' or 'do_not_truncate'"
            raise ValueError(f"truncation must be {known}, not {truncation!r}")
        side = padding_side if padding_side is not None else tokenizer.padding_side
        if side not in ("left", "right"):
            raise ValueError(f"padding_side must be 'left' or 'right', not {side!r}")
        # A length alone asks for truncation.
        truncates = _TRUNCATION[truncation] or (truncation is None and max_length is not None and padding is False)
        pads = _PADDING[padding]
        if max_length is None and (truncates or pads == "max_length"):
            if tokenizer.model_max_length > _NO_LIMIT:
                truncates, pads = False, None if pads == "max_length" else pads
            else:
                max_length = tokenizer.model_max_length
        if truncates and pads and multiple_of and max_length is not None and max_length % multiple_of:
            problem = f"the truncation length {max_length} is not a multiple of pad_to_multiple_of, {multiple_of}"
            raise ValueError(problem)
        return cls(pads, truncates, max_length, multiple_of, side, tokenizer.truncation_side, tokenizer.pad_token_id)

    def cut(self, row: List[Any]) -> List[Any]:
        """A row without what is too long."""
        if not self.truncation or self.max_length is None or len(row) <= self.max_length:
            return row
        return row[: self.max_length] if self.truncation_side == "right" else row[len(row) - self.max_length :]

    def pad(self, columns: Dict[str, List[List[Any]]], fillers: Dict[str, Any]) -> None:
        """Bring the rows of the columns that have a filler to the same length, in place."""
        lengths = [len(row) for row in columns["input_ids"]]
        if self.padding is None or not lengths:
            return
        target = max(lengths) if self.padding == "longest" else self.max_length
        if target is None:
            return
        if self.multiple_of:
            target += -target % self.multiple_of
        for name, filler in fillers.items():
            for index, row in enumerate(columns.get(name, ())):
                missing = [filler] * (target - lengths[index])
                columns[name][index] = [*row, *missing] if self.padding_side == "right" else [*missing, *row]
