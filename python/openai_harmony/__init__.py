"""The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

>>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
>>> encoding = load_harmony_encoding("HarmonyGptOss")
>>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "What is 2 + 2?")])
>>> encoding.decode(encoding.render_conversation_for_completion(conversation, Role.ASSISTANT))
'<|start|>user<|message|>What is 2 + 2?<|end|><|start|>assistant'
"""

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
    HarmonyLoadError,
    HarmonyParseError,
    HarmonyRenderError,
    HarmonyTokenizerError,
    InvalidConversationError,
    UnknownEncodingError,
)
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
from .results import ChannelUsage, ParsedMessage, ParseResult
from .transcript import Transcript
from .view import TokenView

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
    "TokenView",
    "ToolDescription",
    "ToolNamespaceConfig",
    "ToolResultForm",
    "Transcript",
    "UnknownEncodingError",
    "load_harmony_encoding",
    "plain_content_type",
]
