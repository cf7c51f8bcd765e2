"""Two gateways, two engines, and a real Redis between them; and the promises of the stores."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import shutil
import subprocess
from typing import Any, Awaitable, Callable, Iterator

import openai
import pytest
from redis import Redis

from conftest import Gateway, gateway
from openai_harmony.serve.errors import StoreError
from openai_harmony.serve.store import ResponseStore, StoredRecord, make_store
from stand_ins import ENCODING, StandIn, VllmStandIn, eventually, running
from valid import valid_events


@contextlib.contextmanager
def redis_server(socket: pathlib.Path) -> Iterator[str]:
    """The address of a real Redis."""
    program = shutil.which("redis-server")
    if program is None and not os.environ.get("CI"):
        pytest.skip("needs redis-server")
    assert program is not None
    command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=socket.parent) as process:
        eventually(socket.exists)
        try:
            yield f"unix://{socket}"
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis") / "redis.sock") as url:
        yield url


@pytest.fixture(scope="module")
def engines() -> Iterator[tuple[StandIn, StandIn]]:
    with running(VllmStandIn()) as one, running(VllmStandIn()) as other:
        yield one, other


@pytest.fixture(scope="module")
def gateways(redis: str, engines: tuple[StandIn, StandIn]) -> Iterator[tuple[Gateway, Gateway]]:
    urls = [argument for engine in engines for argument in ("--url", engine.url)]
    with gateway("--engine", "vllm", *urls, "--store", redis) as one:
        with gateway("--engine", "vllm", *urls, "--store", redis) as other:
            yield one, other


def test_a_session_moves_between_gateways_and_stays_on_its_engine(
    gateways: tuple[Gateway, Gateway], engines: tuple[StandIn, StandIn]
) -> None:
    clients = [served.client() for served in gateways]
    used = set()
    for session in range(8):
        for engine in engines:
            engine.say()
        response = clients[0].responses.create(model="m", input=f"Question {session}")
        for turn in range(3):
            client = clients[(turn + 1) % 2]
            assert client.responses.retrieve(response.id).id == response.id
            response = client.responses.create(model="m", input=f"More {turn}", previous_response_id=response.id)
        counts = [len(engine.requests) for engine in engines]
        assert sorted(counts) == [0, 4], "all turns of a session on one engine"
        used.add(counts.index(4))
        last = next(engine for engine in engines if engine.requests).requests[-1]["token_ids"]
        text = ENCODING.decode(last)
        assert f"Question {session}" in text and text.count("It is sunny") == 3
    assert used == {0, 1}, "sessions spread over the engines"


def test_chats_without_a_key_stay_on_their_engine(
    gateways: tuple[Gateway, Gateway], engines: tuple[StandIn, StandIn]
) -> None:
    for session in range(4):
        messages: list[Any] = [{"role": "user", "content": f"Question {session}"}]
        for engine in engines:
            engine.say()
        for turn in range(3):
            answer = gateways[turn % 2].client().chat.completions.create(model="m", messages=messages)
            messages += [answer.choices[0].message.to_dict(), {"role": "user", "content": "More"}]
        assert sorted(len(engine.requests) for engine in engines) == [0, 3]


def test_an_engine_that_is_down_is_not_used(
    gateways: tuple[Gateway, Gateway], engines: tuple[StandIn, StandIn]
) -> None:
    engines[0].say(fault="busy")
    engines[1].say()
    for session in range(6):
        answer = gateways[0].client().responses.create(model="m", input=f"Question {session}")
        assert answer.status == "completed"
    assert len(engines[1].requests) == 6


def record(id: str) -> StoredRecord:
    response = {"id": id, "output": [{"id": f"msg_{id}", "type": "message", "content": "Hé\n"}]}
    return StoredRecord(response, {"id": id, "input": [{"deep": [1, None]}]}, "session")


async def keeps_its_promises(store: ResponseStore) -> None:
    await store.open()
    await store.check()
    await store.put(record("resp_1"))
    assert await store.get("resp_1") == record("resp_1")
    await store.put(record("resp_2"))
    items = await store.items(["msg_resp_2", "msg_3", "msg_resp_1"])
    assert items == {f"msg_{id}": record(id).response["output"][0] for id in ("resp_1", "resp_2")}
    assert await store.get("resp_3") is None and await store.items([]) == {}
    await store.put(record("resp_1"))
    assert await store.delete("resp_1") and not await store.delete("resp_1")
    assert await store.get("resp_1") is None and await store.items(["msg_resp_1"]) == {}
    await store.close()


def test_redis_keeps_its_promises(redis: str) -> None:
    asyncio.run(keeps_its_promises(make_store(redis, 60)))


def test_sqlite_keeps_its_promises(tmp_path: pathlib.Path) -> None:
    asyncio.run(keeps_its_promises(make_store(f"sqlite:{tmp_path / 'deep' / 'responses.sqlite'}", 60)))


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_responses_expire(kind: str, tmp_path: pathlib.Path, request: pytest.FixtureRequest) -> None:
    name = request.getfixturevalue("redis") if kind == "redis" else f"sqlite:{tmp_path / 'responses.sqlite'}"

    async def expire() -> None:
        store = make_store(name, 1)
        await store.put(record("resp_3"))
        assert await store.get("resp_3") is not None
        await asyncio.sleep(1.2)
        assert await store.get("resp_3") is None and await store.items(["msg_resp_3"]) == {}
        assert not await store.delete("resp_3")
        await store.close()

    asyncio.run(expire())


def test_a_redis_that_goes_away_and_comes_back(engines: tuple[StandIn, StandIn], tmp_path: pathlib.Path) -> None:
    engine, _ = engines
    engine.say()
    with redis_server(tmp_path / "redis.sock") as redis:
        with gateway("--engine", "vllm", "--url", engine.url, "--store", redis) as served:
            client = served.client()
            client.responses.create(model="m", input="Hi")
            served_without_store(redis, served)
            with redis_server(tmp_path / "redis.sock"):
                assert client.responses.retrieve(client.responses.create(model="m", input="Hi").id)


def served_without_store(redis: str, served: Gateway) -> None:
    with Redis.from_url(redis) as server:
        server.shutdown(nosave=True)
    client = served.client()
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as failed:
            client.responses.create(model="m", input="Hi", previous_response_id="resp_1", stream=stream)
        assert (failed.value.status_code, failed.value.code) == (503, "store_unavailable")
    with pytest.raises(openai.APIStatusError, match="store"):
        client.responses.create(model="m", input="Hi")
    events = valid_events(client.responses.create(model="m", input="Hi", stream=True))
    assert events[-1]["type"] == "response.failed"
    assert client.responses.create(model="m", input="Hi", store=False).status == "completed"


def test_a_redis_that_is_gone_is_an_error_of_the_api(tmp_path: pathlib.Path) -> None:
    async def ask(question: Callable[[ResponseStore], Awaitable[Any]]) -> None:
        store = make_store(f"unix://{tmp_path / 'nothing.sock'}", 60)
        with pytest.raises(StoreError):
            await question(store)
        await store.close()

    for question in (lambda s: s.put(record("x")), lambda s: s.get("x"), lambda s: s.delete("x"), lambda s: s.check()):
        asyncio.run(ask(question))
