"""The code interpreter, by a command that the operator names."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Optional, Sequence

from .base import HostedTool, ToolResult

__all__ = ["PythonCommand"]

LONGEST_OUTPUT = 64 << 10


class PythonCommand(HostedTool):
    """Runs code by a command that reads it from its standard input, such as ``docker run --rm -i python:3 python -``.

    The gateway adds no protection of its own: how far the code is locked in is up to the command. Each call is a new
    process; what it prints, errors included, is the result.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)

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
            _end(process)
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


def _end(process: asyncio.subprocess.Process) -> None:
    """Ends the process and those that it started."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
