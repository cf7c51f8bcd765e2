"""What breaks: engines, clients, stores. Each ends in the API's own error, and nothing is left running."""

from __future__ import annotations

import json
import pathlib
import signal
import sqlite3
import threading
import urllib.error
import urllib.request
from typing import Any, Iterator

import openai
import pytest

from conftest import Gateway, gateway
from stand_ins import ANSWER, StandIn, VllmStandIn, eventually, running
from valid import text_of, valid_events

USER: Any = [{"role": "user", "content": "Weather?"}]


@pytest.fixture(scope="module")
def engine() -> Iterator[StandIn]:
    with running(VllmStandIn()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def served(engine: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("store")
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


MID_STREAM = ["garbage", "shape", "error", "endless", "hang", "close", "die"]
BEFORE = {"busy": 503, "refused": 400, "page": 502}


@pytest.mark.parametrize("fault", MID_STREAM)
def test_an_engine_that_fails_in_the_middle(served: Gateway, engine: StandIn, fault: str) -> None:
    client = served.client()
    engine.say(fault=fault)
    with pytest.raises(openai.APIStatusError) as failed:
        client.chat.completions.create(model="m", messages=USER)
    assert failed.value.status_code in (502, 504)
    assert failed.value.type == "server_error"

    with pytest.raises(openai.APIError) as streamed:
        list(client.chat.completions.create(model="m", messages=USER, stream=True))
    assert streamed.value.message

    events = valid_events(client.responses.create(model="m", input="Hi", stream=True))
    assert events[-1]["type"] == "response.failed"
    assert events[-1]["response"]["error"]["code"] == "server_error"


@pytest.mark.parametrize("fault", BEFORE)
def test_an_engine_that_fails_at_once(served: Gateway, engine: StandIn, fault: str) -> None:
    engine.say(fault=fault)
    for stream in (False, True):
        with pytest.raises(openai.APIStatusError) as failed:
            served.client().responses.create(model="m", input="Hi", stream=stream)
        assert failed.value.status_code == BEFORE[fault]
        assert isinstance(failed.value.body, dict) and failed.value.body["message"]


def test_a_client_that_goes_away(served: Gateway, engine: StandIn) -> None:
    """The engine's request is aborted, streamed or not, and the response is stored as cancelled."""
    engine.pause = 0.2
    stream = served.client().responses.create(model="m", input="Hi", stream=True)
    id = next(iter(stream)).response.id  # type: ignore[union-attr]
    stream.close()
    eventually(lambda: engine.open == 0 and len(engine.aborts) == 1)
    assert engine.aborts[0]["request_ids"][0].startswith(id)
    eventually(lambda: status_of(served, id) == "cancelled")

    with pytest.raises(openai.APITimeoutError):
        served.client().with_options(timeout=0.3).chat.completions.create(model="m", messages=USER)
    eventually(lambda: engine.open == 0 and len(engine.aborts) == 2)


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


def test_a_store_that_is_locked(served: Gateway, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = next(pathlib.Path(tmp_path_factory.getbasetemp()).glob("store*/responses.sqlite"))
    lock = sqlite3.connect(path)
    lock.execute("BEGIN IMMEDIATE")
    try:
        events = valid_events(served.client().responses.create(model="m", input="Hi", stream=True))
        assert events[-1]["type"] == "response.failed"
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


def test_a_busy_gateway_and_bearer_keys(engine: StandIn) -> None:
    engine.pause = 0.2
    arguments = ("--engine", "vllm", "--url", engine.url, "--store", "none", "--max-requests", "1")
    with gateway(*arguments, HARMONY_API_KEY="one two") as served:
        with pytest.raises(openai.AuthenticationError) as unknown:
            served.client("three").chat.completions.create(model="m", messages=USER)
        assert unknown.value.code == "invalid_api_key"
        stream = served.client("two").chat.completions.create(model="m", messages=USER, stream=True)
        with pytest.raises(openai.RateLimitError) as busy:
            served.client("one").chat.completions.create(model="m", messages=USER)
        assert busy.value.code == "too_many_requests"
        assert text_of(stream) == "It is sunny in Lisbon."
        logged = "".join(served.lines)
        assert "Weather?" not in logged and "sunny" not in logged, "nothing of a request is logged"


@pytest.mark.parametrize("grace", [5, 0])
def test_sigterm_with_open_streams(engine: StandIn, grace: int) -> None:
    """Open streams end by themselves if there is time, and with the API's error if there is not."""
    engine.pause = 0.15
    arguments = ("--engine", "vllm", "--url", engine.url, "--store", "none", "--grace", str(grace))
    with gateway(*arguments) as served:
        stream = iter(served.client().responses.create(model="m", input="Hi", stream=True))
        first = next(stream)
        stopper = threading.Thread(target=served.process.send_signal, args=[signal.SIGTERM])
        stopper.start()
        events = valid_events([first, *stream])
        assert events[-1]["type"] == ("response.completed" if grace else "response.failed")
        stopper.join()
    eventually(lambda: engine.open == 0)


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
