"""Messages of the Chat Completions API as a harmony conversation, and back."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, Mapping, Optional

from . import _core
from .arguments import expect
from .chat import Conversation, SystemContent
from .chat.wire import read_messages

__all__: List[str] = ["from_chat_completions", "to_chat_completions"]


def from_chat_completions(
    messages: Iterable[Any],
    tools: Optional[Iterable[Any]] = None,
    *,
    system: Optional[SystemContent] = None,
    participant_names: bool = False,
) -> Conversation:
    """The conversation that a gpt-oss model sees for a request to the Chat Completions API.

    ``messages`` and ``tools`` hold dicts or objects of the OpenAI client. The conversation begins with a system message
    (the default one, unless ``system`` is given). What that API calls system prompt, and the ``tools``, become the
    developer message. An assistant's ``reasoning`` (also ``reasoning_content`` and ``thinking``) goes to the analysis
    channel, its tool calls to the commentary channel with the function as recipient, text beside tool calls to the
    commentary channel, other text and refusals to the final channel. A user's ``name`` becomes the name of the author
    if ``participant_names`` says so.

    Raises ``openai_harmony.api.BadRequest``, a ``ValueError`` that names the path, for what the format has no form for,
    such as images, or a tool result whose call is missing.

    >>> conversation = from_chat_completions([{"role": "user", "content": "Hi"}])
    >>> [message.author.role.value for message in conversation]
    ['system', 'user']
    """
    expect("system", system, (SystemContent, type(None)), "a SystemContent or None")
    row = {"messages": _listed(messages), "tools": _listed(tools)}
    content = (system or SystemContent.new()).model_dump(mode="json")
    payload = _core.conversation_from_chat_completions(row, content, participant_names)
    return Conversation(messages=read_messages(payload))


def to_chat_completions(conversation: Conversation) -> Dict[str, Any]:
    """The ``messages`` and, if there are any, the ``tools`` of Chat Completions that make this conversation.

    It is the inverse of ``from_chat_completions`` except for the system message, which that API does not have. Thoughts
    are in ``reasoning``; calls get the ids ``call_0``, ``call_1``, …

    >>> conversation = from_chat_completions([{"role": "user", "content": "Hi"}])
    >>> to_chat_completions(conversation)
    {'messages': [{'role': 'user', 'content': 'Hi'}]}
    >>> from_chat_completions(**to_chat_completions(conversation)) == conversation
    True
    """
    return _core.chat_completions_from_conversation(conversation)


def _listed(items: Any) -> Any:
    """An iterable of objects as a list. Anything else stays as it is, for the reader to refuse."""
    return list(items) if isinstance(items, Iterable) and not isinstance(items, (str, bytes, Mapping)) else items
