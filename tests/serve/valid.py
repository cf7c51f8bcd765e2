"""Checks with the types of the official client, which builds its own objects without looking."""

from __future__ import annotations

from typing import Any, Iterable

from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

EVENT: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def valid_completion(completion: ChatCompletion) -> ChatCompletion:
    return ChatCompletion.model_validate(completion.to_dict())


def valid_response(response: Response) -> Response:
    return Response.model_validate(response.to_dict())


def valid_chunks(chunks: Iterable[ChatCompletionChunk]) -> list[ChatCompletionChunk]:
    """The chunks of a stream, in which every choice ends once."""
    return check_chunks([chunk.to_dict() for chunk in chunks])


def check_chunks(chunks: Iterable[Any]) -> list[ChatCompletionChunk]:
    received = [ChatCompletionChunk.model_validate(chunk) for chunk in chunks]
    ends = [choice.index for chunk in received for choice in chunk.choices if choice.finish_reason is not None]
    assert sorted(ends) == sorted({choice.index for chunk in received for choice in chunk.choices})
    return received


def valid_events(events: Iterable[Any]) -> list[dict[str, Any]]:
    """The events of a stream, which are numbered, begin as they must, and end once."""
    return check_events([event.to_dict() for event in events])


def check_events(received: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for event in received:
        EVENT.validate_python(event)
    assert [event["sequence_number"] for event in received] == list(range(len(received)))
    kinds = [event["type"] for event in received]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    terminal = {"response.completed", "response.incomplete", "response.failed"}
    assert [kind for kind in kinds if kind in terminal] == kinds[-1:]
    return received


def text_of(chunks: Iterable[ChatCompletionChunk], index: int = 0) -> str:
    choices = (choice for chunk in chunks for choice in chunk.choices if choice.index == index)
    return "".join(choice.delta.content or "" for choice in choices)
