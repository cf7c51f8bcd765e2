"""Completions back to messages, as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable, List, Optional, Sequence, Tuple, Union

from .. import _core
from .._core import Column, Table
from ..arguments import listed
from ..chat import Author, Message, Role, TextContent
from ..encoding import load_harmony_encoding
from .prepare import usual_threads
from .report import RowFailure, Statistics

if TYPE_CHECKING:
    from .prepare import ArrowArray, ArrowStream

__all__ = ["ParsedTable", "TokenLists", "merge_rollouts", "parse_batch"]

TokenLists = Union[Column, "ArrowStream", "ArrowArray", Iterable[Union[Sequence[int], Iterable[int]]]]
"""Lists of token ids: a column such as ``encode_batch_arrays`` gives, Arrow data with lists of integers, or sequences
of ids."""


def parse_batch(
    completions: TokenLists,
    *,
    role: Union[Role, str, None] = Role.ASSISTANT,
    strict: bool = False,
    num_threads: Optional[int] = None,
) -> ParsedTable:
    """Parse what a model wrote, one row for each completion, without Python objects.

    ``role`` is the role whose header the prompts already started; None if the ids start with ``<|start|>``. With
    ``strict`` a completion that leaves the format is in ``failures``, and its lists are empty; otherwise it is read as
    what the model most likely meant. Threads as in ``prepare``.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.data import parse_batch
    >>> parsed = parse_batch([[200005, 17196, 200008, 19, 200002]])
    >>> parsed["messages"][0][0]["channel"], parsed["messages"][0][0]["content"], parsed["finish_reason"][0]
    ('final', '4', 'stop')
    >>> parsed.messages(0)
    [Message('assistant', channel='final', '4')]
    """
    encoding = load_harmony_encoding("HarmonyGptOss")
    word = None if role is None else Role(role).value
    threads = usual_threads() if num_threads is None else num_threads
    return ParsedTable(_core.parse_batch(encoding, completions, word, strict, threads))


def merge_rollouts(
    prompts: TokenLists,
    completions: TokenLists,
    *,
    rollouts: Optional[Iterable[int]] = None,
    logprobs: Optional[Iterable[Sequence[float]]] = None,
) -> Table:
    """Merge the turns of rollouts to training samples: from 1 to as many as there are turns.

    Turn ``i`` was sampled as ``completions[i]`` after ``prompts[i]``, and belongs to the rollout ``rollouts[i]``, any
    number; without ``rollouts`` all turns are of one. A turn whose prompt begins with all ids of a sample of its
    rollout continues that sample, the longest if there are several. Any other turn begins a sample: where earlier
    thoughts were left out of the prompt, where the history was edited, or where an agent has started another one.

    Only sampled ids are learned, each exactly once. Columns are ``input_ids``, ``loss_mask``, ``logprobs`` (0 where the
    id was not sampled), ``turns`` (indices of the turns in the sample), ``rollout``, ``sample`` and ``samples``:
    ``1 / samples`` gives each rollout the same weight.

    >>> table = merge_rollouts([[1, 2], [1, 2, 3, 4]], [[3], [5, 6]])
    >>> table["input_ids"][0].tolist(), table["loss_mask"][0].tolist()
    ([1, 2, 3, 4, 5, 6], [0, 0, 1, 0, 1, 1])

    Raises ``ValueError`` for arguments of different lengths, ``OverflowError`` for more than 2**31 ids.
    """
    of = None if rollouts is None else listed("rollouts", rollouts, "integers")
    values = None
    if logprobs is not None:
        values = [listed("logprobs", row, "numbers") for row in listed("logprobs", logprobs, "lists of numbers")]
    return _core.merge_rollouts(prompts, completions, of, values)


class ParsedTable:
    """Completions as columns; ``len`` is how many. It has the Arrow PyCapsule interface, as a ``Table`` has.

    =============  ====================================================================================================
    column         a value
    =============  ====================================================================================================
    messages       list of records: ``role``, ``name``, ``channel``, ``recipient``, ``content_type``, ``content``, and
                   ``start`` and ``end``, the message's range of token ids
    finish_reason  ``stop``, ``tool_calls`` or ``length``; None for a failure
    repairs        list of records: ``kind``, ``start`` and ``end``
    channels       list of records: ``channel``, ``content_tokens`` and ``total_tokens``
    =============  ====================================================================================================
    """

    __slots__ = ("_table",)

    def __init__(self, table: Table) -> None:
        self._table = table

    @property
    def column_names(self) -> List[str]:
        """The names of the columns."""
        return self._table.column_names

    @property
    def failures(self) -> List[RowFailure]:
        """The completions that could not be parsed strictly."""
        return self._table.failures

    @property
    def statistics(self) -> Statistics:
        """How many completions and tokens were read, and how many failed."""
        return self._table.statistics

    def messages(self, index: int) -> List[Message]:
        """The messages of one completion as objects."""
        return [_message(record) for record in self._table["messages"][index]]

    def __len__(self) -> int:
        return len(self._table)

    def __getitem__(self, name: str) -> Column:
        """A column. Raises ``KeyError`` for a name that no column has."""
        return self._table[name]

    def __repr__(self) -> str:
        return f"ParsedTable({len(self)} completions, {len(self.failures)} failed)"

    def __arrow_c_schema__(self) -> object:
        return self._table.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema: Optional[object] = None) -> Tuple[object, object]:
        return self._table.__arrow_c_array__(requested_schema)

    def __arrow_c_stream__(self, requested_schema: Optional[object] = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


def _message(record: Any) -> Message:
    return Message(
        author=Author(role=record["role"], name=record["name"]),
        content=[TextContent(text=record["content"])],
        channel=record["channel"],
        recipient=record["recipient"],
        content_type=record["content_type"],
    )
