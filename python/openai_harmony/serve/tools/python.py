"""The code interpreter, by a command that the operator names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
from typing import Optional, Sequence

from .base import HostedTool, ToolResult

__all__ = ["PythonCommand"]

LONGEST_OUTPUT = 64 << 10
SECONDS_TO_END = 2.0
"""Between SIGTERM and SIGKILL."""


class PythonCommand(HostedTool):
    """Runs code by a command that reads it from its standard input, such as ``docker run --rm -i python:3 python -``.

    The gateway adds no protection of its own: how far the code is locked in is up to the command. Each call is a new
    process; what it prints, errors included, is the result.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)

    async def open(self) -> None:
        if shutil.which(self._command[0]) is None:
            raise RuntimeError(f"setting python_command: there is no program {self._command[0]!r}")

    async def call(self, function: Optional[str], arguments: str) -> ToolResult:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            return ToolResult(f"The code could not be run: {error}", failed=True)
        try:
            output = await _output(process, arguments.encode())
        finally:
            await _end(process)
        text = output[:LONGEST_OUTPUT].decode("utf-8", "replace")
        if len(output) > LONGEST_OUTPUT:
            text += "\n[output truncated]"
        return ToolResult(text)


async def _output(process: asyncio.subprocess.Process, code: bytes) -> bytes:
    """What the process prints, up to the limit; the rest is not waited for."""
    assert process.stdin is not None and process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(code)
        await process.stdin.drain()
    process.stdin.close()
    output = b""
    while len(output) <= LONGEST_OUTPUT:
        printed = await process.stdout.read(LONGEST_OUTPUT)
        if not printed:
            await process.wait()
            break
        output += printed
    return output


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the process, and those that it started, which may have outlived it."""
    if process.returncode is None:
        # A command such as docker passes SIGTERM on to what it runs elsewhere. It could not pass on SIGKILL.
        _signal(process, "SIGTERM")
        await _closed(process)
    _signal(process, "SIGKILL")
    await _closed(process)


def _signal(process: asyncio.subprocess.Process, name: str) -> None:
    """Sends a signal to the group of the process, which is its own. Windows has neither groups nor these signals."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, getattr(signal, name))
        elif process.returncode is None:
            process.kill()


async def _closed(process: asyncio.subprocess.Process) -> None:
    """Wait until the process has ended and nothing has its output open, or until the time is up."""
    stdout = process.stdout
    assert stdout is not None

    async def end() -> None:
        while await stdout.read(LONGEST_OUTPUT):
            pass
        await process.wait()

    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(end(), SECONDS_TO_END)
