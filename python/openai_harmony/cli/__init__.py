"""The command line, ``openai-harmony``; it needs the extra ``openai-harmony[cli]``."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line and exit: 0 done, 1 the data is wrong, 2 the command is wrong."""
    try:
        from .commands import app
    except ModuleNotFoundError as missing:
        _fail_without(missing, "cli")
    try:
        app()
    except ModuleNotFoundError as missing:
        _fail_without(missing, "serve")
    except BrokenPipeError:
        # The reader has seen enough (`… | head`). Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (ValueError, RuntimeError, OSError) as error:  # HarmonyError is a RuntimeError
        _fail(str(error), code=1)
    sys.exit(0)


_LIBRARIES = {
    "cli": ("typer", "rich", "yaml"),
    "serve": ("starlette", "uvicorn", "httpx", "prometheus_client", "redis", "mcp"),
}


def _fail_without(missing: ModuleNotFoundError, extra: str) -> NoReturn:
    library = str(missing.name).split(".")[0]
    if library not in _LIBRARIES[extra]:
        raise missing
    part = "the command line" if extra == "cli" else "the gateway"
    extra = library if library in ("redis", "mcp") else extra
    _fail(f"{part} needs {library}: pip install 'openai-harmony[{extra}]'", code=2)


def _fail(message: str, code: int) -> NoReturn:
    print(f"openai-harmony: {message}", file=sys.stderr)
    sys.exit(code)
