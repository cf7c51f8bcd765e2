"""Messages of the Chat Completions API as a harmony conversation."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional

from .chat import Author, Conversation, DeveloperContent, Message, Role, SystemContent, ToolDescription

__all__ = ["from_chat_completions"]


def from_chat_completions(
    messages: Iterable[Mapping[str, Any]],
    tools: Optional[Iterable[Mapping[str, Any]]] = None,
    *,
    system: Optional[SystemContent] = None,
) -> Conversation:
    """The conversation that a gpt-oss model sees for a request to the Chat Completions API.

    Begins with a system message (the default one, unless ``system`` is given). What that API calls system prompt,
    and the ``tools``, become the developer message. An assistant's ``reasoning_content`` (also ``reasoning``) goes
    to the analysis channel, its tool calls to the commentary channel with the function as recipient, text beside
    tool calls to the commentary channel, other text to the final channel.

    Raises ``ValueError`` for what the format has no form for, such as images, or a tool result whose call is
    missing.

    >>> conversation = from_chat_completions([{"role": "user", "content": "Hi"}])
    >>> [message.author.role.value for message in conversation]
    ['system', 'user']
    """
    writer = _Writer()
    writer.add(Message.from_role_and_content(Role.SYSTEM, system or SystemContent.new()))
    rest = list(messages)
    instructions = _leading_instructions(rest)
    functions = [_function(tool) for tool in tools or ()]
    if instructions or functions:
        content = DeveloperContent.new().with_instructions(instructions or None)
        if functions:
            content.with_function_tools(functions)
        writer.add(Message.from_role_and_content(Role.DEVELOPER, content))
    for index, message in enumerate(rest, start=1):
        try:
            writer.convert(message)
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"message {index} after the instructions: {error}") from error
    return Conversation.from_messages(writer.messages)


class _Writer:
    """Appends messages, and remembers which call has which name: results carry only the id of their call."""

    def __init__(self) -> None:
        self.messages: List[Message] = []
        self._names: Dict[str, str] = {}

    def add(self, message: Message) -> None:
        self.messages.append(message)

    def convert(self, message: Mapping[str, Any]) -> None:
        role = Role(message["role"])
        if role is Role.ASSISTANT:
            self._assistant(message)
        elif role is Role.TOOL:
            self._tool(message)
        elif role is Role.USER:
            self.add(Message.from_author_and_content(Author.new(role, message.get("name")), _text(message)))
        else:
            content = DeveloperContent.new().with_instructions(_text(message))
            self.add(Message.from_role_and_content(Role.DEVELOPER, content))

    def _assistant(self, message: Mapping[str, Any]) -> None:
        reasoning = message.get("reasoning_content") or message.get("reasoning")
        if reasoning:
            self.add(Message.from_role_and_content(Role.ASSISTANT, reasoning).with_channel("analysis"))
        calls = message.get("tool_calls") or ()
        text = _text(message)
        if text or not (calls or reasoning):
            channel = "commentary" if calls else "final"
            self.add(Message.from_role_and_content(Role.ASSISTANT, text).with_channel(channel))
        for call in calls:
            self._call(call)

    def _call(self, call: Mapping[str, Any]) -> None:
        function = call["function"]
        name = f"functions.{function['name']}"
        if "id" in call:
            self._names[call["id"]] = name
        self.add(
            Message.from_role_and_content(Role.ASSISTANT, function["arguments"])
            .with_channel("commentary")
            .with_recipient(name)
            .with_content_type("<|constrain|>json")
        )

    def _tool(self, message: Mapping[str, Any]) -> None:
        name = self._names.get(message.get("tool_call_id", ""))
        if name is None and "name" in message:
            name = f"functions.{message['name']}"
        if name is None:
            raise ValueError(f"there is no tool call with the id {message.get('tool_call_id')!r}")
        self.add(
            Message.from_author_and_content(Author.new(Role.TOOL, name), _text(message))
            .with_channel("commentary")
            .with_recipient("assistant")
        )


def _leading_instructions(messages: List[Mapping[str, Any]]) -> str:
    """Take the system and developer messages from the front and join their texts."""
    texts = []
    while messages and messages[0].get("role") in ("system", "developer"):
        texts.append(_text(messages.pop(0)))
    return "\n\n".join(texts)


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(_part(part) for part in content)


def _part(part: Any) -> str:
    if isinstance(part, str):
        return part
    if part.get("type") in ("text", "input_text", "output_text"):
        text: str = part["text"]
        return text
    raise ValueError(f"the format has no form for content of the type {part.get('type')!r}")


def _function(tool: Mapping[str, Any]) -> ToolDescription:
    function = tool.get("function", tool)
    return ToolDescription.new(function["name"], function.get("description"), function.get("parameters"))
