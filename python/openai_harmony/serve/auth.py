"""Bearer keys of clients."""

from __future__ import annotations

import hashlib
import hmac
from typing import Sequence

from starlette.types import Scope

from .errors import ApiError

__all__ = ["Keys"]


class Keys:
    """The keys of which a client must have one; without any, every client is let in."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = [_digest(key.encode()) for key in keys]

    def check(self, scope: Scope) -> None:
        """Raises ``ApiError`` with status 401 if the request has no valid key."""
        if not self._keys:
            return
        given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        kind, _, key = given.partition(b" ")
        # Every key is compared, and in constant time, so that the time says nothing about them, nor of their length.
        digest = _digest(key.strip())
        matches = [hmac.compare_digest(digest, known) for known in self._keys]
        if kind.lower() != b"bearer" or not any(matches):
            raise ApiError(
                401,
                "Incorrect API key provided." if given else "You didn't provide an API key.",
                type="invalid_request_error",
                code="invalid_api_key",
                headers={"www-authenticate": "Bearer"},
            )


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()
