"""Outputs while they are sampled: requests to engines in, batches of tokens out."""

from __future__ import annotations

import asyncio
import sys
from typing import AsyncIterator, Callable, Dict, Optional, Sequence, Set, Tuple, Union

from .balancer import Balancer, Member
from .engines import Batch, SamplingRequest
from .errors import ApiError, EngineError
from .lifeline import Lifeline

__all__ = ["Sample", "Sampler", "Samples"]

MOST_WAITING = 4096
"""Tokens of an output that may wait for a client. Later ones stay in the connection's buffers and in the engine."""

EngineFailed = Callable[[str, str], None]
"""Called with the address of an engine and the kind of its failure."""


class Sampler:
    """Samples from the engines of a balancer."""

    def __init__(self, balancer: Balancer, on_failure: EngineFailed = lambda url, kind: None) -> None:
        self._balancer = balancer
        self._on_failure = on_failure

    def start(self, requests: Sequence[SamplingRequest], lifeline: Lifeline) -> Union[Sample, Samples]:
        """Begin to sample, all requests at the same time."""
        outputs = [self._sample(request) for request in requests]
        return Sample(outputs[0], lifeline) if len(outputs) == 1 else Samples(outputs, lifeline)

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


class Sample:
    """The one output of a step of a request, as it comes: an async iterator of (0, batch).

    The task of the request reads it: one switch of tasks less for each chunk than ``Samples`` has. While the client
    is slow, what arrives waits in the buffer of the connection, which is then read at once.
    """

    def __init__(self, output: AsyncIterator[Batch], lifeline: Lifeline) -> None:
        self._output = output
        self._lifeline = lifeline
        self._is_wanted = True
        self._reader: Optional[asyncio.Task[object]] = None
        lifeline.on_end(self._interrupt)

    async def __aiter__(self) -> AsyncIterator[Tuple[int, Batch]]:
        try:
            while self._is_wanted:
                batch = await self._read()
                yield 0, batch
                if batch.reason is not None:
                    return
        finally:
            await self._output.aclose()  # type: ignore[attr-defined]

    async def stop(self, index: int) -> None:
        """Abort it: no more of it is needed."""
        self._is_wanted = False
        await self._output.aclose()  # type: ignore[attr-defined]

    async def _read(self) -> Batch:
        if self._lifeline.error is not None:
            raise self._lifeline.error
        self._reader = asyncio.current_task()
        try:
            return await self._output.__anext__()
        except asyncio.CancelledError:
            if self._lifeline.error is None:
                raise
            if sys.version_info >= (3, 11) and self._reader is not None:
                self._reader.uncancel()
            raise self._lifeline.error from None
        except ApiError:
            raise
        except Exception as error:
            raise _unreadable(error) from error
        finally:
            self._reader = None

    def _interrupt(self, _: ApiError) -> None:
        if self._reader is not None:
            self._reader.cancel()


class Samples:
    """Several outputs of one step of a request, as they come: an async iterator of (index, batch).

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
            self._end(_unreadable(error))
        finally:
            # Closes the connection now, and not when the garbage collector gets to it: the engine stops sampling.
            await output.aclose()  # type: ignore[attr-defined]

    def _end(self, error: ApiError) -> None:
        self._error = self._error or error
        self._news.set()


def _unreadable(error: Exception) -> EngineError:
    return EngineError("garbage", f"The answer of the engine could not be read: {error!r}")
