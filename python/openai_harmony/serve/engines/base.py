"""What the gateway asks of an engine: token ids in, token ids out."""

from __future__ import annotations

import abc
import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import Any, AsyncIterator, Callable, ClassVar, Dict, Iterable, List, Mapping, Optional, Set, Tuple

from pydantic_core import from_json

from ...grammar import OutputGrammar
from ..errors import EngineError
from .http import EngineHttp

__all__ = ["Batch", "Engine", "Logprob", "SamplingRequest"]

Logprob = Tuple[float, Dict[int, float]]
"""The log-probability of a token, and those of its alternatives by id."""


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

    def extend(self, tokens: List[int], logprobs: Optional[List[Logprob]] = None) -> None:
        """Append tokens. Raises ``ValueError`` unless each has its log-probability, or none has."""
        if logprobs is not None:
            if len(logprobs) != len(tokens):
                raise ValueError(f"{len(logprobs)} log-probabilities of {len(tokens)} tokens")
            self.logprobs = logprobs if self.logprobs is None else self.logprobs + logprobs
        self.tokens += tokens

    def add(self, later: Batch) -> None:
        """Append the batch that came after this one."""
        self.extend(later.tokens, later.logprobs)
        self.reason = self.reason or later.reason
        self.cached_tokens = later.cached_tokens if self.cached_tokens is None else self.cached_tokens


ReadEvent = Callable[[Mapping[str, Any], Batch], None]
"""Adds what an event says to a batch. What it raises about an unexpected form becomes an ``EngineError``."""


class Engine(abc.ABC):
    """One engine, reached by HTTP. An object may sample any number of outputs at the same time."""

    health_path: ClassVar[str] = "/health"
    has_grammars: ClassVar[bool] = True
    has_logprobs: ClassVar[bool] = True
    error_status: ClassVar[int] = 500
    """The status of errors in a stream that say none."""

    def __init__(self, url: str, http: EngineHttp, model: Optional[str] = None) -> None:
        self.url = url.rstrip("/")
        self.http = http
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
            answer = await self.http.get(self.url + self.health_path)
        except EngineError:
            return False
        return answer.status == 200

    async def served_model(self) -> Optional[str]:
        """The name under which the engine serves its model, if it says so."""
        try:
            listed = from_json((await self.http.get(f"{self.url}/v1/models")).body)
            name = listed["data"][0]["id"]
        except (EngineError, ValueError, KeyError, IndexError, TypeError):
            return None
        return name if isinstance(name, str) else None

    async def _batches(self, path: str, body: Mapping[str, Any], read: ReadEvent) -> AsyncIterator[Batch]:
        """What ``read`` finds in the events of an answer; those that arrived together make one batch."""
        async with contextlib.aclosing(self.http.events(self.url + path, body)) as arrived:
            async for events in arrived:
                batch, failure = _joined(events, read, self.error_status)
                yield batch
                if failure is not None:
                    raise failure

    def _abort(self, path: str, body: Mapping[str, Any]) -> None:
        """Tell the engine that a request was given up. Closing the connection says so too, but not to all versions."""

        async def post() -> None:
            with contextlib.suppress(EngineError):
                await self.http.post(self.url + path, body)

        task = asyncio.ensure_future(post())
        self._aborts.add(task)  # The loop itself holds tasks only weakly.
        task.add_done_callback(self._aborts.discard)


def _joined(
    events: Iterable[Mapping[str, Any]], read: ReadEvent, error_status: int
) -> Tuple[Batch, Optional[EngineError]]:
    """What the events say up to the first that is an error or cannot be read, and that error."""
    batch = Batch()
    try:
        for event in events:
            if event.get("error") is not None:
                return batch, _failure(event["error"], error_status)
            read(event, batch)
    except EngineError as error:
        return batch, error
    except UNEXPECTED as error:
        return batch, _unexpected(error)
    return batch, None


def _failure(error: Any, usual: int) -> EngineError:
    """The error that an event of a stream reports; ``usual`` is its status if it has none."""
    if not isinstance(error, dict):
        return EngineError("failed", f"The engine failed: {error}")
    message, status = error.get("message"), error.get("code", usual)
    return EngineError("refused" if status == 400 else "failed", f"The engine failed: {message}")


def token_ids(value: Any) -> List[int]:
    """A list of token ids out of an answer. Raises ``TypeError`` if it is something else."""
    if not isinstance(value, list):
        raise TypeError("not a list of token ids")
    for id in value:
        if type(id) is not int or not 0 <= id < 1 << 32:
            raise TypeError("not a list of token ids")
    return value


UNEXPECTED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading an answer of an unexpected form raises."""


def _unexpected(error: Exception) -> EngineError:
    return EngineError("garbage", f"The engine sent an unexpected answer: {error!r}")


@contextlib.contextmanager
def decoding() -> Any:
    """Turns what goes wrong with an answer of an unexpected form into an ``EngineError``."""
    try:
        yield
    except UNEXPECTED as error:
        raise _unexpected(error) from error
