"""Where responses are kept, one module for each kind of store."""

from __future__ import annotations

import os
from pathlib import Path

from .base import ResponseStore, StoredRecord

__all__ = ["ResponseStore", "StoredRecord", "make_store"]


def make_store(name: str, keep: float) -> ResponseStore:
    """The store that a setting names; ``keep`` is for how many seconds responses are kept."""
    if name == "none":
        from .nothing import NoStore

        return NoStore()
    if name.startswith("sqlite"):
        from .sqlite import SqliteStore

        _, _, path = name.partition(":")
        return SqliteStore(Path(path) if path else default_file(), keep)
    from .redis import RedisStore

    return RedisStore(name, keep)


def default_file() -> Path:
    """The file of the SQLite store, in the user's folder for state."""
    folder = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA") or Path.home() / ".local" / "state"
    return Path(folder) / "openai-harmony" / "responses.sqlite"
