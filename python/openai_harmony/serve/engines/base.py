"""What the gateway asks of an engine: token ids in, token ids out."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Callable, ClassVar, Dict, List, Mapping, Optional, Set, Tuple

import httpx
from pydantic_core import from_json

from ...grammar import OutputGrammar
from ..errors import EngineError

__all__ = ["Batch", "Engine", "Logprob", "SamplingRequest"]

Logprob = Tuple[float, Dict[int, float]]
"""The log-probability of a token, and those of its alternatives by id."""

LONGEST_EVENT = 8 << 20
"""Bytes of one event of an engine. The largest are those of SGLang, which repeat the whole output each time."""


@dataclass(frozen=True)
class SamplingRequest:
    """One output to sample."""

    id: str
    """Names the request to the engine, so that it can be aborted."""
    prompt: List[int]
    stop_token_ids: List[int]
    max_tokens: Optional[int] = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The sampler's parameters, in the names of the APIs."""
    top_logprobs: Optional[int] = None
    constraint: Mapping[str, Any] = field(default_factory=dict)
    """What :meth:`Engine.constraint` made of the grammar."""
    session: str = ""
    """Requests of the same session go to the same engine, if it is up."""


@dataclass
class Batch:
    """Tokens that were sampled since the last batch."""

    tokens: List[int] = field(default_factory=list)
    logprobs: Optional[List[Logprob]] = None
    reason: Optional[str] = None
    """Why the engine stopped, in the words of ``finish``; None while it runs."""
    cached_tokens: Optional[int] = None
    """How many tokens of the prompt were cached, once the engine says so."""

    def add(self, later: Batch) -> None:
        """Append the batch that came after this one."""
        self.tokens += later.tokens
        if later.logprobs is not None:
            self.logprobs = (self.logprobs or []) + later.logprobs
        self.reason = self.reason or later.reason
        self.cached_tokens = later.cached_tokens if self.cached_tokens is None else self.cached_tokens


class Engine(abc.ABC):
    """One engine, reached by HTTP. An object may sample any number of outputs at the same time."""

    health_path: ClassVar[str] = "/health"
    has_grammars: ClassVar[bool] = True
    has_logprobs: ClassVar[bool] = True

    def __init__(self, url: str, client: httpx.AsyncClient, model: Optional[str] = None) -> None:
        self.url = url.rstrip("/")
        self.client = client
        self.model = model
        self._aborts: Set[asyncio.Task[None]] = set()

    @abc.abstractmethod
    def sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        """The output, as it comes. Closing the iterator aborts the request in the engine.

        The last batch has a reason. Raises ``EngineError``.
        """

    @staticmethod
    @abc.abstractmethod
    def constraint(grammar: OutputGrammar) -> Dict[str, Any]:
        """The fields of a request that make the engine follow a grammar. Raises ``HarmonyGrammarError``."""

    async def check(self) -> None:
        """Find out once whether the engine can be used at all. Raises ``EngineError``."""

    async def is_healthy(self) -> bool:
        """Whether the engine answers."""
        try:
            response = await self.client.get(self.url + self.health_path, timeout=5)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def served_model(self) -> Optional[str]:
        """The name under which the engine serves its model, if it says so."""
        try:
            listed = (await self.client.get(f"{self.url}/v1/models", timeout=5)).json()
            name = listed["data"][0]["id"]
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError):
            return None
        return name if isinstance(name, str) else None

    async def _batches(
        self, path: str, body: Mapping[str, Any], read: Callable[[Dict[str, Any]], Batch]
    ) -> AsyncIterator[Batch]:
        """What ``read`` makes of the events of an answer; those that arrived together are joined."""
        with _http_errors(self.url):
            async with self.client.stream("POST", self.url + path, content=_json(body), headers=_JSON) as response:
                if response.status_code != 200:
                    raise refusal(response.status_code, await response.aread())
                rest = b""
                async for received in response.aiter_bytes():
                    *lines, rest = (rest + received).split(b"\n")
                    events = [event for event in map(_event, lines) if event is not None]
                    if events:
                        yield _joined(events, read)
                    if len(rest) > LONGEST_EVENT:
                        raise EngineError("garbage", f"The engine sent an event of more than {LONGEST_EVENT} bytes.")

    def _abort(self, path: str, body: Mapping[str, Any]) -> None:
        """Tell the engine that a request was given up. Closing the connection says so too, but not to all versions."""

        async def post() -> None:
            with contextlib.suppress(httpx.HTTPError):
                await self.client.post(self.url + path, json=body, timeout=5)

        task = asyncio.ensure_future(post())
        self._aborts.add(task)  # The loop itself holds tasks only weakly.
        task.add_done_callback(self._aborts.discard)


def refusal(status: int, body: bytes) -> EngineError:
    """The error of an engine that did not answer with 200."""
    try:
        answer = json.loads(body)
        error = answer.get("error", answer)
        message = error["message"] if isinstance(error, dict) else str(error)
    except (ValueError, KeyError, AttributeError):
        message = body[:200].decode("utf-8", "replace")
    if status in (429, 503):
        return EngineError("overloaded", f"The engine is busy: {message}", retry=True)
    if status in (400, 413, 422):
        code = "context_length_exceeded" if "context" in message else None
        return EngineError("refused", f"The engine refused the request: {message}", code=code)
    return EngineError("failed", f"The engine answered {status}: {message}", retry=True)


def _joined(events: List[Dict[str, Any]], read: Callable[[Dict[str, Any]], Batch]) -> Batch:
    batch = Batch()
    with decoding():
        for event in events:
            if event.get("error") is not None:
                raise _failure(event["error"])
            batch.add(read(event))
        if batch.logprobs is not None and len(batch.logprobs) != len(batch.tokens):
            raise ValueError(f"{len(batch.logprobs)} log-probabilities of {len(batch.tokens)} tokens")
    return batch


def _failure(error: Any) -> EngineError:
    """The error that an event of a stream reports."""
    if not isinstance(error, dict):
        return EngineError("failed", f"The engine failed: {error}")
    message, status = error.get("message"), error.get("code")
    return EngineError("refused" if status == 400 else "failed", f"The engine failed: {message}")


def token_ids(value: Any) -> List[int]:
    """A list of token ids out of an answer. Raises ``TypeError`` if it is something else."""
    if not isinstance(value, list) or not all(type(id) is int and 0 <= id < 1 << 32 for id in value):
        raise TypeError("not a list of token ids")
    return value


@contextlib.contextmanager
def decoding() -> Any:
    """Turns what goes wrong with an answer of an unexpected form into an ``EngineError``."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise EngineError("garbage", f"The engine sent an unexpected answer: {error!r}") from error


@contextlib.contextmanager
def _http_errors(url: str) -> Any:
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise EngineError("unreachable", f"The engine cannot be reached: {error}", retry=True) from error
    except httpx.TimeoutException as error:
        raise EngineError("timeout", "The engine stopped answering.") from error
    except httpx.HTTPError as error:
        # Retried only if nothing was sampled yet, as where a kept connection had been closed by the engine.
        raise EngineError("closed", f"The engine closed the connection: {error}", retry=True) from error


def _event(line: bytes) -> Optional[Dict[str, Any]]:
    """The object in a line of an event stream; llama.cpp also has lines that begin with ``error:``."""
    line = line.strip()
    name, colon, data = line.partition(b":")
    if not colon or name not in (b"data", b"error") or data.strip() == b"[DONE]":
        if line and not colon:
            raise EngineError("garbage", "The engine sent something that is not an event stream.")
        return None
    try:
        event = from_json(data)
    except ValueError as error:
        raise EngineError("garbage", f"The engine sent an event that is not JSON: {error}") from error
    if not isinstance(event, dict):
        raise EngineError("garbage", "The engine sent an event that is not an object.")
    return {"error": event} if name == b"error" else event


_JSON = {"content-type": "application/json"}


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
