"""The data model: roles, authors, contents, tools, messages, conversations. It knows no tokens."""

from .contents import ChannelConfig, Content, DeveloperContent, SystemContent, TextContent
from .messages import Conversation, Message
from .roles import Author, ReasoningEffort, Role
from .tools import ToolDescription, ToolNamespaceConfig

__all__ = [
    "Author",
    "ChannelConfig",
    "Content",
    "Conversation",
    "DeveloperContent",
    "Message",
    "ReasoningEffort",
    "Role",
    "SystemContent",
    "TextContent",
    "ToolDescription",
    "ToolNamespaceConfig",
]
