"""How a rendering ends, and what the request adds to the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Literal, Optional, Union

from ..arguments import wrong_type
from ..chat import Role
from ..chat.roles import RoleName
from ..named import NamedEnum
from .choices import AnalysisPolicy
from .format import RenderFormat, RenderFormatLike

__all__ = [
    "OpenMessage",
    "RenderEnding",
    "RenderEndingLike",
    "RenderEndingName",
    "ResponseFormat",
    "ending_of",
    "format_for",
]

RenderEndingName = Literal["conversation", "completion", "training"]


class RenderEnding(NamedEnum):
    """How the tokens of a conversation end."""

    CONVERSATION = "conversation"
    """With the last message."""
    COMPLETION = "completion"
    """With ``<|start|>assistant``, for a model to complete. An ``OpenMessage`` in its place starts more than that."""
    TRAINING = "training"
    """With the last message, in ``<|return|>`` if it is a final one: what a model has to say there. By default the
    analysis of the last turn then stays, because it is to be learned."""


@dataclass(frozen=True, init=False)
class OpenMessage:
    """The beginning of a message that a model is to complete: as much of the header, and perhaps of the content, as
    the model must not choose itself.

    >>> OpenMessage(channel="final", content="The answer is ").content
    'The answer is '
    >>> OpenMessage(channel="final").to_dict()
    {'role': 'assistant', 'channel': 'final'}
    """

    channel: Optional[str]
    """The channel that the model must use."""
    recipient: Optional[str]
    """The tool that the model must call, for example ``functions.get_weather``."""
    content_type: Optional[str]
    """The content type that the model must use."""
    content: Optional[str]
    """The beginning of the content; ``""`` only closes the header. With None the model may continue the header."""
    role: Role

    def __init__(
        self,
        channel: Optional[str] = None,
        recipient: Optional[str] = None,
        content_type: Optional[str] = None,
        content: Optional[str] = None,
        role: Union[Role, RoleName] = Role.ASSISTANT,
    ) -> None:
        # A frozen dataclass is set up past its own __setattr__.
        vars(self).update(
            channel=channel, recipient=recipient, content_type=content_type, content=content, role=Role(role)
        )

    def to_dict(self) -> Dict[str, Any]:
        """The fields that are set, as JSON-ready values."""
        fields = {"role": self.role.value, **{name: vars(self)[name] for name in _OPTIONAL}}
        return {name: value for name, value in fields.items() if value is not None}


_OPTIONAL = ("channel", "recipient", "content_type", "content")


@dataclass(frozen=True)
class ResponseFormat:
    """A form that the answer must have, described to the model at the end of the developer message.

    The model only reads it: a sampler must enforce the schema by other means.

    >>> ResponseFormat("answer", {"type": "object"}).to_dict()
    {'name': 'answer', 'schema': {'type': 'object'}, 'description': None}
    """

    name: str
    schema: Union[Dict[str, Any], bool]
    """JSON Schema of the answer."""
    description: Optional[str] = None
    """Each line becomes a comment above the schema."""

    def to_dict(self) -> Dict[str, Any]:
        """The fields as JSON-ready values."""
        return {"name": self.name, "schema": self.schema, "description": self.description}


RenderEndingLike = Union[RenderEnding, RenderEndingName, OpenMessage]
"""What the argument ``ending`` of rendering accepts."""


def ending_of(ending: RenderEndingLike) -> Union[RenderEnding, OpenMessage]:
    """The ending that an argument means. Raises ``ValueError`` for an unknown word, ``TypeError`` for anything else."""
    if isinstance(ending, OpenMessage):
        return ending
    if isinstance(ending, str):
        return RenderEnding(ending)
    raise wrong_type("ending", "a RenderEnding, the word of one, or an OpenMessage", ending)


def format_for(
    ending: Union[RenderEnding, OpenMessage], render_format: Optional[RenderFormatLike] = None
) -> RenderFormat:
    """The format that the argument ``render_format`` means, if this is the ending.

    The choices that it leaves open are those of release 0.0.8. Training keeps the analysis of the last turn, though.
    """
    default = _TRAINING if ending is RenderEnding.TRAINING else RenderFormat.HARMONY_0_0_8
    return default if render_format is None else RenderFormat.of(render_format, default)


_TRAINING = RenderFormat(analysis=AnalysisPolicy.CHAT_TEMPLATE)
