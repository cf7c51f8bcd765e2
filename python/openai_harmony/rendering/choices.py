"""The choices of a format: one enum for each point on which renderers of harmony differ.

Each enum comes with the ``Literal`` of its values, so that arguments may be written as words and are checked all the
same; attributes are always members.
"""

from __future__ import annotations

from typing import Literal

from ..named import NamedEnum

__all__ = [
    "AnalysisPolicy",
    "AnalysisPolicyName",
    "ContentTypeForm",
    "ContentTypeFormName",
    "HeaderOrder",
    "HeaderOrderName",
    "PromptStyle",
    "PromptStyleName",
    "ToolResultForm",
    "ToolResultFormName",
]

HeaderOrderName = Literal["recipient_first", "channel_first", "channel_first_on_commentary"]
ContentTypeFormName = Literal["as_given", "constrained", "plain", "plain_or_json"]
PromptStyleName = Literal["compatible", "faithful", "chat_template"]
ToolResultFormName = Literal["as_given", "json_string"]
AnalysisPolicyName = Literal["auto_drop", "keep_all", "completed_turns", "chat_template"]


class HeaderOrder(NamedEnum):
    """The order of recipient and channel in a header."""

    RECIPIENT_FIRST = "recipient_first"
    """``assistant to=functions.f<|channel|>commentary``, as release 0.0.8 writes."""
    CHANNEL_FIRST = "channel_first"
    """``assistant<|channel|>commentary to=functions.f``, as the models themselves mostly write."""
    CHANNEL_FIRST_ON_COMMENTARY = "channel_first_on_commentary"
    """The channel first on ``commentary``, the recipient first everywhere else."""


class ContentTypeForm(NamedEnum):
    """How a content type is written."""

    AS_GIVEN = "as_given"
    """A plain word, or after ``<|constrain|>``: as the message has it."""
    CONSTRAINED = "constrained"
    """Always after ``<|constrain|>``."""
    PLAIN = "plain"
    """Always a plain word."""
    PLAIN_OR_JSON = "plain_or_json"
    """Always a plain word, and ``json`` for a call without a content type."""


class PromptStyle(NamedEnum):
    """How the text of system and developer messages is written."""

    COMPATIBLE = "compatible"
    """As release 0.0.8 writes it: what its converter of tool schemas does not know becomes ``any``."""
    FAITHFUL = "faithful"
    """Tools as their JSON Schema says, in TypeScript that a compiler reads."""
    CHAT_TEMPLATE = "chat_template"
    """As the chat template of the gpt-oss models writes it."""


class ToolResultForm(NamedEnum):
    """How the output of a tool is written."""

    AS_GIVEN = "as_given"
    """The text itself."""
    JSON_STRING = "json_string"
    """The text as a JSON string, with quotes and escapes."""


class AnalysisPolicy(NamedEnum):
    """Which analysis messages are left out.

    A turn is everything up to and including the assistant's message on the ``final`` channel that ends it.
    """

    AUTO_DROP = "auto_drop"
    """As release 0.0.8: if the assistant's last message is final, everything on the ``analysis`` channel before the
    first final message, calls and tool outputs there included."""
    KEEP_ALL = "keep_all"
    """Nothing is left out."""
    COMPLETED_TURNS = "completed_turns"
    """The analysis of every turn that has ended. Calls, tool outputs, and the analysis of the current turn stay."""
    CHAT_TEMPLATE = "chat_template"
    """Like ``COMPLETED_TURNS``, but where no completion follows, the analysis directly before a last final message
    stays."""
