"""HTTP to engines, by aiohttp: what goes wrong is an ``EngineError``.

aiohttp rather than httpx, because a chunk of a stream costs it a fourth of the time: its parser is written in C.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, AsyncGenerator, AsyncIterator, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple

import aiohttp
from pydantic_core import from_json, to_json

from ..errors import EngineError

__all__ = ["Answer", "EngineHttp"]

LONGEST_EVENT = 8 << 20
"""Bytes of one event of an engine. The largest are those of SGLang, which repeat the whole output each time."""

LONGEST_ANSWER = 1 << 20
"""Bytes of an answer that is not streamed. What comes after them is not read."""

CONNECT_SECONDS = 5.0
KEPT_SECONDS = 2.0
SHORT_SECONDS = 5.0
"""For requests that an engine answers without sampling."""


class Answer(NamedTuple):
    """The answer to a request that is not streamed."""

    status: int
    body: bytes


class EngineHttp:
    """The connections to all engines.

    ``silence`` is how many seconds an engine may send nothing, and ``key`` the bearer key that engines ask for.
    """

    def __init__(self, silence: float, key: Optional[str] = None) -> None:
        self._silence = silence
        self._headers = {"authorization": f"Bearer {key}"} if key else None
        self._opened: Optional[aiohttp.ClientSession] = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Connections can be made while this is entered."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=self._silence)
        async with aiohttp.ClientSession(
            # The limit is that of open requests. Engines keep a connection for 5 seconds; a request that is sent at the
            # moment when they close it would fail.
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            timeout=timeout,
        ) as self._opened:
            yield

    async def get(self, url: str) -> Answer:
        """What ``url`` has."""
        return await self._request("GET", url)

    async def post(self, url: str, body: Mapping[str, Any], *, seconds: float = SHORT_SECONDS) -> Answer:
        """The answer to a body of JSON."""
        return await self._request("POST", url, body, seconds)

    async def events(self, url: str, body: Mapping[str, Any]) -> AsyncGenerator[List[Mapping[str, Any]], None]:
        """The events of a streamed answer; those that arrived together come together, and all before an error.

        Closing the iterator closes the connection.
        """
        with _engine_errors():
            async with self._session.post(url, data=to_json(body), headers=_JSON) as response:
                if response.status != 200:
                    raise refusal(await _answer(response))
                lines = _Lines()
                async for received in response.content.iter_any():
                    events, failure = _events(lines.push(received))
                    if events:
                        yield events
                    if failure is not None:
                        raise failure
                    if lines.unfinished > LONGEST_EVENT:
                        raise EngineError("garbage", f"The engine sent an event of more than {LONGEST_EVENT} bytes.")

    @property
    def _session(self) -> aiohttp.ClientSession:
        assert self._opened is not None, "running() was not entered"
        return self._opened

    async def _request(
        self, method: str, url: str, body: Optional[Mapping[str, Any]] = None, seconds: float = SHORT_SECONDS
    ) -> Answer:
        content, headers = (None, None) if body is None else (to_json(body), _JSON)
        timeout = aiohttp.ClientTimeout(total=seconds)
        with _engine_errors():
            async with self._session.request(method, url, data=content, headers=headers, timeout=timeout) as response:
                return await _answer(response)


async def _answer(response: aiohttp.ClientResponse) -> Answer:
    body = b""
    async for received in response.content.iter_any():
        body += received
        if len(body) > LONGEST_ANSWER:
            response.close()
            break
    return Answer(response.status, body)


def refusal(answer: Answer) -> EngineError:
    """The error of an engine that did not answer with 200."""
    status, body = answer
    try:
        values = from_json(body)
        error = values.get("error", values)
        message = str(error["message"] if isinstance(error, dict) else error)
    except (ValueError, KeyError, AttributeError):
        message = body[:200].decode("utf-8", "replace")
    if status in (429, 503):
        return EngineError("overloaded", f"The engine is busy: {message}", retry=True)
    if status in (400, 413, 422):
        code = "context_length_exceeded" if "context" in message else None
        return EngineError("refused", f"The engine refused the request: {message}", code=code)
    return EngineError("failed", f"The engine answered {status}: {message}", retry=True)


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    try:
        yield
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise EngineError("unreachable", f"The engine cannot be reached: {error}", retry=True) from error
    except asyncio.TimeoutError as error:
        raise EngineError("timeout", "The engine stopped answering.") from error
    except (aiohttp.ClientError, OSError) as error:
        # Retried only if nothing was sampled yet, as where a kept connection had been closed by the engine.
        raise EngineError("closed", f"The engine closed the connection: {error}", retry=True) from error


class _Lines:
    """Lines of a stream, however it is cut. The pieces of a long line are joined once, at its end."""

    def __init__(self) -> None:
        self._pieces: List[bytes] = []
        self.unfinished = 0
        """Bytes of the last line, as long as it has no end."""

    def push(self, received: bytes) -> List[bytes]:
        """The lines that end in what was received."""
        self._pieces.append(received)
        self.unfinished += len(received)
        if b"\n" not in received:
            return []
        *lines, rest = b"".join(self._pieces).split(b"\n")
        self._pieces, self.unfinished = [rest], len(rest)
        return lines


def _events(lines: Iterable[bytes]) -> Tuple[List[Mapping[str, Any]], Optional[EngineError]]:
    """The events up to the first that cannot be read, and what is wrong with that one."""
    events = []
    try:
        for line in lines:
            event = _event(line)
            if event is not None:
                events.append(event)
    except EngineError as error:
        return events, error
    return events, None


def _event(line: bytes) -> Optional[Mapping[str, Any]]:
    """The object in a line of an event stream; llama.cpp also has lines that begin with ``error:``."""
    if not line:
        return None
    name, _, data = line.partition(b":")
    if name != b"data":
        return _other(line, name, data)
    try:
        event = from_json(data)
    except ValueError as error:
        if data.strip() == b"[DONE]":
            return None
        raise EngineError("garbage", f"The engine sent an event that is not JSON: {error}") from error
    if type(event) is not dict:
        raise EngineError("garbage", "The engine sent an event that is not an object.")
    return event


def _other(line: bytes, name: bytes, data: bytes) -> Optional[Mapping[str, Any]]:
    """What a line without data says: nothing, or an error."""
    if b":" not in line and not line.isspace():
        raise EngineError("garbage", "The engine sent something that is not an event stream.")
    return None if name != b"error" else {"error": _event(b"data:" + data)}


_JSON = {"content-type": "application/json"}
