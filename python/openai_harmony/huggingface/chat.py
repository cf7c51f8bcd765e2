"""Chats to tokens, as the chat template of the gpt-oss models writes them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Iterable, List, Mapping, Optional, Union

from ..arguments import expect, listed
from ..chat import Conversation, ReasoningEffort, SystemContent, ToolDescription
from ..chat_completions import from_chat_completions
from ..rendering import OpenMessage, Rendered, RenderEnding, RenderFormat

if TYPE_CHECKING:
    from ..encoding import HarmonyEncoding

__all__: List[str] = []

# Which field of the last message a prompt may end in, and the channel that it is on.
_CONTINUED = {True: ("content", "final"), "content": ("content", "final")}
_CONTINUED.update(dict.fromkeys(("thinking", "reasoning", "reasoning_content"), ("", "analysis")))


def render_chat(
    encoding: HarmonyEncoding,
    messages: Iterable[Any],
    tools: Optional[Iterable[Any]],
    add_generation_prompt: bool,
    continue_final_message: Union[bool, str],
    variables: Mapping[str, Any],
) -> Rendered:
    """The tokens of a chat; ``variables`` are those of the template."""
    chat = [_present(message) for message in messages]
    opening = _opening(chat, continue_final_message) if continue_final_message else None
    described = None if tools is None else [_described(tool) for tool in listed("tools", tools, "tools")]
    conversation = from_chat_completions(chat, described, system=_system(variables)) if chat else _alone(variables)
    ending = opening or (RenderEnding.COMPLETION if add_generation_prompt else RenderEnding.TRAINING)
    return encoding.render_with(conversation, render_format=RenderFormat.CHAT_TEMPLATE, ending=ending)


def _present(message: Any) -> Any:
    """A message without the fields that are None, as the clients of APIs leave them."""
    if isinstance(message, Mapping):
        return {name: value for name, value in message.items() if value is not None}
    return message


def _described(tool: Any) -> Any:
    """A tool in the form of Chat Completions, from that form or from a function."""
    if not callable(tool) or isinstance(tool, Mapping):
        return tool
    description = ToolDescription.from_function(tool)
    return {"type": "function", "function": description.model_dump(exclude_none=True)}


def _opening(chat: List[Any], continued: Union[bool, str]) -> OpenMessage:
    """The message that the model is to continue, which is taken from the chat."""
    expect("continue_final_message", continued, (bool, str), "a bool or the name of a field")
    if continued not in _CONTINUED:
        raise ValueError(f"continue_final_message must be True or the name of a field, not {continued!r}")
    field, channel = _CONTINUED[continued]
    last = chat.pop()
    text = last.get(field or str(continued)) if isinstance(last, Mapping) else None
    if not isinstance(text, str) or last.get("role") != "assistant":
        raise ValueError(
            f"the last message cannot be continued: it is not the assistant's, or has no {field or continued}"
        )
    return OpenMessage(channel=channel, content=text)


def _system(variables: Mapping[str, Any]) -> SystemContent:
    """The system message of the template; its date is today's."""
    known = {"model_identity", "reasoning_effort", "builtin_tools", "conversation_start_date"}
    unknown = sorted(set(variables) - known)
    if unknown:
        raise TypeError(f"the chat template has no variable {unknown[0]!r}; known are {', '.join(sorted(known))}")
    system = SystemContent.new().with_conversation_start_date(
        variables.get("conversation_start_date") or date.today().isoformat()
    )
    if variables.get("model_identity") is not None:
        system.with_model_identity(variables["model_identity"])
    effort = variables.get("reasoning_effort")
    if effort is not None:
        system.with_reasoning_effort(ReasoningEffort(effort))
    for name in variables.get("builtin_tools") or ():
        if name not in ("browser", "python"):
            raise ValueError(f"builtin_tools must be 'browser' or 'python', not {name!r}")
        system = system.with_browser_tool() if name == "browser" else system.with_python_tool()
    return system


def _alone(variables: Mapping[str, Any]) -> Conversation:
    """Nothing but the system message: all that was said is to be continued."""
    return from_chat_completions([], system=_system(variables))
