"""Where parts are converted: threads, processes, Ray, or any executor of ``concurrent.futures``.

There is no scheduler here. Parts are handed out as workers come free, so a slow one delays nobody.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.connection import Connection
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, TypeVar, Union

from .sources import Part

__all__ = ["Work"]

S = TypeVar("S")
T = TypeVar("T")
Work = Callable[..., T]
"""Converts one part. Takes the keyword ``stopped`` where it runs on a thread."""

ATTEMPTS = 3
"""How many workers a part may kill before it is given up."""


class GivenUp(NamedTuple):
    """A part that killed its worker every time."""

    part: Part
    reason: str


def run(
    work: Work[T], parts: Iterator[Part], executor: Union[str, Executor], workers: Optional[int]
) -> Iterator[Union[T, GivenUp]]:
    """The results of all parts as they are done. Closing the iterator ends the work.

    At most twice as many parts as there are workers are taken from ``parts`` before one of them is done.
    """
    if isinstance(executor, Executor):
        return _in_futures(executor, work, parts, _limit(workers))
    if executor == "threads":
        return _in_threads(work, parts, workers)
    if executor == "processes":
        return _in_processes(work, parts, workers)
    if executor == "ray":
        from .ray import in_ray_tasks

        return in_ray_tasks(work, parts, workers)
    raise ValueError(f"Unknown executor: {executor!r}; known are threads, processes, ray, or an Executor")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _limit(workers: Optional[int]) -> int:
    return 2 * (workers or processors())


def _in_futures(pool: Executor, work: Work[T], parts: Iterator[Part], limit: int) -> Iterator[T]:
    waiting: List[Future[T]] = []
    try:
        for part in parts:
            waiting.append(pool.submit(work, part))
            if len(waiting) == limit:
                yield from _take_done(waiting)
        while waiting:
            yield from _take_done(waiting)
    finally:
        for future in waiting:
            future.cancel()


def _take_done(waiting: List[Future[T]]) -> Iterator[T]:
    done, others = wait(waiting, return_when=FIRST_COMPLETED)
    waiting[:] = others
    for future in done:
        yield future.result()


def in_order(work: Callable[[S], T], items: Iterator[S], workers: Optional[int]) -> Iterator[T]:
    """The results in the order of the items, from threads. No more items are taken than the threads need."""
    with ThreadPoolExecutor(workers or processors(), thread_name_prefix="openai-harmony") as pool:
        waiting: deque[Future[T]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) == _limit(workers):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _in_threads(work: Work[T], parts: Iterator[Part], workers: Optional[int]) -> Iterator[T]:
    stop = threading.Event()
    # The interpreter lock is not held while rows are read and rendered, nor while Parquet is written.
    with ThreadPoolExecutor(workers or processors(), thread_name_prefix="openai-harmony") as pool:
        try:
            yield from _in_futures(pool, partial(work, stopped=stop.is_set), parts, _limit(workers))
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)


def _in_processes(work: Work[T], parts: Iterator[Part], workers: Optional[int]) -> Iterator[Union[T, GivenUp]]:
    count = workers or processors()
    attempts: Dict[Part, int] = {}
    suspects: List[Part] = []

    def attempt(pool: ProcessPoolExecutor, batch: Iterator[Part], limit: int) -> Iterator[T]:
        """Until a worker dies. Which part killed it cannot be seen, so all that were running are suspects."""
        out: Dict[Future[T], Part] = {}
        try:
            for part in batch:
                suspects.append(part)  # until it is submitted, which fails if a worker has died
                out[pool.submit(work, part)] = suspects.pop()
                if len(out) == limit:
                    yield from _results(out)
            while out:
                yield from _results(out)
        except BrokenProcessPool:
            suspects.extend(out.values())

    exhausted = False
    while not exhausted:
        taken = _Taken(parts)
        with _Processes(count) as pool:
            yield from attempt(pool, taken, 2 * count)
        exhausted = taken.exhausted
        while suspects:
            # One at a time: the next worker that dies tells whose fault it was.
            part = suspects.pop()
            with _Processes(1) as pool:
                yield from attempt(pool, iter([part]), 1)
            if part in suspects:
                attempts[part] = attempts.get(part, 0) + 1
                if attempts[part] >= ATTEMPTS:
                    suspects.remove(part)
                    yield GivenUp(part, f"its worker died {ATTEMPTS} times")


def _results(out: Dict[Future[T], Part]) -> Iterator[T]:
    done, _ = wait(out, return_when=FIRST_COMPLETED)
    for future in done:
        result = future.result()  # before it is taken out: a dead worker's part stays a suspect
        del out[future]
        yield result


class _Taken(Iterator[Part]):
    """An iterator that says whether it ended."""

    def __init__(self, parts: Iterator[Part]) -> None:
        self._parts = parts
        self.exhausted = False

    def __next__(self) -> Part:
        try:
            return next(self._parts)
        except StopIteration:
            self.exhausted = True
            raise


class _Processes:
    """A pool of processes that end with this one, however it ends, and at once."""

    def __init__(self, count: int) -> None:
        # Spawn: forking a process that has threads can hang.
        context = multiprocessing.get_context("spawn")
        self._lifeline, self._own_end = context.Pipe(duplex=False)
        self._pool = ProcessPoolExecutor(count, context, initializer=_live_with, initargs=(self._lifeline,))

    def __enter__(self) -> ProcessPoolExecutor:
        return self._pool

    def __exit__(self, error: object, *_: object) -> None:
        if error is not None:
            self._own_end.close()  # the workers end, in the middle of a part
        self._pool.shutdown(cancel_futures=True)
        self._own_end.close()
        self._lifeline.close()


def _live_with(lifeline: Connection) -> None:
    """Run in a worker: leave Ctrl-C to the parent, and end when the parent's end of the pipe is closed."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        try:
            lifeline.recv()
        except EOFError:
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
