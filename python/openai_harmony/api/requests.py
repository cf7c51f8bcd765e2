"""Requests of both APIs: bodies in, jobs out."""

from __future__ import annotations

import secrets
import time
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Tuple, Union

from .. import _core
from ..arguments import expect, listed, wrong_type
from ..chat import Conversation
from ..chat.wire import read_messages
from ..transcript import Transcript
from .options import Options
from .streams import ChatStream, ResponsesStream
from .types import ChatCompletion, ResponseObject

__all__ = ["ChatCompletions", "ChatJob", "Responses", "ResponsesJob"]

Body = Union[bytes, str, Mapping[str, Any]]
"""JSON text, or the object that it holds, in which a pydantic model may replace its fields."""


def _random_id(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


class _Job(_core.Job):
    """What jobs of both APIs have."""

    __slots__ = ()

    @property
    def conversation(self) -> Conversation:
        """The messages of the conversation, those included that the prompt leaves out."""
        return Conversation(messages=read_messages(self._messages()))

    def transcript(self) -> Transcript:
        """The conversation, token for token, with its prompt open: what was sampled can be appended."""
        transcript = Transcript.__new__(Transcript)
        self._transcript(transcript)
        return transcript


class ChatJob(_Job):
    """A request to Chat Completions, ready to be sampled. ``ChatCompletions.prepare`` makes it.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import ChatCompletions
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> job = ChatCompletions(encoding).prepare({"model": "m", "messages": [{"role": "user", "content": "2 + 2?"}]})
    >>> job.transcript().prompt() == job.tokens
    True
    >>> answer = encoding.encode("<|channel|>final<|message|>4<|return|>", allowed_special="all")
    >>> job.grammar().check(answer).is_complete
    True
    >>> stream = job.stream()
    """

    __slots__ = ()

    def stream(self) -> ChatStream:
        """The answer to this request, for all its choices: tokens in, chunks out."""
        stream = ChatStream.__new__(ChatStream)
        self._begin_chat(stream)
        return stream

    def complete(self, choices: Iterable[Tuple[Sequence[int], Optional[str]]]) -> ChatCompletion:
        """The whole answer at once: for each choice its tokens and why the engine stopped.

        >>> from openai_harmony import load_harmony_encoding
        >>> from openai_harmony.api import ChatCompletions
        >>> chat = ChatCompletions(load_harmony_encoding("HarmonyGptOss"))
        >>> job = chat.prepare({"model": "gpt-oss-20b", "messages": [{"role": "user", "content": "2 + 2?"}]})
        >>> completion = job.complete([([200005, 17196, 200008, 19, 200002], "stop")])
        >>> completion["choices"][0]["message"]["content"]
        '4'
        """
        stream = self.stream()
        for index, choice in enumerate(listed("choices", choices, "pairs of tokens and a reason")):
            if not isinstance(choice, (tuple, list)) or len(choice) != 2:
                raise wrong_type(f"choices[{index}]", "a pair of tokens and a reason", choice)
            tokens, reason = choice
            stream.push(tokens, choice=index)
            stream.finish(reason, choice=index)
        return stream.completion()


class ResponsesJob(_Job):
    """A request to the Responses API, ready to be sampled. ``Responses.prepare`` makes it.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import Responses
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> job = Responses(encoding).prepare({"model": "m", "input": "2 + 2?"})
    >>> job.transcript().prompt() == job.tokens
    True
    >>> job.grammar().matcher().allowed().tokens
    [200005]
    >>> stream = job.stream()
    """

    __slots__ = ()

    def stream(self) -> ResponsesStream:
        """The response to this request: tokens in, events out."""
        stream = ResponsesStream.__new__(ResponsesStream)
        self._begin_responses(stream)
        return stream

    def complete(self, tokens: Sequence[int], reason: Optional[str] = None) -> ResponseObject:
        """The whole response at once. A call of a tool that the server runs is incomplete, as nobody runs it.

        >>> from openai_harmony import load_harmony_encoding
        >>> from openai_harmony.api import Responses
        >>> job = Responses(load_harmony_encoding("HarmonyGptOss")).prepare({"model": "m", "input": "2 + 2?"})
        >>> response = job.complete([200005, 17196, 200008, 19, 200002], "stop")
        >>> response["status"], response["output"][0]["content"][0]["text"]
        ('completed', '4')
        """
        stream = self.stream()
        stream.push(tokens)
        stream.finish(reason)
        return stream.response()


class ChatCompletions:
    """The Chat Completions API over one encoding.

    ``clock`` gives the seconds since the epoch, ``ids`` a new id that begins with the given prefix.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import ChatCompletions, Options
    >>> encoding = load_harmony_encoding("HarmonyGptOss")
    >>> chat = ChatCompletions(encoding, Options(date="2025-06-28"))
    >>> job = chat.prepare(b'{"model": "gpt-oss-20b", "messages": [{"role": "user", "content": "Hi"}]}')
    >>> encoding.decode(job.tokens)[-58:]
    '<|end|><|start|>user<|message|>Hi<|end|><|start|>assistant'
    """

    __slots__ = ("_reader",)

    def __init__(
        self,
        encoding: _core.HarmonyEncoding,
        options: Optional[Options] = None,
        *,
        clock: Callable[[], float] = time.time,
        ids: Callable[[str], str] = _random_id,
    ) -> None:
        self._reader = _reader(encoding, options, clock, ids)

    def prepare(self, body: Body) -> ChatJob:
        """Read the body of a request.

        Raises ``BadRequest`` with the first thing that is wrong with it.
        """
        job = ChatJob()
        self._reader.prepare_chat(_plain(body), job)
        return job


class Responses:
    """The Responses API over one encoding.

    ``store`` holds the responses that a request may continue, by id, in the form that ``ResponsesStream.stored()``
    gives; it is only read. ``clock`` and ``ids`` are those of ``ChatCompletions``.

    >>> from openai_harmony import load_harmony_encoding
    >>> from openai_harmony.api import Responses
    >>> responses = Responses(load_harmony_encoding("HarmonyGptOss"), store={})
    >>> job = responses.prepare({"model": "gpt-oss-20b", "input": "Hi"})
    >>> job.stop_token_ids
    [200002, 200012]
    """

    __slots__ = ("_reader", "_store")

    def __init__(
        self,
        encoding: _core.HarmonyEncoding,
        options: Optional[Options] = None,
        *,
        clock: Callable[[], float] = time.time,
        ids: Callable[[str], str] = _random_id,
        store: Optional[Mapping[str, Any]] = None,
    ) -> None:
        self._reader = _reader(encoding, options, clock, ids)
        self._store = store

    def prepare(self, body: Body) -> ResponsesJob:
        """Read the body of a request.

        Raises ``BadRequest`` with the first thing that is wrong with it.
        """
        job = ResponsesJob()
        self._reader.prepare_responses(_plain(body), self._store, job)
        return job


def _plain(body: Body) -> Union[bytes, str, Mapping[str, Any]]:
    """The body as a dict, if it is another mapping."""
    return body if isinstance(body, (bytes, str, dict)) or not isinstance(body, Mapping) else dict(body)


def _reader(
    encoding: _core.HarmonyEncoding,
    options: Optional[Options],
    clock: Callable[[], float],
    ids: Callable[[str], str],
) -> _core.RequestReader:
    expect("options", options, (Options, type(None)), "Options or None")
    options = options or Options()
    return _core.RequestReader(encoding, options.to_dict(), clock, ids, options.seal, options.unseal)
