"""Tables of other libraries: a callable for their ``map``, and a function for ``datasets``."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Union

from ..arguments import wrong_type
from .prepare import detect_form, prepare
from .recipe import Recipe, recipe_of

__all__ = ["MapBatches", "tokenize"]


class MapBatches:
    """A function from a batch of rows to a batch of samples, for the ``map`` of other libraries. It can be pickled.

    - Ray Data: ``data.map_batches(MapBatches(recipe), batch_format="pyarrow")``
    - ``datasets``: ``tokenize(data, recipe)``
    - polars: ``polars.DataFrame(MapBatches(recipe)(frame))``
    - Spark: ``frame.mapInArrow(MapBatches(recipe).map_iterator, schema)``

    The batch has the columns of rows, or one column of JSON texts that ``column`` names. The result is a
    ``pyarrow.Table``, which the extra ``openai-harmony[parquet]`` installs. A row that fails raises ``ValueError``
    unless ``skip_failures``: these libraries have no place for failures. The recipe must name the form of the rows.

    >>> call = MapBatches({"form": "chat"})
    >>> import pickle
    >>> pickle.loads(pickle.dumps(call)).recipe == call.recipe
    True
    """

    def __init__(
        self,
        recipe: Union[Recipe, Mapping[str, Any], None] = None,
        column: Optional[str] = None,
        *,
        skip_failures: bool = False,
        num_threads: Optional[int] = None,
    ) -> None:
        self.recipe = recipe_of(recipe)
        if self.recipe.form == "auto":
            raise ValueError('the recipe needs form="harmony" or form="chat": each batch would be judged by itself')
        self.column = column
        self.skip_failures = skip_failures
        self.num_threads = num_threads

    def __call__(self, batch: Any) -> Any:
        """The samples of a batch, as a ``pyarrow.Table``. ``batch`` is Arrow data, or a dict of columns of pyarrow."""
        import pyarrow

        rows = pyarrow.table(batch) if isinstance(batch, dict) else batch
        table = prepare(rows, self.recipe, column=self.column, num_threads=self.num_threads)
        if table.failures and not self.skip_failures:
            first = table.failures[0]
            reason = f"{first.reason} [{first.code}]; {len(table.failures)} rows of the batch failed"
            raise ValueError(f"row {first.row} of the batch: {reason}")
        return pyarrow.table(table)

    def map_iterator(self, batches: Any) -> Any:
        """The samples of each batch, as batches of pyarrow: what Spark's ``mapInArrow`` calls.

        Spark has no unsigned integers, so a loss mask has the type ``array<tinyint>`` there; ids are ``array<int>``.
        """
        for batch in batches:
            yield from _with_signed_masks(self(batch)).to_batches()


def _with_signed_masks(table: Any) -> Any:
    import pyarrow

    unsigned, signed = pyarrow.list_(pyarrow.uint8()), pyarrow.list_(pyarrow.int8())
    fields = [field.with_type(signed) if field.type == unsigned else field for field in table.schema]
    return table.cast(pyarrow.schema(fields))


def tokenize(
    dataset: Any, recipe: Union[Recipe, Mapping[str, Any], None] = None, column: Optional[str] = None, **options: Any
) -> Any:
    """A ``datasets.Dataset`` of conversations as one of samples, ready for TRL and others.

    ``options`` go to ``Dataset.map``: ``num_proc``, ``batch_size``, … The form of rows is found out once for the whole
    data set, unless the recipe has it. Other columns are dropped unless the recipe keeps them.

    Raises ``ValueError`` for a row that fails; ``MapBatches`` can skip such rows.
    """
    if not hasattr(dataset, "with_format"):
        raise wrong_type("dataset", "a Dataset of datasets", dataset)
    chosen = recipe_of(recipe)
    if chosen.form == "auto":
        chosen = chosen.replace(form=detect_form(dataset.with_format("arrow")[:1000], column=column) or "chat")
    names = list(dataset.column_names)
    arrow = dataset.with_format("arrow")
    mapped = arrow.map(MapBatches(chosen, column), batched=True, remove_columns=names, **options)
    return mapped.with_format(None)
