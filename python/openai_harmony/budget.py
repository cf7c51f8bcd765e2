"""Conversations and budgets of tokens: how many there are, and what to leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Iterable, List, Mapping, Optional, Union

from . import _core
from .arguments import bounded, listed, wrong_type
from .chat import Conversation, DeveloperContent, Message, Role, ToolDescription
from .rendering import RenderEnding, ResponseFormat
from .rendering.ending import RenderEndingLike, ending_of, format_for
from .rendering.format import RenderFormatLike

if TYPE_CHECKING:
    from .encoding import HarmonyEncoding

__all__: List[str] = []


def count_conversation(
    encoding: HarmonyEncoding,
    conversation: Any,
    *,
    tools: Optional[Iterable[Any]] = None,
    render_format: Optional[RenderFormatLike] = None,
    ending: RenderEndingLike = RenderEnding.COMPLETION,
) -> int:
    """How many tokens a conversation has; what ``HarmonyEncoding.count_tokens`` returns for it."""
    conversation = _conversation(conversation, tools)
    # A rendering holds its ids as they are in Rust; no list is made of them.
    end = ending_of(ending)
    return len(_core.render_with(encoding, conversation, format_for(end, render_format), end, []))


def _conversation(value: Any, tools: Optional[Iterable[Any]]) -> Conversation:
    """The conversation that an argument means: the models, or the messages of Chat Completions."""
    if not isinstance(value, Conversation):
        if isinstance(value, str):
            raise TypeError("a text has no tools, render_format or ending; text must be a Conversation or messages")
        if isinstance(value, bytes) or not isinstance(value, Iterable):
            raise wrong_type("text", "a string, a Conversation or messages", value)
        value = list(value)
        if not all(isinstance(message, Message) for message in value):
            from .chat_completions import from_chat_completions

            return from_chat_completions(value, tools)
        value = Conversation.from_messages(value)
    return value if tools is None else _with_tools(value, tools)


def _with_tools(conversation: Conversation, tools: Iterable[Any]) -> Conversation:
    """The conversation with more functions in its developer message, or in a new one before the first other message."""
    functions = [
        tool if isinstance(tool, ToolDescription) else _described(tool) for tool in listed("tools", tools, "tools")
    ]
    messages = list(conversation)
    for index, message in enumerate(messages):
        for place, content in enumerate(message.content):
            if isinstance(content, DeveloperContent):
                known = content.tools["functions"].tools if content.tools and "functions" in content.tools else []
                more = content.model_copy(deep=True).with_function_tools([*known, *functions])
                contents = [*message.content[:place], more, *message.content[place + 1 :]]
                messages[index] = message.copy_with(content=contents)
                return Conversation.from_messages(messages)
    first = next((index for index, message in enumerate(messages) if message.author.role != Role.SYSTEM), len(messages))
    developer = Message.from_role_and_content(Role.DEVELOPER, DeveloperContent.new().with_function_tools(functions))
    return Conversation.from_messages([*messages[:first], developer, *messages[first:]])


def _described(tool: Any) -> ToolDescription:
    """A tool of Chat Completions."""
    tool = tool.model_dump(exclude_none=True) if hasattr(tool, "model_dump") else tool
    function = tool.get("function") if isinstance(tool, Mapping) else None
    if not isinstance(function, Mapping):
        raise TypeError("tools must be ToolDescriptions or function tools of Chat Completions")
    return ToolDescription.model_validate(function)


def fitting(
    encoding: HarmonyEncoding,
    conversation: Conversation,
    max_tokens: int,
    keep: Union[int, Callable[[Message], bool]],
    render_format: Optional[RenderFormatLike],
    ending: RenderEndingLike,
    response_formats: List[ResponseFormat],
) -> List[int]:
    """The indices of the messages that ``HarmonyEncoding.fit`` keeps."""
    most = bounded("max_tokens", max_tokens)
    turns, kept = 1, []
    if callable(keep):
        kept = [index for index, message in enumerate(conversation) if keep(message)]
    elif isinstance(keep, bool) or not isinstance(keep, int) or keep < 1:
        raise ValueError(f"keep must be at least 1 turn, or a function of a message, not {keep!r}")
    else:
        turns = keep
    end = ending_of(ending)
    format_ = format_for(end, render_format)
    return _core.fit(encoding, conversation, format_, end, response_formats, most, turns, kept)
