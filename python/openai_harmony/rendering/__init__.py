"""How conversations are rendered: formats, endings, response formats; and what the tokens of a rendering belong to."""

from .._core import Rendered
from .choices import AnalysisPolicy, ContentTypeForm, HeaderOrder, PromptStyle, ToolResultForm
from .ending import OpenMessage, RenderEnding, ResponseFormat
from .format import RenderFormat
from .span import Part, Span

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
