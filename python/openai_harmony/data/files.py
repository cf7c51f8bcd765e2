"""Files that are whole or not there."""

from __future__ import annotations

import json
import os
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, List

__all__: List[str] = []

_TEMPORARY = ".tmp"


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A temporary path beside ``path``. If a file was written there, it takes the place of ``path`` at the end, and is
    removed if anything fails. An ``OSError`` that names no file, as that of a full disk, then names this one."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_TEMPORARY}")
    try:
        yield temporary
        if temporary.exists():
            with open(temporary, "r+b") as file:
                os.fsync(file.fileno())
            os.replace(temporary, path)
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), os.fspath(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON document at once."""
    with replaced(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def remove_temporary(folder: Path) -> None:
    """Remove what workers left that were killed."""
    for path in folder.glob(f".*{_TEMPORARY}"):
        path.unlink(missing_ok=True)
