"""Where responses are kept."""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterable, Mapping, Optional

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
    async def items(self, ids: Collection[str]) -> Dict[str, Dict[str, Any]]:
        """The output items of these ids, of whatever responses; those that there are."""

    @abc.abstractmethod
    async def delete(self, id: str) -> bool:
        """Forget a response; False if there is none."""

    async def check(self) -> None:
        """Whether the store can be used, for health checks."""

    async def close(self) -> None:
        """Disconnect."""


def items_of(responses: Iterable[Mapping[str, Any]], ids: Collection[str]) -> Dict[str, Dict[str, Any]]:
    """The output items of these ids in some responses."""
    items = (item for response in responses for item in response["output"])
    return {item["id"]: item for item in items if item.get("id") in ids}
