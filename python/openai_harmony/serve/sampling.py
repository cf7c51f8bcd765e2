"""Outputs while they are sampled: requests to engines in, batches of tokens out."""

from __future__ import annotations

import asyncio
from typing import AsyncIterator, Callable, Dict, Optional, Sequence, Set, Tuple

from .balancer import Balancer, Member
from .engines import Batch, SamplingRequest
from .errors import ApiError, EngineError
from .lifeline import Lifeline

__all__ = ["Sampler", "Samples"]

MOST_WAITING = 4096
"""Tokens of an output that may wait for a client. Later ones stay in the connection's buffers and in the engine."""

EngineFailed = Callable[[str, str], None]
"""Called with the address of an engine and the kind of its failure."""


class Sampler:
    """Samples from the engines of a balancer."""

    def __init__(self, balancer: Balancer, on_failure: EngineFailed = lambda url, kind: None) -> None:
        self._balancer = balancer
        self._on_failure = on_failure

    def start(self, requests: Sequence[SamplingRequest], lifeline: Lifeline) -> Samples:
        """Begin to sample, all requests at the same time."""
        return Samples([self._sample(request) for request in requests], lifeline)

    async def _sample(self, request: SamplingRequest) -> AsyncIterator[Batch]:
        """One output. Another engine is tried if the first fails before it has sampled anything."""
        tried: Set[Member] = set()
        while True:
            member = self._balancer.choose(request.session, tried)
            begun = False
            batches = member.engine.sample(request)
            try:
                with member.busy():
                    async for batch in batches:
                        begun = begun or bool(batch.tokens)
                        yield batch
                member.succeeded()
                return
            except EngineError as error:
                self._on_failure(member.engine.url, error.kind)
                if error.kind in ("unreachable", "closed", "timeout"):
                    member.failed()
                tried.add(member)
                if begun or not error.retry or len(tried) == len(self._balancer.members):
                    raise
            finally:
                await batches.aclose()  # type: ignore[attr-defined]


class Samples:
    """The outputs of one step of a request, as they come: an async iterator of (index, batch).

    Each output is read by a task of its own. What arrives while the reader is busy is joined into one batch, so a slow
    client gets fewer and larger chunks, and nothing is lost or reordered. While ``MOST_WAITING`` tokens of an output
    wait, no more are read.
    """

    def __init__(self, outputs: Sequence[AsyncIterator[Batch]], lifeline: Lifeline) -> None:
        self._arrived: Dict[int, Batch] = {}
        self._news = asyncio.Event()
        self._taken = asyncio.Event()
        self._error: Optional[ApiError] = None
        self._tasks = {index: asyncio.ensure_future(self._read(index, output)) for index, output in enumerate(outputs)}
        lifeline.on_end(self._end)

    async def __aiter__(self) -> AsyncIterator[Tuple[int, Batch]]:
        try:
            while self._tasks:
                await self._news.wait()
                self._news.clear()
                arrived, self._arrived = self._arrived, {}
                self._taken.set()
                for index, batch in arrived.items():
                    if batch.reason is not None:
                        self._tasks.pop(index, None)
                    yield index, batch
                if self._error is not None:
                    raise self._error
        finally:
            await self.close()

    async def stop(self, index: int) -> None:
        """Abort one output: no more of it is needed."""
        task = self._tasks.pop(index, None)
        self._arrived.pop(index, None)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Abort all outputs, and wait until their connections are closed."""
        for index in list(self._tasks):
            await self.stop(index)

    async def _read(self, index: int, output: AsyncIterator[Batch]) -> None:
        try:
            async for batch in output:
                if index in self._arrived:
                    self._arrived[index].add(batch)
                else:
                    self._arrived[index] = batch
                self._news.set()
                while index in self._arrived and len(self._arrived[index].tokens) >= MOST_WAITING:
                    self._taken.clear()
                    await self._taken.wait()
        except ApiError as error:
            self._end(error)
        except Exception as error:
            self._end(EngineError("garbage", f"The answer of the engine could not be read: {error!r}"))
        finally:
            # Closes the connection now, and not when the garbage collector gets to it: the engine stops sampling.
            await output.aclose()  # type: ignore[attr-defined]

    def _end(self, error: ApiError) -> None:
        self._error = self._error or error
        self._news.set()
