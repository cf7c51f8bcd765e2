"""Two hundred streams at the same time: none loses or reorders a token."""

from __future__ import annotations

import asyncio
import multiprocessing
import pathlib
import sys
from concurrent.futures import ProcessPoolExecutor
from typing import AsyncIterator

import pytest

from openai_harmony.serve.engines import Batch
from openai_harmony.serve.lifeline import Lifelines
from openai_harmony.serve.sampling import MOST_WAITING, Samples

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benches"))

import serve_load

STREAMS = 200
TOKENS = 150
MAPPINGS = pathlib.Path("/proc/self/maps")


def test_no_stream_loses_or_reorders_a_token() -> None:
    with serve_load.engine(TOKENS) as (port, times), serve_load.gateway(port) as (gateway, _):
        latencies = serve_load.load(gateway, "/v1/chat/completions", times, STREAMS, TOKENS)
    assert len(latencies) == STREAMS * TOKENS


@pytest.mark.skipif(not MAPPINGS.exists(), reason="counts the memory mappings of a Linux process")
def test_chunks_are_kept_without_memory_mappings_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above keeps fewer chunks than Linux allows mappings, the benchmark more."""
    # What glibc begins with. By itself it raises the size from which it maps memory when a program frees such memory.
    monkeypatch.setenv("MALLOC_MMAP_THRESHOLD_", str(128 << 10))
    with serve_load.engine(100) as (port, _), ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as processes:
        chunks, mappings = processes.submit(kept, port).result(30)
    assert chunks > 1000
    assert mappings < 1000


def kept(port: int) -> tuple[int, int]:
    """How many chunks the clients keep of what an engine sends, and how many memory mappings the process has."""
    clients = asyncio.run(serve_load.read(port, "/completion", 20, 10))
    return sum(len(client.received) for client in clients), MAPPINGS.read_text().count("\n")


def test_a_gateway_that_does_not_start_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARMONY_GRACE", "-1")
    with pytest.raises(RuntimeError, match="setting grace"), serve_load.gateway(1):
        pass


def test_little_waits_for_a_client_that_does_not_read() -> None:
    asyncio.run(stall(3 * MOST_WAITING))


async def stall(total: int) -> None:
    """Take one token, let the engine sample, and take the others."""
    sampled = 0

    async def output() -> AsyncIterator[Batch]:
        nonlocal sampled
        while sampled < total:
            sampled += 1
            yield Batch([sampled])
            await asyncio.sleep(0)
        yield Batch(reason="stop")

    lifeline = Lifelines(60).begin()
    samples = Samples([output()], lifeline).__aiter__()
    _, first = await samples.__anext__()
    while sampled < MOST_WAITING + len(first.tokens):
        await asyncio.sleep(0)
    for _ in range(1000):
        await asyncio.sleep(0)
    assert sampled == MOST_WAITING + len(first.tokens)
    others = [batch.tokens async for _, batch in samples]
    assert len(others[0]) == MOST_WAITING
    assert first.tokens + [token for tokens in others for token in tokens] == list(range(1, total + 1))
    lifeline.close()
