"""Several engines: which one gets a request, and which ones are up."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import time
from typing import AsyncIterator, Collection, Iterator, List, Sequence

from .engines import Engine
from .errors import EngineError

__all__ = ["Balancer", "Member"]

# An engine's share of the open requests may be this much above the average before its sessions go elsewhere.
TOLERATED_LOAD = 1.25
SMALLEST_LOAD = 8
LONGEST_PAUSE = 30.0


class Member:
    """An engine, how busy it is, and whether it is up."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.open = 0
        self._failures = 0
        self._down_until = 0.0

    @property
    def is_up(self) -> bool:
        """Whether the engine may get requests."""
        return time.monotonic() >= self._down_until

    def succeeded(self) -> None:
        """The engine answered."""
        self._failures, self._down_until = 0, 0.0

    def failed(self) -> None:
        """The engine did not answer: it gets no requests for a while, for longer each time."""
        self._failures += 1
        self._down_until = time.monotonic() + min(2.0 ** (self._failures - 1), LONGEST_PAUSE)

    @contextlib.contextmanager
    def busy(self) -> Iterator[None]:
        """Counts an open request."""
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


class Balancer:
    """Chooses an engine for each request.

    Requests of one session go to one engine, which has the session's prefix in its cache. Which one follows from the
    session's key alone (rendezvous hashing), so that all gateways agree without talking to each other, and an engine
    that goes down moves only its own sessions. Where that would overload an engine, and for requests without a key,
    engines take turns.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        self.members = [Member(engine) for engine in engines]
        self._turns = itertools.count()

    def choose(self, session: str, tried: Collection[Member] = ()) -> Member:
        """The engine for a request. Raises ``EngineError`` if all are down or have been tried."""
        untried = [member for member in self.members if member not in tried]
        # If all are down, one of them may be back: better to try it than to refuse.
        candidates = [member for member in untried if member.is_up] or untried
        if not candidates:
            raise EngineError("unreachable", "No engine can be reached.")
        if session:
            wanted = max(candidates, key=lambda member: _weight(session, member.engine.url))
            if wanted.open < self._allowed(candidates):
                return wanted
        return self._next(candidates)

    def _next(self, candidates: List[Member]) -> Member:
        least = min(member.open for member in candidates)
        turn = next(self._turns)
        idle = [member for member in candidates if member.open <= least + 1]
        return idle[turn % len(idle)]

    def _allowed(self, candidates: List[Member]) -> float:
        average = sum(member.open for member in candidates) / len(candidates)
        return max(TOLERATED_LOAD * average, SMALLEST_LOAD)

    async def check_health(self) -> None:
        """Ask each engine whether it is up."""
        healthy = await asyncio.gather(*(member.engine.is_healthy() for member in self.members))
        for member, is_healthy in zip(self.members, healthy):
            if is_healthy:
                member.succeeded()
            else:
                member.failed()

    @contextlib.asynccontextmanager
    async def watching(self, seconds: float) -> AsyncIterator[None]:
        """Checks the health of the engines again and again."""

        async def watch() -> None:
            while True:
                await self.check_health()
                await asyncio.sleep(seconds)

        task = asyncio.ensure_future(watch())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def _weight(session: str, url: str) -> bytes:
    return hashlib.blake2b(f"{session}\0{url}".encode(), digest_size=8).digest()
