"""The dicts that answers consist of. They hold what JSON has, in the fields of the two APIs."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, TypedDict

__all__ = [
    "ChatChoice",
    "ChatChunkChoice",
    "ChatCompletion",
    "ChatCompletionChunk",
    "ChatDelta",
    "ChatLogprobs",
    "ChatMessage",
    "ChatUsage",
    "Note",
    "ResponseEvent",
    "ResponseObject",
    "ResponseUsage",
    "TokenLogprob",
    "ToolCall",
    "ToolCallDelta",
]


class TokenLogprob(TypedDict, total=False):
    """The log-probability of a token; ``top_logprobs`` are its alternatives, without alternatives of their own."""

    token: str
    bytes: List[int]
    logprob: float
    top_logprobs: List[TokenLogprob]


class ChatLogprobs(TypedDict):
    """The log-probabilities of the tokens of content."""

    content: List[TokenLogprob]
    refusal: None


class ToolCall(TypedDict, total=False):
    """A call: with ``type`` ``"function"`` or ``"custom"``, and the field of that name."""

    id: str
    type: str
    function: Dict[str, str]
    custom: Dict[str, str]


class ToolCallDelta(ToolCall, total=False):
    """Part of a call. ``index`` counts the calls; ``id``, ``type`` and the name come with the first part only."""

    index: int


class ChatDelta(TypedDict, total=False):
    """What is new in a choice: the role at first, then one kind of text at a time, nothing at last."""

    role: str
    content: str
    refusal: None
    reasoning: str
    reasoning_content: str
    tool_calls: List[ToolCallDelta]


class ChatChunkChoice(TypedDict):
    """The choice that a chunk is about."""

    index: int
    delta: ChatDelta
    logprobs: Optional[ChatLogprobs]
    finish_reason: Optional[str]


class ChatUsage(TypedDict, total=False):
    """What a request cost, in tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: Dict[str, int]
    completion_tokens_details: Dict[str, int]


class ChatCompletionChunk(TypedDict, total=False):
    """One chunk of a streamed completion. After a failure, the last one has the field ``error`` alone."""

    id: str
    object: str
    created: int
    model: str
    service_tier: str
    system_fingerprint: Optional[str]
    choices: List[ChatChunkChoice]
    usage: Optional[ChatUsage]
    error: Dict[str, Optional[str]]


class ChatMessage(TypedDict, total=False):
    """The message of a choice. ``content`` is None only beside calls."""

    role: str
    content: Optional[str]
    refusal: None
    annotations: List[Any]
    reasoning: str
    reasoning_content: str
    tool_calls: List[ToolCall]


class ChatChoice(TypedDict):
    """One choice of a completion; ``finish_reason`` is None until it has ended."""

    index: int
    message: ChatMessage
    logprobs: Optional[ChatLogprobs]
    finish_reason: Optional[str]


class ChatCompletion(TypedDict, total=False):
    """A whole completion."""

    id: str
    object: str
    created: int
    model: str
    choices: List[ChatChoice]
    usage: ChatUsage
    service_tier: str
    system_fingerprint: Optional[str]


class ResponseUsage(TypedDict):
    """What a response cost, in tokens, over all its samplings."""

    input_tokens: int
    input_tokens_details: Dict[str, int]
    output_tokens: int
    output_tokens_details: Dict[str, int]
    total_tokens: int


class ResponseObject(TypedDict, total=False):
    """A response. Besides these fields it has those that repeat the request."""

    id: str
    object: str
    created_at: int
    status: str
    completed_at: Optional[int]
    error: Optional[Dict[str, str]]
    incomplete_details: Optional[Dict[str, str]]
    instructions: Any
    model: str
    output: List[Dict[str, Any]]
    previous_response_id: Optional[str]
    tools: List[Dict[str, Any]]
    usage: Optional[ResponseUsage]


class ResponseEvent(TypedDict, total=False):
    """One event of a streamed response: ``type`` and ``sequence_number``, and the fields of its type."""

    type: str
    sequence_number: int
    response: ResponseObject
    item_id: str
    output_index: int
    content_index: int
    item: Dict[str, Any]
    part: Dict[str, Any]
    delta: str
    text: str
    arguments: str
    name: str
    input: str
    code: str
    logprobs: List[TokenLogprob]


class Note(TypedDict):
    """Something that the answer does not show."""

    kind: str
    """``"invented_message"``, ``"suppressed_call"`` or ``"invalid_arguments"``."""
    choice: int
    """The choice, from 0."""
    name: str
    """To whom the message went, or who was made to speak."""
    text: str
    """The text of the message."""
