"""Conversations and tokens out of files and standard input."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List

from pydantic import ValidationError

from ..chat import Conversation
from ..chat_completions import from_chat_completions

STDIN = "-"


def read_text(name: str) -> str:
    """The text of a file; ``-`` is standard input."""
    return sys.stdin.read() if name == STDIN else Path(name).read_text("utf-8")


def read_lines(name: str) -> Iterator[str]:
    """Lines as they come, with their ends."""
    if name == STDIN:
        yield from sys.stdin
        return
    with open(name, encoding="utf-8") as file:
        yield from file


def read_conversation(name: str, form: str = "auto") -> Conversation:
    """A conversation file: JSON or YAML, in harmony's form or in that of Chat Completions."""
    text = read_text(name)
    try:
        data = json.loads(text)
    except ValueError as problem:
        data = _read_yaml(text, name, problem)
    return conversation_of(data, form)


def _read_yaml(text: str, name: str, problem: ValueError) -> Any:
    import yaml

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError:
        data = None
    if not isinstance(data, (dict, list)):  # a bare word is YAML, too
        raise ValueError(f"{name} is neither JSON ({problem}) nor YAML with a conversation")
    return data


def conversation_of(data: Any, form: str = "auto") -> Conversation:
    """A conversation from the value of a JSON document: a list of messages, or an object with ``messages``."""
    document: Dict[str, Any] = {"messages": data} if isinstance(data, list) else data
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        raise ValueError('a conversation is a list of messages, or an object with the key "messages"')
    if form == "chat" or (form == "auto" and _is_chat_completions(document)):
        return from_chat_completions(document["messages"], document.get("tools"))
    try:
        return Conversation.model_validate(document)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None


def _is_chat_completions(document: Dict[str, Any]) -> bool:
    if "tools" in document:
        return True
    messages = [message for message in document["messages"] if isinstance(message, dict)]
    keys = {key for message in messages for key in message}
    if keys & {"author", "channel", "recipient", "content_type"}:
        return False
    if keys & {"tool_calls", "tool_call_id", "reasoning_content"}:
        return True
    # A system prompt as plain text: harmony has structured content there.
    return any(m.get("role") in ("system", "developer") and isinstance(m.get("content"), str) for m in messages)


def _sentence(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    place = ".".join(str(step) for step in first["loc"])
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {first['msg']}{more}"


_ONLY_IDS = re.compile(r"[\s\d,\[\]]*")


def ids_in(text: str) -> List[int]:
    """The numbers in a text of ids, separated by spaces, commas or line breaks; brackets are allowed.

    Raises ``ValueError`` if there is anything else.
    """
    if not _ONLY_IDS.fullmatch(text):
        word = next(word for word in text.split() if not _ONLY_IDS.fullmatch(word))
        raise ValueError(f"{word[:40]!r} is not a token id")
    return [int(number) for number in re.findall(r"\d+", text)]


def looks_like_ids(text: str) -> bool:
    """Whether a text is a list of ids rather than text in the format."""
    return bool(_ONLY_IDS.fullmatch(text)) and any(character.isdigit() for character in text)
