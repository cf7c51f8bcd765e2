"""How conversations are rendered: formats, endings, response formats; and what comes of it: tokens, spans, masks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, ClassVar, Dict, NamedTuple, Optional, Type, Union

from ._core import Rendered
from .chat import Role

__all__ = [
    "AnalysisPolicy",
    "ContentTypeForm",
    "HeaderOrder",
    "OpenMessage",
    "Part",
    "PromptStyle",
    "RenderEnding",
    "RenderFormat",
    "Rendered",
    "ResponseFormat",
    "Span",
    "ToolResultForm",
]


class HeaderOrder(str, Enum):
    """The order of recipient and channel in a header."""

    RECIPIENT_FIRST = "recipient_first"
    """``assistant to=functions.f<|channel|>commentary``, as release 0.0.8 writes."""
    CHANNEL_FIRST = "channel_first"
    """``assistant<|channel|>commentary to=functions.f``, as the models themselves mostly write."""
    CHANNEL_FIRST_ON_COMMENTARY = "channel_first_on_commentary"
    """The channel first on ``commentary``, the recipient first everywhere else."""


class ContentTypeForm(str, Enum):
    """How a content type is written."""

    AS_GIVEN = "as_given"
    """A plain word, or behind ``<|constrain|>``: as the message has it."""
    CONSTRAINED = "constrained"
    """Always behind ``<|constrain|>``."""
    PLAIN = "plain"
    """Always a plain word."""
    PLAIN_OR_JSON = "plain_or_json"
    """Always a plain word, and ``json`` for a call that has no content type."""


class PromptStyle(str, Enum):
    """How the text of system and developer messages is written."""

    COMPATIBLE = "compatible"
    """As release 0.0.8 writes it: what its converter of tool schemas does not know becomes ``any``."""
    FAITHFUL = "faithful"
    """Tools as their JSON Schema says, in TypeScript that a compiler reads."""
    CHAT_TEMPLATE = "chat_template"
    """As the chat template of the gpt-oss models writes it."""


class ToolResultForm(str, Enum):
    """How the output of a tool is written."""

    AS_GIVEN = "as_given"
    """The text itself."""
    JSON_STRING = "json_string"
    """The text as a JSON string, with quotes and escapes."""


class AnalysisPolicy(str, Enum):
    """Which analysis messages are left out.

    A turn is everything up to and including the assistant's message on the ``final`` channel that ends it.
    """

    AUTO_DROP = "auto_drop"
    """As release 0.0.8: if the assistant's last message is final, everything on the ``analysis`` channel before the
    first final message, calls and tool outputs there included."""
    KEEP_ALL = "keep_all"
    """Nothing is left out."""
    COMPLETED_TURNS = "completed_turns"
    """The analysis of every turn that has ended. Calls, tool outputs, and the analysis of the turn that is going on
    stay."""
    CHAT_TEMPLATE = "chat_template"
    """Like ``COMPLETED_TURNS``, but where no completion follows, the analysis directly before a last final message
    stays."""


class RenderEnding(str, Enum):
    """How the tokens of a conversation end."""

    CONVERSATION = "conversation"
    """With the last message."""
    COMPLETION = "completion"
    """With ``<|start|>assistant``, for a model to complete. An ``OpenMessage`` in its place begins more than that."""
    TRAINING = "training"
    """With the last message, in ``<|return|>`` if it is a final one: what a model has to say there."""


@dataclass(frozen=True)
class RenderFormat:
    """How messages are written: one choice for each point on which renderers of harmony differ.

    The presets are ``RenderFormat.HARMONY_0_0_8``, the default; ``RenderFormat.OSS_HARMONY_0_0_11``; and
    ``RenderFormat.CHAT_TEMPLATE``, the template that comes with the models. Choices are read from their values too:

    >>> RenderFormat(header_order="channel_first") == RenderFormat(header_order=HeaderOrder.CHANNEL_FIRST)
    True
    >>> RenderFormat.OSS_HARMONY_0_0_11.replace(analysis="completed_turns").header_order.value
    'channel_first_on_commentary'
    """

    header_order: Union[HeaderOrder, str] = HeaderOrder.RECIPIENT_FIRST
    """The order of recipient and channel in a header."""
    content_types: Union[ContentTypeForm, str] = ContentTypeForm.AS_GIVEN
    """How a content type is written."""
    prompts: Union[PromptStyle, str] = PromptStyle.COMPATIBLE
    """How the text of system and developer messages is written, above all their tools."""
    tool_results: Union[ToolResultForm, str] = ToolResultForm.AS_GIVEN
    """How the output of a tool is written."""
    analysis: Union[AnalysisPolicy, str] = AnalysisPolicy.AUTO_DROP
    """Which analysis messages are left out."""

    HARMONY_0_0_8: ClassVar["RenderFormat"]
    OSS_HARMONY_0_0_11: ClassVar["RenderFormat"]
    CHAT_TEMPLATE: ClassVar["RenderFormat"]

    def __post_init__(self) -> None:
        for name, kind in _CHOICES.items():
            object.__setattr__(self, name, kind(getattr(self, name)))

    def replace(self, **changes: str) -> "RenderFormat":
        """The format with other choices: ``format.replace(analysis="keep_all")``."""
        return replace(self, **changes)

    def to_dict(self) -> Dict[str, str]:
        """The choices by name, as JSON-ready values."""
        return {name: str(kind(getattr(self, name)).value) for name, kind in _CHOICES.items()}

    @classmethod
    def from_dict(cls, data: Dict[str, str]) -> "RenderFormat":
        """Read the form of ``to_dict``. The key ``preset`` names the format that gives the choices left out:
        ``harmony-0.0.8`` (which is also the default), ``oss-harmony-0.0.11`` or ``chat-template``.

        >>> RenderFormat.from_dict({"preset": "chat-template", "analysis": "keep_all"}).tool_results.value
        'json_string'

        Raises ``ValueError`` for an unknown preset or value, ``TypeError`` for an unknown choice.
        """
        choices = dict(data)
        name = choices.pop("preset", "harmony-0.0.8")
        if name not in _PRESETS:
            raise ValueError(f"Unknown preset: {name!r}; there are {', '.join(_PRESETS)}")
        return _PRESETS[name].replace(**choices)


_CHOICES: Dict[str, Type[Enum]] = {
    "header_order": HeaderOrder,
    "content_types": ContentTypeForm,
    "prompts": PromptStyle,
    "tool_results": ToolResultForm,
    "analysis": AnalysisPolicy,
}

RenderFormat.HARMONY_0_0_8 = RenderFormat()
RenderFormat.OSS_HARMONY_0_0_11 = RenderFormat(
    header_order=HeaderOrder.CHANNEL_FIRST_ON_COMMENTARY, content_types=ContentTypeForm.CONSTRAINED
)
RenderFormat.CHAT_TEMPLATE = RenderFormat(
    content_types=ContentTypeForm.PLAIN_OR_JSON,
    prompts=PromptStyle.CHAT_TEMPLATE,
    tool_results=ToolResultForm.JSON_STRING,
    analysis=AnalysisPolicy.CHAT_TEMPLATE,
)

_PRESETS = {
    "harmony-0.0.8": RenderFormat.HARMONY_0_0_8,
    "oss-harmony-0.0.11": RenderFormat.OSS_HARMONY_0_0_11,
    "chat-template": RenderFormat.CHAT_TEMPLATE,
}


@dataclass(frozen=True)
class OpenMessage:
    """The beginning of a message that a model is to complete: as much of the header, and perhaps of the content, as
    the model shall not choose itself.

    >>> OpenMessage(channel="final", content="The answer is ").content
    'The answer is '
    """

    channel: Optional[str] = None
    """The channel that the model must use."""
    recipient: Optional[str] = None
    """The tool that the model must call, for example ``functions.get_weather``."""
    content_type: Optional[str] = None
    """The content type that the model must use."""
    content: Optional[str] = None
    """The beginning of the content; ``""`` only closes the header. With None the model may go on with the header."""
    role: Union[Role, str] = Role.ASSISTANT

    def to_dict(self) -> Dict[str, Any]:
        """The fields that are set, as JSON-ready values."""
        fields = {"role": Role(self.role).value, "channel": self.channel, "recipient": self.recipient}
        fields.update(content_type=self.content_type, content=self.content)
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class ResponseFormat:
    """A form that the answer shall have, told to the model at the end of the developer message.

    The model is told and nothing more: a sampler must enforce the schema by other means.
    """

    name: str
    schema: Union[Dict[str, Any], bool]
    """JSON Schema of the answer."""
    description: Optional[str] = None
    """Each line becomes a comment above the schema."""

    def to_dict(self) -> Dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"name": self.name, "schema": self.schema, "description": self.description}


class Part(str, Enum):
    """A part of a rendered message."""

    HEADER = "header"
    """``<|start|>``, the header's words and ``<|message|>``."""
    CONTENT = "content"
    """What the message says."""
    ENDING = "ending"
    """The stop token."""


class Span(NamedTuple):
    """The tokens of one part of one message: ``tokens[start:end]``."""

    message: int
    """Index of the message in the conversation; of a message that the prompt only begins, the number of messages."""
    part: Part
    start: int
    end: int


Ending = Union[RenderEnding, str, OpenMessage]
"""What the argument ``ending`` of rendering takes."""


def ending_of(ending: Ending) -> Union[RenderEnding, OpenMessage]:
    """The member of ``RenderEnding`` for its word; an ``OpenMessage`` as it is."""
    return ending if isinstance(ending, OpenMessage) else RenderEnding(ending)
