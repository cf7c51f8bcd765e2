"""The store of a gateway that keeps nothing."""

from __future__ import annotations

from typing import Any, Collection, Dict, Optional

from .base import ResponseStore, StoredRecord

__all__ = ["NoStore"]


class NoStore(ResponseStore):
    """Keeps nothing: every ``previous_response_id`` is unknown."""

    async def put(self, record: StoredRecord) -> None: ...

    async def get(self, id: str) -> Optional[StoredRecord]:
        return None

    async def items(self, ids: Collection[str]) -> Dict[str, Dict[str, Any]]:
        return {}

    async def delete(self, id: str) -> bool:
        return False
