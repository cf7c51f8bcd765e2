"""How long a request lives: until its client goes away, its time is up, or the gateway stops."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Awaitable, Callable, Coroutine, List, Optional, Set, TypeVar

from .errors import ApiError, Interrupted

__all__ = ["Lifeline", "Lifelines"]

T = TypeVar("T")
Receive = Callable[[], Awaitable[Any]]


class Lifeline:
    """One request's. Whatever waits for something on behalf of the request waits through it."""

    def __init__(self, owner: Lifelines, seconds: float) -> None:
        self.error: Optional[ApiError] = None
        self._owner = owner
        self._on_end: List[Callable[[ApiError], None]] = []
        self._watcher: Optional[asyncio.Task[None]] = None
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(seconds, lambda: self.end(Interrupted.timed_out(seconds)))

    def watch(self, receive: Receive) -> None:
        """End the request when its client goes away. Called once its body has been received."""
        self._watcher = asyncio.get_running_loop().create_task(self._until_disconnect(receive))

    def end(self, error: ApiError) -> None:
        """End the request with this error, unless it already has one."""
        if self.error is not None:
            return
        self.error = error
        for callback in self._on_end:
            callback(error)

    def on_end(self, callback: Callable[[ApiError], None]) -> None:
        """Have ``callback`` called with the error when the request ends early, at once if it has."""
        self._on_end.append(callback)
        if self.error is not None:
            callback(self.error)

    async def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """What ``work`` returns. If the request ends first, it is cancelled, and the request's error is raised."""
        task = asyncio.ensure_future(work)
        self.on_end(lambda _: _cancel(task))
        try:
            return await task
        except asyncio.CancelledError:
            if self.error is not None:
                raise self.error from None
            task.cancel()
            raise

    def close(self) -> None:
        """The request has been answered."""
        self._timer.cancel()
        if self._watcher is not None:
            self._watcher.cancel()
        self._on_end.clear()
        self._owner.open.discard(self)

    async def _until_disconnect(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.end(Interrupted.client_gone())


def _cancel(task: asyncio.Future[Any]) -> None:
    task.cancel()


class Lifelines:
    """Those of all open requests."""

    def __init__(self, seconds: float) -> None:
        self.open: Set[Lifeline] = set()
        self.stopping = False
        self._seconds = seconds

    def begin(self) -> Lifeline:
        """The lifeline of a request, from before its body is received. Raises ``Interrupted`` after :meth:`stop`."""
        if self.stopping:
            raise Interrupted.stopping()
        lifeline = Lifeline(self, self._seconds)
        self.open.add(lifeline)
        return lifeline

    async def stop(self, grace: float) -> None:
        """Let open requests end by themselves for ``grace`` seconds, then end them."""
        self.stopping = True
        with contextlib.suppress(asyncio.CancelledError):
            for _ in range(int(grace * 20)):
                if not self.open:
                    return
                await asyncio.sleep(0.05)
        for lifeline in list(self.open):
            lifeline.end(Interrupted.stopping())
