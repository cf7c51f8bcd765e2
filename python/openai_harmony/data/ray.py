"""Parts as tasks of Ray."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, TypeVar, Union

from .executors import ATTEMPTS, GivenUp, Work
from .sources import Part

__all__: List[str] = []

T = TypeVar("T")


def in_ray_tasks(work: Work[T], parts: Iterator[Part], workers: Optional[int]) -> Iterator[Union[T, GivenUp]]:
    """The results of all parts as they are done, from the cluster that ``ray.init`` connected to.

    A part whose node is lost is done again as often as it takes; one whose worker dies, three times in all.
    """
    import ray

    if not ray.is_initialized():
        ray.init()

    # Ray counts lost nodes and dead workers alike, so it retries nothing by itself.
    @ray.remote(num_cpus=1, max_retries=0)  # type: ignore[untyped-decorator]
    def task_of(part: Part) -> T:
        return work(part)

    limit = 2 * (workers or int(ray.cluster_resources().get("CPU", 1)))
    running: Dict[Any, Part] = {}
    died: Dict[int, int] = {}

    def one_done() -> Iterator[Union[T, GivenUp]]:
        done, _ = ray.wait(list(running), num_returns=1)
        part = running.pop(done[0])
        try:
            yield ray.get(done[0])
        except (ray.exceptions.NodeDiedError, ray.exceptions.ObjectLostError, ray.exceptions.LocalRayletDiedError):
            running[task_of.remote(part)] = part
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.OutOfMemoryError) as error:
            died[part.index] = died.get(part.index, 0) + 1
            if died[part.index] < ATTEMPTS:
                running[task_of.remote(part)] = part
            else:
                yield GivenUp(part, f"its worker died {ATTEMPTS} times: {str(error).splitlines()[0]}")

    try:
        for part in parts:
            running[task_of.remote(part)] = part
            if len(running) >= limit:
                yield from one_done()
        while running:
            yield from one_done()
    finally:
        for reference in running:
            ray.cancel(reference, force=True)
