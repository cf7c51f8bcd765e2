"""Answers while they are sampled: tokens in, chunks and events out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Callable, Dict, Optional, Tuple, Type, TypeVar

from .. import _core
from ..transcript import Transcript

__all__ = ["BuiltinCall", "ChatStream", "ResponsesStream"]

_Stream = TypeVar("_Stream", "ChatStream", "ResponsesStream")


@dataclass(frozen=True)
class BuiltinCall:
    """A call that the server has to run before the model continues."""

    kind: str
    """``"code_interpreter"``, ``"web_search"`` or ``"mcp"``."""
    tool: str
    """``"python"``, ``"browser"``, or the label of the ``mcp`` server."""
    function: Optional[str]
    """The function of the tool, if it has several: ``"search"``."""
    arguments: str
    """What the model wrote: code, or arguments that should be JSON."""
    item_id: str
    """The id of the item."""


class ChatStream(_core.ChatStream):
    """The answer to a request to Chat Completions, one object for all choices. ``ChatJob.stream`` makes it.

    ``push`` takes the tokens that were sampled and gives the chunks that they add, ``finish`` ends a choice. ``sse``
    has the same methods and gives bytes. ``completion()`` is the whole object. Copying and pickling keep the state; a
    stream belongs to one thread at a time.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import ChatCompletions
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> job = ChatCompletions(encoding).prepare({"model": "m", "messages": [{"role": "user", "content": "2 + 2?"}]})
    >>> stream = job.stream()
    >>> chunks = stream.start(cached_tokens=0)
    >>> chunks += stream.push(encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all"))
    >>> stream.stopped()  # the request has no stop strings
    False
    >>> chunks += stream.finish("stop")
    >>> [chunk["choices"][0]["delta"] for chunk in chunks]
    [{'role': 'assistant', 'content': '', 'refusal': None}, {'content': '4'}, {}]
    >>> stream.completion()["choices"][0]["finish_reason"]
    'stop'
    >>> stream.transcript().messages[-1]
    Message('assistant', channel='final', '4')

    If the engine fails, ``fail`` makes the last chunk:

    >>> job.stream().fail("out of memory")[0]["error"]["message"]
    'out of memory'
    """

    __slots__ = ()

    def transcript(self, choice: int = 0) -> Transcript:
        """The conversation with what was sampled for a choice: the next prompt begins with exactly these tokens."""
        transcript = Transcript.__new__(Transcript)
        self._transcript(transcript, choice)
        return transcript

    def __copy__(self) -> ChatStream:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        return duplicate

    def __deepcopy__(self, memo: Dict[int, Any]) -> ChatStream:
        return self.__copy__()

    def __reduce__(self) -> Tuple[Callable[..., ChatStream], Tuple[Any, ...]]:
        return _restore, (type(self), self._dump(), *self._host())


class ResponsesStream(_core.ResponsesStream):
    """The response to a request. ``ResponsesJob.stream`` makes it.

    ``push`` takes the tokens that were sampled and gives the events that they add, ``finish`` ends the response.
    ``sse`` has the same methods and gives bytes. ``response()`` is the whole object, ``stored()`` what a store keeps.

    Tools that the server runs interrupt the sampling: after the tokens of a call ``pending_tool`` says what to run,
    ``tool_output`` takes the result, and ``prompt()`` is what to sample from next. Copying and pickling keep the state;
    a stream belongs to one thread at a time.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import Responses
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> body = {"model": "m", "input": "News?", "tools": [{"type": "web_search"}]}
    >>> stream = Responses(encoding).prepare(body).stream()
    >>> [event["type"] for event in stream.start(cached_tokens=0)]
    ['response.created', 'response.in_progress']
    >>> call = '<|channel|>analysis to=browser.search<|message|>{"query": "news"}<|call|>'
    >>> events = stream.push(encoding.encode(call, allowed_special="all"))
    >>> stream.pending_tool.function
    'search'
    >>> events = stream.tool_output("Nothing happened.")
    >>> stream.prompt() == stream.prompt_array().tolist()
    True
    >>> events = stream.push(encoding.encode("<|channel|>final<|message|>None.<|return|>", allowed_special="all"))
    >>> stream.finish("stop")[-1]["type"], stream.response()["status"]
    ('response.completed', 'completed')
    >>> stored, transcript = stream.stored(), stream.transcript()

    If the engine fails, ``fail`` makes the last events; if the client goes away, ``cancel`` ends the response:

    >>> Responses(encoding).prepare(body).stream().fail("out of memory")[-1]["type"]
    'response.failed'
    >>> stream = Responses(encoding).prepare(body).stream()
    >>> stream.cancel()
    >>> stream.response()["status"]
    'cancelled'
    """

    __slots__ = ()

    @property
    def pending_tool(self) -> Optional[BuiltinCall]:
        """The call that has to be run before the model continues."""
        pending = self._pending_tool()
        return None if pending is None else BuiltinCall(*pending)

    def stored(self) -> Dict[str, Any]:
        """The response as a store keeps it, ready for JSON, for requests that continue it."""
        stored: Dict[str, Any] = json.loads(self._stored())
        return stored

    def transcript(self) -> Transcript:
        """The conversation with everything that was sampled: the next prompt begins with exactly these tokens."""
        transcript = Transcript.__new__(Transcript)
        self._transcript(transcript)
        return transcript

    def __copy__(self) -> ResponsesStream:
        duplicate = type(self).__new__(type(self))
        duplicate._copy_from(self)
        return duplicate

    def __deepcopy__(self, memo: Dict[int, Any]) -> ResponsesStream:
        return self.__copy__()

    def __reduce__(self) -> Tuple[Callable[..., ResponsesStream], Tuple[Any, ...]]:
        return _restore, (type(self), self._dump(), *self._host())


def _restore(cls: Type[_Stream], state: str, *host: Any) -> _Stream:
    stream = cls.__new__(cls)
    stream._load(state, *host)
    return stream
