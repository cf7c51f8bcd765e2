"""``/v1/responses``"""

from __future__ import annotations

import contextlib
import copy
import functools
from contextvars import ContextVar
from typing import Any, AsyncIterator, Dict, Mapping, Optional, Set, Tuple

from ..api import Responses, ResponsesJob
from .body import parameters, prompt_cache_key, without_holding_up
from .errors import ApiError, Interrupted, StoreError
from .exchange import Exchange
from .gateway import Gateway
from .lifeline import Lifeline
from .store import ResponseStore, StoredRecord

__all__ = ["ResponseAnswer", "ResponsesEndpoint"]


class ResponsesEndpoint:
    """Answers requests to the Responses API."""

    name = "responses"

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._found = Found()
        self._responses = Responses(gateway.encoding, gateway.options(), store=self._found)

    async def prepare(self, body: bytes, exchange: Exchange, lifeline: Lifeline) -> ResponseAnswer:
        """The answer to a request, ready to be sampled. Raises ``BadRequest`` and ``StoreError``."""
        values = parameters(body)
        self._gateway.tools.check(values)
        found, session = await self._found.fetch(values, self._gateway.store)
        job, constraint = await without_holding_up(functools.partial(self._read, found), body)
        session = prompt_cache_key(values) or session
        return ResponseAnswer(self._gateway, job, constraint, session, exchange, lifeline)

    def _read(self, found: Mapping[str, Any], body: bytes) -> Tuple[ResponsesJob, Dict[str, Any]]:
        with self._found.holding(found):
            job = self._responses.prepare(body)
        return job, self._gateway.constraint(job)


class Found(Mapping[str, Any]):
    """The mapping from which the adapter reads stored responses: what was fetched for the request at hand.

    The adapter asks for them while it reads the request, when it cannot wait for a store.
    """

    def __init__(self) -> None:
        self._entries: ContextVar[Mapping[str, Any]] = ContextVar("entries", default={})  # noqa: B039

    async def fetch(self, values: Mapping[str, Any], store: ResponseStore) -> Tuple[Dict[str, Any], str]:
        """What a request refers to, and the session of the response that it continues."""
        found: Dict[str, Any] = {}
        session = ""
        previous = values.get("previous_response_id")
        if isinstance(previous, str):
            record = await store.get(previous)
            if record is not None:
                found[previous] = record.stored
                session = record.session
        references = _references(values.get("input"))
        if references:
            found.update(await store.items(references))
        return found, session

    @contextlib.contextmanager
    def holding(self, entries: Mapping[str, Any]) -> Any:
        """Have these entries while a request is read."""
        token = self._entries.set(entries)
        try:
            yield
        finally:
            self._entries.reset(token)

    def __getitem__(self, id: str) -> Any:
        return self._entries.get()[id]

    def __iter__(self) -> Any:
        return iter(self._entries.get())

    def __len__(self) -> int:
        return len(self._entries.get())


class ResponseAnswer:
    """One response, whole or streamed."""

    def __init__(
        self,
        gateway: Gateway,
        job: ResponsesJob,
        constraint: Dict[str, Any],
        session: str,
        exchange: Exchange,
        lifeline: Lifeline,
    ) -> None:
        self.stream_requested = job.stream_requested
        self._gateway = gateway
        self._job = job
        self._stream = job.stream()
        self._constraint = constraint
        self._exchange = exchange
        self._lifeline = lifeline
        response = self._stream.response()
        self._id = response["id"]
        self._keep = bool(response.get("store", True))
        self._session = session or gateway.sampling_request(job, self._id, {}).session
        exchange.fields["id"] = self._id

    async def events(self) -> AsyncIterator[bytes]:
        """The answer as server-sent events; the first come with the first token. Raises ``ApiError``."""
        stream = self._stream
        try:
            while True:
                reason: Optional[str] = None
                async for reason, events in self._sample():  # noqa: B007 (the last one is used)
                    yield events
                call = stream.pending_tool
                if call is None or reason == "length":
                    break
                result = await self._lifeline.wait_for(self._gateway.tools.run(call))
                yield stream.sse.tool_output(result.text, failed=result.failed)
            yield await self._finish(reason)
        except Interrupted as error:
            if error.is_client_gone:
                stream.cancel()
                await self._keep_what_there_is()
            raise

    async def _sample(self) -> AsyncIterator[Tuple[Optional[str], bytes]]:
        """One sampling: what it adds, each time with the reason why the engine stopped."""
        stream, exchange = self._stream, self._exchange
        prompt, output = stream.prompt(), exchange.outputs
        request = self._gateway.sampling_request(
            self._job,
            f"{self._id}-{output}",
            self._constraint if output == 0 else self._gateway.constraint(self._job, continues=True),
            prompt=prompt,
            max_tokens=self._remaining(),
            session=self._session,
        )
        exchange.prompt(len(prompt))
        begun = False
        async for _, batch in self._gateway.sampler.start([request], self._lifeline):
            if batch.cached_tokens is not None:
                exchange.cached(batch.cached_tokens)
            if not begun or batch.cached_tokens is not None:
                begun = True
                yield None, stream.sse.start(batch.cached_tokens)
            exchange.sampled(output, batch.tokens)
            yield batch.reason, stream.sse.push(batch.tokens, batch.logprobs)

    def _remaining(self) -> Optional[int]:
        """How many tokens may still be sampled: the limit is that of the whole response."""
        limit = self._job.max_tokens
        return None if limit is None else max(limit - self._exchange.sampled_tokens, 1)

    async def _finish(self, reason: Optional[str]) -> bytes:
        """The last events. The response is stored before they are sent, so that the client can continue it at once."""
        final = copy.copy(self._stream)
        events = final.sse.finish(reason)
        await self._store(final)
        self._stream = final
        return events

    async def _keep_what_there_is(self) -> None:
        with contextlib.suppress(StoreError):
            await self._store(self._stream)

    async def _store(self, stream: Any) -> None:
        if self._keep:
            await self._gateway.store.put(StoredRecord(dict(stream.response()), stream.stored(), self._session))

    async def failure(self, error: ApiError) -> bytes:
        """The last events of a response that failed after it had begun."""
        # The API has few codes here, and clients check them.
        events = self._stream.sse.fail(error.message, "server_error")
        if not isinstance(error, StoreError):
            await self._keep_what_there_is()
        return events

    def whole(self) -> Dict[str, Any]:
        """The response after its last event."""
        return dict(self._stream.response())

    def report(self) -> None:
        """Tell the log and the metrics what was repaired."""
        self._exchange.repaired(self._stream.repairs)


def _references(input: Any) -> Set[str]:
    items = input if isinstance(input, list) else ()
    references = (item for item in items if isinstance(item, dict) and item.get("type") == "item_reference")
    return {item["id"] for item in references if isinstance(item.get("id"), str)}
