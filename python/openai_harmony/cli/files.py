"""Conversations, tokens and text out of files and standard input."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO, Dict, Iterator, List

from pydantic import ValidationError

from ..api import BadRequest
from ..chat import Conversation
from ..chat_completions import from_chat_completions

STDIN = "-"


def read_text(name: str) -> str:
    """The text of a file, line ends as they are; ``-`` is standard input.

    Raises ``ValueError`` with the name of the file and the place if it is not UTF-8.
    """
    data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    return _decode(data, label(name))


def read_lines(name: str) -> Iterator[str]:
    """Lines as they come, with their ends; errors as in ``read_text``."""
    if name == STDIN:
        yield from _lines(sys.stdin.buffer, label(name))
        return
    with open(name, "rb") as file:
        yield from _lines(file, label(name))


def label(name: str) -> str:
    """What messages call a file."""
    return "standard input" if name == STDIN else name


def _lines(file: BinaryIO, name: str) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        yield _decode(line, f"{name}, line {number}")


def _decode(data: bytes, place: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as problem:
        byte = data[problem.start]
        raise ValueError(f"{place}: not UTF-8 (byte 0x{byte:02x} at offset {problem.start:,})") from None


def read_conversation(name: str, form: str = "auto") -> Conversation:
    """A conversation file: JSON or YAML, in harmony's form or in that of Chat Completions."""
    return conversation_in(read_text(name).removeprefix("\ufeff"), label(name), form)  # the mark of some editors


def conversation_in(text: str, name: str, form: str = "auto") -> Conversation:
    """The conversation in the text of such a file, which errors call ``name``."""
    if not text.strip():
        raise ValueError(f"{name} is empty")
    try:
        try:
            data = json.loads(text)
        except ValueError as problem:
            data = _read_yaml(text, name, problem)
    except RecursionError:
        raise ValueError(f"{name} is nested too deep") from None
    try:
        return conversation_of(data, form)
    except ValueError as problem:
        raise ValueError(f"{name}: {problem}") from None


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
    """A conversation from the value of a JSON document: a list of messages, or an object with ``messages``.

    ``form`` is ``"harmony"``, ``"chat"`` for Chat Completions, or ``"auto"``: see ``is_harmony``.
    """
    document: Dict[str, Any] = {"messages": data} if isinstance(data, list) else data
    if not isinstance(document, dict) or not isinstance(document.get("messages"), list):
        raise ValueError('a conversation is a list of messages, or an object with the key "messages"')
    if form == "chat" or (form == "auto" and not is_harmony(document["messages"])):
        try:
            return from_chat_completions(document["messages"], document.get("tools"))
        except BadRequest as error:
            raise ValueError(str(error)) from None
    try:
        return Conversation.model_validate(document)
    except ValidationError as error:
        raise ValueError(_sentence(error)) from None


_HARMONY_FIELDS = frozenset({"author", "channel", "recipient", "content_type"})
_HARMONY_CONTENTS = ("system_content", "developer_content")


def is_harmony(messages: List[Any]) -> bool:
    """Whether messages are in harmony's form, which only its own fields and kinds of content tell.

    Everything else is Chat Completions: a user's question and an answer are valid in both, but an answer that gpt-oss
    wrote has a channel.
    """
    return any(_has_harmony_field(message) for message in messages if isinstance(message, dict))


def _has_harmony_field(message: Dict[str, Any]) -> bool:
    if not _HARMONY_FIELDS.isdisjoint(message):
        return True
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    return any(isinstance(part, dict) and part.get("type") in _HARMONY_CONTENTS for part in parts)


def _sentence(error: ValidationError) -> str:
    first, *others = error.errors(include_url=False)
    place = ".".join(str(step) for step in first["loc"])
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {first['msg']}{more}"


_ONLY_IDS = re.compile(r"[\s0-9,\[\]]*")
_LONGEST_ID = 10  # digits of the largest 32-bit number


def ids_in(text: str) -> List[int]:
    """The numbers in a text of ids, separated by spaces, commas or line breaks; brackets are allowed.

    Raises ``ValueError`` if there is anything else, or a number that no id can be.
    """
    if not _ONLY_IDS.fullmatch(text):
        word = next(word for word in text.split() if not _ONLY_IDS.fullmatch(word))
        raise ValueError(f"{_shorten(word)} is not a token id")
    return list(map(_id, re.findall(r"[0-9]+", text)))


def _id(digits: str) -> int:
    significant = digits.lstrip("0") or "0"
    if len(significant) <= _LONGEST_ID and int(significant) < 2**32:
        return int(significant)
    raise ValueError(f"{_shorten(digits)} is not a token id: too large")


def _shorten(word: str) -> str:
    return repr(word if len(word) <= 40 else word[:40] + "…")


def looks_like_ids(text: str) -> bool:
    """Whether a text is a list of ids rather than text in the format."""
    return bool(_ONLY_IDS.fullmatch(text)) and any(character.isdigit() for character in text)
