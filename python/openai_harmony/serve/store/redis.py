"""Responses in Redis, for several gateways."""

from __future__ import annotations

import json
from typing import Any, Awaitable, Collection, Dict, Iterable, List, Optional, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ..errors import StoreError
from .base import ResponseStore, StoredRecord, items_of

__all__ = ["RedisStore"]

T = TypeVar("T")

RESPONSE = "openai-harmony:response:"
ITEM = "openai-harmony:item:"


class RedisStore(ResponseStore):
    """A Redis server, or anything that speaks its protocol. Redis itself forgets what has expired."""

    def __init__(self, url: str, keep: float) -> None:
        try:
            self._redis = Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5, decode_responses=True)
        except ValueError as error:
            raise ValueError(f"setting store: {error}") from error
        self._keep = max(int(keep), 1)

    async def put(self, record: StoredRecord) -> None:
        text = json.dumps({"response": record.response, "stored": record.stored, "session": record.session})
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.set(RESPONSE + record.id, text, ex=self._keep)
            for item in record.response["output"]:
                if item.get("id"):
                    pipeline.set(ITEM + item["id"], record.id, ex=self._keep)
            await _answer(pipeline.execute())

    async def get(self, id: str) -> Optional[StoredRecord]:
        text = await _answer(self._redis.get(RESPONSE + id))
        return None if text is None else StoredRecord(**json.loads(text))

    async def items(self, ids: Collection[str]) -> Dict[str, Dict[str, Any]]:
        responses = set(await self._all(ITEM + id for id in ids))
        records = await self._all(RESPONSE + id for id in responses)
        return items_of((json.loads(record)["response"] for record in records), ids)

    async def _all(self, names: Iterable[str]) -> List[str]:
        """What these names have; nothing for those that are not there."""
        wanted = list(names)
        values = await _answer(self._redis.mget(wanted)) if wanted else []
        return [str(value) for value in values if value is not None]

    async def delete(self, id: str) -> bool:
        return bool(await _answer(self._redis.delete(RESPONSE + id)))

    async def check(self) -> None:
        await _answer(self._redis.get(RESPONSE))

    async def close(self) -> None:
        await self._redis.aclose()


async def _answer(question: Awaitable[T]) -> T:
    try:
        return await question
    except (RedisError, OSError) as error:
        raise StoreError(f"The store of responses cannot be used: {error}") from error
