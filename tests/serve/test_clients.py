"""Clients that are slow, that go away, or that speak HTTP in an unusual way."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
from typing import Any, Iterator

import pytest

from conftest import Gateway, gateway
from mutations import CASES, PATHS
from stand_ins import ANSWER, StandIn, VllmStandIn, eventually, running, tokens_of

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Weather?"}]}
ORIGIN = "https://page.example"
HEAD = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n"


@pytest.fixture(scope="module")
def engine() -> Iterator[StandIn]:
    with running(VllmStandIn()) as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def served(engine: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("clients")
    config = folder / "gateway.yaml"
    config.write_text(f"client_timeout: 1\nallowed_origins: {ORIGIN}\nstore: sqlite:{folder / 'responses.sqlite'}")
    with gateway("--config", str(config), "--engine", "vllm", "--url", engine.url) as running_gateway:
        yield running_gateway


@pytest.fixture(autouse=True)
def nothing_is_left(engine: StandIn) -> Iterator[None]:
    engine.say()
    engine.pause, engine.step = 0, 3
    yield
    eventually(lambda: engine.open == 0)


def connected(served: Gateway) -> socket.socket:
    host, _, port = served.url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=10)


def chat(connection: str = "keep-alive", **fields: Any) -> bytes:
    """The bytes of a whole request."""
    body = json.dumps({**CHAT, **fields})
    return f"{HEAD}connection: {connection}\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


def received(client: socket.socket) -> bytes:
    """Everything until the gateway closes the connection."""
    data = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(1 << 16):
            data += piece
    return data


def ask(served: Gateway, method: str, path: str, body: Any = None, **headers: str) -> http.client.HTTPResponse:
    """The answer to one request, read to its end into ``text``."""
    with contextlib.closing(http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)) as connection:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.text = response.read().decode()  # type: ignore[attr-defined]
    return response


@pytest.mark.parametrize("sent", [b"", HEAD.encode(), chat() + HEAD.encode()], ids=["nothing", "begun", "second"])
def test_a_head_that_never_ends(served: Gateway, sent: bytes) -> None:
    with connected(served) as client:
        client.sendall(sent)
        assert received(client).count(b"HTTP/1.1 200") == (b"{" in sent)


def test_a_body_that_never_ends(served: Gateway) -> None:
    with connected(served) as client:
        client.sendall(f"{HEAD}content-length: 100\r\n\r\n{{".encode())
        answer = received(client)
    assert answer.startswith(b"HTTP/1.1 408") and b"request_too_slow" in answer


def test_a_client_that_does_not_read(served: Gateway, engine: StandIn) -> None:
    """Its connection ends, and with it the request and the one of the engine."""
    engine.say(tokens_of("<|channel|>final<|message|>" + "=" * 64 * 200_000))  # more than the buffers of a connection
    engine.step = 5000
    with connected(served) as client:
        client.sendall(chat(stream=True))
        assert engine_is_aborted(engine)


def engine_is_aborted(engine: StandIn) -> bool:
    eventually(lambda: bool(engine.requests))
    eventually(lambda: engine.open == 0 and len(engine.aborts) == 1)
    return True


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_client_that_closes_half_of_its_connection(served: Gateway, engine: StandIn, stream: bool) -> None:
    """It counts as gone, as in most servers: nothing tells it from one that has closed all of it."""
    engine.pause = 0.2
    with connected(served) as client:
        client.sendall(chat(stream=stream))
        eventually(lambda: engine.open == 1)
        client.shutdown(socket.SHUT_WR)
        assert engine_is_aborted(engine)


def test_requests_that_are_sent_at_once(served: Gateway, engine: StandIn) -> None:
    with connected(served) as client:
        client.sendall(chat() + chat("close", stream=True))
        answers = received(client).split(b"HTTP/1.1 200")[1:]
        assert [b"chat.completion.chunk" in answer for answer in answers] == [False, True]


def test_a_client_that_goes_away_after_several_requests_at_once(served: Gateway, engine: StandIn) -> None:
    engine.say(ANSWER[:-1] + [11] * 3000 + ANSWER[-1:])
    engine.pause = 0.02
    with connected(served) as client:
        client.sendall(chat(stream=True) * 2)
        client.recv(100)
    assert engine_is_aborted(engine) and len(engine.requests) == 1


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_offer_of_http_2_is_ignored(served: Gateway, framing: str) -> None:
    """Java's client makes it with every request. uvicorn loses the body then (its issue 2722)."""
    offer = "connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"
    body = json.dumps(CHAT)
    if framing == "length":
        request = f"{HEAD}{offer}content-length: {len(body)}\r\n\r\n{body}"
    else:
        request = f"{HEAD}{offer}transfer-encoding: chunked\r\n\r\n{len(body):x}\r\n{body}\r\n0\r\n\r\n"
    with connected(served) as client:
        for piece in (request[:150].encode(), request[150:].encode() + chat("close")):
            client.sendall(piece)
        assert received(client).count(b"It is sunny in Lisbon.") == 2


def test_many_offers_at_once(served: Gateway) -> None:
    head = b"GET /v1/nothing HTTP/1.1\r\nhost: x\r\n"
    offers = (head + b"connection: upgrade\r\nupgrade: h2c\r\n\r\n") * 1500
    with connected(served) as client:
        client.sendall(offers + head + b"connection: close\r\n\r\n")
        assert received(client).count(b"HTTP/1.1 404") == 1501


def test_what_is_not_http_is_refused(served: Gateway) -> None:
    for junk in (
        b"\x16\x03\x01\x02\x00\x01\n\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\x00: x",
    ):
        with connected(served) as client:
            client.sendall(junk)
            assert received(client).startswith(b"HTTP/1.1 400")


def test_methods_and_paths(served: Gateway) -> None:
    head = ask(served, "HEAD", "/v1/models")
    assert (head.status, head.text) == (200, "")  # type: ignore[attr-defined]
    wrong = ask(served, "GET", "/v1/chat/completions")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    wrong = ask(served, "POST", "/v1/responses/resp_1", "{}")
    assert (wrong.status, set(wrong.headers["allow"].split(", "))) == (405, {"GET", "HEAD", "DELETE"})
    # Neither a redirect to a host that the client named, nor an error of the server.
    for path in ("/v1/responses/", "/v1/nothing", "/v1/responses/%ff%00"):
        assert ask(served, "GET", path, host="[").status == 404, path
    for method in ("OPTIONS", "PATCH", "TRACE"):
        assert ask(served, method, "/v1/responses").status == 405


def test_pages_of_an_allowed_origin_may_read_answers(served: Gateway) -> None:
    asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,x-stainless-os"}
    allowed = ask(served, "OPTIONS", "/v1/chat/completions", origin=ORIGIN, **asked)
    assert (allowed.status, allowed.headers["access-control-allow-origin"]) == (200, ORIGIN)
    answer = ask(served, "POST", "/v1/chat/completions", json.dumps(CHAT), origin=ORIGIN)
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert ask(served, "OPTIONS", "/v1/models", origin="https://other.example", **asked).status == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin-1"]
)
def test_the_content_type_is_ignored(served: Gateway, kind: str) -> None:
    answer = ask(served, "POST", "/v1/chat/completions", json.dumps({**CHAT, "model": "модель-🦙"}), content_type=kind)
    assert json.loads(answer.text)["model"] == "модель-🦙"  # type: ignore[attr-defined]


def test_pages_of_input_items(served: Gateway) -> None:
    created = ask(served, "POST", "/v1/responses", json.dumps({"model": "m", "input": "Hi"}))
    path = f"/v1/responses/{json.loads(created.text)['id']}/input_items"  # type: ignore[attr-defined]
    assert ask(served, "GET", f"{path}?limit=1&order=asc").status == 200
    for wrong in ("limit=0", "limit=101", "limit=-1", "limit=" + "9" * 5000, "order=up"):
        assert ask(served, "GET", f"{path}?{wrong}").status == 400, wrong


MARK = "seCret"


def marked(value: Any, keys: bool) -> Any:
    """A request with a word in all of its texts, or in an unknown key of all of its objects."""
    if isinstance(value, str) and not keys:
        return value + MARK
    if isinstance(value, list):
        return [marked(one, keys) for one in value]
    if isinstance(value, dict):
        fields = {name: marked(one, keys) for name, one in value.items()}
        return {**fields, MARK: MARK} if keys else fields
    return value


def test_nothing_of_a_request_is_logged(served: Gateway, engine: StandIn) -> None:
    engine.say(tokens_of(f"<|channel|>{MARK} to=functions.{MARK}<|message|>{MARK}<|call|>"))
    statuses = {
        ask(served, "POST", PATHS[case["api"]], json.dumps(marked(case["request"], keys))).status
        for case in CASES
        for keys in (False, True)
    }
    assert statuses == {200, 400}
    with contextlib.closing(http.client.HTTPConnection(served.url.removeprefix("http://"), timeout=10)) as connection:
        connection.request("GET", f"/v1/{MARK}?{MARK}", headers={MARK: MARK, "authorization": MARK})
        connection.getresponse().read()
    served.log("request")
    assert MARK not in "".join(served.lines)
    assert MARK not in ask(served, "GET", "/metrics").text  # type: ignore[attr-defined]
