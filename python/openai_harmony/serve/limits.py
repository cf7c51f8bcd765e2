"""How much the gateway takes on: bytes of a body, and requests at the same time."""

from __future__ import annotations

import asyncio
from typing import List

from starlette.requests import ClientDisconnect, Request

from .errors import ApiError

__all__ = ["Limits"]


class Limits:
    """The limits of a gateway."""

    def __init__(self, max_body: int, max_requests: int, client_seconds: float) -> None:
        self._max_body = max_body
        self._client_seconds = client_seconds
        self._max_requests = max_requests

    def admit(self, open_requests: int) -> None:
        """Raises ``ApiError`` with status 429 if the gateway is busy enough."""
        if open_requests >= self._max_requests:
            raise ApiError(
                429,
                f"The server already answers {open_requests} requests. Please try again later.",
                type="rate_limit_error",
                code="too_many_requests",
                headers={"retry-after": "1"},
            )

    async def body(self, request: Request) -> bytes:
        """The body of a request. Raises ``ApiError``: 413 as soon as it is too long, 408 if it takes too long."""
        announced = request.headers.get("content-length", "0")
        if announced.isdecimal() and int(announced) > self._max_body:
            raise self._too_long()
        try:
            return await asyncio.wait_for(self._received(request), self._client_seconds)
        except asyncio.TimeoutError:
            message = f"The body of the request did not arrive within {self._client_seconds:g} seconds."
            # Or the rest of the body would be waited for.
            headers = {"connection": "close"}
            raise ApiError(
                408, message, type="invalid_request_error", code="request_too_slow", headers=headers
            ) from None

    async def _received(self, request: Request) -> bytes:
        parts: List[bytes] = []
        length = 0
        try:
            async for part in request.stream():
                parts.append(part)
                length += len(part)
                if length > self._max_body:
                    raise self._too_long()
        except ClientDisconnect:
            raise ApiError(499, "The client closed the connection.", code="client_gone") from None
        return b"".join(parts)

    def _too_long(self) -> ApiError:
        message = f"The body of the request is longer than {self._max_body} bytes."
        return ApiError(413, message, type="invalid_request_error", code="request_too_large")
