"""``POST /v1/chat/completions``"""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, Tuple

from ..api import ChatCompletions, ChatJob
from .body import parameters, prompt_cache_key, without_holding_up
from .errors import ApiError
from .exchange import Exchange
from .gateway import Gateway
from .lifeline import Lifeline

__all__ = ["ChatAnswer", "ChatEndpoint"]


class ChatEndpoint:
    """Answers requests to Chat Completions."""

    name = "chat.completions"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._chat = ChatCompletions(gateway.encoding, gateway.options())

    async def prepare(self, body: bytes, exchange: Exchange, lifeline: Lifeline) -> ChatAnswer:
        """The answer to a request, ready to be sampled. Raises ``BadRequest``."""
        job, constraint = await without_holding_up(self._read, body)
        session = prompt_cache_key(parameters(body)) if b"prompt_cache_key" in body else ""
        return ChatAnswer(self._gateway, job, constraint, session, exchange, lifeline)

    def _read(self, body: bytes) -> Tuple[ChatJob, Dict[str, Any]]:
        job = self._chat.prepare(body)
        return job, self._gateway.constraint(job)


class ChatAnswer:
    """One completion, whole or streamed."""

    def __init__(
        self,
        gateway: Gateway,
        job: ChatJob,
        constraint: Dict[str, Any],
        session: str,
        exchange: Exchange,
        lifeline: Lifeline,
    ) -> None:
        self.stream_requested = job.stream_requested
        self._gateway = gateway
        self._job = job
        self._stream = job.stream()
        self._exchange = exchange
        self._lifeline = lifeline
        id = self._stream.completion()["id"]
        self._requests = [
            gateway.sampling_request(job, id, constraint, choice=choice, session=session) for choice in range(job.n)
        ]
        exchange.fields["id"] = id
        exchange.prompt(len(job.tokens))

    async def events(self) -> AsyncIterator[bytes]:
        """The answer as server-sent events; the first come with the first token. Raises ``ApiError``."""
        stream, exchange = self._stream, self._exchange
        samples = self._gateway.sampler.start(self._requests, self._lifeline)
        begun = False
        async for choice, batch in samples:
            if batch.cached_tokens is not None:
                exchange.cached(batch.cached_tokens)
            if not begun or batch.cached_tokens is not None:
                begun = True
                yield stream.sse.start(batch.cached_tokens)
            exchange.sampled(choice, batch.tokens)
            events = stream.sse.push(batch.tokens, choice, batch.logprobs)
            if batch.reason is not None:
                events += stream.sse.finish(batch.reason, choice)
            elif stream.stopped(choice):
                await samples.stop(choice)
                events += stream.sse.finish("stop", choice)
            yield events
        yield stream.sse.done()

    async def failure(self, error: ApiError) -> bytes:
        """The last event of an answer that failed after it had begun."""
        return self._stream.sse.fail(error.message, error.code or "server_error")

    def whole(self) -> Dict[str, Any]:
        """The answer after its last event."""
        return dict(self._stream.completion())

    def report(self) -> None:
        """Tell the log and the metrics what was repaired."""
        self._exchange.repaired(self._stream.repairs)
