"""The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

>>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
>>> encoding = load_harmony_encoding("HarmonyGptOss")
>>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "What is 2 + 2?")])
>>> encoding.decode(encoding.render_conversation_for_completion(conversation, Role.ASSISTANT))
'<|start|>user<|message|>What is 2 + 2?<|end|><|start|>assistant'
"""

from importlib import import_module
from typing import TYPE_CHECKING, List

from .chat import (
    Author,
    ChannelConfig,
    Content,
    Conversation,
    DeveloperContent,
    Message,
    ReasoningEffort,
    Role,
    SystemContent,
    TextContent,
    ToolDescription,
    ToolNamespaceConfig,
)
from .encoding import (
    HarmonyEncoding,
    HarmonyEncodingName,
    RenderConversationConfig,
    RenderOptions,
    load_harmony_encoding,
)
from .errors import (
    DisallowedSpecialTokenError,
    HarmonyError,
    HarmonyGrammarError,
    HarmonyLoadError,
    HarmonyParseError,
    HarmonyRenderError,
    HarmonyTokenizerError,
    InvalidConversationError,
    UnknownEncodingError,
)
from .parser import StreamableParser, StreamState
from .rendering import (
    AnalysisPolicy,
    ContentTypeForm,
    HeaderOrder,
    OpenMessage,
    Part,
    PromptStyle,
    Rendered,
    RenderEnding,
    RenderFormat,
    ResponseFormat,
    Span,
    ToolResultForm,
)

if TYPE_CHECKING:
    from .events import (
        ContentDelta,
        Ending,
        FinishReason,
        MessageEnded,
        MessageStarted,
        Recipient,
        RecipientKind,
        Repair,
        RepairKind,
        StreamEvent,
        plain_content_type,
    )
    from .results import ChannelUsage, ParsedMessage, ParseResult
    from .transcript import Transcript
    from .view import TokenPiece, TokenView

__all__ = [
    "AnalysisPolicy",
    "Author",
    "ChannelConfig",
    "ChannelUsage",
    "Content",
    "ContentDelta",
    "ContentTypeForm",
    "Conversation",
    "DeveloperContent",
    "DisallowedSpecialTokenError",
    "Ending",
    "FinishReason",
    "HarmonyEncoding",
    "HarmonyEncodingName",
    "HarmonyError",
    "HarmonyGrammarError",
    "HarmonyLoadError",
    "HarmonyParseError",
    "HarmonyRenderError",
    "HarmonyTokenizerError",
    "HeaderOrder",
    "InvalidConversationError",
    "Message",
    "MessageEnded",
    "MessageStarted",
    "OpenMessage",
    "ParseResult",
    "ParsedMessage",
    "Part",
    "PromptStyle",
    "ReasoningEffort",
    "Recipient",
    "RecipientKind",
    "RenderConversationConfig",
    "RenderEnding",
    "RenderFormat",
    "RenderOptions",
    "Rendered",
    "Repair",
    "RepairKind",
    "ResponseFormat",
    "Role",
    "Span",
    "StreamEvent",
    "StreamState",
    "StreamableParser",
    "SystemContent",
    "TextContent",
    "TokenPiece",
    "TokenView",
    "ToolDescription",
    "ToolNamespaceConfig",
    "ToolResultForm",
    "Transcript",
    "UnknownEncodingError",
    "load_harmony_encoding",
    "plain_content_type",
]

# What is imported when it is first asked for, by module: these take a quarter of the time that importing would take.
_LATER = {
    "events": [
        "ContentDelta",
        "Ending",
        "FinishReason",
        "MessageEnded",
        "MessageStarted",
        "Recipient",
        "RecipientKind",
        "Repair",
        "RepairKind",
        "StreamEvent",
        "plain_content_type",
    ],
    "results": ["ChannelUsage", "ParseResult", "ParsedMessage"],
    "transcript": ["Transcript"],
    "view": ["TokenPiece", "TokenView"],
}

if not TYPE_CHECKING:  # type checkers would take it that the package has every name

    def __getattr__(name: str) -> object:
        for module, names in _LATER.items():
            if name in names:
                value = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
