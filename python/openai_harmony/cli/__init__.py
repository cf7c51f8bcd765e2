"""The command line, ``openai-harmony``, with the extra ``openai-harmony[cli]``; ``doctor`` needs no extra."""

from __future__ import annotations

import sys
from typing import NoReturn

from . import signals, streams

__all__ = ["main"]

EXTRAS = {
    "cli": ("typer", "rich", "yaml"),
    "parquet": ("pyarrow",),
    "ray": ("ray",),
    "schema": ("jsonschema",),
    "serve": ("starlette", "uvicorn", "aiohttp", "prometheus_client"),
    "redis": ("redis",),
    "mcp": ("mcp",),
    "telemetry": ("opentelemetry",),
}
"""The optional libraries, by the extra of the package that installs them."""

BUG = 70
"""The status for an error that no input should cause; ``EX_SOFTWARE`` of sysexits.h."""


def main() -> NoReturn:
    """Run the command line and exit.

    The status is 0 for success, also if the reader of a pipe has seen enough; 1 for invalid data; 2 for an invalid
    command, or one that needs an extra; 70 for a bug in this program; 130 for an interruption from the keyboard;
    143 for a conversion that SIGTERM ended.
    """
    streams.prepare()
    try:
        status = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        status = 0
    except KeyboardInterrupt:
        status = 130
    except signals.Terminated:
        status = 143
    except ModuleNotFoundError as missing:
        status = _fail(_what_to_install(missing), 2)
    except ImportError as error:
        status = _fail(f"{error}; `python -m openai_harmony doctor` tells what is installed", 1)
    except OSError as error:
        status = _fail(_file_error(error), 1)
    except (ValueError, RuntimeError, OverflowError) as error:  # HarmonyError is a RuntimeError
        status = _fail(str(error), 1)
    except MemoryError:
        status = _fail("out of memory", 1)
    except Exception as bug:
        if sys.flags.dev_mode:
            raise
        status = _fail(f"{bug!r}. This is a bug, please report it; `python -X dev -m openai_harmony` shows where", BUG)
    streams.discard_unwritten()
    sys.exit(status)


def _run() -> int:
    if sys.argv[1:2] == ["doctor"]:  # for installations that are not as they should be: another package in this place
        from .doctor import run

        return run(sys.argv[2:])
    if sys.argv[1:] == ["--version"]:
        from .. import __version__

        print(f"openai-harmony {__version__}")
        return 0
    from .commands import app

    try:
        app(prog_name="openai-harmony")
    except SystemExit as stop:
        # typer and rich make an exit of their own out of a closed pipe.
        if isinstance(stop.__context__, BrokenPipeError):
            raise stop.__context__ from None
        return stop.code if isinstance(stop.code, int) else 0
    return 0


def _what_to_install(missing: ModuleNotFoundError) -> str:
    library = str(missing.name).split(".")[0]
    for extra, libraries in EXTRAS.items():
        if library in libraries:
            return f"this needs {library}: pip install 'openai-harmony[{extra}]'"
    return f"this needs {library}, which is not installed"


def _file_error(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename is not None else reason


def _fail(message: str, status: int) -> int:
    print(f"openai-harmony: {message}", file=sys.stderr)
    return status
