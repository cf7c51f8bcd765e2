"""Responses in an SQLite file, for one gateway or several on one machine."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable, Collection, Dict, Optional, Tuple, TypeVar

from ..errors import StoreError
from .base import ResponseStore, StoredRecord, items_of

__all__ = ["SqliteStore"]

T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS responses (id TEXT PRIMARY KEY, record TEXT NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS responses_expire ON responses (expires);
CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, response TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_of_response ON items (response);
"""
# Seconds between two sweeps for what has expired; reading never returns an expired response.
SWEEP = 600.0


class SqliteStore(ResponseStore):
    """A file in WAL mode, used from one thread so that nothing else waits for the disk.

    ``busy`` is how many seconds an operation waits while another process writes.
    """

    def __init__(self, path: Path, keep: float, *, busy: float = 5.0, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._keep = keep
        self._busy = busy
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "store")
        self._connection: Optional[sqlite3.Connection] = None
        self._opened: Optional[Tuple[int, int]] = None
        self._swept = 0.0

    async def open(self) -> None:
        await self._run(lambda connection: None)

    async def put(self, record: StoredRecord) -> None:
        text = json.dumps({"response": record.response, "stored": record.stored, "session": record.session})
        items = [(item["id"], record.id) for item in record.response["output"] if item.get("id")]

        def write(connection: sqlite3.Connection) -> None:
            self._sweep(connection)
            connection.execute("REPLACE INTO responses VALUES (?, ?, ?)", (record.id, text, self._clock() + self._keep))
            connection.executemany("REPLACE INTO items VALUES (?, ?)", items)

        await self._run(write)

    async def get(self, id: str) -> Optional[StoredRecord]:
        record = await self._run(lambda connection: self._record(connection, id))
        return None if record is None else StoredRecord(**json.loads(record))

    async def items(self, ids: Collection[str]) -> Dict[str, Dict[str, Any]]:
        def find(connection: sqlite3.Connection) -> Dict[str, Dict[str, Any]]:
            owners = (connection.execute("SELECT response FROM items WHERE id = ?", (id,)).fetchone() for id in ids)
            responses = {owner[0] for owner in owners if owner is not None}
            records = (self._record(connection, response) for response in responses)
            return items_of((json.loads(record)["response"] for record in records if record is not None), ids)

        return await self._run(find)

    async def delete(self, id: str) -> bool:
        def forget(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM items WHERE response = ?", (id,))
            deleted = connection.execute("DELETE FROM responses WHERE id = ? AND expires > ?", (id, self._clock()))
            return deleted.rowcount > 0

        return await self._run(forget)

    async def check(self) -> None:
        await self._run(lambda connection: connection.execute("SELECT 1 FROM responses LIMIT 1").fetchone())

    async def close(self) -> None:
        def disconnect() -> None:
            if self._connection is not None:
                self._connection.close()

        await asyncio.get_running_loop().run_in_executor(self._thread, disconnect)
        self._thread.shutdown()

    def _record(self, connection: sqlite3.Connection, id: str) -> Optional[str]:
        found = connection.execute(
            "SELECT record FROM responses WHERE id = ? AND expires > ?", (id, self._clock())
        ).fetchone()
        return None if found is None else str(found[0])

    def _sweep(self, connection: sqlite3.Connection) -> None:
        now = self._clock()
        if now - self._swept < SWEEP:
            return
        self._swept = now
        connection.execute("DELETE FROM responses WHERE expires <= ?", (now,))
        connection.execute("DELETE FROM items WHERE response NOT IN (SELECT id FROM responses)")

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """``work`` on the store's thread, in a transaction of its own."""

        def transaction() -> T:
            try:
                if self._connection is None or self._file() != self._opened:
                    self._disconnect()
                    self._connection = self._connect()
                with self._connection:
                    return work(self._connection)
            except (sqlite3.Error, OSError) as error:
                self._disconnect()
                raise StoreError(f"The store of responses cannot be used: {error}") from error

        return await asyncio.get_running_loop().run_in_executor(self._thread, transaction)

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(str(self._path), timeout=self._busy)
        connection.execute("PRAGMA journal_mode = WAL")
        # With WAL this loses the last transactions when the machine loses power, and never the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(SCHEMA)
        self._opened = self._file()
        return connection

    def _file(self) -> Optional[Tuple[int, int]]:
        """Which file the path names. Without this, a connection goes on writing to a file that was deleted."""
        with contextlib.suppress(OSError):
            status = self._path.stat()
            return status.st_dev, status.st_ino
        return None

    def _disconnect(self) -> None:
        """The next operation connects again: the file may have been replaced."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
