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
        library = str(missing.name).split(".")[0]
        if library not in ("typer", "rich", "yaml"):
            raise
        _fail(f"the command line needs {library}: pip install 'openai-harmony[cli]'", code=2)
    try:
        app()
    except BrokenPipeError:
        # The reader has seen enough (`… | head`). Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
    except (ValueError, RuntimeError, OSError) as error:  # HarmonyError is a RuntimeError
        _fail(str(error), code=1)
    sys.exit(0)


def _fail(message: str, code: int) -> NoReturn:
    print(f"openai-harmony: {message}", file=sys.stderr)
    sys.exit(code)
