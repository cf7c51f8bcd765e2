"""Where responses are kept."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any, Dict, Optional

__all__ = ["ResponseStore", "StoredRecord"]


@dataclass(frozen=True)
class StoredRecord:
    """A response as a store keeps it; all of it is ready for JSON."""

    response: Dict[str, Any]
    """The object that the client got."""
    stored: Dict[str, Any]
    """What ``ResponsesStream.stored()`` gave, for requests that continue it."""
    session: str
    """The key by which the balancer keeps the session on one engine."""

    @property
    def id(self) -> str:
        """The id of the response."""
        id: str = self.response["id"]
        return id


class ResponseStore(abc.ABC):
    """Responses by their id. Every method raises ``StoreError`` if the store cannot be used."""

    async def open(self) -> None:
        """Connect. Called once, before anything else."""

    @abc.abstractmethod
    async def put(self, record: StoredRecord) -> None:
        """Keep a response, and its items for references to them."""

    @abc.abstractmethod
    async def get(self, id: str) -> Optional[StoredRecord]:
        """The response of this id, None if there is none (any more)."""

    @abc.abstractmethod
    async def item(self, id: str) -> Optional[Dict[str, Any]]:
        """The output item of this id, of whatever response."""

    @abc.abstractmethod
    async def delete(self, id: str) -> bool:
        """Forget a response; False if there is none."""

    async def check(self) -> None:
        """Whether the store can be used, for health checks."""

    async def close(self) -> None:
        """Disconnect."""


def item_of(record: Optional[StoredRecord], id: str) -> Optional[Dict[str, Any]]:
    """The output item of this id in a response."""
    items = [] if record is None else record.response["output"]
    return next((item for item in items if item.get("id") == id), None)
