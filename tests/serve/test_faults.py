"""What breaks: engines, clients, stores. Each ends in the API's own error, and nothing is left running."""

from __future__ import annotations

import contextlib
import http.client
import json
import multiprocessing
import pathlib
import sqlite3
import sys
import threading
import urllib.error
import urllib.request
from typing import Any, Iterator

import openai
import pytest

from conftest import Gateway, gateway
from stand_ins import ANSWER, StandIn, VllmStandIn, eventually, running
from valid import text_of, valid_events

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "benches"))

import serve_load

USER: Any = [{"role": "user", "content": "Weather?"}]


@pytest.fixture(scope="module")
def engine() -> Iterator[StandIn]:
    with running(VllmStandIn()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def served(engine: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("faults")
    config = folder / "gateway.json"
    settings: dict[str, Any] = {"engine": "vllm", "engine_timeout": 1.5, "max_body": 10_000, "health_interval": 0.5}
    config.write_text(json.dumps({**settings, "store": f"sqlite:{folder / 'responses.sqlite'}"}))
    with gateway("--config", str(config), "--url", engine.url) as running_gateway:
        yield running_gateway


@pytest.fixture(autouse=True)
def nothing_is_left(engine: StandIn, served: Gateway) -> Iterator[None]:
    engine.say()
    engine.pause = 0
    yield
    engine.say()
    eventually(lambda: engine.open == 0)
    eventually(
        lambda: 'harmony_open_requests{api="responses"} 0.0' in metrics(served) or "responses" not in metrics(served)
    )
    eventually(lambda: health(served) == 200)


def metrics(served: Gateway) -> str:
    with urllib.request.urlopen(f"{served.url}/metrics", timeout=10) as response:
        text: str = response.read().decode()
    return text


def health(served: Gateway) -> int:
    try:
        with urllib.request.urlopen(f"{served.url}/healthz", timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


MID_STREAM = {
    "garbage": "engine_garbage",
    "shape": "engine_garbage",
    "error": "engine_failed",
    "endless": "engine_garbage",
    "hang": "engine_timeout",
    "close": "engine_closed",
    "die": "engine_closed",
}
BEFORE = {"busy": 503, "refused": 400, "page": 502, "endless answer": 502}
BOTH_APIS = pytest.mark.parametrize("api", ["chat", "responses"])
STREAMED_OR_NOT = pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])


def create(client: openai.OpenAI, api: str, stream: bool) -> Any:
    if api == "chat":
        return client.chat.completions.create(model="m", messages=USER, stream=stream)
    return client.responses.create(model="m", input="Hi", stream=stream)


def ask(client: openai.OpenAI, api: str, stream: bool) -> Any:
    """The answer, or the last event of its stream. Raises what the client raises."""
    answer = create(client, api, stream)
    if not stream:
        return answer
    return list(answer)[-1] if api == "chat" else valid_events(answer)[-1]


def failure(client: openai.OpenAI, api: str, stream: bool) -> Any:
    """The error of a request that fails: as the client raises it, or in the last event of a response."""
    try:
        last = ask(client, api, stream)
    except openai.APIError as error:
        return error
    assert last["type"] == "response.failed", "the request did not fail"
    return last["response"]["error"]


@BOTH_APIS
@STREAMED_OR_NOT
@pytest.mark.parametrize("fault", MID_STREAM)
def test_an_engine_that_fails_in_the_middle(
    served: Gateway, engine: StandIn, fault: str, api: str, stream: bool
) -> None:
    engine.say(fault=fault)
    error = failure(served.client(), api, stream)
    if api == "responses" and stream:
        assert error["code"] == "server_error" and error["message"], "the API has no other code for this"
        return
    assert (error.type, error.code) == ("server_error", MID_STREAM[fault])
    if not stream:
        assert error.status_code == (504 if fault == "hang" else 502)


@BOTH_APIS
@STREAMED_OR_NOT
@pytest.mark.parametrize("fault", [*BEFORE, "hang"])
def test_an_engine_that_fails_at_once(served: Gateway, engine: StandIn, fault: str, api: str, stream: bool) -> None:
    """Then a stream has a status of its own, too."""
    engine.say(fault=fault, after=0)
    assert failure(served.client(), api, stream).status_code == BEFORE.get(fault, 504)


@STREAMED_OR_NOT
def test_an_engine_that_is_killed(stream: bool) -> None:
    with serve_load.engine(100_000) as (port, _):
        arguments = ("--engine", "llama.cpp", "--url", f"http://127.0.0.1:{port}", "--store", "none")
        with gateway(*arguments) as served:
            (engine_process,) = multiprocessing.active_children()
            killer = threading.Timer(1, engine_process.kill)
            killer.start()
            assert failure(served.client(), "chat", stream).code == "engine_closed"
            killer.join()
            assert failure(served.client(), "chat", stream).code == "engine_unreachable"


@BOTH_APIS
@STREAMED_OR_NOT
def test_a_client_that_goes_away(served: Gateway, engine: StandIn, api: str, stream: bool) -> None:
    """The engine's request is aborted, and a response is stored as cancelled."""
    engine.pause = 0.2
    client = served.client().with_options(timeout=0.7)
    if stream:
        with create(client, api, stream) as events:
            next(iter(events))
    else:
        with pytest.raises(openai.APITimeoutError):
            ask(client, api, stream)
    eventually(lambda: engine.open == 0 and len(engine.aborts) == 1)
    if api == "responses":
        id = engine.aborts[0][: len("resp_") + 32]
        eventually(lambda: status_of(served, id) == "cancelled")


def status_of(served: Gateway, id: str) -> str | None:
    try:
        return served.client().responses.retrieve(id).status
    except openai.NotFoundError:
        return None


def test_a_stop_string_aborts_the_engine(served: Gateway, engine: StandIn) -> None:
    engine.say(ANSWER[:-1] + [11] * 300 + ANSWER[-1:])
    engine.pause = 0.01
    answer = served.client().chat.completions.create(model="m", messages=USER, stop=["sunny"])
    assert answer.choices[0].message.content == "It is "
    eventually(lambda: engine.open == 0 and len(engine.aborts) == 1)


@STREAMED_OR_NOT
def test_a_store_that_is_locked(served: Gateway, tmp_path_factory: pytest.TempPathFactory, stream: bool) -> None:
    path = next(pathlib.Path(tmp_path_factory.getbasetemp()).glob("faults*/responses.sqlite"))
    lock = sqlite3.connect(path)
    lock.execute("BEGIN IMMEDIATE")
    try:
        error = failure(served.client(), "responses", stream)
        assert error["code"] == "server_error" if stream else error.code == "store_unavailable"
    finally:
        lock.rollback()
        lock.close()
    assert served.client().responses.create(model="m", input="Hi").status == "completed"


def test_a_store_that_is_gone(engine: StandIn, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "store" / "responses.sqlite"
    with gateway("--engine", "vllm", "--url", engine.url, "--store", f"sqlite:{path}") as served:
        first = served.client().responses.create(model="m", input="Hi")
        for file in path.parent.iterdir():
            file.unlink()
        path.mkdir()
        (path / "in_the_way").touch()
        eventually(lambda: failing(served, first.id), 5)
        # Chat Completions need no store.
        assert served.client().chat.completions.create(model="m", messages=USER).choices


def failing(served: Gateway, id: str) -> bool:
    try:
        served.client().responses.create(model="m", input="Hi", previous_response_id=id)
    except openai.APIStatusError as error:
        return error.status_code == 503 and error.code == "store_unavailable"
    return False


def test_limits_and_unknown_paths(served: Gateway) -> None:
    client = served.client()
    with pytest.raises(openai.APIStatusError) as too_long:
        client.responses.create(model="m", input="x" * 20_000)
    assert (too_long.value.status_code, too_long.value.code) == (413, "request_too_large")
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model="m", input="x")
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="m", messages=[{"role": "nobody", "content": "x"}])  # type: ignore[list-item,misc]


def test_what_is_not_there(served: Gateway) -> None:
    client = served.client()
    assert client.models.retrieve("stand-in").id == "stand-in"
    with pytest.raises(openai.NotFoundError) as unknown:
        client.models.retrieve("org/other")
    assert unknown.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve("resp_1")
    response = client.responses.create(model="m", input="Hi")
    with pytest.raises(openai.BadRequestError, match="cannot be streamed"):
        client.responses.retrieve(response.id, stream=True)
    with pytest.raises(openai.BadRequestError, match="background"):
        client.responses.cancel(response.id)


def test_a_body_that_never_ends(engine: StandIn, tmp_path: pathlib.Path) -> None:
    """A request counts from its first byte, its time is limited, and its length is that of what was sent."""
    config = tmp_path / "gateway.json"
    config.write_text(json.dumps({"request_timeout": 1, "max_requests": 1, "max_body": 1000}))
    with gateway("--config", str(config), "--engine", "vllm", "--url", engine.url, "--store", "none") as served:
        with contextlib.closing(begun_request(served, b"100\r\n")) as slow:
            eventually(lambda: "harmony_open_requests{" in metrics(served))
            with pytest.raises(openai.RateLimitError):
                ask(served.client(), "chat", False)
            assert slow.getresponse().status == 504
        with contextlib.closing(begun_request(served, b"500\r\n" + b"x" * 0x500 + b"\r\n")) as long:
            assert long.getresponse().status == 413
        assert ask(served.client(), "chat", False).choices


def begun_request(served: Gateway, body: bytes) -> http.client.HTTPConnection:
    """A request whose body has only begun."""
    connection = http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader("transfer-encoding", "chunked")
    connection.endheaders()
    connection.send(body)
    return connection


def test_connections_are_closed(served: Gateway, engine: StandIn) -> None:
    """After all that can go wrong, the gateway has as many open files as before."""
    files = pathlib.Path(f"/proc/{served.process.pid}/fd")
    if not files.exists():
        pytest.skip("counts the open files of a Linux process")
    client = served.client()
    before = len(list(files.iterdir()))
    for fault in ("garbage", "close", "die", "busy", "page", None):
        for api in ("chat", "responses"):
            engine.say(fault=fault)
            with contextlib.suppress(openai.APIError):
                ask(client, api, True)
    client.close()
    eventually(lambda: len(list(files.iterdir())) <= before + 1)


def test_a_busy_gateway_and_bearer_keys(engine: StandIn) -> None:
    engine.pause = 0.2
    arguments = ("--engine", "vllm", "--url", engine.url, "--store", "none", "--max-requests", "1")
    with gateway(*arguments, HARMONY_API_KEY="one two") as served:
        with pytest.raises(openai.AuthenticationError) as unknown:
            served.client("three").chat.completions.create(model="m", messages=USER)
        assert unknown.value.code == "invalid_api_key"
        for method, path in KEYED:
            assert status_without_key(served, method, path) == 401, path
        assert (status_without_key(served, "GET", "/healthz"), status_without_key(served, "GET", "/metrics")) == (
            200,
            200,
        )
        stream = served.client("two").chat.completions.create(model="m", messages=USER, stream=True)
        with pytest.raises(openai.RateLimitError) as busy:
            served.client("one").chat.completions.create(model="m", messages=USER)
        assert busy.value.code == "too_many_requests"
        assert text_of(stream) == "It is sunny in Lisbon."
        logged = "".join(served.lines)
        assert "Weather?" not in logged and "sunny" not in logged, "nothing of a request is logged"


KEYED = [
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("GET", "/v1/responses/resp_1"),
    ("DELETE", "/v1/responses/resp_1"),
    ("GET", "/v1/responses/resp_1/input_items"),
    ("POST", "/v1/responses/resp_1/cancel"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/stand-in"),
]


def status_without_key(served: Gateway, method: str, path: str) -> int:
    with contextlib.closing(http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, path)
        return connection.getresponse().status


def test_metrics_say_what_happened(served: Gateway, engine: StandIn) -> None:
    engine.say(fault="close")
    with pytest.raises(openai.APIStatusError):
        served.client().chat.completions.create(model="m", messages=USER)
    engine.say()
    served.client().chat.completions.create(model="m", messages=USER)
    text = metrics(served)
    assert 'harmony_requests_total{api="chat.completions",status="200"}' in text
    assert 'harmony_requests_total{api="chat.completions",status="502"}' in text
    assert 'harmony_sampled_tokens_total{channel="analysis"}' in text
    assert 'harmony_engine_errors_total{engine="' in text
    assert 'harmony_time_to_first_token_seconds_count{api="chat.completions"}' in text
