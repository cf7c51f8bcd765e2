"""How rows become training samples."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields, replace
from typing import Any, Dict, Literal, Mapping, Optional, Sequence, Tuple, Union

from .._core import __version__
from ..arguments import expect, wrong_type
from ..chat import Role, SystemContent
from ..rendering import Part, RenderFormat
from ..rendering.format import RenderFormatLike

__all__ = ["ColumnName", "Form", "Learn", "LearnPolicy", "Overflow", "Packing", "PackingStrategy", "Recipe", "Samples"]

Form = Literal["auto", "harmony", "chat"]
LearnPolicy = Literal["sampled", "assistant", "last_turn", "last_message", "weights"]
Samples = Literal["one", "per_turn", "merged"]
Overflow = Literal["drop", "truncate", "split", "error"]
PackingStrategy = Literal["best_fit", "in_order"]
ColumnName = Literal[
    "input_ids",
    "loss_mask",
    "loss_weights",
    "labels",
    "position_ids",
    "seq_lengths",
    "message",
    "conversation",
    "sample",
    "samples",
]

_CHOICES: Dict[str, Tuple[str, ...]] = {
    "form": ("auto", "harmony", "chat"),
    "samples": ("one", "per_turn", "merged"),
    "overflow": ("drop", "truncate", "split", "error"),
    "strategy": ("best_fit", "in_order"),
}
_POLICIES = ("sampled", "assistant", "last_turn", "last_message", "weights")
_COLUMNS = (
    "input_ids",
    "loss_mask",
    "loss_weights",
    "labels",
    "position_ids",
    "seq_lengths",
    "message",
    "conversation",
    "sample",
    "samples",
)


_LAST_TURN = RenderFormat(analysis="chat_template")


@dataclass(frozen=True)
class Learn:
    """A choice of the tokens that are learned. A token counts if it meets all that is given.

    >>> Learn(roles=["assistant"], channels=["final"], parts=["content", "ending"]).to_dict()
    {'roles': ['assistant'], 'channels': ['final'], 'parts': ['content', 'ending'], 'sampled_only': False}
    """

    roles: Optional[Sequence[Union[Role, str]]] = None
    """Roles of the messages' authors."""
    channels: Optional[Sequence[Optional[str]]] = None
    """Channels of the messages; None is a message without one."""
    parts: Optional[Sequence[Union[Part, str]]] = None
    """``header``, ``content`` or ``ending``."""
    sampled_only: bool = False
    """Whether only tokens count that a model writes."""

    def __post_init__(self) -> None:
        words = {
            "roles": None if self.roles is None else tuple(Role(role) for role in self.roles),
            "channels": None if self.channels is None else tuple(self.channels),
            "parts": None if self.parts is None else tuple(Part(part) for part in self.parts),
        }
        vars(self).update(words)

    def to_dict(self) -> Dict[str, Any]:
        """The choice as JSON-ready values, without what is None."""
        chosen: Dict[str, Any] = {
            "roles": None if self.roles is None else [Role(role).value for role in self.roles],
            "channels": None if self.channels is None else list(self.channels),
            "parts": None if self.parts is None else [Part(part).value for part in self.parts],
            "sampled_only": self.sampled_only,
        }
        return {name: value for name, value in chosen.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Learn:
        """Read the form of ``to_dict``. Raises ``TypeError`` for an unknown key, ``ValueError`` for an unknown word."""
        return cls(**data)


@dataclass(frozen=True)
class Packing:
    """How samples are put together in rows of at most ``length`` tokens.

    Raises ``ValueError`` for a number below 1 or an unknown strategy.
    """

    length: int
    """How many tokens a row may have. Samples that are longer are treated as ``Recipe.overflow`` says."""
    strategy: PackingStrategy = "best_fit"
    """``best_fit``: the longest samples first, each into the fullest row with room for it; ``in_order``: as they
    come."""
    window: int = 4096
    """How many samples are packed at a time; those of different windows do not share a row."""
    pad_to: Optional[int] = None
    """Rows are padded with ``<|endoftext|>`` to a multiple of so many tokens; None leaves them as long as they are."""

    def __post_init__(self) -> None:
        _check_choice("strategy", self.strategy)
        for name in ("length", "window", "pad_to"):
            _check_positive(name, getattr(self, name))

    def to_dict(self) -> Dict[str, Any]:
        """The fields as JSON-ready values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Recipe:
    """How rows become training samples. Every choice that changes the result is a field, so one recipe always gives the
    same result for the same rows.

    >>> recipe = Recipe(learn="last_turn", max_length=8192, pack=Packing(8192))
    >>> Recipe.from_dict(recipe.to_dict()) == recipe
    True
    >>> recipe.replace(samples="per_turn").samples
    'per_turn'

    Raises ``ValueError`` for an unknown word and ``TypeError`` for a value of the wrong kind.
    """

    form: Form = "auto"
    """In which words rows are written: ``harmony`` (messages with channels and recipients), ``chat`` (Chat
    Completions), or ``auto``, which is found out once from the first rows that tell. A row of the other form then
    fails."""
    format: RenderFormatLike = _LAST_TURN
    """How messages are written. The default is that of release 0.0.8, except that the thoughts of the last turn
    stay."""
    learn: Union[LearnPolicy, Learn] = "sampled"
    """Which tokens are learned: all that the model writes (``sampled``), contents and endings of the assistant's
    messages (``assistant``), what is written after the last message of the user (``last_turn``) or of anyone else
    (``last_message``), as messages say with ``weight`` or ``train`` (``weights``), or any choice."""
    samples: Samples = "one"
    """``one`` sample for each conversation; ``per_turn``: one for each turn, with the conversation before it as the
    model saw it; ``merged``: as per turn, but turns share a sample where a sample begins with the one before."""
    max_length: Optional[int] = None
    """How many tokens a sample may have."""
    overflow: Overflow = "drop"
    """What becomes of a longer sample: it is left out, cut, divided, or the row fails. All of it is counted."""
    drop_unlearned: bool = True
    """Whether samples in which nothing is learned are left out, and counted."""
    pack: Optional[Packing] = None
    """How samples are put together in rows; None for one sample a row."""
    seed: Optional[int] = None
    """What decides the order of the samples of a table, before they are packed, and with ``convert`` that of the parts;
    None for the order of the rows."""
    columns: Sequence[ColumnName] = ("input_ids", "loss_mask")
    """The columns of the table."""
    keep: Sequence[str] = ()
    """Columns of the source to carry along, as texts: what is not a text as JSON."""
    system: Optional[SystemContent] = None
    """The system message of rows of Chat Completions, which have none; None is the default one."""

    def __post_init__(self) -> None:
        for name in ("form", "samples", "overflow"):
            _check_choice(name, getattr(self, name))
        _check_positive("max_length", self.max_length)
        _check_seed(self.seed)
        if not isinstance(self.learn, Learn) and self.learn not in _POLICIES:
            raise ValueError(f"Unknown learn: {self.learn!r}; known are {', '.join(_POLICIES)}, or an object of Learn")
        if isinstance(self.columns, str) or isinstance(self.keep, str):
            raise TypeError("columns and keep must be sequences of names, not one name")
        for column in self.columns:
            if column not in _COLUMNS:
                raise ValueError(f"Unknown column: {column!r}; known are {', '.join(_COLUMNS)}")
        names = [*self.columns, *self.keep]
        if len(set(names)) < len(names):
            raise ValueError(f"columns and keep must be different names: {', '.join(names)}")
        # A frozen dataclass is set up past its own __setattr__.
        vars(self).update(format=RenderFormat.of(self.format), columns=tuple(self.columns), keep=tuple(self.keep))

    def replace(self, **changes: Any) -> Recipe:
        """The recipe with other choices."""
        return replace(self, **changes)

    def for_block(self, part: int, block: int) -> Recipe:
        """The recipe for one block of a part. It has a seed of its own: else all of them would be shuffled alike."""
        if self.seed is None:
            return self
        digest = hashlib.sha256(f"{self.seed} {part} {block}".encode()).digest()
        return self.replace(seed=int.from_bytes(digest[:8], "big"))

    def to_dict(self) -> Dict[str, Any]:
        """All choices as JSON-ready values."""
        return {
            "form": self.form,
            "format": RenderFormat.of(self.format).to_dict(),
            "learn": self.learn.to_dict() if isinstance(self.learn, Learn) else self.learn,
            "samples": self.samples,
            "max_length": self.max_length,
            "overflow": self.overflow,
            "drop_unlearned": self.drop_unlearned,
            "pack": None if self.pack is None else self.pack.to_dict(),
            "seed": self.seed,
            "columns": list(self.columns),
            "keep": list(self.keep),
            "system": None if self.system is None else self.system.model_dump(mode="json", exclude={"type"}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """Read the form of ``to_dict``; what is left out has its default, as ``format`` has the choices of its
        ``preset``.

        Raises ``ValueError`` for an unknown word or name, ``TypeError`` for a value of the wrong kind.
        """
        expect("data", data, Mapping, "a mapping of choices")
        known = {field.name for field in fields(cls)}
        unknown = sorted(map(str, set(data) - known))
        if unknown:
            raise ValueError(f"a recipe has no {', '.join(map(repr, unknown))}; known are {', '.join(sorted(known))}")
        values = dict(data)
        if isinstance(values.get("learn"), Mapping):
            values["learn"] = Learn.from_dict(values["learn"])
        if isinstance(values.get("pack"), Mapping):
            values["pack"] = Packing(**values["pack"])
        if isinstance(values.get("system"), Mapping):
            values["system"] = SystemContent.model_validate(values["system"])
        return cls(**values)

    def to_json(self) -> str:
        """``to_dict`` as JSON text."""
        return json.dumps(self.to_dict())

    @property
    def fingerprint(self) -> str:
        """A SHA-256 in hexadecimal digits that differs where the result could: of the recipe, the version of this
        package and the vocabulary."""
        parts = [self.to_dict(), __version__, "o200k_harmony"]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _check_choice(name: str, value: object) -> None:
    known = _CHOICES[name]
    if value not in known:
        raise ValueError(f"Unknown {name}: {value!r}; known are {', '.join(known)}")


def _check_positive(name: str, value: object) -> None:
    if value is None and name != "length":
        return
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value < 1:
        raise ValueError(f"{name} must be at least 1, not {value}")


def _check_seed(seed: object) -> None:
    if seed is None:
        return
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise TypeError(f"seed must be an int, not {type(seed).__name__}")
    if not 0 <= seed < 1 << 64:
        raise ValueError(f"seed must be from 0 to 2**64 - 1, not {seed}")


def recipe_of(value: Union[Recipe, Mapping[str, Any], None]) -> Recipe:
    """The recipe that an argument means."""
    if isinstance(value, Recipe):
        return value
    if value is None:
        return Recipe()
    if isinstance(value, Mapping):
        return Recipe.from_dict(value)
    raise wrong_type("recipe", "a Recipe or a dict of its choices", value)
