"""The format of a rendering: how messages are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Dict, Literal, Mapping, Optional, Union

from ..arguments import expect, wrong_type
from .choices import (
    AnalysisPolicy,
    AnalysisPolicyName,
    ContentTypeForm,
    ContentTypeFormName,
    HeaderOrder,
    HeaderOrderName,
    PromptStyle,
    PromptStyleName,
    ToolResultForm,
    ToolResultFormName,
)

if TYPE_CHECKING:
    from typing_extensions import TypedDict, Unpack

    class Choices(TypedDict, total=False):
        """The choices of a format, as ``RenderFormat.replace`` takes them."""

        header_order: Union[HeaderOrder, HeaderOrderName]
        content_types: Union[ContentTypeForm, ContentTypeFormName]
        prompts: Union[PromptStyle, PromptStyleName]
        tool_results: Union[ToolResultForm, ToolResultFormName]
        analysis: Union[AnalysisPolicy, AnalysisPolicyName]


__all__ = ["RenderFormat", "RenderFormatLike", "RenderFormatName"]

RenderFormatName = Literal["harmony-0.0.8", "oss-harmony-0.0.11", "chat-template", "chat_template"]


@dataclass(frozen=True, init=False, repr=False)
class RenderFormat:
    """How messages are written: one choice for each point on which renderers of harmony differ.

    The presets are ``RenderFormat.HARMONY_0_0_8``, the default; ``RenderFormat.OSS_HARMONY_0_0_11``; and
    ``RenderFormat.CHAT_TEMPLATE``, the template that comes with the models. Choices are members or their words; a word
    that no member has is a ``ValueError`` that lists those that there are.

    >>> RenderFormat(header_order="channel_first") == RenderFormat(header_order=HeaderOrder.CHANNEL_FIRST)
    True
    >>> RenderFormat.OSS_HARMONY_0_0_11.replace(analysis="completed_turns").header_order.value
    'channel_first_on_commentary'
    """

    header_order: HeaderOrder
    """The order of recipient and channel in a header."""
    content_types: ContentTypeForm
    """How a content type is written."""
    prompts: PromptStyle
    """How the text of system and developer messages is written, above all their tools."""
    tool_results: ToolResultForm
    """How the output of a tool is written."""
    analysis: AnalysisPolicy
    """Which analysis messages are left out."""

    HARMONY_0_0_8: ClassVar["RenderFormat"]
    OSS_HARMONY_0_0_11: ClassVar["RenderFormat"]
    CHAT_TEMPLATE: ClassVar["RenderFormat"]

    def __init__(
        self,
        header_order: Union[HeaderOrder, HeaderOrderName] = HeaderOrder.RECIPIENT_FIRST,
        content_types: Union[ContentTypeForm, ContentTypeFormName] = ContentTypeForm.AS_GIVEN,
        prompts: Union[PromptStyle, PromptStyleName] = PromptStyle.COMPATIBLE,
        tool_results: Union[ToolResultForm, ToolResultFormName] = ToolResultForm.AS_GIVEN,
        analysis: Union[AnalysisPolicy, AnalysisPolicyName] = AnalysisPolicy.AUTO_DROP,
    ) -> None:
        # A frozen dataclass is set up past its own __setattr__.
        vars(self).update(
            header_order=HeaderOrder(header_order),
            content_types=ContentTypeForm(content_types),
            prompts=PromptStyle(prompts),
            tool_results=ToolResultForm(tool_results),
            analysis=AnalysisPolicy(analysis),
        )

    def __repr__(self) -> str:
        """The choices that differ from those of the default.

        >>> RenderFormat(analysis="keep_all")
        RenderFormat(analysis='keep_all')
        """
        usual = vars(RenderFormat.HARMONY_0_0_8)
        choices = [f"{name}={choice.value!r}" for name, choice in vars(self).items() if choice != usual[name]]
        return f"{type(self).__name__}({', '.join(choices)})"

    def replace(self, **changes: Unpack[Choices]) -> "RenderFormat":
        """The format with other choices: ``render_format.replace(analysis="keep_all")``."""
        choices: Dict[str, Any] = {**vars(self), **changes}
        return RenderFormat(**choices)

    def to_dict(self) -> Dict[str, str]:
        """The choices by name, as JSON-ready values.

        >>> RenderFormat.CHAT_TEMPLATE.to_dict()["tool_results"]
        'json_string'
        """
        return {name: choice.value for name, choice in vars(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, str], default: "Optional[RenderFormat]" = None) -> "RenderFormat":
        """Read the form of ``to_dict``. The key ``preset`` names the format that gives the choices left out:
        ``harmony-0.0.8``, ``oss-harmony-0.0.11`` or ``chat-template``. Without it they are those of ``default``, or of
        ``harmony-0.0.8``.

        >>> RenderFormat.from_dict({"preset": "chat-template", "analysis": "keep_all"}).tool_results.value
        'json_string'

        Raises ``ValueError`` for an unknown preset or value, ``TypeError`` for an unknown choice.
        """
        expect("data", data, Mapping, "a dict of choices")
        choices: Dict[str, Any] = dict(data)
        preset = choices.pop("preset", None)
        base = _preset(preset) if preset is not None else default or RenderFormat.HARMONY_0_0_8
        unknown = [name for name in choices if name not in vars(base)]
        if unknown:
            known = ", ".join(["preset", *vars(base)])
            raise TypeError(f"render_format has no choice {unknown[0]!r}; known are {known}")
        return base.replace(**choices)

    @classmethod
    def of(cls, value: "RenderFormatLike", default: "Optional[RenderFormat]" = None) -> "RenderFormat":
        """The format that an argument means: the format itself, the name of a preset, or the form of ``to_dict``, whose
        choices left out are those of ``default``.

        >>> RenderFormat.of("chat-template") is RenderFormat.CHAT_TEMPLATE
        True

        Raises ``ValueError`` for an unknown name, ``TypeError`` for anything else.
        """
        if isinstance(value, RenderFormat):
            return value
        if isinstance(value, str):
            return _preset(value)
        if isinstance(value, Mapping):
            return cls.from_dict(value, default)
        raise wrong_type("render_format", "a RenderFormat, the name of one, or a dict of choices", value)


RenderFormatLike = Union[RenderFormat, RenderFormatName, Mapping[str, str]]
"""What the argument ``render_format`` accepts."""

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


def _preset(name: str) -> RenderFormat:
    # The chat template is a choice of several enums too, where its name is an identifier.
    found = _PRESETS.get("chat-template" if name == "chat_template" else name)
    if found is None:
        raise ValueError(f"Unknown preset: {name!r}; known are {', '.join(_PRESETS)}")
    return found
