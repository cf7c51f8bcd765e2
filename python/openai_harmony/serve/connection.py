"""A connection of a client: how long it may keep the gateway waiting, and what it may offer."""

from __future__ import annotations

import asyncio
from typing import Any, List, Optional

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

__all__ = ["Connection"]


class Connection(HttpToolsProtocol):
    """uvicorn's connection, with three differences.

    - It ends when its client takes longer than ``seconds`` for the head of a request, or to read what waits for it.
      Otherwise clients that send nothing would use up the open files, and one that reads nothing would keep its
      request open, and an engine busy, for ever.
    - An offer to upgrade to another protocol is ignored, as HTTP wants it. Java and Kotlin offer HTTP/2 with every
      request, and uvicorn loses the body of such a request (its issue 2722).
    - When it is lost, every request on it is told, not only the last one.
    """

    def __init__(self, seconds: float, **of_uvicorn: Any) -> None:
        super().__init__(**of_uvicorn)
        self._seconds = seconds
        self._head: Optional[asyncio.TimerHandle] = None
        self._reading: Optional[asyncio.TimerHandle] = None
        self._cycles: List[RequestResponseCycle] = []

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self._timer()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        while True:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as offer:
                if self.parser.get_method() == b"CONNECT":
                    self.send_400_response("CONNECT is not supported.")
                    return
                data = self._head_without_offer() + data[offer.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
            except httptools.HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
                return

    def on_message_begin(self) -> None:
        super().on_message_begin()
        _cancel(self._head)
        self._head = self._timer()

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():  # see data_received
            return
        _cancel(self._head)
        super().on_headers_complete()
        self._cycles = [cycle for cycle in self._cycles if not cycle.response_complete] + [self.cycle]

    def on_message_complete(self) -> None:
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        _cancel(self._reading)
        self._reading = self._timer()

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._reading)

    def connection_lost(self, exc: Optional[Exception]) -> None:
        super().connection_lost(exc)
        _cancel(self._head)
        _cancel(self._reading)
        for cycle in self._cycles:
            cycle.disconnected = not cycle.response_complete
            cycle.message_event.set()

    def _head_without_offer(self) -> bytes:
        """The head to begin again with: the parser stops at an offer and cannot go on."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        headers = [b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        return b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, b"".join(headers))

    def _timer(self) -> asyncio.TimerHandle:
        return self.loop.call_later(self._seconds, self.transport.abort)


def _cancel(timer: Optional[asyncio.TimerHandle]) -> None:
    if timer is not None:
        timer.cancel()
